"""How a story ends: with the fetch, with a failure, a signal, the ordered time, or a bug of ours; always told."""

import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import trio
from tests.tracer.running import quiet

from modtrace.record.events import Event, SpanClosed
from modtrace.record.failures import Failure, GoRuleError, StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer import story
from modtrace.tracer.fetch import Artifacts
from modtrace.tracer.story import Story, Told, interrupted
from modtrace.tracer.world.bundle import Bundle, Journal

REFUSED = Failure(cause="tcp.refused", side="unknown", text="refused")

Act = Callable[[Recorder, Artifacts], Awaitable[None]]


class Result(msgspec.Struct, frozen=True):
    told: Told
    events: list[Event]
    was_closed: bool
    readies: int


def tell(
    act: Act,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    timeout_s: float | None = None,
    started_s: float = 0.0,
    on_ready: Callable[[], object] = lambda: None,
) -> Result:
    """``act`` instead of the fetch. ``started_s``: what the trace's clock says when the story begins."""
    events: list[Event] = []
    recorder = Recorder(now_ns=lambda: round(started_s * 1e9), sink=events.append)
    seen: list[str] = []

    async def fetch(kit: Any, root: object, artifacts: Artifacts) -> None:
        await act(kit.recorder, artifacts)

    @asynccontextmanager
    async def opened() -> AsyncGenerator[None]:
        try:
            yield
        finally:
            seen.append("closed")

    def ready() -> None:
        seen.append("ready")
        on_ready()

    monkeypatch.setattr(story, "fetch", fetch)
    kit = SimpleNamespace(recorder=recorder, database=None)
    assembly: Any = SimpleNamespace(kit=kit, web=SimpleNamespace(opened=opened))
    journal = Journal(Bundle.create(folder / "bundle"))
    try:
        told = Story(
            assembly,
            root=recorder.span("config.plan", "m@v"),
            journal=journal,
            watcher=quiet,
            timeout_s=timeout_s,
            on_ready=ready,
        ).tell()
    finally:
        journal.close()
    return Result(told, events, "closed" in seen, seen.count("ready"))


async def stall(recorder: Recorder, artifacts: Artifacts) -> None:
    with recorder.span("http.first_byte", "x") as span:
        span.waiting_for = ("a head", None)
        await trio.sleep_forever()


def test_a_fetch_that_works_tells_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(recorder: Recorder, artifacts: Artifacts) -> None:
        artifacts.resolved, artifacts.mod = "v1.0.0", "h1:x"
        await trio.sleep(0.01)

    result = tell(act, tmp_path, monkeypatch)
    told = result.told
    assert (told.failure, told.resolved, told.artifacts["mod"]) == (None, "v1.0.0", "h1:x")
    assert (told.interrupted_by, told.crash) == (None, None)
    assert (result.was_closed, result.readies) == (True, 1)


@pytest.mark.parametrize(
    ("error", "cause"),
    [(StepFailed(REFUSED), "tcp.refused"), (GoRuleError("config.version_invalid", "bad"), "config.version_invalid")],
)
def test_a_failure_is_told_with_what_was_found_before(
    error: Exception, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(recorder: Recorder, artifacts: Artifacts) -> None:
        artifacts.info = "sha256:x"
        raise error

    told = tell(act, tmp_path, monkeypatch).told
    assert told.failure is not None
    assert (told.failure.cause, told.artifacts["info"], told.crash) == (cause, "sha256:x", None)


def test_a_bug_of_ours_is_a_crash_with_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(recorder: Recorder, artifacts: Artifacts) -> None:
        raise ZeroDivisionError("ours")

    told = tell(act, tmp_path, monkeypatch).told
    assert "ZeroDivisionError: ours" in (told.crash or "")
    assert told.failure is not None
    assert told.failure.cause == "local.self_delay"


def test_the_ordered_time_counts_from_the_traces_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = tell(stall, tmp_path, monkeypatch, timeout_s=60.0, started_s=59.9)
    told = result.told
    assert told.failure is not None
    assert (told.failure.cause, told.failure.text) == ("local.interrupted", "--timeout 60")
    assert result.was_closed
    assert [event.outcome for event in result.events if isinstance(event, SpanClosed)] == ["abandoned", "abandoned"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_was_held_ends_the_story_in_order(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When ``on_ready`` is called, a signal is the story's."""
    result = tell(stall, tmp_path, monkeypatch, on_ready=lambda: signal.raise_signal(number))
    assert result.told.interrupted_by == number.name
    assert result.told.failure is not None
    assert result.told.failure.cause == "local.interrupted"
    assert result.was_closed


def test_an_interrupt_says_by_whom_and_while_what() -> None:
    failure = interrupted("SIGINT", " while waiting for a head")
    assert (failure.cause, failure.side, failure.text) == (
        "local.interrupted",
        "local",
        "SIGINT while waiting for a head",
    )
