"""What left ahead, on loopback: one SYN and one datagram each, taken over once, and closed when nobody comes for it."""

import errno
import socket
import time
from collections.abc import Iterator

import pytest
import trio

from modtrace.tracer.wire.dns import AAAA, A, Question, build_query
from modtrace.tracer.world.headstart import SocketHeadstart
from modtrace.tracer.world.interface import Ask, BegunDial, Connect, HostPort
from modtrace.tracer.world.real import RealWorld

pytestmark = pytest.mark.loopback

HOST = "127.0.0.1"
EVERYBODY = "255.255.255.255"  # a datagram to it needs a permission that nobody asked for


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as made:
        made.settimeout(0.1)
        yield made


def at(sock: socket.socket) -> HostPort:
    return HostPort(*sock.getsockname()[:2])


def accepted(listener: socket.socket) -> list[HostPort]:
    """The other ends of every connection that came."""
    found: list[HostPort] = []
    while True:
        try:
            conn, peer = listener.accept()
        except TimeoutError:
            return found
        conn.close()
        found.append(HostPort(*peer))


def test_the_connection_that_was_begun_is_the_one_that_the_step_gets(listener: socket.socket) -> None:
    async def main() -> None:
        world = RealWorld({})
        began = world.headstart.begin("proxy.test", 443, Connect(at(listener)), began_ns=7)
        sent_ns = world.headstart.connecting_since(at(listener))
        assert began == [f"connect to {at(listener)}"]
        assert sent_ns is not None
        time.sleep(0.02)  # as if code was loaded
        link = await world.open_tcp(at(listener))
        assert world.headstart.connecting_since(at(listener)) is None
        assert sent_ns < world.now_ns() - 20_000_000
        assert accepted(listener) == [link.local]
        other = await world.open_tcp(at(listener))
        assert accepted(listener) == [other.local]
        for each in (link, other):
            await each.aclose()

    trio.run(main)


def test_a_connection_to_another_address_takes_nothing_over(listener: socket.socket) -> None:
    async def main() -> None:
        world = RealWorld({})
        world.headstart.begin("proxy.test", 443, Connect(at(listener)), began_ns=0)
        with socket.create_server((HOST, 0)) as second:
            second.settimeout(0.1)
            link = await world.open_tcp(at(second))
            assert accepted(second) == [link.local]
            await link.aclose()
        assert world.headstart.connecting_since(at(listener)) is not None
        world.headstart.close()

    trio.run(main)


def test_what_is_refused_at_once_is_the_steps_own_failure() -> None:
    async def main() -> None:
        world = RealWorld({})
        group = HostPort("224.0.0.1", 1)
        world.headstart.begin("proxy.test", 443, Connect(group), began_ns=0)
        with pytest.raises(OSError, match="unreachable") as caught:
            await world.open_tcp(group)
        assert caught.value.errno == errno.ENETUNREACH

    trio.run(main)


def test_a_refusal_is_the_steps_own_with_the_kernels_number() -> None:
    async def main() -> None:
        world = RealWorld({})
        with socket.socket() as closed:
            closed.bind((HOST, 0))
            world.headstart.begin("proxy.test", 443, Connect(at(closed)), began_ns=0)
            with pytest.raises(ConnectionRefusedError) as caught:
                await world.open_tcp(at(closed))
            assert caught.value.errno == errno.ECONNREFUSED

    trio.run(main)


def test_what_nobody_takes_over_is_closed(listener: socket.socket) -> None:
    world = RealWorld({})
    world.headstart.begin("proxy.test", 443, Connect(at(listener)), began_ns=0)
    conn, _ = listener.accept()
    with conn, socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind((HOST, 0))
        world.headstart.close()
        assert conn.recv(1) == b""
        world.headstart.begin("proxy.test", 443, Ask(at(server), (b"\0\1rest",)), began_ns=0)
        world.headstart.close()
        assert world.headstart.take_query(at(server), b"\0\1rest") is None
        assert world.headstart.began_ns is None
        world.headstart.close()


def test_the_dial_is_claimed_once_and_by_its_own_name_and_port() -> None:
    headstart = SocketHeadstart(lambda: 9)
    assert (headstart.began_ns, headstart.claim("proxy.test", 443)) == (None, None)
    headstart.begin("proxy.test", 443, Ask(HostPort(EVERYBODY, 53), (b"\0\1rest",)), began_ns=5)
    assert headstart.began_ns == 5
    assert headstart.claim("proxy.test", 80) is None
    assert headstart.claim("other.test", 443) is None
    assert headstart.claim("proxy.test", 443) == BegunDial(began_ns=5, sent_ns=9)
    assert (headstart.began_ns, headstart.claim("proxy.test", 443)) == (None, None)


def test_each_query_is_sent_once_and_taken_over_by_what_it_asks() -> None:
    async def main() -> None:
        world = RealWorld({})
        questions = [Question(name="proxy.test.", kind=kind) for kind in (A, AAAA)]
        with socket.socket(type=socket.SOCK_DGRAM) as server:
            server.bind((HOST, 0))
            server.settimeout(0.1)
            wires = tuple(build_query(number, question) for number, question in enumerate(questions, 300))
            assert len(world.headstart.begin("proxy.test", 443, Ask(at(server), wires), began_ns=0)) == 2
            heard = dict(server.recvfrom(2048) for _ in wires)
            assert set(heard) == set(wires)
            with pytest.raises(TimeoutError):
                server.recvfrom(2048)
            assert world.headstart.take_query(HostPort(HOST, 1), wires[0]) is None
            begun = world.headstart.take_query(at(server), build_query(9, questions[1]))
            assert begun is not None
            assert (begun.message_id, tuple(begun.link.local)) == (301, heard[wires[1]])
            assert world.headstart.take_query(at(server), build_query(9, questions[1])) is None
            assert world.headstart.take_query(at(server), build_query(9, questions[0], edns0=False)) is None
            before_ns = world.now_ns()
            server.sendto(b"answer", tuple(begun.link.local))
            time.sleep(0.02)  # as if code was loaded
            datagram = await begun.link.receive()
            assert (datagram.data, datagram.source) == (b"answer", at(server))
            assert datagram.at_ns >= before_ns - 1_000_000
            await begun.link.aclose()
            world.headstart.close()

    trio.run(main)


def test_a_query_that_cannot_be_sent_is_left_to_its_step() -> None:
    headstart = SocketHeadstart(lambda: 0)
    assert headstart.begin("proxy.test", 443, Ask(HostPort(EVERYBODY, 53), (b"\0\1rest",)), began_ns=0) == []
    assert headstart.take_query(HostPort(EVERYBODY, 53), b"\0\1rest") is None
