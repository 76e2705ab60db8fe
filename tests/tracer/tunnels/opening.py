"""One tunnel opened over a memory link by a scripted proxy, in virtual time, and what came of it."""

from collections.abc import Awaitable, Callable

import trio
import trio.testing
from tests.sim.links import MemoryLink, link_pair

from modtrace.gorules.proxyroute import Hop, parse_via
from modtrace.record.events import Event, SpanClosed, SpanNoted
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.jsontext import encoded
from modtrace.record.recorder import Recorder
from modtrace.tracer.tunnels.interface import OpenTunnel, Request

Script = Callable[[MemoryLink], Awaitable[None]]
ENDS = "192.0.2.10:40000->192.0.2.1:443"
PROXY = "192.0.2.1:443"
"""Our side's and the proxy's addresses on a memory link."""


class Opened:
    """``failure`` is ``None`` when the tunnel is open; ``tail`` is what then still lay in the link."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.seconds = 0.0
        self.tail = b""
        self.events: list[Event] = []

    @property
    def attributes(self) -> dict[str, Json]:
        return next(event.attributes for event in self.events if isinstance(event, SpanClosed))

    def noted(self, what: str) -> list[dict[str, Json]]:
        return [event.data for event in self.events if isinstance(event, SpanNoted) and event.what == what]

    @property
    def refusal(self) -> Failure:
        assert self.failure is not None
        return self.failure


def opened(
    open_tunnel: OpenTunnel,
    script: Script,
    *,
    via: "str | Hop" = "http://proxy.test:3128",
    host: str = "target.test",
    port: int = 443,
    patience_s: float = 30.0,
) -> Opened:
    """Run one opening against ``script``, which plays the proxy."""
    outcome = Opened()
    hop = parse_via(via) if isinstance(via, str) else via
    request = Request(hop=hop, host=host, port=port, patience_s=patience_s)

    async def main() -> None:
        ours, theirs = link_pair()
        recorder = Recorder(now_ns=lambda: int(trio.current_time() * 1e9), sink=outcome.events.append)
        if hop.password:
            recorder.redactor.learn_basic(hop.user or "", hop.password)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(script, theirs)
            with recorder.span("proxy.tunnel", "test") as span:
                try:
                    await open_tunnel(ours, request, span)
                except StepFailed as failed:
                    outcome.failure = failed.failure
                    span.close("failed", failed.failure)
            outcome.seconds = trio.current_time()
            outcome.tail = b"" if outcome.failure else await _rest(ours)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    for event in outcome.events:
        encoded(event)  # whatever the proxy said, it can be written down
    return outcome


async def _rest(link: MemoryLink) -> bytes:
    """What lies in the link now."""
    with trio.move_on_after(0.001):
        return await link.receive()
    return b""


async def request_head(link: MemoryLink) -> bytes:
    """An HTTP request's head, as the proxy gets it."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = await link.receive()
        assert data, "the client went away"
        head += data
    return head
