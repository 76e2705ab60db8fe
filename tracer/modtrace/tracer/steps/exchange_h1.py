"""One HTTP/1.1 exchange over a link, as Go's persistConn has it.

Go 1.26 net/http/transport.go persistConn.roundTrip, readLoop, mapRoundTripError, shouldRetryRequest.
"""

import errno

import trio

from modtrace.record.causes import Cause
from modtrace.record.failures import Json
from modtrace.tracer.steps.connect import go_errno_text
from modtrace.tracer.steps.httptypes import ExchangeBroken, Forward, Request, ResponseHead, Retry
from modtrace.tracer.wire import http1
from modtrace.tracer.wire.tlsfaults import TlsBroken
from modtrace.tracer.world.interface import Link

_BROKEN = "net/http: HTTP/1.x transport connection broken: "
_IDLE_S = 90.0  # Go net/http/transport.go DefaultTransport IdleConnTimeout


class H1Connection:
    """A link that carries one request at a time; ``forward`` where a proxy gets the requests in absolute form."""

    protocol = "HTTP/1.1"

    def __init__(self, number: int, link: Link, forward: Forward | None = None) -> None:
        self.number = number
        self.link = link
        self.forward = forward
        self.requests_count = 0
        self.idle_since_s = 0.0

    def facts(self) -> dict[str, Json]:
        """Nothing: HTTP/1.1 has no frames of its own."""
        return {}

    async def is_alive(self) -> bool:
        """False when the peer has closed, or has spoken unasked, while the connection lay idle."""
        if trio.current_time() - self.idle_since_s >= _IDLE_S:
            return False
        try:
            with trio.move_on_after(0):
                await self.link.receive(1)
                return False
        except OSError:
            return False
        return True

    def start(self, request: Request) -> "H1Exchange":
        self.requests_count += 1
        return H1Exchange(self, request, was_reused=self.requests_count > 1)


class H1Exchange:
    """A request and its response. :meth:`send`, then :meth:`head`, then :meth:`chunk` until it gives ``None``."""

    stream: int | None = None

    def __init__(self, connection: H1Connection, request: Request, *, was_reused: bool) -> None:
        self.was_reused = was_reused
        self._connection = connection
        self._link = connection.link
        self._request = request
        self._bytes = b""
        self._parser = http1.Exchange(answers_head=request.method == "HEAD")
        self._events: list[http1.Event] = []
        self._will_close = True
        self._is_complete = False
        self.interims: list[int] = []
        self.objection: str | None = None
        self.rest_bytes = 0
        self.head_at_ns = 0

    @property
    def sent_at_ns(self) -> int:
        """When the request left."""
        return self._link.sent_at_ns

    @property
    def is_reusable(self) -> bool:
        """True once the body was read to its end, nothing followed it, and nobody asked to close."""
        return self._is_complete and not self._will_close and self.rest_bytes == 0

    @property
    def stall_cause(self) -> Cause:
        return "body.stalled"

    def prepare(self) -> None:
        """Everything but the sending, so that the time of the request is the time of its bytes."""
        request, forward = self._request, self._connection.forward
        try:
            self._bytes = http1.request_bytes(
                request.target if forward is None else f"{request.scheme}://{request.authority}{request.target}",
                request.authority,
                request.headers,
                method=request.method,
                proxy_authorization=None if forward is None else forward.authorization,
            )
        except ValueError as error:
            raise ExchangeBroken(f"net/http: invalid request: {error}", "http.malformed", side="local") from error

    async def send(self) -> None:
        try:
            await self._link.send(self._bytes, is_timed=True)
        except OSError as error:
            raise self._os_error(error, "write", is_first=True) from error

    async def head(self) -> ResponseHead:
        while True:
            for event in self._take():
                if isinstance(event, http1.Interim):
                    self.interims.append(event.status)
                elif isinstance(event, http1.Head):
                    self.head_at_ns = self._link.received_at_ns
                    return self._head_of(event)
                elif isinstance(event, http1.Broken):
                    raise self._refused(event)
            await self._more(in_body=False)

    async def chunk(self) -> bytes | None:
        """The next body bytes, ``None`` at the body's end."""
        while True:
            for event in self._take():
                if isinstance(event, http1.Data):
                    return event.data
                if isinstance(event, http1.End):
                    self._is_complete = True
                    self.rest_bytes = len(event.rest)
                    return None
                if isinstance(event, http1.Broken):
                    is_cut = "EOF" in event.text
                    raise ExchangeBroken(event.text, "body.truncated" if is_cut else "http.malformed")
            await self._more(in_body=True)

    async def abandon(self) -> None:
        """Stop here: Go closes an HTTP/1.1 connection whose body was not read to its end."""
        self._will_close = True

    def _take(self) -> list[http1.Event]:
        """The next event, as a list of at most one."""
        taken, self._events = self._events[:1], self._events[1:]
        return taken

    async def _more(self, *, in_body: bool) -> None:
        if self._events:
            return
        try:
            data = await self._link.receive()
        except OSError as error:
            is_first = not self._parser.has_first_byte
            words = await words_after_error(self._link, self._parser) if self._parser.is_inside_head else None
            raise self._os_error(error, "read", is_first=is_first, in_body=in_body, words=words) from error
        self._events = self._parser.feed(data)

    def _head_of(self, event: http1.Head) -> ResponseHead:
        self._will_close = event.framing.will_close
        self.objection = event.objection
        encoding = next((value for name, value in event.headers if name == "Content-Encoding"), "")
        return ResponseHead(
            protocol=event.protocol,
            status=event.status,
            status_text=event.status_text,
            headers=event.headers,
            length=event.framing.length,
            is_gzip=encoding.lower() == "gzip" and event.framing.has_body and self._request.asks_for_gzip,
        )

    def _refused(self, event: http1.Broken) -> ExchangeBroken:
        if not self._parser.has_first_byte:
            return ExchangeBroken(
                event.text,
                "http.malformed",
                ours="the connection was closed without any answer",
                retry="reused" if self.was_reused else None,
            )
        limit = "HTTP_RESPONSE_HEADER_BYTES" if "headers exceeded" in event.text else None
        return ExchangeBroken(_BROKEN + event.text, "http.malformed", limit=limit)

    def _os_error(
        self, error: OSError, call: str, *, is_first: bool, in_body: bool = False, words: str | None = None
    ) -> ExchangeBroken:
        text = words or os_error_text(self._link, error, call)
        if not is_first and not in_body:
            text = _BROKEN + text
        name = errno.errorcode.get(error.errno or 0)
        retry: Retry | None = "reused" if self.was_reused and is_first else None
        return ExchangeBroken(text, _cause_of(error, in_body=in_body), errno=name, retry=retry)


def _cause_of(error: OSError, *, in_body: bool) -> Cause:
    if isinstance(error, TlsBroken):
        return error.cause if error.cause != "tls.closed" else "body.truncated" if in_body else "http.malformed"
    if error.errno == errno.ETIMEDOUT:
        return "body.stalled" if in_body else "tcp.silent_after_connect"
    return "body.reset" if in_body else "tcp.reset"


async def words_after_error(link: Link, parser: http1.Exchange) -> str | None:
    """What go says of a read that fails inside a head; ``None``: what the error says.

    Its buffered reader hands on the line that it has, forgets the error and reads again. A socket tells of its error
    once and then gives the end of the stream; Go's TLS repeats it.
    """
    last = parser.feed(b"")[-1]
    text = last.text if isinstance(last, http1.Broken) else "unexpected EOF"
    if text != "unexpected EOF":
        return text
    try:
        await link.receive(1)
    except OSError:
        return None
    return text


def os_error_text(link: Link, error: OSError, call: str) -> str:
    """Go's ``net.OpError``: ``read tcp A->B: read: connection reset by peer``; what TLS says stands alone."""
    if isinstance(error, TlsBroken):
        return error.go_text
    return f"{call} tcp {link.local}->{link.peer}: {call}: {go_errno_text(error)}"
