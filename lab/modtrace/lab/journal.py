"""What the lab's servers saw: every connection and every request, in order, with times.

Written by the server's thread only; :meth:`Journal.requests` and :meth:`Journal.connections` may be called from any.
Times are seconds since the journal was made (monotonic).
"""

import time
from collections.abc import Sequence

import msgspec

Headers = tuple[tuple[str, str], ...]


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One TCP connection. ``alpn`` and ``tls`` stay ``None`` without TLS; ``failure`` is that of a failed handshake."""

    number: int
    place: str
    peer_port: int
    at_s: float
    sni: str | None = None
    alpn: str | None = None
    tls: str | None = None
    failure: str | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request head as it arrived. ``answered_s`` is set when the last byte of the answer was handed over."""

    number: int
    connection: int
    place: str
    protocol: str
    method: str
    target: str
    headers: Headers
    at_s: float
    status: int | None = None
    answered_s: float | None = None

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def host(self) -> str | None:
        """``:authority`` or ``Host``, with the port as sent."""
        return self.header(":authority") or self.header("host")


class Journal:
    """Append-only; a request's entry is replaced once, when it has been answered."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._connections: list[Connection] = []
        self._requests: list[Request] = []

    @property
    def connections(self) -> tuple[Connection, ...]:
        return tuple(self._connections)

    @property
    def requests(self) -> tuple[Request, ...]:
        return tuple(self._requests)

    def opened(self, place: str, peer_port: int) -> int:
        number = len(self._connections)
        self._connections.append(Connection(number=number, place=place, peer_port=peer_port, at_s=self.now_s()))
        return number

    def handshaken(self, number: int, *, sni: str | None, alpn: str | None, tls: str | None) -> None:
        self._connections[number] = msgspec.structs.replace(self._connections[number], sni=sni, alpn=alpn, tls=tls)

    def handshake_failed(self, number: int, *, sni: str | None, failure: str) -> None:
        self._connections[number] = msgspec.structs.replace(self._connections[number], sni=sni, failure=failure)

    def asked(
        self, connection: int, *, protocol: str, method: str, target: str, headers: Sequence[tuple[str, str]]
    ) -> Request:
        request = Request(
            number=len(self._requests),
            connection=connection,
            place=self._connections[connection].place,
            protocol=protocol,
            method=method,
            target=target,
            headers=tuple(headers),
            at_s=self.now_s(),
        )
        self._requests.append(request)
        return request

    def answered(self, number: int, status: int | None) -> None:
        """Called just before the last byte is handed over, so that no client can be faster than the note."""
        known = self._requests[number]
        if known.answered_s is None:
            self._requests[number] = msgspec.structs.replace(known, answered_s=self.now_s(), status=status)

    def now_s(self) -> float:
        return time.monotonic() - self._start
