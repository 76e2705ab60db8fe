"""One HTTP/2 connection shared by requests, with its receive loop as a background task.

Go 1.26 net/http/h2_bundle.go http2ClientConn, http2clientStream.
"""

from collections import Counter

import trio

from modtrace.gorules.httperror import status_text
from modtrace.record.causes import Cause
from modtrace.record.failures import Json, StepFailed
from modtrace.tracer.steps.exchange_h1 import os_error_text
from modtrace.tracer.steps.httptypes import ExchangeBroken, Forward, Request, ResponseHead
from modtrace.tracer.wire import h2events as e
from modtrace.tracer.wire import h2frames as f
from modtrace.tracer.wire.http2 import Http2Connection
from modtrace.tracer.world.interface import Link


class H2Connection:
    """A link that carries many requests. :meth:`run` must run in the background."""

    protocol = "HTTP/2.0"
    forward: Forward | None = None  # plain HTTP only

    def __init__(self, number: int, link: Link) -> None:
        self.number = number
        self.link = link
        self.wire = Http2Connection()
        self.requests_count = 0
        self.failure: StepFailed | None = None
        self._exchanges: dict[int, H2Exchange] = {}
        self._unsent: list[H2Exchange] = []
        self._reserved = 0
        self._sending = trio.Lock()

    def facts(self) -> dict[str, Json]:
        """What the connection's own frames said so far: how many of each type, and a GOAWAY in go's words."""
        counts = Counter(f"{'sent' if frame.is_ours else 'received'} {frame.type}" for frame in self.wire.frames)
        shown: dict[str, Json] = {"h2_frames": dict(counts), "h2_frames_count": self.wire.frames_count}
        if self.wire.goaway is not None:
            shown["h2_goaway"] = self.wire.goaway.text
        return shown

    @property
    def can_take_request(self) -> bool:
        return self.wire.is_usable and self.wire.open_streams + self._reserved < self.wire.max_streams

    @property
    def is_finished(self) -> bool:
        """True when it can take no more requests and has none."""
        return not self.wire.is_usable and not self._exchanges

    async def run(self) -> None:
        """Receive until the end. Every stream that is still open learns of it."""
        try:
            await self.flush()
            while not self.wire.is_broken:
                data = await self.link.receive()
                if not data:
                    self._dispatch(self.wire.eof())
                    break
                self._dispatch(self.wire.feed(data))
                await self.flush_quietly()  # what the peer sent before it went away is still to be read
        except OSError as error:
            self._dispatch(self.wire.eof(os_error_text(self.link, error, "read")))
        except StepFailed as failed:
            self.failure = failed
            self._dispatch(self.wire.eof(failed.failure.go_text))
        finally:
            await self.link.aclose()

    async def flush(self) -> None:
        """Write what the connection holds for the peer; nothing to write is nothing to wait for.

        Requests may be among it, also in a flush that was meant for other frames: their time is noted.
        """
        if not self.wire.owes:
            return
        async with self._sending:
            data = self.wire.take_output()
            leaving, self._unsent = self._unsent, []
            if data:
                await self.link.send(data, is_timed=bool(leaving))
                for exchange in leaving:
                    exchange.sent_at_ns = self.link.sent_at_ns

    def start(self, request: Request) -> "H2Exchange":
        self.requests_count += 1
        return H2Exchange(self, request, was_reused=self.requests_count > 1)

    def register(self, exchange: "H2Exchange", request: Request) -> int:
        number = self.wire.request(
            request.authority, request.target, request.scheme, request.headers, method=request.method
        )
        self._exchanges[number] = exchange
        self._unsent.append(exchange)
        return number

    async def forget(self, stream: int) -> None:
        self._exchanges.pop(stream, None)
        if self.wire.stream_is_open(stream):
            self.wire.cancel(stream)
            await self.flush_quietly()
        if self.is_finished:
            await self.link.aclose()

    async def flush_quietly(self) -> None:
        """As :meth:`flush`; a dead link is the receive loop's to report."""
        try:
            await self.flush()
        except OSError:
            return

    def _dispatch(self, events: list[e.Event]) -> None:
        for event in events:
            if isinstance(event, (e.Head, e.Data, e.End, e.StreamFailed)):
                exchange = self._exchanges.get(event.stream)
                if exchange is not None:
                    exchange.deliver(event)


class H2Exchange:
    """One stream. Body bytes wait in one buffer, at most the stream's window."""

    objection: str | None = None
    rest_bytes = 0
    is_reusable = True

    def __init__(self, connection: H2Connection, request: Request, *, was_reused: bool) -> None:
        self.was_reused = was_reused
        self.stream: int | None = None
        self.interims: list[int] = []
        self.sent_at_ns = 0
        """When the request left."""
        self.head_at_ns = 0
        self._connection = connection
        self._request = request
        self._head: e.Head | None = None
        self._body = bytearray()
        self._end: e.End | e.StreamFailed | None = None
        self._woken = trio.Event()

    @property
    def stall_cause(self) -> Cause:
        """Silence with our window used up is the peer waiting for credit, or believing that it has to."""
        window = self._connection.wire.window(self.stream or 0)
        return "http.h2_flow_stalled" if window <= 0 else "body.stalled"

    def deliver(self, event: e.StreamEvent) -> None:
        """Called by the receive loop."""
        if isinstance(event, e.Head):
            self._head = event
            self.head_at_ns = self._connection.link.received_at_ns
        elif isinstance(event, e.Data):
            self._body += event.data
        else:
            self._end = event
        self._woken.set()

    def prepare(self) -> None:
        """Everything but the sending, so that the time of the request is the time of its bytes."""
        if not self._connection.wire.is_usable:
            raise ExchangeBroken("http2: client conn not usable", "http.h2_goaway", retry="redial")
        self.stream = self._connection.register(self, self._request)

    async def send(self) -> None:
        try:
            await self._connection.flush()
        except OSError as error:
            text = os_error_text(self._connection.link, error, "write")
            raise ExchangeBroken(text, "tcp.reset") from error

    async def head(self) -> ResponseHead:
        while self._head is None:
            if self._end is not None:
                raise self._broken(in_body=False)
            await self._wait()
        head = self._head
        encoding = next((value for name, value in head.headers if name == "Content-Encoding"), "")
        is_gzip = encoding.lower() == "gzip" and not head.is_end and self._request.asks_for_gzip
        return ResponseHead(
            protocol="HTTP/2.0",
            status=head.status,
            status_text=f"{head.status_digits} {status_text(head.status)}",
            headers=head.headers,
            length=-1 if is_gzip else head.length,
            is_gzip=is_gzip,
        )

    async def chunk(self) -> "bytes | bytearray | None":
        """The next body bytes, ``None`` at the body's end."""
        while not self._body:
            if isinstance(self._end, e.End):
                return None
            if self._end is not None:
                raise self._broken(in_body=True)
            await self._wait()
        data, self._body = self._body, bytearray()
        if self.stream is not None:
            self._connection.wire.consumed(self.stream, len(data))
            await self._connection.flush_quietly()
        return data

    async def abandon(self) -> None:
        """Give the stream up (RST_STREAM CANCEL, as Go's Body.Close)."""
        if self.stream is not None:
            await self._connection.forget(self.stream)

    async def _wait(self) -> None:
        self._woken = trio.Event()
        await self._woken.wait()

    def _broken(self, *, in_body: bool) -> ExchangeBroken:
        end = self._end
        assert isinstance(end, e.StreamFailed)
        failed = self._connection.failure
        if failed is not None:
            raise failed
        if end.limit is not None:
            return ExchangeBroken(None, "http.h2_flood", ours=end.text, hangs=True, limit=end.limit)
        if end.is_goaway_retry:
            return ExchangeBroken(end.text, "http.h2_goaway", retry="redial")
        if end.from_peer and end.text.startswith("stream error"):
            return _reset(end, in_body=in_body)
        return ExchangeBroken(end.text, _cause(end, in_body=in_body))


def _reset(end: e.StreamFailed, *, in_body: bool) -> ExchangeBroken:
    if in_body:
        return ExchangeBroken(end.text, "http.h2_stream_reset")
    if end.code == f.REFUSED_STREAM:
        return ExchangeBroken(end.text, "http.h2_stream_reset", retry="refused")
    if end.code == f.PROTOCOL_ERROR:
        return ExchangeBroken(end.text, "http.h2_stream_reset", retry="redial")
    return ExchangeBroken(end.text, "http.h2_stream_reset")


def _cause(end: e.StreamFailed, *, in_body: bool) -> Cause:
    if "GOAWAY" in end.text:
        return "http.h2_goaway"
    if "connection reset" in end.text:
        return "body.reset" if in_body else "tcp.reset"
    if end.text == "unexpected EOF":
        return "body.truncated" if in_body else "http.malformed"
    return "http.malformed"
