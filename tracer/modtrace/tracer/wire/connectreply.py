"""HTTP CONNECT without I/O: the request as Go writes it, the reply as Go's ReadResponse takes it.

Go 1.26 net/http/transport.go dialConn (the CONNECT request), net/http/request.go Request.write, net/http/response.go
ReadResponse. Unlike a request's response, a CONNECT's first status line is final, also a 1xx: nothing there skips one.
The reader is limited to the header limit, so that an endless head ends as ``unexpected EOF``.
"""

import re
from typing import NamedTuple

from modtrace.tracer.wire import http1
from modtrace.tracer.wire.http1head import Headers

_ZONE = re.compile(r"%[^\]]*\]")


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
    """``CONNECT host:port`` with Host (no IPv6 zone), User-Agent and, with credentials, Proxy-Authorization."""
    host = _ZONE.sub("]", target)
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {host}", "User-Agent: Go-http-client/1.1"]
    if authorization is not None:
        lines.append(f"Proxy-Authorization: {authorization}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("utf-8", "surrogateescape")


class ConnectReply:
    """Feed it what the link gives (``b""`` for the end of the stream) until ``head`` or ``broken`` is there.

    ``body`` grows behind a head that is not 200 (go drops it); behind a 200 the bytes that came along with the head are
    lost to go, and are counted in ``lost_bytes``.
    """

    def __init__(self, *, behind: "ConnectReply | None" = None) -> None:
        """``behind``: a 1xx, whose bytes that came too early are the beginning of this reply."""
        self.head: ReplyHead | None = None
        self.broken: ReplyBroken | None = None
        self.body = bytearray()
        self.is_complete = False
        self.lost_bytes = 0
        self.received_bytes = 0
        self.first_bytes = b""
        self.parser = http1.Exchange(answers_connect=True)
        self._rest = b""
        if behind is not None and behind._rest:
            self.feed(behind._rest)

    @property
    def is_decided(self) -> bool:
        return self.head is not None or self.broken is not None

    @property
    def room_bytes(self) -> int:
        """What Go's buffered reader would ask for now: what lies further behind a 200 is the tunnel's."""
        return http1.GO_BUFFER_BYTES - self.parser.bytes_buffered % http1.GO_BUFFER_BYTES

    def feed(self, data: bytes) -> None:
        if len(self.first_bytes) < 64:
            self.first_bytes = (self.first_bytes + data)[:64]
        if self.is_complete:
            return
        self.received_bytes += len(data)
        for event in self.parser.feed(data):
            self._take(event, is_end=not data)
        if self.head is not None and self.head.status == 200:
            self.is_complete = True
            self.lost_bytes = self.received_bytes - self.parser.head_bytes
            self.body.clear()

    def _take(self, event: http1.Event, *, is_end: bool) -> None:
        match event:
            case http1.Head():
                self.head = ReplyHead(event.protocol, event.status, event.status_text, event.headers)
            case http1.Data():
                self.body += event.data
            case http1.End():
                self.is_complete = True
                self._rest = event.rest
            case http1.Broken():
                if self.head is None:
                    self.broken = self._broken(event, is_end=is_end)
                self.is_complete = True
            case http1.Interim():
                raise AssertionError("the parser was told to skip none")

    def _broken(self, event: http1.Broken, *, is_end: bool) -> ReplyBroken:
        go_text = "unexpected EOF" if event.text == "EOF" else event.text
        is_http = b"HTTP/".startswith(self.first_bytes[:5])
        return ReplyBroken(go_text, is_cut=is_end and is_http, limit=event.limit)
