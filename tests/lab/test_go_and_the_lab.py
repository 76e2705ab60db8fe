"""The real go downloads from the lab and computes the lab's own hashes."""

from pathlib import Path

import pytest
from tests.oracle.cases.places import HELLO, plain, secure
from tests.oracle.conftest import go_tool as go_tool
from tests.oracle.harness import Case, run_go

from modtrace.lab.server import Place

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]


@pytest.mark.parametrize("place", [plain(), secure()], ids=["http", "https"])
def test_go_computes_the_labs_hashes(place: Place, tmp_path: Path, go_tool: str) -> None:
    run = run_go(Case(name="once", places=(place,)), tmp_path, go_tool)
    assert (run.ok, run.zip_h1, run.mod_h1) == (True, HELLO.zip_h1, HELLO.mod_h1)
