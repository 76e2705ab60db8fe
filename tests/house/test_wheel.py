"""What is installed: only ``modtrace``, the same from the tree and from the source archive."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.house.tree import ROOT, sources

from modtrace.record.version import VERSION


def build(outdir: Path, *kinds: str) -> Path:
    """The wheel that ``python -m build`` leaves in ``outdir``; nothing is downloaded."""
    words = [sys.executable, "-m", "build", "--no-isolation", *kinds, "--outdir", str(outdir), str(ROOT)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(outdir.glob("*.whl"))


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The files of the wheel built from the tree."""
    with zipfile.ZipFile(build(tmp_path_factory.mktemp("tree"), "--wheel")) as wheel:
        return sorted(wheel.namelist())


def test_the_wheel_installs_one_name(names: list[str]) -> None:
    assert {name.partition("/")[0] for name in names} == {"modtrace", f"modtrace-{VERSION}.dist-info"}


def test_the_wheel_holds_every_source_file_and_no_other(names: list[str]) -> None:
    packaged = {name for name in names if name.endswith(".py")}
    assert packaged == {"/".join(source.parts[1:]) for source in sources()}


def test_every_room_is_typed(names: list[str]) -> None:
    rooms = {name.split("/")[1] for name in names if name.endswith(".py")}
    assert [room for room in sorted(rooms) if f"modtrace/{room}/py.typed" not in names] == []


def test_the_source_archive_makes_the_same_wheel(names: list[str], tmp_path: Path) -> None:
    with zipfile.ZipFile(build(tmp_path)) as wheel:
        assert sorted(wheel.namelist()) == names
