"""An experiment beside an act that waits: it begins when the act falls silent, and ends with the act.

So the verdict is there when go would have given up, and a fetch that works is never probed.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from modtrace.record.failures import StepFailed
from modtrace.record.phases import PhaseName
from modtrace.record.recorder import Span

_LOOK_AGAIN_S = 0.1
_NS = 1e9
_T = TypeVar("_T")


async def beside(
    act: Callable[[], Awaitable[_T]],
    experiment: Callable[[], Awaitable[None]],
    *,
    parent: Span,
    phases: frozenset[PhaseName],
    after_s: float,
) -> _T:
    """``act``'s result. ``experiment`` begins once one of ``phases`` directly below ``parent`` is ``after_s`` old."""
    outcome: list[_T] = []
    failure: StepFailed | None = None

    async def run_experiment() -> None:
        while not _is_silent(parent, phases, after_s):
            await trio.sleep(_LOOK_AGAIN_S)
        await experiment()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_experiment)
        try:
            outcome.append(await act())
        except StepFailed as failed:  # raised below, so that no nursery wraps it into a group
            failure = failed
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return outcome[0]


def _is_silent(parent: Span, phases: frozenset[PhaseName], after_s: float) -> bool:
    now_ns = parent.recorder.now_ns()
    return any(
        span.phase in phases and span.parent is parent and now_ns - span.started_ns >= after_s * _NS
        for span in parent.recorder.open_spans()
    )
