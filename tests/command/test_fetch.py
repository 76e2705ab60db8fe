"""The order of the wiring: refuse, make the bundle, run, write, print, and the exit code."""

import json
import os
from pathlib import Path

import pytest
from tests.command.test_options import options

from modtrace.command import fetch
from modtrace.command.fetch import run_fetch
from modtrace.lab.behaviour import Faults, text
from modtrace.lab.modules import Library, hello
from modtrace.lab.server import Live, Place, Server, running
from modtrace.reports.formats import terminal

pytestmark = pytest.mark.loopback
INFO = "/lab.test/hello/@v/v1.0.0.info"


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made from nothing, as every variable may change a fetch."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    own = {"HOME": tmp_path / "home", "GOPATH": tmp_path / "go", "GOROOT": tmp_path / "no-go"}
    for name, value in {**own, "PATH": os.defpath, "GOENV": "off", "GOSUMDB": "off", "GOAUTH": "off"}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.chdir(tmp_path)


def serving(faults: Faults | None = None) -> Server:
    return Server(places=(Place(name="a", site=Library(hello()).get, faults=faults or {}),), lifetime_s=60)


def paths(live: Live) -> list[str]:
    return [request.path for request in live.journal.requests]


def test_a_fetch_that_works_leaves_its_trace_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(serving()) as live:
        assert run_fetch(options(goproxy=live.url("a"), output="out")) == 0
        assert INFO in paths(live)
    said = capsys.readouterr()
    assert said.out.startswith("lab.test/hello@v1.0.0")
    assert "\x1b" not in said.out, "standard output is no terminal here"
    assert said.err == "modtrace: the trace is in out\n"
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["verdict"]["outcome"] == "ok"
    assert (tmp_path / "out" / "events.jsonl").exists()


def test_json_is_the_file_word_for_word_and_quiet_says_nothing_else(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    with running(serving()) as live:
        assert run_fetch(options(goproxy=live.url("a"), output="out", as_json=True, quiet=True)) == 0
    said = capsysbinary.readouterr()
    assert said.out == (tmp_path / "out" / "summary.json").read_bytes()
    assert said.err == b""


def test_a_module_that_does_not_exist_is_a_failed_fetch(capsys: pytest.CaptureFixture[str]) -> None:
    with running(serving({"*": text(404, "not found: nothing here")})) as live:
        assert run_fetch(options(goproxy=live.url("a"), output="out")) == 1
    assert "FAILED" in capsys.readouterr().out


def test_orders_reach_the_wire() -> None:
    with running(serving()) as live:
        run_fetch(options(goproxy=live.url("a"), output="out", header=("X-Ordered: 7",)))
        assert {request.header("X-Ordered") for request in live.journal.requests} == {"7"}


def test_an_old_bundle_is_kept_before_anything_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "events.jsonl").write_text("old")
    with running(serving()) as live:
        assert run_fetch(options(goproxy=live.url("a"), output="out")) == 2
        assert paths(live) == []
        assert (tmp_path / "out" / "events.jsonl").read_text() == "old"
        assert run_fetch(options(goproxy=live.url("a"), output="out", force=True)) == 0
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_what_go_refuses_leaves_no_bundle(as_json: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proxy = "http://u:secret@goproxy.example:bad"
    assert run_fetch(options(goproxy=proxy, output="out", as_json=as_json)) == 2
    said = capsys.readouterr()
    assert said.err.startswith("modtrace: ")
    assert said.err.count("\n") == 1
    assert "secret" not in said.err + said.out
    assert not (tmp_path / "out").exists()
    assert bool(said.out) is as_json
    if as_json:
        assert json.loads(said.out)["verdict"]["cause"] == "config.goproxy_invalid"


def test_warnings_come_before_the_fetch_unless_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOPROXY_TIMEOUT", "3")
    with running(serving()) as live:
        run_fetch(options(goproxy=live.url("a"), output="one"))
        assert capsys.readouterr().err.startswith("modtrace: warning: ")
        run_fetch(options(goproxy=live.url("a"), output="two", quiet=True))
    assert capsys.readouterr().err == ""


def test_a_bug_of_ours_is_exit_70_with_the_trace_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*given: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("modtrace.tracer.story.fetch", broken)
    assert run_fetch(options(goproxy="http://127.0.0.1:9", output="out")) == 70
    said = capsys.readouterr()
    assert "ZeroDivisionError: ours" in said.err
    assert said.err.endswith("modtrace: this is a bug in modtrace; the trace so far is in out\n")
    assert said.out == ""
    assert (tmp_path / "out" / "summary.json").exists()


@pytest.mark.parametrize(
    ("environ", "no_color", "is_a_terminal", "expected"),
    [
        ({}, False, True, True),
        ({}, False, False, False),
        ({}, True, True, False),
        ({"NO_COLOR": "1"}, False, True, False),
        ({"NO_COLOR": ""}, False, True, True),
        ({"TERM": "dumb"}, False, True, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    environ: dict[str, str],
    no_color: bool,
    is_a_terminal: bool,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bool] = []

    def render(summary: object, *, colour: bool) -> str:
        seen.append(colour)
        return ""

    monkeypatch.setattr(terminal, "render", render)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(fetch.sys.stdout, "isatty", lambda: is_a_terminal)
    with running(serving()) as live:
        run_fetch(options(goproxy=live.url("a"), output="out", no_color=no_color, quiet=True))
    assert seen == [expected]
