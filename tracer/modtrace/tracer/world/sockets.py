"""Our own non-blocking sockets under ``trio.lowlevel``, so that the kernel's timestamps and errnos stay ours.

Receive stamps come from ``SO_TIMESTAMPING`` (software, taken when the packet reaches the stack): they carry no
scheduling delay of this process. They are in ``CLOCK_REALTIME`` and are moved to the monotonic clock at each read.
"""

import errno
import os
import socket
import struct
import sys
import time
from collections.abc import Callable

import trio

from modtrace.tracer.world.interface import Datagram, HostPort, TcpInfo
from modtrace.tracer.world.opening import SO_TIMESTAMPING, Connecting, begin_connect, host_port, open_udp

_TIMESPEC = struct.Struct("qq")
_ANCILLARY_BYTES = 128

# linux/tcp.h struct tcp_info: the fields that are read, by byte offset.
_TCP_INFO_BYTES = 232

_CLOSED = "use of closed network connection"  # Go net.ErrClosed

_KEEPALIVE_IDLE_S = 30  # Go net/http/transport.go DefaultTransport: Dialer.KeepAlive
_KEEPALIVE_INTERVAL_S = 15  # Go net/tcpsockopt_unix.go defaultTCPKeepAliveInterval
_KEEPALIVE_PROBES = 9  # Go net/dial.go defaultTCPKeepAliveCount


class TcpLink:
    """A connected TCP socket as a ``Link``."""

    def __init__(self, sock: socket.socket, now_ns: Callable[[], int]) -> None:
        self._sock = sock
        self._now_ns = now_ns
        self._received_at_ns = now_ns()
        self._is_closed = False
        self.local = host_port(sock.getsockname())
        self.peer = host_port(sock.getpeername())

    @property
    def received_at_ns(self) -> int:
        return self._received_at_ns

    async def receive(self, max_bytes: int = 65536) -> bytes:
        while True:
            try:
                data, ancillary, _, _ = self._sock.recvmsg(max_bytes, _ANCILLARY_BYTES)
            except BlockingIOError:
                await _readable(self._sock)
                continue
            self._received_at_ns = _arrival_ns(ancillary, self._now_ns())
            return data

    async def send(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while rest:
            try:
                sent = self._sock.send(rest)
            except BlockingIOError:
                await _writable(self._sock)
                continue
            rest = rest[sent:]

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
        self._now_ns = now_ns
        self._peer = peer
        self.local = host_port(sock.getsockname())

    async def receive(self) -> Datagram:
        while True:
            try:
                data, ancillary, _, _ = self._sock.recvmsg(65535, _ANCILLARY_BYTES)
            except BlockingIOError:
                await _readable(self._sock)
                continue
            return Datagram(data, self._peer, _arrival_ns(ancillary, self._now_ns()))

    async def send(self, data: bytes) -> None:
        while True:
            try:
                self._sock.send(data)
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
    sock, is_pending = begun or begin_connect(address)
    try:
        if is_pending:
            await _connected(sock)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEPALIVE_INTERVAL_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _KEEPALIVE_PROBES)
        return TcpLink(sock, now_ns)
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


def _arrival_ns(ancillary: list[tuple[int, int, bytes]], now_ns: int) -> int:
    """The kernel's stamp on the trace's clock, or ``now_ns`` where there is none (or the wall clock just stepped)."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPING and len(data) >= _TIMESPEC.size:
            seconds, nanos = _TIMESPEC.unpack_from(data)
            age_ns = time.time_ns() - int(seconds * 1_000_000_000 + nanos)
            if 0 <= age_ns < 1_000_000_000:
                return now_ns - age_ns
    return now_ns


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
