"""Real sockets on loopback: options, stamps, errnos, and closing under a waiting task."""

import errno
import socket
import struct
import sys
import time
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from modtrace.tracer.world import sockets
from modtrace.tracer.world.interface import HostPort
from modtrace.tracer.world.sockets import TcpLink, connect_tcp, connect_udp

pytestmark = pytest.mark.loopback

HOST = "127.0.0.1"


def now_ns() -> int:
    return time.monotonic_ns()


def with_link(act: Callable[[TcpLink, socket.socket], Awaitable[None]]) -> None:
    """``act`` with a connected link and the accepted socket of the other end."""

    async def main() -> None:
        with socket.create_server((HOST, 0)) as listener:
            link = await connect_tcp(HostPort(HOST, listener.getsockname()[1]), now_ns)
            accepted, _ = listener.accept()
            with accepted:
                try:
                    with trio.fail_after(20):
                        await act(link, accepted)
                finally:
                    await link.aclose()

    trio.run(main)


def test_a_connection_carries_gos_options_and_both_names() -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        assert link.peer == far.getsockname()
        assert link.local == far.getpeername()
        sock = link._sock  # pyright: ignore[reportPrivateUsage]
        options = [
            sock.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_NODELAY, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        ]
        assert options == [1, 30, 15, 9]
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        await trio.lowlevel.checkpoint()

    with_link(act)


def test_bytes_pass_both_ways_and_the_end_is_empty() -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        before = now_ns()
        far.sendall(b"abc")
        await trio.sleep(0.05)
        assert await link.receive(2) == b"ab"
        assert before - 1_000_000 <= link.received_at_ns <= now_ns()  # two clocks are read, one after the other
        assert await link.receive() == b"c"
        await link.send(memoryview(b"xyz"))
        assert far.recv(10) == b"xyz"
        far.close()
        assert await link.receive() == b""

    with_link(act)


def test_the_stamp_is_the_arrivals_not_the_readers() -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        # The kernel begins to stamp some time after the first socket has asked for it (a busy one: milliseconds after).
        for _ in range(20):
            far.sendall(b"x")
            sent = now_ns()
            await trio.sleep(0.2)
            await link.receive()
            if now_ns() - link.received_at_ns > 1_000_000:
                break
        else:
            pytest.skip("this kernel gives no receive stamps")
        assert link.received_at_ns - sent < 150_000_000

    with_link(act)


def test_a_timed_send_has_the_kernels_time_and_any_other_has_none() -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        opened_ns = link.sent_at_ns
        await link.send(b"x")
        assert link.sent_at_ns == opened_ns
        before = now_ns()
        await link.send(b"y", is_timed=True)
        after = now_ns()
        assert before <= link.sent_at_ns <= after
        await trio.sleep(0.05)
        await link.send(b"z")
        assert link.sent_at_ns <= after
        assert far.recv(10) == b"xyz"

    with_link(act)


class Waits:
    """Counts how often a link goes to wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for name in ("_readable", "_writable"):
            monkeypatch.setattr(sockets, name, self._counted(getattr(sockets, name)))

    def _counted(self, wait: Callable[[socket.socket], Awaitable[None]]) -> Callable[[socket.socket], Awaitable[None]]:
        async def counted(sock: socket.socket) -> None:
            self.count += 1
            await wait(sock)

        return counted


def stamp_unasked(link: TcpLink) -> None:
    """A stamp in the error queue that no send of the link waits for, as a packet's second sending leaves one."""
    mark = [(socket.SOL_SOCKET, 37, struct.pack("I", 1 << 1))]
    link._sock.sendmsg([b"x"], mark)  # pyright: ignore[reportPrivateUsage]


def test_a_stamp_that_nobody_awaits_does_not_keep_a_reader_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        waits = Waits(monkeypatch)
        stamp_unasked(link)
        with trio.move_on_after(0.2):
            await link.receive()
        assert waits.count <= 2
        far.sendall(b"answer")
        assert await link.receive() == b"answer"

    with_link(act)


def test_a_stamp_that_comes_while_a_reader_waits_wakes_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        waits = Waits(monkeypatch)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.receive)
            await trio.testing.wait_all_tasks_blocked()
            await link.send(b"question", is_timed=True)
            await trio.sleep(0.1)
            assert waits.count <= 2
            stamp_unasked(link)
            await trio.sleep(0.1)
            assert waits.count <= 4
            far.sendall(b"answer")

    with_link(act)


def test_a_stamp_does_not_keep_a_writer_awake_whose_peer_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        del far
        waits = Waits(monkeypatch)
        stamp_unasked(link)
        with trio.move_on_after(0.2):
            await link.send(bytes(64 << 20))
        assert waits.count <= 50  # one wait per piece that the kernel takes; an awake writer asks thousands of times

    with_link(act)


def test_more_than_the_kernel_takes_at_once_is_sent_whole() -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        size, got = 20 << 20, 0

        def drain() -> int:
            count = 0
            while count < size:
                count += len(far.recv(1 << 20))
            return count

        async def read() -> None:
            nonlocal got
            got = await trio.to_thread.run_sync(drain)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            await link.send(bytes(size))
        assert got == size

    with_link(act)


def test_a_reset_is_an_error_with_its_number() -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        far.close()
        with pytest.raises(ConnectionResetError) as caught:
            await link.receive()
        assert caught.value.errno == errno.ECONNRESET

    with_link(act)


def test_closing_wakes_a_task_that_waits_with_an_error() -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        errors: list[int | None] = []

        async def wait() -> None:
            try:
                await link.receive()
            except OSError as exc:
                errors.append(exc.errno)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            await link.aclose()
        assert errors == [errno.EBADF]
        await link.aclose()
        assert link.tcp_info() is None

    with_link(act)


def test_the_kernels_figures_are_plausible() -> None:
    async def act(link: TcpLink, far: socket.socket) -> None:
        far.sendall(bytes(1000))
        await link.receive()
        await link.send(bytes(500))
        info = link.tcp_info()
        assert info is not None
        assert info.bytes_received == 1000
        assert 500 < info.send_mss_bytes <= 65535
        assert 0 <= info.rtt_us < 1_000_000
        assert info.retransmits == 0
        assert 1 <= info.congestion_window < 1000

    with_link(act)


def test_a_refused_connection_has_its_number_and_leaves_no_socket() -> None:
    async def main() -> None:
        with socket.socket() as closed:
            closed.bind((HOST, 0))
            with pytest.raises(ConnectionRefusedError) as caught:
                await connect_tcp(HostPort(HOST, closed.getsockname()[1]), now_ns)
        assert caught.value.errno == errno.ECONNREFUSED

    trio.run(main)


def test_udp_hears_its_peer_only_and_knows_of_a_closed_port() -> None:
    async def main() -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as far, socket.socket(type=socket.SOCK_DGRAM) as stranger:
            far.bind((HOST, 0))
            peer = HostPort(HOST, far.getsockname()[1])
            link = await connect_udp(peer, now_ns)
            before = now_ns()
            await link.send(b"q")
            assert before <= link.sent_at_ns <= now_ns()
            data, address = far.recvfrom(10)
            assert (data, address) == (b"q", tuple(link.local))
            stranger.sendto(b"forged", address)
            far.sendto(b"answer", address)
            with trio.fail_after(10):
                datagram = await link.receive()
            assert (datagram.data, datagram.source) == (b"answer", peer)
            assert datagram.at_ns <= now_ns()
            far.close()
            await link.send(b"q")
            with pytest.raises(ConnectionRefusedError), trio.fail_after(10):
                await link.receive()
            await link.aclose()
            await link.aclose()

    trio.run(main)


def test_tcp_info_is_read_at_the_kernels_offsets() -> None:
    raw = bytearray(232)
    for offset, value in ((16, 1), (20, 2), (68, 3), (72, 4), (80, 5), (100, 6), (136, 9), (140, 10), (148, 11)):
        raw[offset : offset + 4] = value.to_bytes(4, sys.byteorder)
    for offset, value in ((120, 7), (128, 8)):
        raw[offset : offset + 8] = value.to_bytes(8, sys.byteorder)
    info = sockets._tcp_info(bytes(raw))  # pyright: ignore[reportPrivateUsage]
    assert [info.send_mss_bytes, info.receive_mss_bytes, info.rtt_us, info.rtt_var_us] == [1, 2, 3, 4]
    assert [info.congestion_window, info.retransmits, info.bytes_acked, info.bytes_received] == [5, 6, 7, 8]
    assert [info.segments_out, info.segments_in, info.min_rtt_us] == [9, 10, 11]
