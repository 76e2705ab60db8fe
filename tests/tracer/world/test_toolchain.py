"""Where Go's tree and the module's root are found, without running go."""

from pathlib import Path

import pytest

from modtrace.tracer.world import toolchain
from modtrace.tracer.world.toolchain import find_go_mod, find_go_work, find_goroot, working_directory


def tree(root: Path, *, has_env: bool = True) -> Path:
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "go").write_text("#!/bin/sh\nexit 1\n")
    (root / "bin" / "go").chmod(0o755)
    if has_env:
        (root / "go.env").write_text("GOPROXY=direct\n")
    return root


@pytest.fixture(autouse=True)
def _no_usual_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "_USUAL_PLACES", ())


def test_the_variable_wins_even_when_it_is_wrong(tmp_path: Path) -> None:
    go = tree(tmp_path / "go")
    assert find_goroot({"GOROOT": "/nowhere", "PATH": str(go / "bin")}) == "/nowhere"


def test_the_tree_around_the_go_of_the_path_also_behind_a_link(tmp_path: Path) -> None:
    go = tree(tmp_path / "go")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "go").symlink_to(go / "bin" / "go")
    assert find_goroot({"PATH": str(tmp_path / "bin")}) == str(go)
    assert find_goroot({"GOROOT": "", "PATH": str(go / "bin")}) == str(go)


def test_a_go_without_a_tree_is_a_wrapper_and_the_usual_places_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = tree(tmp_path / "wrapper", has_env=False)
    assert find_goroot({"PATH": str(wrapper / "bin")}) is None
    usual = tree(tmp_path / "usual")
    monkeypatch.setattr(toolchain, "_USUAL_PLACES", (str(tmp_path / "none"), str(usual)))
    assert find_goroot({"PATH": str(wrapper / "bin")}) == str(usual)
    assert find_goroot({"PATH": str(tmp_path / "none")}) == str(usual)


def test_the_nearest_go_mod_above(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "go.mod").write_text("module a\n")
    (inner / "go.mod").mkdir()  # a directory of that name is none
    assert find_go_mod(str(inner)) == str(tmp_path / "a" / "go.mod")
    (inner.parent / "go.mod").write_text("module b\n")
    assert find_go_mod(str(inner)) == str(inner.parent / "go.mod")


def test_a_directory_that_may_not_be_looked_into_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go takes every error of stat for "not here" (modload/init.go findModuleRoot)."""
    assert find_go_mod(str(tmp_path / "gone" / "long ago")) in (None, find_go_mod(str(tmp_path)))
    assert find_go_mod(str(tmp_path / ("n" * 300))) == find_go_mod(str(tmp_path))


def test_a_workspace_is_looked_for_upwards_but_not_out_of_gos_own_tree(tmp_path: Path) -> None:
    inner = tmp_path / "go" / "src" / "x"
    inner.mkdir(parents=True)
    (tmp_path / "go" / "src" / "go.work").mkdir()  # a directory of that name is none
    (tmp_path / "go.work").write_text("go 1.20\n")
    assert find_go_work(str(inner), None) == str(tmp_path / "go.work")
    assert find_go_work(str(inner), str(tmp_path / "go")) is None
    (inner / "go.work").write_text("")
    assert find_go_work(str(inner), str(tmp_path / "go")) == str(inner / "go.work")


def test_where_we_stand_is_what_pwd_says_if_that_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path / "real")
    assert working_directory({"PWD": str(tmp_path / "link")}) == str(tmp_path / "link")
    for stale in (str(tmp_path), str(tmp_path / "gone"), "link", ""):
        assert working_directory({"PWD": stale}) == str(tmp_path / "real")
    assert working_directory({}) == str(tmp_path / "real")
