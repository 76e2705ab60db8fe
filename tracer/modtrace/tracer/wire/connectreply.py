"""HTTP CONNECT without I/O: the request as Go writes it, the reply as Go's ReadResponse takes it.

Go 1.26 net/http/transport.go dialConn (the CONNECT request), net/http/request.go Request.write, net/http/response.go
ReadResponse. Unlike a request's response, a CONNECT's first status line is final, also a 1xx: nothing there skips one.
The reader is limited to the header limit, so that an endless head ends as ``unexpected EOF``.
"""

from typing import NamedTuple

from modtrace.tracer.wire import http1
from modtrace.tracer.wire.http1head import Headers

_HTTP = b"HTTP/"


class ReplyHead(NamedTuple):
    """``status_text`` is ``407 Proxy Authentication Required``, as far as the proxy sent it."""

    protocol: str
    status: int
    status_text: str
    headers: Headers

    @property
    def go_text(self) -> str:
        """What go makes of a status that is not 200: the phrase alone."""
        _, space, phrase = self.status_text.partition(" ")
        return phrase if space else "unknown status code"

    def values(self, name: str) -> list[str]:
        """Every value of the header with this canonical name."""
        return [value for key, value in self.headers if key == name]


class ReplyBroken(NamedTuple):
    """go's text for a reply that is none. ``is_cut``: the stream ended before the head did."""

    go_text: str
    is_cut: bool
    limit: str | None = None


def connect_request(target: str, authorization: str | None) -> bytes:
    """``CONNECT host:port`` with Host, User-Agent and, with credentials, Proxy-Authorization."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "User-Agent: Go-http-client/1.1"]
    if authorization is not None:
        lines.append(f"Proxy-Authorization: {authorization}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("utf-8", "surrogateescape")


class ConnectReply:
    """Feed it what the link gives (``b""`` for the end of the stream) until ``head`` or ``broken`` is there.

    ``body`` grows behind a head that is not 200 (go drops it); behind a 200 the bytes that came along with the head are
    lost to go, and are counted in ``lost_bytes``.
    """

    def __init__(self) -> None:
        self.head: ReplyHead | None = None
        self.broken: ReplyBroken | None = None
        self.body = bytearray()
        self.is_complete = False
        self.lost_bytes = 0
        self.first_bytes = b""
        self._parser = http1.Exchange(answers_connect=True)

    @property
    def is_decided(self) -> bool:
        return self.head is not None or self.broken is not None

    def feed(self, data: bytes) -> None:
        if len(self.first_bytes) < 64:
            self.first_bytes = (self.first_bytes + data)[:64]
        for event in self._parser.feed(data):
            self._take(event, data)

    def _take(self, event: http1.Event, data: bytes) -> None:
        match event:
            case http1.Head():
                self.head = ReplyHead(event.protocol, event.status, event.status_text, event.headers)
            case http1.Data():
                self._keep(event.data)
            case http1.End():
                self.is_complete = True
                if self.head is not None and self.head.status == 200:
                    self.lost_bytes += len(event.rest)
            case http1.Broken():
                self.is_complete = True
                if self.head is None:
                    self.broken = _broken(event, self.first_bytes, at_end=not data)
            case http1.Interim():
                raise AssertionError("the parser was told to skip none")

    def _keep(self, data: bytes) -> None:
        if self.head is not None and self.head.status == 200:
            self.lost_bytes += len(data)
        else:
            self.body += data


def _broken(event: http1.Broken, first_bytes: bytes, *, at_end: bool) -> ReplyBroken:
    if "headers exceeded" in event.text:
        return ReplyBroken("unexpected EOF", is_cut=False, limit="HTTP_RESPONSE_HEADER_BYTES")
    if event.text == "EOF":
        return ReplyBroken("unexpected EOF", is_cut=True)
    return ReplyBroken(event.text, is_cut=at_end and (event.text == "unexpected EOF" or _began_well(first_bytes)))


def _began_well(first_bytes: bytes) -> bool:
    """An unfinished first line that could have become a status line: go's text complains of the half that came."""
    return b"\n" not in first_bytes and (first_bytes.startswith(_HTTP) or _HTTP.startswith(first_bytes))
