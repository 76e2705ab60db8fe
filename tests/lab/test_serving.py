"""What the lab's servers share: bound ports, a thread that ends with its block, TLS written down."""

import socket
import ssl  # noqa: TID251 - the standard library's client, as a stranger
import threading
from pathlib import Path

import pytest
import trio

from modtrace.lab.authority import Authority, pem, write
from modtrace.lab.journal import Journal
from modtrace.lab.serving import Started, bound, handshake, in_thread, peer_port

pytestmark = pytest.mark.loopback
LAB = Authority()


def test_a_bound_port_listens_on_loopback() -> None:
    with bound() as one:
        socket.create_connection(one.getsockname(), timeout=5).close()
        assert one.getsockname()[0] == "127.0.0.1"


def test_the_thread_ends_with_the_block() -> None:
    ended: list[str] = []

    async def run(started: Started) -> None:
        with trio.CancelScope() as scope:
            started(scope)
            await trio.sleep_forever()
        ended.append(threading.current_thread().name)

    with in_thread(run, "lab-of-a-test"):
        assert "lab-of-a-test" in {thread.name for thread in threading.enumerate()}
    assert ended == ["lab-of-a-test"]


def test_a_lifetime_that_was_over_before_is_no_error() -> None:
    async def run(started: Started) -> None:
        started(trio.CancelScope())

    with in_thread(run, "short"):
        for thread in threading.enumerate():
            if thread.name == "short":
                thread.join(5)


@pytest.mark.parametrize("trusts", [True, False])
def test_a_handshake_is_written_down_whatever_came_of_it(trusts: bool, tmp_path: Path) -> None:
    files, journal = write(LAB.leaf("proxy.test"), tmp_path, "a"), Journal()
    journal.opened("a", 1)
    listener = bound()

    async def run(started: Started) -> None:
        with trio.move_on_after(10) as scope:
            started(scope)
            async with (
                trio.SocketListener(trio.socket.from_stdlib_socket(listener)) as port,
                await port.accept() as stream,
            ):
                came_about.append(await handshake(stream, files, ("http/1.1",), journal, 0) is not None)
            done.set()

    done, came_about = threading.Event(), list[bool]()
    context = ssl.create_default_context(cadata=pem((LAB if trusts else Authority()).root).decode())
    context.set_alpn_protocols(["http/1.1"])
    with in_thread(run, "tls"), socket.create_connection(listener.getsockname(), timeout=5) as plain:
        try:
            context.wrap_socket(plain, server_hostname="proxy.test", do_handshake_on_connect=True).close()
        except ssl.SSLCertVerificationError:
            assert not trusts
        assert done.wait(5)
    assert came_about == [trusts]
    (connection,) = journal.connections
    assert connection.sni == "proxy.test"
    assert (connection.alpn == "http/1.1", connection.failure is None) == (trusts, trusts)


def test_the_port_of_a_client_that_has_reset_is_zero() -> None:
    async def main() -> int:
        with trio.socket.socket() as unconnected:
            return peer_port(trio.SocketStream(unconnected))

    assert trio.run(main) == 0
