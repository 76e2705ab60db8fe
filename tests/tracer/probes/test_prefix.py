"""Each prefix of a chain is tried towards the target, and its answer is told from a refusal on the way."""

from typing import cast

import pytest
import trio
from tests.sim.links import link_pair
from tests.tracer.clocked import Clocked
from trio.testing import MockClock

from modtrace.gorules.proxyroute import Route, parse_via
from modtrace.record.causes import Cause
from modtrace.record.events import SpanClosed
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.probes.prefix import try_prefixes
from modtrace.tracer.steps.httptypes import Connection
from modtrace.tracer.world.interface import Link

CHAIN = ("http://a.test:1", "socks5://b.test:2", "https://c.test:3")
ROUTE = Route(hops=tuple(parse_via(url) for url in CHAIN), rule="--via names the chain")
LIMIT_S = 6.0


def failure(cause: Cause, **details: Json) -> Failure:
    return Failure(cause=cause, side="unknown", text="x", details=details)


class Tried:
    """``outcomes`` by length of the prefix: a failure, ``None`` for an open connection, a number of silent seconds."""

    def __init__(self, outcomes: dict[int, Failure | float | None]) -> None:
        self.dialled: list[tuple[str, ...]] = []
        self.links: list[Link] = []
        self.closed: list[SpanClosed] = []
        self.lengths: dict[int, Json] = {}
        self.over_s = 0.0

        async def dial(route: Route, span: Span) -> Connection:
            self.dialled.append(tuple(hop.shown for hop in route.hops))
            await trio.lowlevel.checkpoint()
            outcome = outcomes[len(route.hops)]
            if isinstance(outcome, Failure):
                raise StepFailed(outcome)
            if outcome is not None:
                await trio.sleep(outcome)
            ours = cast("Link", link_pair()[0])
            self.links.append(ours)
            return Connection(ours, "h2")

        async def main() -> None:
            clocked = Clocked()
            await try_prefixes(ROUTE, "goproxy.example:443", dial, parent=clocked.root, limit_s=LIMIT_S)
            self.over_s = trio.current_time() - clocked.zero
            self.closed = clocked.closed("proxy.probe.prefix")
            self.lengths = {event.span: event.attributes["prefix"] for event in clocked.started("proxy.probe.prefix")}

        trio.run(main, clock=MockClock(autojump_threshold=0))

    def answered(self) -> dict[Json, Json]:
        return {self.lengths[event.span]: event.attributes["answered"] for event in self.closed}


def test_every_proper_prefix_is_tried_the_empty_one_included() -> None:
    tried = Tried({0: None, 1: None, 2: None})
    assert sorted(tried.dialled) == [(), CHAIN[:1], CHAIN[:2]]
    assert set(tried.answered().values()) == {True}
    assert {event.outcome for event in tried.closed} == {"ok"}
    assert all(cast("object", link).is_closed for link in tried.links)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("outcome", "answered"),
    [
        (None, True),
        (failure("tls.unknown_authority", bytes_received=3000), True),
        (failure("tls.alert", bytes_received=7), True),
        (failure("proxy.tunnel_silent", bytes_received=0), False),
        (failure("tls.hello_unanswered", bytes_received=0), False),
        (failure("proxy.silent"), False),
        (failure("tcp.unanswered"), False),
        (failure("proxy.unreachable.unanswered"), False),
        (failure("proxy.denied"), None),
        (failure("proxy.auth_required"), None),
        (failure("tcp.refused"), None),
        (failure("dns.nxdomain"), None),
        (failure("proxy.tunnel_closed", bytes_received=0), None),
    ],
)
def test_an_answer_is_told_from_silence_and_from_a_refusal_on_the_way(
    outcome: Failure | None, answered: bool | None
) -> None:
    assert Tried({0: outcome, 1: None, 2: None}).answered()[0] is answered


def test_what_outlasts_the_limit_is_silence_and_all_are_tried_at_once() -> None:
    tried = Tried({0: 100.0, 1: 100.0, 2: 1.0})
    assert tried.answered() == {0: False, 1: False, 2: True}
    assert tried.over_s == LIMIT_S
