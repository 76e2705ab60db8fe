"""The first packets of a run, sent from sockets that the steps take over once their code is loaded.

Loading it takes 100 ms, which is the far peer's time and not ours. What is sent is what the step would have sent at
that moment, no more and no less; the kernel keeps the stamps of what arrives meanwhile.
"""

import socket
from collections.abc import Callable
from typing import NamedTuple

from modtrace.tracer.world.interface import Ask, BegunDial, BegunQuery, FirstPackets, HostPort
from modtrace.tracer.world.opening import Connecting, begin_connect, open_udp


class _Connection(NamedTuple):
    address: HostPort
    sent_ns: int
    begun: Connecting | OSError


class _Query(NamedTuple):
    server: HostPort
    sent_ns: int
    wire: bytes
    sock: socket.socket


class SocketHeadstart:
    """``Headstart`` with this machine's sockets."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._dial: tuple[str, int, BegunDial] | None = None
        self._connection: _Connection | None = None
        self._queries: list[_Query] = []

    @property
    def began_ns(self) -> int | None:
        return None if self._dial is None else self._dial[2].began_ns

    def begin(self, host: str, port: int, packets: FirstPackets, *, began_ns: int) -> list[str]:
        self._dial = host, port, BegunDial(began_ns, self._now_ns())
        if isinstance(packets, Ask):
            for wire in packets.queries:
                self._ask(packets.server, wire)
            return [f"query to {query.server}" for query in self._queries]
        self._connect(packets.address)
        return [f"connect to {packets.address}"]

    def _connect(self, address: HostPort) -> None:
        sent_ns = self._now_ns()
        begun: Connecting | OSError
        try:
            begun = begin_connect(address, self._now_ns)
        except OSError as exc:
            begun = exc  # an attempt like any other: its step reports it
        self._connection = _Connection(address, sent_ns, begun)

    def _ask(self, server: HostPort, wire: bytes) -> None:
        """A query that can't be sent leaves nothing behind: no packet left, its step tries and reports."""
        try:
            sock = open_udp(server)
        except OSError:
            return
        sent_ns = self._now_ns()
        try:
            sock.send(wire)
        except OSError:
            sock.close()
            return
        self._queries.append(_Query(server, sent_ns, wire, sock))

    def claim(self, host: str, port: int) -> BegunDial | None:
        if self._dial is None or self._dial[:2] != (host, port):
            return None
        begun, self._dial = self._dial[2], None
        return begun

    def connecting_since(self, address: HostPort) -> int | None:
        return self._connection.sent_ns if self._connection and self._connection.address == address else None

    def take_connection(self, address: HostPort) -> Connecting | OSError | None:
        """What the SYN to ``address`` led to so far."""
        if self._connection is None or self._connection.address != address:
            return None
        begun, self._connection = self._connection.begun, None
        return begun

    def take_query(self, server: HostPort, wire: bytes) -> BegunQuery | None:
        for query in self._queries:
            if query.server == server and query.wire[2:] == wire[2:]:
                from modtrace.tracer.world.sockets import ConnectedUdp  # trio, which the steps have loaded by now

                self._queries.remove(query)
                link = ConnectedUdp(query.sock, self._now_ns, server)
                return BegunQuery(link, int.from_bytes(query.wire[:2], "big"), query.sent_ns)
        return None

    def close(self) -> None:
        self._dial = None
        if self._connection is not None and isinstance(self._connection.begun, Connecting):
            self._connection.begun.sock.close()
        self._connection = None
        for query in self._queries:
            query.sock.close()
        self._queries.clear()
