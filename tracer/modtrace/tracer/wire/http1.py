"""The only door to h11: one HTTP/1.1 exchange as Go's client has it, without any I/O.

h11 writes the request (and so refuses one that is not valid HTTP). A response is read by Go's rules, on the raw bytes
(``http1head``, ``chunked``): go's words for what it refuses depend on them, and Go accepts more than h11 does. h11 is
then asked what it thinks of the same head; its objection (:attr:`Head.objection`) is a fact about the server, never an
error.

Differences seen between the two: h11 refuses a space before a header's colon, a status below 100, conflicting or list
valued Content-Length, and HTTP versions other than 1.x; Go takes them, or says so in other words.
"""

from typing import NamedTuple

from modtrace.gorules.requestheaders import on_http1
from modtrace.record.limits import HTTP_HEADERS_KEPT_COUNT, HTTP_RESPONSE_HEADER_BYTES
from modtrace.tracer.wire.chunked import ChunkedDecoder
from modtrace.tracer.wire.http1head import (
    Framing,
    HeadError,
    Headers,
    StatusLine,
    check_colon,
    check_first_header_line,
    framing,
    parse_header,
    parse_status_line,
)

GO_BUFFER_BYTES = 4096
"""Go's bufio.NewReader, also net/http/transport.go Transport.readBufferSize."""

_OBJECTION_CHARS = 300
_FRAMING_NAMES = frozenset({"Connection", "Content-Length", "Trailer", "Transfer-Encoding"})


class Interim(NamedTuple):
    """A 1xx response; the final one follows."""

    status: int
    headers: Headers


class Head(NamedTuple):
    protocol: str
    status: int
    status_text: str
    headers: Headers
    framing: Framing
    objection: str | None


class Data(NamedTuple):
    data: bytes


class End(NamedTuple):
    """The body is complete. ``rest`` is what the server sent behind it without being asked."""

    trailers: Headers
    rest: bytes


class Broken(NamedTuple):
    """go's bare text. ``in_body`` tells a cut body from a refused head; ``limit`` names the limit that was hit."""

    text: str
    in_body: bool
    limit: str | None = None


Event = Interim | Head | Data | End | Broken


def request_bytes(
    target: str, host: str, headers: Headers, *, method: str = "GET", proxy_authorization: str | None = None
) -> bytes:
    """A request without a body as Go writes it: Host, ``gorules.requestheaders``, then what a forwarding proxy gets.

    Raises ``ValueError`` for a request that isn't valid HTTP.
    """
    import h11  # 10 ms: an HTTP/2 fetch goes without

    lines = [("Host", host), *on_http1(method, headers)]
    if proxy_authorization is not None:
        lines.append(("Proxy-Authorization", proxy_authorization))
    raw = [(name.encode("ascii"), value.encode("utf-8", "surrogateescape")) for name, value in lines]
    try:
        request = h11.Request(method=method.encode(), target=target.encode("utf-8", "surrogateescape"), headers=raw)
        sent = h11.Connection(h11.CLIENT).send(request)
    except h11.LocalProtocolError as error:
        raise ValueError(str(error)) from error
    assert sent is not None
    return sent


class Exchange:
    """One response. Feed it what the link gives (``b""`` for the end of the stream); it answers with events."""

    def __init__(
        self,
        *,
        header_limit: int = HTTP_RESPONSE_HEADER_BYTES,
        answers_connect: bool = False,
        answers_head: bool = False,
    ) -> None:
        """``answers_connect``: the first status line is final, also a 1xx; the limit is the end of the stream, as Go's
        ``io.LimitedReader`` has it; and h11 has no say.

        ``answers_head``: the request was a HEAD, so no body follows, whatever the headers say.
        """
        self._answers_head = answers_head
        self._limit = header_limit
        self._answers_connect = answers_connect
        self._head_bytes = 0
        self._buffer = bytearray()
        self._searched = 0
        self._hit_limit = False
        self._raw_head = bytearray()
        self._line: StatusLine | None = None
        self._pending: bytearray | None = None
        self._headers: Headers = []
        self._framing: Framing | None = None
        self._left = 0
        self._chunked = ChunkedDecoder()
        self.is_done = False
        self.has_first_byte = False

    @property
    def bytes_buffered(self) -> int:
        """What is held back, waiting for the rest of a line."""
        return len(self._buffer)

    @property
    def is_inside_head(self) -> bool:
        """True when a head has begun and not ended."""
        return self._framing is None and (self._line is not None or bool(self._buffer))

    @property
    def head_bytes(self) -> int:
        """What the lines of the heads so far took."""
        return self._head_bytes

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes. After :class:`End` or :class:`Broken` nothing more comes."""
        if self.is_done:
            return []
        events: list[Event] = []
        try:
            if self._framing is None:
                self._feed_head(data, events)
            else:
                self._feed_body(data, events, is_eof=not data)
        except HeadError as error:
            events.append(Broken(error.text, False, "HTTP_RESPONSE_HEADER_BYTES" if self._hit_limit else None))
        if events and isinstance(events[-1], (End, Broken)):
            self.is_done = True
        return events

    def _feed_head(self, data: bytes, events: list[Event]) -> None:
        if not data and not self.has_first_byte:
            events.append(Broken("EOF", False))
            return
        self.has_first_byte = True
        room = self._limit - self._head_bytes - len(self._buffer)
        is_cut = self._answers_connect and len(data) > room
        self._buffer += data[:room] if is_cut else data
        self._take_lines(events)
        if self._framing is not None:
            rest = bytes(self._buffer)
            self._buffer.clear()
            self._feed_body(rest, events, is_eof=not data)
        elif is_cut:
            self._hit_limit = True
            self._end_inside_head(events)
        elif self._head_bytes + len(self._buffer) > self._limit:
            self._count(len(self._buffer))
        elif not data:
            self._end_inside_head(events)

    def _take_lines(self, events: list[Event]) -> None:
        start = 0
        while self._framing is None:
            end = self._buffer.find(b"\n", max(start, self._searched))
            if end < 0:
                break
            line = bytes(self._buffer[start:end]).removesuffix(b"\r")
            self._count(end + 1 - start)
            if not self._answers_connect:
                self._raw_head += self._buffer[start : end + 1]
            start = end + 1
            self._take_line(line, events)
        del self._buffer[:start]
        self._searched = len(self._buffer)  # a long line in small pieces is looked through once

    def _count(self, amount: int) -> None:
        self._head_bytes += amount
        if self._head_bytes > self._limit:
            self._hit_limit = True
            raise HeadError(f"net/http: server response headers exceeded {self._limit} bytes; aborted")

    def _end_inside_head(self, events: list[Event]) -> None:
        """Go's bufio gives a last line without its end as a line, a CR included, and the end of the file only after it.

        It hands long lines on a buffer at a time: when the stream ends with a full one, the line is lost.
        """
        if len(self._buffer) % GO_BUFFER_BYTES:
            self._take_line(bytes(self._buffer), events)
        if self._pending is not None:
            parse_header(bytes(self._pending))
        if self._framing is None:
            raise HeadError("unexpected EOF")

    def _take_line(self, line: bytes, events: list[Event]) -> None:
        if self._line is None:
            self._line = parse_status_line(line)
            return
        if self._pending is None and not self._headers:
            check_first_header_line(line)
        if self._pending is not None and line[:1] in (b" ", b"\t"):
            self._pending += b" " + line.strip(b" \t")
            return
        if self._pending is not None:
            self._keep(parse_header(bytes(self._pending)))
            self._pending = None
        if line:
            check_colon(line)
            self._pending = bytearray(line.strip(b" \t"))
            return
        self._finish_head(self._line, events)

    def _keep(self, header: tuple[str, str]) -> None:
        """A head of 10 MiB can hold millions of lines: of those behind the first ones what frames the body is kept."""
        if len(self._headers) < HTTP_HEADERS_KEPT_COUNT or header[0] in _FRAMING_NAMES:
            self._headers.append(header)

    def _finish_head(self, line: StatusLine, events: list[Event]) -> None:
        how = framing(line, self._headers, answers_head=self._answers_head)
        headers, raw = self._headers, bytes(self._raw_head)
        self._headers, self._line = [], None
        self._raw_head.clear()
        if not self._answers_connect and 100 <= line.status <= 199 and line.status != 101:
            events.append(Interim(line.status, headers))
            return
        self._framing = how
        self._left = how.length
        objection = None if self._answers_connect else objection_to(raw)
        events.append(Head(line.protocol, line.status, line.status_text, headers, how, objection))

    def _feed_body(self, data: bytes, events: list[Event], *, is_eof: bool) -> None:
        how = self._framing
        assert how is not None
        if not how.has_body:
            events.append(End([], data))
        elif how.is_chunked:
            self._feed_chunks(data, events, is_eof=is_eof)
        elif how.length < 0:
            if data:
                events.append(Data(data))
            if is_eof:
                events.append(End([], b""))
        else:
            self._feed_counted(data, events, is_eof=is_eof)

    def _feed_chunks(self, data: bytes, events: list[Event], *, is_eof: bool) -> None:
        chunk = self._chunked.feed(data, is_eof=is_eof)
        events.extend(Data(piece) for piece in chunk.data)
        if chunk.error is not None:
            events.append(Broken(chunk.error, True))
        elif chunk.is_end:
            events.append(End(self._chunked.trailers, self._chunked.rest))

    def _feed_counted(self, data: bytes, events: list[Event], *, is_eof: bool) -> None:
        piece = data if len(data) <= self._left else data[: self._left]
        if piece:
            self._left -= len(piece)
            events.append(Data(piece))
        if self._left == 0:
            events.append(End([], data[len(piece) :]))
        elif is_eof:
            events.append(Broken("unexpected EOF", True))


def objection_to(raw_head: bytes) -> str | None:
    """What a strict parser says against a head that Go accepts; ``None`` when it agrees."""
    import h11

    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=len(raw_head) + 1)
    connection.send(h11.Request(method=b"GET", target=b"/", headers=[(b"Host", b"h")]))
    connection.send(h11.EndOfMessage())
    try:
        connection.receive_data(raw_head)
        connection.next_event()
    except h11.RemoteProtocolError as error:
        return str(error)[:_OBJECTION_CHARS]
    return None
