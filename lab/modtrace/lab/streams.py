"""Three ways to end a connection that no polite library offers: wait for the client to go, vanish, reset."""

import socket
import struct

import trio

_RECEIVE_BYTES = 16 << 10


async def until_gone(stream: trio.abc.Stream) -> None:
    """Reads and throws away until the client closes or resets."""
    try:
        while await stream.receive_some(_RECEIVE_BYTES):
            pass
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def vanish(stream: trio.abc.Stream) -> None:
    """FIN without a TLS close_notify."""
    await trio.aclose_forcefully(stream)


async def reset(stream: trio.abc.Stream) -> None:
    """RST instead of FIN (SO_LINGER with zero seconds)."""
    bottom: object = getattr(stream, "transport_stream", stream)
    if isinstance(bottom, trio.SocketStream):
        bottom.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await trio.aclose_forcefully(stream)
