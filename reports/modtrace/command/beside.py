"""What runs beside a fetch: the live progress, and the imports of what comes later while the network is awaited."""

import gc
import importlib

import trio

from modtrace.command.progress import watcher
from modtrace.record.recorder import Recorder, Span

_LOOK_AGAIN_S = 0.005
_FAR_NS = 20_000_000
_SOON_ANSWERED_NS = 35_000_000
_SOON = ("json", "modtrace.tracer.wire.ziparchive", "modtrace.reports.summarize")
_TABLE = "modtrace.reports.formats.terminal"


async def run_beside(recorder: Recorder, *, is_quiet: bool, shows_table: bool) -> None:
    """Until cancelled. A fetch that is over before an answer was long awaited loads what it needs when it needs it."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watcher(is_quiet=is_quiet), recorder)
        while (awaited := _long_awaited(recorder)) is None:
            await trio.sleep(_LOOK_AGAIN_S)
        began_ns = recorder.now_ns()
        for name in (*_SOON, _TABLE) if shows_table else _SOON:
            importlib.import_module(name)
        awaited.note("self_delay", why="the report's code was loaded", took_ns=recorder.now_ns() - began_ns)
        gc.freeze()  # what was loaded stays: nothing of it is worth looking at again
        gc.enable()  # main switched it off for the imports


def _long_awaited(recorder: Recorder) -> Span | None:
    """A request whose answer is far away: a few ms of ours then delay nothing, and the kernel stamps the answer.

    On a near network there is none.
    """
    for span in recorder.open_spans():
        if span.phase == "http.first_byte" and _FAR_NS < recorder.now_ns() - span.started_ns < _SOON_ANSWERED_NS:
            return span
    return None
