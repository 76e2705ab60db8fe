"""A world whose TCP peers answer after a scripted delay, under trio's clock (``MockClock``: 30 s pass at once)."""

import os
from collections.abc import Mapping
from typing import NamedTuple

import trio
from tests.sim.headstart import Scripted
from tests.sim.links import MemoryLink, link_pair
from tests.sim.machine import NoPrograms

from modtrace.tracer.world.interface import HostPort, Link, UdpLink


class Peer(NamedTuple):
    """After ``after_s`` the connect ends: accepted, or with ``errno``; ``None`` seconds: never."""

    after_s: float | None
    errno: int = 0


SILENT = Peer(None)


class TcpWorld(NoPrograms):
    """``peers`` by address. ``started_s`` moves the clock, as if time had passed before the test.

    ``unrouted``: addresses that the routing table has no way to.
    """

    def __init__(self, peers: Mapping[str, Peer], *, started_s: float = 0.0, unrouted: tuple[str, ...] = ()) -> None:
        self._peers = dict(peers)
        self._unrouted = unrouted
        self._zero = trio.current_time() - started_s
        self.dialled: list[tuple[float, str]] = []
        self.links: list[MemoryLink] = []

    def now_s(self) -> float:
        return trio.current_time() - self._zero

    def now_ns(self) -> int:
        return round(self.now_s() * 1e9)

    async def open_tcp(self, address: HostPort) -> Link:
        begun_ns = self.headstart.take_connection(address) if isinstance(self.headstart, Scripted) else None
        if begun_ns is None:
            self.dialled.append((round(self.now_s(), 6), address.host))
        peer = self._peers[address.host]
        if peer.after_s is None:
            await trio.sleep_forever()
        else:
            lead_s = 0.0 if begun_ns is None else self.now_s() - begun_ns / 1e9
            await trio.sleep(max(0.0, peer.after_s - lead_s))
        if peer.errno:
            raise OSError(peer.errno, os.strerror(peer.errno))
        local = HostPort("2001:db8::99" if ":" in address.host else "192.0.2.99", 40000)
        ours, _ = link_pair(local, address)
        self.links.append(ours)
        return ours

    async def open_udp(self, address: HostPort) -> UdpLink:
        raise AssertionError(f"no UDP in this world: {address}")

    def wall_time_s(self) -> float:
        return 1_700_000_000.0 + self.now_s()

    def source_address_for(self, host: str) -> str | None:
        if host in self._unrouted:
            return None
        return "2001:db8::99" if ":" in host else "192.0.2.99"

    def random_u16(self) -> int:
        return 1

    def environ(self) -> Mapping[str, str]:
        return {}

    def read_file(self, path: str) -> bytes | None:
        return None

    def list_directory(self, path: str) -> list[str] | None:
        return None

    def hostname(self) -> str:
        return "box"
