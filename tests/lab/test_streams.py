"""Ways to end a connection, as the other end of a real socket sees them."""

from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from modtrace.lab import streams

pytestmark = pytest.mark.loopback
Way = Callable[[trio.abc.Stream], Awaitable[None]]
Client = Callable[[trio.SocketStream], Awaitable[None]]


class Wrapped:
    """A stream above a socket, as TLS is."""

    def __init__(self, bottom: trio.SocketStream) -> None:
        self.transport_stream = bottom

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return bytes(await self.transport_stream.receive_some(max_bytes))

    async def aclose(self) -> None:
        await self.transport_stream.aclose()


def end(way: Way, client: Client, *, is_wrapped: bool = False) -> None:
    """``way`` on the server's end, ``client`` on the other, both to their end within ten seconds."""

    async def main() -> None:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listener.socket.getsockname()[1]
        with trio.fail_after(10):
            async with listener, await trio.open_tcp_stream("127.0.0.1", port) as ours:
                theirs = await listener.accept()
                async with theirs, trio.open_nursery() as nursery:
                    nursery.start_soon(way, Wrapped(theirs) if is_wrapped else theirs)
                    await client(ours)

    trio.run(main)


async def sees_the_end(ours: trio.SocketStream) -> None:
    assert await ours.receive_some() == b""


async def sees_a_reset(ours: trio.SocketStream) -> None:
    with pytest.raises(trio.BrokenResourceError) as raised:
        await ours.receive_some()
    assert isinstance(raised.value.__cause__, ConnectionResetError)


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_finish_ends_one_direction_only(is_wrapped: bool) -> None:
    heard: list[bytes] = []

    async def way(stream: trio.abc.Stream) -> None:
        await streams.finish(stream)
        heard.append(bytes(await stream.receive_some(100)))

    async def client(ours: trio.SocketStream) -> None:
        await sees_the_end(ours)
        await ours.send_all(b"still here")

    end(way, client, is_wrapped=is_wrapped)
    assert heard == [b"still here"]


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_vanish_is_an_end_without_a_reset_even_over_unread_bytes(is_wrapped: bool) -> None:
    async def client(ours: trio.SocketStream) -> None:
        await ours.send_all(b"x" * 100_000)
        await sees_the_end(ours)
        await ours.aclose()

    end(streams.vanish, client, is_wrapped=is_wrapped)


def test_vanish_waits_for_a_client_that_stays_for_a_bounded_time() -> None:
    async def main() -> float:
        _, theirs = trio.testing.memory_stream_pair()
        await streams.vanish(theirs)
        return trio.current_time()

    clock = trio.testing.MockClock(autojump_threshold=0)
    start = clock.current_time()
    assert 1 <= trio.run(main, clock=clock) - start <= 5


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_reset_is_a_reset(is_wrapped: bool) -> None:
    end(streams.reset, sees_a_reset, is_wrapped=is_wrapped)


def test_until_gone_reads_to_the_clients_end() -> None:
    done: list[bool] = []

    async def way(stream: trio.abc.Stream) -> None:
        await streams.until_gone(stream)
        done.append(True)

    async def client(ours: trio.SocketStream) -> None:
        await ours.send_all(b"x" * 100_000)
        await trio.testing.wait_all_tasks_blocked()
        assert done == []
        await ours.send_eof()

    end(way, client)
    assert done == [True]


def test_until_gone_takes_a_clients_reset_for_an_end() -> None:
    end(streams.until_gone, streams.reset)
