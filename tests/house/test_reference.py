"""The reference pages say what the code says."""

import json

from modtrace.record.causes import CAUSES
from modtrace.record.phases import MEANINGS, PHASES
from scripts import reference


def test_no_reference_page_has_drifted() -> None:
    assert reference.drifted() == [], "run python scripts/reference.py"


def test_every_cause_stands_on_its_page_once() -> None:
    page = (reference.DIRECTORY / "causes.md").read_text()
    assert [cause for cause in CAUSES if page.count(f"| `{cause}` |") != 1] == []


def test_every_phase_has_a_meaning() -> None:
    assert set(MEANINGS) == PHASES


def test_every_limit_is_listed_with_its_value() -> None:
    listed = json.loads((reference.DIRECTORY / "names.json").read_text())["limits"]
    assert listed["DIAL_S"] == 30.0
    assert len(listed) == len(reference.named_limits())
