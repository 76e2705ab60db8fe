"""Peers that fall silent where go would wait for ever: the patience ends it, and the verdict says that go hangs."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.end_to_end.ground import ground, honest

from modtrace.lab.behaviour import Reply
from modtrace.lab.modules import hello
from modtrace.lab.server import Place
from modtrace.lab.sumdb import Database, Recorded

pytestmark = pytest.mark.loopback

HELLO = hello()
DATABASE = Database(
    [Recorded(module=HELLO.path, version=HELLO.version, zip_h1=HELLO.zip_h1, mod_h1=HELLO.mod_h1)], before=5, after=7
)
STALL = Reply(fault="stall_before_head")
PATIENCE_S = 1.0
MARGIN_S = 8.0  # start of the interpreter on a busy machine


def place(faults: Mapping[str, Reply], *, tls: bool = False) -> Place:
    return honest(tls=tls, faults=faults, databases={"/sumdb/sum.test": DATABASE.get})


@pytest.mark.parametrize(
    ("faults", "tls", "cause", "phase"),
    [
        ({"*.mod": STALL}, False, "http.head_stalled", "module.mod"),
        ({"*.mod": STALL}, True, "http.head_stalled", "module.mod"),
        ({"*.info": STALL}, False, "http.head_stalled", "module.info"),
        ({"*.zip": Reply(fault="stall_in_body", after_bytes=10)}, False, "body.stalled", "module.zip"),
        ({"*.zip": Reply(fault="stall_in_body", after_bytes=10)}, True, "body.stalled", "module.zip"),
        ({"*/supported": STALL}, False, "", "sumdb.supported"),
        ({"*/lookup/*": STALL}, False, "", "sumdb.lookup"),
        ({"*/lookup/*": Reply(fault="stall_in_body", after_bytes=10)}, True, "", "sumdb.lookup"),
        ({"*/tile/*": STALL}, False, "", "sumdb.tile"),
    ],
)
def test_patience_ends_what_go_would_wait_for(
    faults: Mapping[str, Reply], tls: bool, cause: str, phase: str, tmp_path: Path
) -> None:
    module = "lab.test/hello@latest" if phase == "module.info" else "lab.test/hello@v1.0.0"
    del module
    with ground(tmp_path, place(faults, tls=tls), env={"GOSUMDB": DATABASE.verifier_key}) as here:
        done = here.fetch("--json", "--patience", "1")
        assert done.code == 1
        verdict = done.json["verdict"]
        assert verdict["go"]["hangs"] is True
        assert verdict["go"]["error"] is None
        if cause:
            assert verdict["cause"] == cause
        assert [one["name"] for one in done.json["phases"] if one["outcome"] == "failed"]
        assert any(
            f"{one['layer']}.{one['name']}" == phase for one in done.json["phases"] if one["outcome"] == "failed"
        )
        assert PATIENCE_S <= done.json["timing"]["wall_s"] <= PATIENCE_S + MARGIN_S
        assert here.summary()["verdict"] == verdict


def test_a_peer_silent_in_tls_is_ended_by_gos_own_ten_seconds_not_by_patience(tmp_path: Path) -> None:
    with ground(tmp_path, honest(tls=True, at_connect="mute")) as here:
        done = here.fetch("--json", "--patience", "1")
        verdict = done.json["verdict"]
        assert done.code == 1
        assert verdict["cause"].startswith("tls.")
        assert verdict["go"]["hangs"] is False
        assert "TLS handshake timeout" in verdict["go"]["error"]
        assert 10 <= verdict["go"]["after_s"] <= 12


def test_while_it_waits_it_says_for_what(tmp_path: Path) -> None:
    with ground(tmp_path, place({"*.mod": STALL})) as here:
        done = here.fetch("--patience", "2.5")
        assert "waiting" in done.err
        assert "go would wait for ever" in done.err


@pytest.mark.parametrize("fault", ["stall_before_head", "stall_in_body"])
def test_the_whole_runs_timeout_ends_it_as_incomplete(fault: str, tmp_path: Path) -> None:
    reply = STALL if fault == "stall_before_head" else Reply(fault="stall_in_body", after_bytes=10)
    with ground(tmp_path, place({"*.zip": reply})) as here:
        done = here.fetch("--json", "--timeout", "2")
        assert done.code == 4
        assert done.json["verdict"]["cause"] == "local.interrupted"
        assert done.json["verdict"]["outcome"] == "incomplete"
        assert done.json["timing"]["wall_s"] <= 2 + MARGIN_S
        trace = here.trace()
        assert [span.subject for span in trace.spans.values() if span.closed_ns is None] == []
        assert trace.ended is not None


def test_a_body_that_drips_is_patiently_read_to_its_end(tmp_path: Path) -> None:
    with ground(tmp_path, place({"*.mod": Reply(drip_bytes=4, drip_s=0.1)})) as here:
        assert here.fetch("--patience", "1").code == 0
