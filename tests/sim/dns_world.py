"""A world with scripted name servers, under trio's clock (``MockClock`` in tests: hours pass in milliseconds)."""

import errno
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trio
from tests.sim.machine import NoPrograms

from modtrace.tracer.world.interface import Datagram, HostPort, Link, TcpInfo, UdpLink

Reply = tuple[float, bytes | OSError]
"""Seconds after the query, and what then arrives: bytes, an error, or ``b""`` (TCP: closed)."""
Script = Callable[[bytes], Sequence[Reply]]


class Asked(NamedTuple):
    at_s: float
    server: str
    transport: str
    name: str
    kind: str


class _End:
    """One side of a scripted conversation."""

    def __init__(self, world: "DnsWorld", server: str, transport: str) -> None:
        self._world, self._server, self._transport = world, server, transport
        self.local = HostPort("::1" if ":" in server else "127.0.0.1", 40000)
        self.peer = HostPort(server, 53)
        self._arrivals: list[Reply] = []
        self.arrived_ns = 0
        self.is_closed = False
        self.sent_at_ns = 0

    async def send(self, data: bytes | memoryview, *, is_timed: bool = False) -> None:
        del is_timed
        await trio.sleep(self._world.leaves_after_s)
        self.sent_at_ns = self._world.now_ns()
        wire = bytes(data)[2:] if self._transport == "tcp" else bytes(data)
        question = dns.message.from_wire(wire).question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        now = self._world.now_s()
        self._world.asked.append(Asked(round(now, 6), self._server, self._transport, str(question.name), kind))
        replies = self._world.scripts[self._server, self._transport](wire)
        self._arrivals += sorted(((now + after, what) for after, what in replies), key=lambda reply: reply[0])

    async def arrival(self) -> bytes:
        if not self._arrivals:
            await trio.sleep_forever()
        at, what = self._arrivals[0]
        await trio.sleep(max(0.0, at - self._world.now_s()))
        self._arrivals.pop(0)
        self.arrived_ns = round(at * 1e9)
        if isinstance(what, OSError):
            raise what
        return what

    async def aclose(self) -> None:
        self.is_closed = True


class SimUdp(_End):
    async def receive(self) -> Datagram:
        data = await self.arrival()
        return Datagram(data, self.peer, self.arrived_ns)


class SimTcp(_End):
    received_at_ns = 0
    _rest = b""

    async def receive(self, max_bytes: int = 65536) -> bytes:
        if not self._rest:
            self._rest = await self.arrival()
        piece, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return piece

    def tcp_info(self) -> TcpInfo | None:
        return None


class DnsWorld(NoPrograms):
    """``scripts`` are keyed by (server address, "udp" or "tcp"); a missing TCP peer refuses, a missing UDP one too."""

    def __init__(
        self,
        scripts: Mapping[tuple[str, str], Script],
        files: Mapping[str, str | OSError] | None = None,
        *,
        sources: Mapping[str, str] | None = None,
        hostname: str = "box",
    ) -> None:
        self.scripts = dict(scripts)
        self.asked: list[Asked] = []
        self.ends: list[_End] = []
        self.leaves_after_s = 0.0
        """What a query waits before it leaves, as behind a full queue."""
        self._files = dict(files or {})
        self._sources = sources
        self._hostname = hostname
        self._next_id = 1000
        self._start = trio.current_time()

    def now_s(self) -> float:
        return trio.current_time() - self._start

    def now_ns(self) -> int:
        return round(self.now_s() * 1e9)

    def wall_time_s(self) -> float:
        return 1_700_000_000.0 + self.now_s()

    async def open_tcp(self, address: HostPort) -> Link:
        await trio.lowlevel.checkpoint()
        if (address.host, "tcp") not in self.scripts:
            raise OSError(errno.ECONNREFUSED, "Connection refused")
        if self.scripts[address.host, "tcp"] is dropped:
            await trio.sleep_forever()
        end = SimTcp(self, address.host, "tcp")
        self.ends.append(end)
        return end

    async def open_udp(self, address: HostPort) -> UdpLink:
        await trio.lowlevel.checkpoint()
        self.scripts.setdefault((address.host, "udp"), closed)
        if self.scripts[address.host, "udp"] is no_route:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        end = SimUdp(self, address.host, "udp")
        self.ends.append(end)
        return end

    def source_address_for(self, host: str) -> str | None:
        if self._sources is not None:
            return self._sources.get(host)
        return "2001:db8::99" if ":" in host else "192.0.2.99"

    def random_u16(self) -> int:
        self._next_id += 1
        return self._next_id

    def environ(self) -> Mapping[str, str]:
        return {}

    def read_file(self, path: str) -> bytes | None:
        content = self._files.get(path)
        if isinstance(content, OSError):
            raise content
        return None if content is None else content.encode()

    def list_directory(self, path: str) -> list[str] | None:
        return None

    def hostname(self) -> str:
        return self._hostname


def response(query: bytes, *records: str, rcode: str = "NOERROR", flags: str = "QR RD RA", edns: bool = True) -> bytes:
    """An answer to ``query``; each record as ``owner ttl type data``."""
    message = dns.message.make_response(dns.message.from_wire(query))
    message.flags = dns.flags.from_text(flags)
    message.set_rcode(dns.rcode.from_text(rcode))
    if not edns:
        message.use_edns(False)
    for record in records:
        owner, ttl, kind, data = record.split(" ", 3)
        message.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, data))
    return message.to_wire()


def zone(table: Mapping[tuple[str, str], Sequence[str] | str], *, after: float = 0.01) -> Script:
    """Answers from ``table`` keyed by (rooted name, type): records, or an rcode's name; missing keys are NXDOMAIN."""

    def script(query: bytes) -> Sequence[Reply]:
        question = dns.message.from_wire(query).question[0]
        found = table.get((str(question.name), dns.rdatatype.to_text(question.rdtype)), "NXDOMAIN")
        if isinstance(found, str):
            return [(after, response(query, rcode=found))]
        return [(after, response(query, *found))]

    return script


def closed(query: bytes) -> Sequence[Reply]:
    """Nothing listens: the ICMP error comes back at once."""
    return [(0.0, OSError(errno.ECONNREFUSED, "Connection refused"))]


def silent(query: bytes) -> Sequence[Reply]:
    return []


def dropped(query: bytes) -> Sequence[Reply]:
    """As a TCP peer: the connection is never accepted."""
    return []


def no_route(query: bytes) -> Sequence[Reply]:
    return []


def framed(script: Script) -> Script:
    """The same answers, as TCP carries them."""

    def inner(query: bytes) -> Sequence[Reply]:
        return [
            (after, struct.pack("!H", len(what)) + what if isinstance(what, bytes) and what else what)
            for after, what in script(query)
        ]

    return inner
