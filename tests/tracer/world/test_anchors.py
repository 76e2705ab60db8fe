"""modtrace's own memory of tree heads: where it is, what it survives, what it never touches."""

import stat
from pathlib import Path

import pytest

from modtrace.record.limits import SUMDB_NOTE_BYTES
from modtrace.tracer.world.anchors import OwnAnchors


@pytest.mark.parametrize(
    ("variable", "below"), [("XDG_STATE_HOME", "modtrace/sumdb"), ("HOME", ".local/state/modtrace/sumdb")]
)
def test_a_note_is_remembered_where_state_belongs(variable: str, below: str, tmp_path: Path) -> None:
    anchors = OwnAnchors({variable: str(tmp_path)})
    assert anchors.read("sum.example") == b""
    anchors.write("sum.example", b"one")
    anchors.write("sum.example", b"two")
    assert anchors.read("sum.example") == b"two"
    file = tmp_path / below / "sum.example" / "latest"
    assert file.read_bytes() == b"two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [one.name for one in file.parent.iterdir()] == ["latest"]


def test_databases_are_kept_apart_and_a_name_may_have_a_path(tmp_path: Path) -> None:
    anchors = OwnAnchors({"XDG_STATE_HOME": str(tmp_path), "HOME": "/nowhere"})
    anchors.write("sum.example/path", b"one")
    anchors.write("other.example", b"two")
    assert (anchors.read("sum.example/path"), anchors.read("other.example")) == (b"one", b"two")
    assert anchors.read("sum.example") == b""


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"XDG_STATE_HOME": "here"}, {"HOME": "here"}])
def test_without_a_rooted_home_nothing_is_kept(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    anchors = OwnAnchors(environ)
    anchors.write("sum.example", b"one")
    assert anchors.read("sum.example") == b""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["..", "../x", "a/../../x", "sum.example/.."])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    outside = tmp_path / "modtrace" / "x"
    outside.mkdir(parents=True)
    (outside / "latest").write_bytes(b"somebody's")
    anchors = OwnAnchors({"XDG_STATE_HOME": str(tmp_path)})
    anchors.write(name, b"ours")
    assert anchors.read(name) == b""
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [outside / "latest"]
    assert (outside / "latest").read_bytes() == b"somebody's"


def test_a_disk_that_takes_nothing_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "modtrace").write_bytes(b"a file where a folder should be")
    anchors = OwnAnchors({"XDG_STATE_HOME": str(tmp_path)})
    anchors.write("sum.example", b"one")
    assert anchors.read("sum.example") == b""


def test_no_more_is_read_than_a_note_can_be(tmp_path: Path) -> None:
    anchors = OwnAnchors({"XDG_STATE_HOME": str(tmp_path)})
    anchors.write("sum.example", b"x" * (SUMDB_NOTE_BYTES + 1))
    assert len(anchors.read("sum.example")) == SUMDB_NOTE_BYTES
