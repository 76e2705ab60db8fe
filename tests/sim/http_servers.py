"""Scripted HTTP servers on memory links, and a recorder that keeps its events, for the tests of the HTTP steps."""

import contextlib
from collections.abc import Awaitable, Callable

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import trio
import trio.testing
from tests.sim.links import MemoryLink, link_pair

from modtrace.record.events import Event, SpanClosed, SpanStarted
from modtrace.record.recorder import Recorder, Span
from modtrace.tracer.steps.httptypes import Connection, Forward

Script = Callable[[MemoryLink], Awaitable[None]]


class Bench:
    """A recorder over trio's clock, and a dial whose every connection is answered by the next script (or the last)."""

    def __init__(
        self, nursery: trio.Nursery, *scripts: Script, alpn: str | None = None, forward: Forward | None = None
    ) -> None:
        self.events: list[Event] = []
        self.recorder = Recorder(now_ns=lambda: int(trio.current_time() * 1e9), sink=self.events.append)
        self.dials: list[tuple[str, str, int]] = []
        self._nursery = nursery
        self._scripts = scripts
        self._alpn = alpn
        self._forward = forward
        self.root: Span = self.recorder.span("module.info", "m@v")

    async def dial(self, scheme: str, host: str, port: int, span: Span) -> Connection:
        script = self._scripts[min(len(self.dials), len(self._scripts) - 1)]
        self.dials.append((scheme, host, port))
        ours, theirs = link_pair()
        self._nursery.start_soon(script, theirs)
        await trio.lowlevel.checkpoint()
        return Connection(ours, self._alpn, self._forward)

    def closed(self, phase: str) -> list[SpanClosed]:
        """The ends of every span of a phase, in order of their start."""
        numbers = [event.span for event in self.events if isinstance(event, SpanStarted) and event.phase == phase]
        ends = {event.span: event for event in self.events if isinstance(event, SpanClosed)}
        return [ends[number] for number in numbers if number in ends]


def answers(*replies: bytes, closes: bool = False, seen: list[bytes] | None = None) -> Script:
    """One raw reply per request; then silence, or the end of the stream."""

    async def serve(link: MemoryLink) -> None:
        for reply in replies:
            request = b""
            while b"\r\n\r\n" not in request:
                data = await link.receive()
                if not data:
                    return
                request += data
            if seen is not None:
                seen.append(request)
            await link.send(reply)
        if closes:
            await link.aclose()

    return serve


H2Handler = Callable[[h2.connection.H2Connection, h2.events.RequestReceived], None]


def h2_server(handler: H2Handler, *, closes_after: int | None = None) -> Script:
    """An h2 peer that hands every request to ``handler``."""

    async def serve(link: MemoryLink) -> None:
        with contextlib.suppress(BrokenPipeError):
            await talk(link)

    async def talk(link: MemoryLink) -> None:
        peer = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        peer.initiate_connection()
        await link.send(peer.data_to_send())
        handled = 0
        while data := await link.receive():
            try:
                events = peer.receive_data(data)
            except h2.exceptions.ProtocolError:
                return
            for event in events:
                if isinstance(event, h2.events.RequestReceived):
                    handler(peer, event)
                    handled += 1
            await link.send(peer.data_to_send())
            if closes_after is not None and handled >= closes_after:
                await link.aclose()
                return

    return serve


def run(main: Callable[[trio.Nursery], Awaitable[None]]) -> None:
    """Run in virtual time; servers that still wait are cancelled at the end."""

    async def wrapped() -> None:
        async with trio.open_nursery() as nursery:
            await main(nursery)
            nursery.cancel_scope.cancel()

    trio.run(wrapped, clock=trio.testing.MockClock(autojump_threshold=0))
