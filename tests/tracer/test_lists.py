"""Which entry of GOPROXY is asked next, and whose failure is shown."""

import msgspec
import pytest
import trio

from modtrace.gorules.goproxy import parse_goproxy
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.lists import ListedSource, try_sources
from modtrace.tracer.sources.interface import Operation, Sink, Source

NOT_FOUND = Failure(cause="http.not_found", side="source", text="404", is_not_exist=True)
BROKEN = Failure(cause="http.server_error", side="source", text="500")
HANGS = Failure(cause="http.head_stalled", side="source", text="silent", hangs=True)
FATAL = Failure(cause="local.disk_full", side="local", text="full", details={"is_fatal": True})
OUTCOMES = {"ok": None, "404": NOT_FOUND, "500": BROKEN, "hang": HANGS, "fatal": FATAL}


class Labelled:
    def __init__(self, label: str) -> None:
        self.label = label

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        raise AssertionError("try_sources only passes sources on")


def tried(goproxy: str, *outcomes: str) -> tuple[list[str], str]:
    """Who was asked, and the winner's name or the shown failure's text."""
    asked: list[str] = []
    listed = [ListedSource(entry, Labelled(entry.url)) for entry in parse_goproxy(goproxy, "")]

    async def ask(source: Source) -> str:
        failure = OUTCOMES[outcomes[len(asked)]]
        asked.append(source.label.removeprefix("https://").removesuffix(".test"))
        if failure is not None:
            raise StepFailed(msgspec.structs.replace(failure, text=asked[-1]))
        return asked[-1]

    async def main() -> str:
        try:
            return await try_sources(listed, ask)
        except StepFailed as failed:
            return failed.failure.text

    return asked, trio.run(main)


@pytest.mark.parametrize(
    ("goproxy", "outcomes", "asked", "result"),
    [
        ("a.test,b.test", ["ok"], ["a"], "a"),
        ("a.test,b.test", ["404", "ok"], ["a", "b"], "b"),
        ("a.test,b.test", ["500", "ok"], ["a"], "a"),
        ("a.test|b.test", ["500", "ok"], ["a", "b"], "b"),
        ("a.test|b.test,c.test", ["500", "500", "ok"], ["a", "b"], "b"),
        ("a.test|b.test,c.test", ["500", "404", "ok"], ["a", "b", "c"], "c"),
        ("a.test,b.test", ["404", "404"], ["a", "b"], "b"),
        ("a.test|b.test|c.test", ["500", "404", "404"], ["a", "b", "c"], "a"),
        ("a.test|b.test|c.test", ["404", "500", "404"], ["a", "b", "c"], "b"),
        ("a.test,direct", ["404", "500"], ["a", "direct"], "direct"),
        ("a.test|b.test", ["hang", "ok"], ["a"], "a"),
        ("a.test|b.test", ["fatal", "ok"], ["a"], "a"),
    ],
)
def test_the_separator_decides_and_the_worst_failure_is_shown(
    goproxy: str, outcomes: list[str], asked: list[str], result: str
) -> None:
    assert tried(goproxy, *outcomes) == (asked, result)
