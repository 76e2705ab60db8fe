"""Which hop of a chain is silent? Each prefix of the chain is tried towards the target, the empty one included.

The longest prefix through which the target answers, and the next one through which it does not, name the hop between
them. All are tried at once: the act beside them has a deadline.
"""

from collections.abc import Awaitable, Callable

import msgspec
import trio

from modtrace.gorules.proxyroute import Route
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.steps.httptypes import Connection

Dial = Callable[[Route, Span], Awaitable[Connection]]

_SILENT = (
    "proxy.silent",
    "proxy.tunnel_silent",
    "proxy.unreachable.unanswered",
    "tcp.unanswered",
    "tls.hello_unanswered",
)


async def try_prefixes(route: Route, target: str, dial: Dial, *, parent: Span, limit_s: float) -> None:
    """One span per prefix below ``parent``, closed as ``ok`` whatever came out: the answer stands in ``answered``."""
    async with trio.open_nursery() as nursery:
        for length in range(len(route.hops)):
            nursery.start_soon(_try, route, length, target, dial, parent, limit_s)


async def _try(route: Route, length: int, target: str, dial: Dial, parent: Span, limit_s: float) -> None:
    chain: list[Json] = [hop.shown for hop in route.hops]
    way = " then ".join(hop.shown for hop in route.hops[:length]) or "no proxy"
    shorter = msgspec.structs.replace(route, hops=route.hops[:length], rule="an experiment")
    with parent.child("proxy.probe.prefix", f"{target} through {way}", prefix=length, chain=chain) as span:
        answered: bool | None = False
        failure: Failure | None = None
        with trio.move_on_after(limit_s) as scope:
            try:
                connection = await dial(shorter, span)
                await connection.link.aclose()
                answered = True
            except StepFailed as failed:
                failure = failed.failure
                answered = _says(failure)
        if scope.cancelled_caught:
            span.set(limit_s=round(limit_s, 3))
        span.set(answered=answered, ended_by=None if failure is None else failure.cause)


def _says(failure: Failure) -> bool | None:
    """Did the target answer? A refusal on the way decides nothing: ``None``."""
    if failure.cause in _SILENT:
        return False
    return True if failure.details.get("bytes_received") else None
