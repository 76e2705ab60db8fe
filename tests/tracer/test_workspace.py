"""Which sums count: of the module around us, of its workspace, of another go.mod that -modfile names."""

import errno
from pathlib import Path

import pytest
from tests.sim.host_world import HostWorld

from modtrace.record.failures import GoRuleError
from modtrace.tracer.workspace import SumPaths, sum_paths


def chosen(
    here: Path, *, gowork: str = "", goflags: tuple[str, ...] = (), files: dict[str, bytes | OSError] | None = None
) -> SumPaths | None:
    on_disk: dict[str, bytes | OSError] = {str(path): path.read_bytes() for path in here.rglob("go.*")}
    world = HostWorld(files=on_disk | (files or {}))
    return sum_paths(world, str(here), gowork=gowork, goflags=goflags, goroot=None)


def test_outside_of_everything_there_are_none(tmp_path: Path) -> None:
    assert chosen(tmp_path) is None


def test_the_module_around_us(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module m\n")
    assert chosen(tmp_path) == SumPaths(own=str(tmp_path / "go.sum"))


def test_modfile_names_the_sums_too_and_the_last_one_counts(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module m\n")
    flags = ("-modfile=a.mod", "-modcacherw", "--modfile=b.mod")
    assert chosen(tmp_path, goflags=flags) == SumPaths(own=str(tmp_path / "b.sum"))
    assert chosen(tmp_path, goflags=("-modfile=/x/c.mod",)) == SumPaths(own="/x/c.sum")


def test_a_workspace_has_its_own_sums_and_those_of_its_members(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name, text in (("go.mod", "module m\n"), ("a/go.mod", "module a\n"), ("go.work", "use ./a\n")):
        (tmp_path / name).write_text(text)
    expected = SumPaths(own=str(tmp_path / "go.work.sum"), members=(str(tmp_path / "a" / "go.sum"),))
    assert chosen(tmp_path) == chosen(tmp_path, gowork="auto") == expected
    assert chosen(tmp_path, gowork="off") == SumPaths(own=str(tmp_path / "go.sum"))


def test_a_workspace_may_be_named(tmp_path: Path) -> None:
    files: dict[str, bytes | OSError] = {"/x/my.work": b"go 1.20\nuse /y\n", "/y/go.mod": b"module y\n"}
    found = chosen(tmp_path, gowork="/x/my.work", files=files)
    assert found == SumPaths(own="/x/my.work.sum", members=("/y/go.sum",))


@pytest.mark.parametrize(
    ("gowork", "goflags", "files", "text"),
    [
        ("my.work", (), {}, "invalid GOWORK: not an absolute path"),
        ("/x/my.work", (), {}, "reading go.work: open /x/my.work: no such file or directory"),
        ("/x/my.work", (), {"/x/my.work": PermissionError(errno.EACCES, "Permission denied")},
         "reading go.work: open /x/my.work: permission denied"),
        ("/x/my.work", (), {"/x/my.work": b"use\n"}, "errors parsing go.work:\n/x/my.work:1: usage: use local/dir"),
        ("/x/my.work", (), {"/x/my.work": b"use y\n"},
         "cannot load module /x/y listed in go.work file: open /x/y/go.mod: no such file or directory"),
        ("/x/my.work", ("-modfile=a.mod",), {}, "-modfile cannot be used in workspace mode"),
        ("off", ("-modfile=a",), {}, "-modfile=a: file does not have .mod extension"),
    ],
)  # fmt: skip
def test_what_go_refuses_before_any_packet(
    gowork: str, goflags: tuple[str, ...], files: dict[str, bytes | OSError], text: str, tmp_path: Path
) -> None:
    (tmp_path / "go.mod").write_text("module m\n")
    with pytest.raises(GoRuleError) as caught:
        chosen(tmp_path, gowork=gowork, goflags=goflags, files=files)
    assert caught.value.text == text


def test_modfile_needs_a_module(tmp_path: Path) -> None:
    with pytest.raises(GoRuleError, match="cannot find main module, but -modfile was set"):
        chosen(tmp_path, goflags=("-modfile=a.mod",))
