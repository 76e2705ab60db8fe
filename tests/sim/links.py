"""A pair of connected in-memory links: ours follows the ``Link`` protocol, the other end is scripted by a test."""

import errno
import os

import trio

from modtrace.tracer.world.interface import HostPort, TcpInfo

CLIENT = HostPort("192.0.2.10", 40000)
SERVER = HostPort("192.0.2.1", 443)


class _Pipe:
    """One direction of a byte stream."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.is_ended = False
        self.error: OSError | None = None
        self._changed = trio.Event()

    def put(self, data: "bytes | memoryview") -> None:
        self.buffer += data
        self._wake()

    def end(self, error: OSError | None = None) -> None:
        self.is_ended = True
        self.error = error
        self._wake()

    async def get(self, max_bytes: int) -> bytes:
        while not self.buffer:
            if self.error is not None:
                error, self.error = self.error, None  # as a socket has it: told once, then the end of the stream
                raise error
            if self.is_ended:
                return b""
            self._changed = trio.Event()
            await self._changed.wait()
        data = bytes(self.buffer[:max_bytes])
        del self.buffer[:max_bytes]
        return data

    def _wake(self) -> None:
        self._changed.set()


class MemoryLink:
    """One end of a pair. :meth:`reset` makes the other end see ``ECONNRESET``."""

    def __init__(self, local: HostPort, peer: HostPort, incoming: _Pipe, outgoing: _Pipe) -> None:
        self.local = local
        self.peer = peer
        self.received_at_ns = 0
        self.sent_at_ns = 0
        self.leaves_after_s = 0.0
        """What a timed send waits before it leaves, as behind a full queue."""
        self.is_closed = False
        self._incoming = incoming
        self._outgoing = outgoing

    async def receive(self, max_bytes: int = 65536) -> bytes:
        if self.is_closed:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return await self._incoming.get(max_bytes)

    async def send(self, data: "bytes | memoryview", *, is_timed: bool = False) -> None:
        if self._outgoing.is_ended or self.is_closed:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if is_timed:
            await trio.sleep(self.leaves_after_s)
            self.sent_at_ns = round(trio.current_time() * 1e9)
        self._outgoing.put(data)
        await trio.lowlevel.checkpoint()

    def tcp_info(self) -> TcpInfo | None:
        return None

    async def aclose(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._outgoing.end()
            self._incoming.end()

    def reset(self, error: OSError | None = None) -> None:
        """As a RST to the other end, which gets ``error`` instead when one is given."""
        self.is_closed = True
        self._outgoing.end(error or ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)))


def link_pair(local: HostPort = CLIENT, peer: HostPort = SERVER) -> tuple[MemoryLink, MemoryLink]:
    """(ours, the server's)."""
    up, down = _Pipe(), _Pipe()
    return MemoryLink(local, peer, down, up), MemoryLink(peer, local, up, down)
