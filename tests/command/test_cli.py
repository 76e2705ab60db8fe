"""The command tree: which options reach the fetch, and how every way out becomes an exit code."""

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click
import pytest

from modtrace.command import cli, exits, fetch, report
from modtrace.command.options import FetchOptions
from modtrace.record.version import VERSION

MODULE = "lab.test/hello@v1.0.0"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MODTRACE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[FetchOptions]:
    """The options of each fetch that was ordered; it ends with code 3."""
    seen: list[FetchOptions] = []

    def run_fetch(options: FetchOptions) -> int:
        seen.append(options)
        return exits.SUSPICIOUS

    monkeypatch.setattr(fetch, "run_fetch", run_fetch)
    return seen


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["modtrace", *arguments])
    return cli.run()


def test_the_fetchs_code_is_the_programs(fetched: list[FetchOptions], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "fetch", MODULE) == exits.SUSPICIOUS
    (options,) = fetched
    assert (options.module, options.version) == ("lab.test/hello", "v1.0.0")
    assert (options.patience_s, options.timeout_s, options.capture, options.probe) == (30.0, None, "auto", "auto")
    assert (options.output, options.goproxy, options.gosumdb) == (None, None, None)
    assert not any((options.as_json, options.keep_keys, options.force, options.no_color, options.quiet))


def test_options_arrive(fetched: list[FetchOptions], monkeypatch: pytest.MonkeyPatch) -> None:
    words = (
        "-o out --json --timeout 5 --patience 2.5 --goproxy direct --gosumdb off --capture off --probe off --vantage v "
        "--accept tls --accept dns --header X:1 --keep-keys --force --no-color -q -vv"
    )
    run(monkeypatch, "fetch", *words.split(), MODULE)
    (options,) = fetched
    assert options == FetchOptions(
        module="lab.test/hello",
        version="v1.0.0",
        output="out",
        as_json=True,
        timeout_s=5.0,
        patience_s=2.5,
        goproxy="direct",
        gosumdb="off",
        capture="off",
        probe="off",
        vantage="v",
        accepted=frozenset({"tls", "dns"}),
        headers=(("X", "1"),),
        keep_keys=True,
        via=(),
        force=True,
        no_color=True,
        quiet=True,
        verbose=2,
    )


@pytest.mark.parametrize(
    ("variable", "value", "attribute", "expected"),
    [
        ("MODTRACE_OUTPUT", "there", "output", "there"),
        ("MODTRACE_TIMEOUT", "3", "timeout_s", 3.0),
        ("MODTRACE_PATIENCE", "3", "patience_s", 3.0),
        ("MODTRACE_GOPROXY", "off", "goproxy", "off"),
        ("MODTRACE_GOSUMDB", "off", "gosumdb", "off"),
        ("MODTRACE_VANTAGE", "lab", "vantage", "lab"),
        ("MODTRACE_ACCEPT", "tls dns", "accepted", frozenset({"tls", "dns"})),
        ("MODTRACE_JSON", "1", "as_json", True),
        ("MODTRACE_QUIET", "1", "quiet", True),
        ("MODTRACE_FORCE", "0", "force", False),
    ],
)
def test_the_environment_sets_options_too(
    variable: str, value: str, attribute: str, expected: Any, fetched: list[FetchOptions], monkeypatch: Any
) -> None:
    monkeypatch.setenv(variable, value)
    run(monkeypatch, "fetch", MODULE)
    assert getattr(fetched[0], attribute) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ("fetch",),
        ("fetch", "lab.test/hello"),
        ("fetch", MODULE, "more"),
        ("fetch", MODULE, "--timeout", "0"),
        ("fetch", MODULE, "--timeout", "-1"),
        ("fetch", MODULE, "--patience", "0"),
        ("fetch", MODULE, "--patience", "soon"),
        ("fetch", MODULE, "--capture", "all"),
        ("fetch", MODULE, "--accept", "nonsense"),
        ("fetch", MODULE, "--header", "nonsense"),
        ("fetch", MODULE, "--nonsense"),
        ("report",),
        ("report", "x", "--format", "xml"),
        ("nonsense",),
    ],
)
def test_a_command_line_that_cannot_be_used_is_one_line(
    arguments: tuple[str, ...],
    fetched: list[FetchOptions],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, *arguments) == exits.UNUSABLE_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("modtrace: ")
    assert said.err.count("\n") == 1
    assert fetched == []


def test_without_a_command_the_help_is_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch) == exits.UNUSABLE_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert "Usage:" in said.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--help",), "Commands:"),
        (("fetch", "-h"), "--patience"),
        (("report", "--help"), "--format"),
        (("--version",), f"modtrace {VERSION}"),
    ],
)
def test_help_that_was_asked_for_is_no_error(
    arguments: tuple[str, ...], word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == exits.OK
    said = capsys.readouterr()
    assert word in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("report", "t"), ("t", "table", None)),
        (("report", "t", "--format", "json", "-o", "f"), ("t", "json", "f")),
        (("diagnose", "t"), ("t", "table", None)),
    ],
)
def test_old_traces_are_rendered(
    arguments: tuple[str, ...], expected: tuple[str | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str | None, ...]] = []

    def run_report(*given: str | None) -> int:
        seen.append(given)
        return exits.NOT_MEASURED

    monkeypatch.setattr(report, "run_report", run_report)
    assert run(monkeypatch, *arguments) == exits.NOT_MEASURED
    assert seen == [expected]


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def run_fetch(options: FetchOptions) -> NoReturn:
        raise error

    return run_fetch


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (click.ClickException("no"), 2),
        (SystemExit(5), 5),
        (SystemExit(None), 0),
    ],
)
def test_every_way_out_has_its_code(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "run_fetch", raising(error))
    assert run(monkeypatch, "fetch", MODULE) == code


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "run_fetch", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        run(monkeypatch, "fetch", MODULE)
