"""What standard error says while the network is awaited: for what, for how long, and when go would give up."""

import sys
from collections.abc import Awaitable, Callable

import trio

from modtrace.record.recorder import Recorder, Span
from modtrace.record.safe import safe

_TICK_S = 0.2
_QUIET_S = 1.0  # shorter waits say nothing
_LINE_EVERY_S = 5.0  # without a terminal: one line per wait and per this time
_NS = 1_000_000_000


def watcher(*, is_quiet: bool) -> Callable[[Recorder], Awaitable[None]]:
    """A task that follows the recorder until it is cancelled."""
    if is_quiet:
        return _silent
    return _live if sys.stderr.isatty() else _plain


def sentence(span: Span, now_ns: int) -> str:
    """``waiting 12 s for …; go would give up after 30 s``."""
    what, gives_up_s = span.waiting_for or (span.phase, None)
    waited_s = (now_ns - span.started_ns) / _NS
    limit = "go would wait for ever" if gives_up_s is None else f"go would give up after {gives_up_s:.0f} s"
    return f"{span.phase}: waiting {waited_s:.0f} s for {safe(what, limit=120)}; {limit}"


async def _silent(recorder: Recorder) -> None:
    del recorder
    await trio.sleep_forever()


async def _plain(recorder: Recorder) -> None:
    """Lines, for a log: the first after a second, then every five."""
    told: dict[int, float] = {}
    while True:
        await trio.sleep(_TICK_S)
        span, waited_s = _longest_wait(recorder)
        if span is None or waited_s < _QUIET_S:
            continue
        if waited_s - told.get(span.id, -_LINE_EVERY_S) >= _LINE_EVERY_S:
            told[span.id] = waited_s
            sys.stderr.write(f"modtrace: {sentence(span, recorder.now_ns())}\n")
            sys.stderr.flush()


async def _live(recorder: Recorder) -> None:
    """One line that changes in place, removed when the wait is over."""
    was_shown = False
    try:
        while True:
            await trio.sleep(_TICK_S)
            span, waited_s = _longest_wait(recorder)
            if span is not None and waited_s >= _QUIET_S:
                sys.stderr.write(f"\r\x1b[K{sentence(span, recorder.now_ns())}")
                sys.stderr.flush()
                was_shown = True
            elif was_shown:
                _clear()
                was_shown = False
    finally:
        if was_shown:
            _clear()


def _clear() -> None:
    sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()


def _longest_wait(recorder: Recorder) -> tuple[Span | None, float]:
    waiting = [span for span in recorder.open_spans() if span.waiting_for is not None]
    if not waiting:
        return None, 0.0
    span = waiting[-1]
    return span, (recorder.now_ns() - span.started_ns) / _NS
