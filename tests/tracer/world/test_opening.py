"""Sockets begun without waiting, on loopback."""

import errno
import select
import socket

import pytest

from modtrace.tracer.world.interface import HostPort
from modtrace.tracer.world.opening import begin_connect, host_port, open_udp, source_address_for

pytestmark = pytest.mark.loopback

HOST = "127.0.0.1"


def test_a_connection_begins_without_waiting() -> None:
    with socket.create_server((HOST, 0)) as listener:
        begun = begin_connect(HostPort(HOST, listener.getsockname()[1]), lambda: 7)
        with begun.sock:
            assert begun.sock.getblocking() is False
            assert begun.sent_ns == 7
            select.select([], [begun.sock], [], 10)
            assert begun.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
            accepted, peer = listener.accept()
            accepted.close()
            assert peer == begun.sock.getsockname()


def test_what_is_refused_at_once_raises_with_its_number() -> None:
    with pytest.raises(OSError, match="unreachable") as caught:
        begin_connect(HostPort("224.0.0.1", 1), lambda: 7)  # no TCP to a group
    assert caught.value.errno == errno.ENETUNREACH
    with pytest.raises(PermissionError):
        open_udp(HostPort("255.255.255.255", 1))  # to everybody, unasked


def test_a_udp_socket_is_connected_and_has_sent_nothing() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as far:
        far.bind((HOST, 0))
        far.settimeout(0.05)
        with open_udp(HostPort(HOST, far.getsockname()[1])) as near:
            assert near.getpeername() == far.getsockname()
            with pytest.raises(TimeoutError):
                far.recv(1)


def test_the_routing_tables_choice_needs_no_packet() -> None:
    assert source_address_for("127.0.0.1") == "127.0.0.1"
    assert source_address_for("not an address") is None


def test_a_socket_name_is_host_and_port_in_both_families() -> None:
    assert host_port(("::1", 5, 0, 0)[:2]) == HostPort("::1", 5)
