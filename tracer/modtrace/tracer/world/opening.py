"""Sockets as Go opens them, begun without waiting. No trio here: the first packet leaves before trio is loaded."""

import socket
from collections.abc import Callable
from typing import NamedTuple

from modtrace.tracer.world.interface import HostPort
from modtrace.tracer.world.stamps import ask_for_stamps


class Connecting(NamedTuple):
    """A TCP socket whose SYN has left at ``sent_ns``. ``is_pending``: the answer is still to come."""

    sock: socket.socket
    is_pending: bool
    sent_ns: int


def begin_connect(address: HostPort, now_ns: Callable[[], int]) -> Connecting:
    """Send the SYN; raises ``OSError`` with the kernel's errno where it is refused at once."""
    sock = socket.socket(_family(address.host), socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        ask_for_stamps(sock)
        sent_ns = now_ns()
        try:
            sock.connect((address.host, address.port))
        except BlockingIOError:
            return Connecting(sock, True, sent_ns)
        return Connecting(sock, False, sent_ns)
    except BaseException:
        sock.close()
        raise


def open_udp(address: HostPort) -> socket.socket:
    """A UDP socket connected to ``address`` from a random port; raises ``OSError``."""
    sock = socket.socket(_family(address.host), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        ask_for_stamps(sock)
        sock.connect((address.host, address.port))
    except BaseException:
        sock.close()
        raise
    return sock


def source_address_for(host: str) -> str | None:
    """What the routing table picks: connecting a UDP socket sends nothing (Go net/addrselect.go srcAddrs)."""
    try:
        with socket.socket(_family(host), socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.connect((host, 9))
            return host_port(sock.getsockname()).host
    except OSError:
        return None


def host_port(name: tuple[str, int]) -> HostPort:
    """A socket's name without what IPv6 adds."""
    return HostPort(name[0], name[1])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
