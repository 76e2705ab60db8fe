"""Honest proxies on loopback, in the test's own event loop: HTTP (CONNECT and absolute form), the same in TLS, SOCKS5.

Each connects to 127.0.0.1 whatever name it is asked for, so that a name is resolved nowhere.
"""

import ssl  # noqa: TID251  # the far side of a test: a second TLS implementation
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import trio

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


class Proxy:
    """``asked`` for whom, with which ``credentials``. After :meth:`start` it listens on ``port``."""

    def __init__(self, kind: str, *, context: ssl.SSLContext | None = None, is_mute: bool = False) -> None:
        self.kind = kind
        self.port = 0
        self.asked: list[str] = []
        self.credentials: list[str] = []
        self._context = context
        self._is_mute = is_mute
        self._relay: dict[str, Callable[[Stream], Awaitable[None]]] = {
            "http": self._http,
            "https": self._http,
            "socks5": self._socks5,
        }

    async def start(self, nursery: trio.Nursery) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, self._serve, listeners)

    def via(self, userinfo: str = "") -> str:
        return f"{self.kind}://{userinfo}127.0.0.1:{self.port}"

    async def _serve(self, connection: trio.SocketStream) -> None:
        stream: Stream = connection
        if self._context is not None:
            stream = trio.SSLStream(connection, self._context, server_side=True, https_compatible=True)
        try:
            if self._is_mute:
                await trio.sleep_forever()
            with suppress(*_GONE):
                await self._relay[self.kind](stream)
        finally:
            await trio.aclose_forcefully(connection)

    async def _http(self, stream: Stream) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = await stream.receive_some()
            if not data:
                return
            head += data
        line, _, rest = head.partition(b"\r\n")
        method, target, version = line.decode().split(" ")
        for field in rest.decode().split("\r\n"):
            if field.startswith("Proxy-Authorization: "):
                self.credentials.append(field.partition(": ")[2])
        self.asked.append(target)
        if method == "CONNECT":
            onward = await _connect(int(target.rpartition(":")[2]))
            await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            url = urlsplit(target)
            onward = await _connect(url.port or 80)
            await onward.send_all(f"{method} {url.path} {version}\r\n".encode() + rest)
        await _both_ways(stream, onward)

    async def _socks5(self, stream: Stream) -> None:
        methods = await _exactly(stream, (await _exactly(stream, 2))[1])
        await stream.send_all(b"\x05" + methods[-1:])
        if methods[-1] == 2:
            user = await _exactly(stream, (await _exactly(stream, 2))[1])
            password = await _exactly(stream, (await _exactly(stream, 1))[0])
            self.credentials.append(f"{user.decode()}:{password.decode()}")
            await stream.send_all(b"\x01\x00")
        kind = (await _exactly(stream, 4))[3]
        size = {1: 4, 4: 16}.get(kind) or (await _exactly(stream, 1))[0]
        name, port = await _exactly(stream, size), int.from_bytes(await _exactly(stream, 2))
        self.asked.append(f"{name.decode() if kind == 3 else name.hex()}:{port}")
        onward = await _connect(port)
        await stream.send_all(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38")
        await _both_ways(stream, onward)


async def _connect(port: int) -> trio.SocketStream:
    return await trio.open_tcp_stream("127.0.0.1", port)


async def _exactly(stream: Stream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = await stream.receive_some(count - len(data))
        if not piece:
            raise trio.BrokenResourceError
        data += piece
    return data


async def _both_ways(one: Stream, other: Stream) -> None:
    async def pump(source: Stream, sink: Stream) -> None:
        with suppress(*_GONE):
            while data := await source.receive_some(65536):
                await sink.send_all(data)
        nursery.cancel_scope.cancel()

    async with other, trio.open_nursery() as nursery:
        nursery.start_soon(pump, one, other)
        nursery.start_soon(pump, other, one)
