"""What time it is, as go says it beside a certificate's dates: in the zone of TZ, or of the machine."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from tests.oracle.cases.places import HELLO
from tests.oracle.harness import Case, authority, run_go, run_modtrace
from tests.sim.zonemaker import zone_file

from modtrace.lab.modules import Library
from modtrace.lab.server import Place

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

SAID = re.compile(r"current time (\S+) is (after|before) (\S+?)[\"\\\s]")


def said(case: Case, folder: Path, go_tool: str) -> tuple[tuple[datetime, str, str], ...]:
    """(what time it is, after or before, what) by go and by modtrace."""
    found = []
    for run in (run_go(case, folder, go_tool), run_modtrace(case, folder, go_tool)):
        words = SAID.search(run.raw)
        assert words is not None, run.raw
        found.append((datetime.fromisoformat(words[1]), words[2], words[3]))
    return tuple(found)


@pytest.mark.parametrize(
    ("tz", "offset_h"),
    [
        ("{zone}", 9),
        (":{zone}", 9),
        ("{cut}", 0),
        ("", 0),
        ("UTC", 0),
        ("JST-9", 0),
        ("No/Where", 0),
        ("(unset)", None),
        ("Asia/Kolkata", None),
        (":America/St_Johns", None),
    ],
)
@pytest.mark.parametrize("kind", ["expired", "future"])
def test_the_offset_is_that_of_go(tz: str, offset_h: int | None, kind: str, tmp_path: Path, go_tool: str) -> None:
    """``offset_h`` is ``None`` where the machine's own files decide."""
    (tmp_path / "Tokyo").write_bytes(zone_file(9 * 3600))
    (tmp_path / "Cut").write_bytes(zone_file(9 * 3600)[:60])
    value = tz.replace("{zone}", str(tmp_path / "Tokyo")).replace("{cut}", str(tmp_path / "Cut"))
    issued = getattr(authority(), kind)("localhost", "127.0.0.1")
    place = Place(name="a", site=Library(HELLO).get, issued=issued)
    theirs, ours = said(Case(name="zone", places=(place,), env={"TZ": value}), tmp_path, go_tool)
    assert theirs[0].utcoffset() == ours[0].utcoffset()
    assert theirs[1:] == ours[1:]
    assert abs((ours[0] - theirs[0]).total_seconds()) < 60
    if offset_h is not None:
        offset = theirs[0].utcoffset()
        assert offset is not None
        assert offset.total_seconds() == offset_h * 3600
