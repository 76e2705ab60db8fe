"""Beside a fetch: what comes later is loaded while a far answer is awaited, which is said; on a near network never."""

import gc
from collections.abc import Iterator

import pytest
import trio
import trio.testing

from modtrace.command import beside
from modtrace.record.events import Event, SpanNoted
from modtrace.record.recorder import Recorder


@pytest.fixture(autouse=True)
def _gc_as_it_was() -> Iterator[None]:
    yield
    gc.enable()


def ran(
    monkeypatch: pytest.MonkeyPatch, answered_after_s: float, *, shows_table: bool = False
) -> tuple[list[tuple[str, float]], list[Event]]:
    """What was loaded and when (s), and what was recorded, while one answer takes this long."""
    loaded: list[tuple[str, float]] = []
    events: list[Event] = []

    async def main() -> None:
        zero = trio.current_time()
        recorder = Recorder(now_ns=lambda: round((trio.current_time() - zero) * 1e9), sink=events.append)

        def load(name: str) -> None:
            loaded.append((name, round(trio.current_time() - zero, 3)))

        monkeypatch.setattr(beside.importlib, "import_module", load)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: beside.run_beside(recorder, is_quiet=True, shows_table=shows_table))
            await trio.sleep(0.2)
            with recorder.span("http.first_byte", "goproxy.example"):
                await trio.sleep(answered_after_s)
            await trio.sleep(1)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return loaded, events


def test_what_comes_later_is_loaded_while_a_far_answer_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.disable()
    loaded, events = ran(monkeypatch, 0.1)
    assert "modtrace.reports.summarize" in [name for name, _ in loaded]
    assert all(0.22 < when_s < 0.235 for _, when_s in loaded)
    (note,) = [event for event in events if isinstance(event, SpanNoted)]
    assert note.what == "self_delay"
    assert gc.isenabled()


def test_on_a_near_network_nothing_is_loaded_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, events = ran(monkeypatch, 0.015)
    assert loaded == []
    assert not any(isinstance(event, SpanNoted) for event in events)


@pytest.mark.parametrize("shows_table", [True, False])
def test_the_table_is_loaded_for_who_sees_it(shows_table: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, _ = ran(monkeypatch, 0.1, shows_table=shows_table)
    assert ("modtrace.reports.formats.terminal" in [name for name, _ in loaded]) is shows_table
