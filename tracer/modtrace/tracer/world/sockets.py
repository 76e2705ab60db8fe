"""Our own non-blocking sockets under ``trio.lowlevel``, so that the kernel's timestamps and errnos stay ours."""

import errno
import os
import socket
import sys
from collections.abc import Awaitable, Callable

import trio

from modtrace.tracer.world.interface import Datagram, HostPort, TcpInfo
from modtrace.tracer.world.opening import Connecting, begin_connect, host_port, open_udp
from modtrace.tracer.world.stamps import ANCILLARY_BYTES, Ancillary, KernelClock, SendStamps

# linux/tcp.h struct tcp_info: the fields that are read, by byte offset.
_TCP_INFO_BYTES = 232

_CLOSED = "use of closed network connection"  # Go net.ErrClosed

_KEEPALIVE_IDLE_S = 30  # Go net/http/transport.go DefaultTransport: Dialer.KeepAlive
_KEEPALIVE_INTERVAL_S = 15  # Go net/tcpsockopt_unix.go defaultTCPKeepAliveInterval
_KEEPALIVE_PROBES = 9  # Go net/dial.go defaultTCPKeepAliveCount


class TcpLink:
    """A connected TCP socket as a ``Link``."""

    def __init__(self, sock: socket.socket, now_ns: Callable[[], int], *, opened_at_ns: int) -> None:
        self._sock = sock
        self._clock = KernelClock(now_ns)
        self._stamps = SendStamps(sock, self._clock, opened_at_ns)
        self._received_at_ns = now_ns()
        self._is_closed = False
        self.local = host_port(sock.getsockname())
        self.peer = host_port(sock.getpeername())

    @property
    def received_at_ns(self) -> int:
        return self._received_at_ns

    @property
    def sent_at_ns(self) -> int:
        return self._stamps.sent_at_ns

    async def receive(self, max_bytes: int = 65536) -> bytes:
        was_woken = False
        while True:
            try:
                data, ancillary, _, _ = self._sock.recvmsg(max_bytes, ANCILLARY_BYTES)
            except BlockingIOError:
                await self._wait(_readable, was_woken=was_woken)
                was_woken = True
                continue
            self._received_at_ns = _arrived_ns(self._clock, ancillary)
            return data

    async def send(self, data: bytes | memoryview, *, is_timed: bool = False) -> None:
        rest = memoryview(data)
        act = self._stamps.send if is_timed else self._sock.send
        was_woken = False
        while rest:
            try:
                sent = act(rest)
            except BlockingIOError:
                await self._wait(_writable, was_woken=was_woken)
                was_woken = True
                continue
            rest = rest[sent:]
            act = self._sock.send

    async def _wait(self, until: Callable[[socket.socket], Awaitable[None]], *, was_woken: bool) -> None:
        """A stamp in the error queue wakes at once whoever waits, again and again until it is read."""
        if was_woken or self._stamps.is_due:
            self._stamps.collect()
        await until(self._sock)

    def tcp_info(self) -> TcpInfo | None:
        if self._is_closed:
            return None
        try:
            raw = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
        except OSError:
            return None
        return _tcp_info(raw.ljust(_TCP_INFO_BYTES, b"\0"))

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        trio.lowlevel.notify_closing(self._sock)
        self._sock.close()


class ConnectedUdp:
    """A connected UDP socket as a ``UdpLink``: the kernel drops datagrams of any other source."""

    def __init__(self, sock: socket.socket, now_ns: Callable[[], int], peer: HostPort) -> None:
        self._sock = sock
        self._clock = KernelClock(now_ns)
        self._stamps = SendStamps(sock, self._clock, now_ns())
        self._peer = peer
        self.local = host_port(sock.getsockname())

    @property
    def sent_at_ns(self) -> int:
        return self._stamps.sent_at_ns

    async def receive(self) -> Datagram:
        while True:
            try:
                data, ancillary, _, _ = self._sock.recvmsg(65535, ANCILLARY_BYTES)
            except BlockingIOError:
                self._stamps.collect()
                await _readable(self._sock)
                continue
            return Datagram(data, self._peer, _arrived_ns(self._clock, ancillary))

    async def send(self, data: bytes) -> None:
        while True:
            try:
                self._stamps.send(data)
            except BlockingIOError:
                await _writable(self._sock)
                continue
            return

    async def aclose(self) -> None:
        if self._sock.fileno() >= 0:
            trio.lowlevel.notify_closing(self._sock)
            self._sock.close()


async def connect_tcp(
    address: HostPort, now_ns: Callable[[], int], begun: Connecting | OSError | None = None
) -> TcpLink:
    """Connect with Go's socket options; raises ``OSError`` with the kernel's errno.

    ``begun`` is what came of a SYN that already left: it is taken over.
    """
    if isinstance(begun, OSError):
        raise begun
    sock, is_pending, opened_at_ns = begun or begin_connect(address, now_ns)
    try:
        if is_pending:
            await _connected(sock)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEPALIVE_INTERVAL_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _KEEPALIVE_PROBES)
        return TcpLink(sock, now_ns, opened_at_ns=opened_at_ns)
    except BaseException:
        sock.close()
        raise


async def connect_udp(address: HostPort, now_ns: Callable[[], int]) -> ConnectedUdp:
    """A UDP socket connected to ``address`` from a random port; raises ``OSError``."""
    return ConnectedUdp(open_udp(address), now_ns, address)


async def _readable(sock: socket.socket) -> None:
    try:
        await trio.lowlevel.wait_readable(sock)
    except trio.ClosedResourceError:
        raise OSError(errno.EBADF, _CLOSED) from None


async def _writable(sock: socket.socket) -> None:
    try:
        await trio.lowlevel.wait_writable(sock)
    except trio.ClosedResourceError:
        raise OSError(errno.EBADF, _CLOSED) from None


async def _connected(sock: socket.socket) -> None:
    await trio.lowlevel.wait_writable(sock)
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _arrived_ns(clock: KernelClock, ancillary: Ancillary) -> int:
    at_ns = clock.time_of(ancillary)
    return clock.now_ns() if at_ns is None else at_ns


def _tcp_info(raw: bytes) -> TcpInfo:
    def u32(offset: int) -> int:
        return int.from_bytes(raw[offset : offset + 4], sys.byteorder)

    def u64(offset: int) -> int:
        return int.from_bytes(raw[offset : offset + 8], sys.byteorder)

    return TcpInfo(
        send_mss_bytes=u32(16),
        receive_mss_bytes=u32(20),
        rtt_us=u32(68),
        rtt_var_us=u32(72),
        congestion_window=u32(80),
        retransmits=u32(100),
        bytes_acked=u64(120),
        bytes_received=u64(128),
        segments_out=u32(136),
        segments_in=u32(140),
        min_rtt_us=u32(148),
    )
