"""Three ways to end a connection that no polite library offers: wait for the client to go, vanish, reset."""

import socket
import struct
from contextlib import suppress

import trio

_RECEIVE_BYTES = 16 << 10
_DRAIN_S = 2.0


async def until_gone(stream: trio.abc.Stream) -> None:
    """Reads and throws away until the client closes or resets."""
    try:
        while await stream.receive_some(_RECEIVE_BYTES):
            pass
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def finish(stream: trio.abc.Stream) -> None:
    """FIN without a TLS close_notify, while we go on reading: closing over unread bytes would send a RST instead."""
    bottom: object = getattr(stream, "transport_stream", stream)
    if isinstance(bottom, trio.SocketStream):
        with suppress(OSError):  # the socket's own call: trio's would collide with another task's send
            bottom.socket.shutdown(socket.SHUT_WR)
    await trio.lowlevel.checkpoint()


async def vanish(stream: trio.abc.Stream) -> None:
    """FIN, then whatever the client still sends is thrown away, for a bounded time."""
    await finish(stream)
    with trio.move_on_after(_DRAIN_S):
        await until_gone(stream)


async def reset(stream: trio.abc.Stream) -> None:
    """RST instead of FIN (SO_LINGER with zero seconds)."""
    bottom: object = getattr(stream, "transport_stream", stream)
    if isinstance(bottom, trio.SocketStream):
        bottom.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await trio.aclose_forcefully(stream)
