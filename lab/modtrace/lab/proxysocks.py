"""A SOCKS5 proxy (RFC 1928, RFC 1929) that connects, in words that a script may replace at each stage."""

import ipaddress

import trio

from modtrace.lab import streams
from modtrace.lab.proxybooth import Booth
from modtrace.lab.proxyscript import Stage, speak

VERSION, CONNECT = 5, 1
NO_AUTHENTICATION, USER_PASSWORD, NONE_ACCEPTABLE = 0, 2, 0xFF
SUCCEEDED, NOT_ALLOWED, HOST_UNREACHABLE, REFUSED, COMMAND_UNSUPPORTED = 0, 2, 4, 5, 7
IPV4, DOMAIN, IPV6 = 1, 3, 4
_ADDRESS_BYTES = {IPV4: 4, IPV6: 16}
_RECEIVE_BYTES = 16 << 10


class Gone(Exception):
    """The client ended in the middle of a message; the message holds what had come of it."""

    def __init__(self, had: bytes) -> None:
        super().__init__("the client is gone")
        self.had = had


class Wrong(Exception):
    """A message that can't be read on; the message holds what had come of it."""

    def __init__(self, had: bytes) -> None:
        super().__init__("not SOCKS5")
        self.had = had


class Reader:
    """Bytes by number. A message is everything taken since the last :meth:`done`; ``stage`` says which one it is."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._got = b""
        self._message = b""
        self.stage: Stage = "greeting"

    async def take(self, count: int) -> bytes:
        while len(self._got) < count:
            data = bytes(await self._stream.receive_some(_RECEIVE_BYTES))
            if not data:
                raise Gone(self._message + self._got)
            self._got += data
        piece, self._got = self._got[:count], self._got[count:]
        self._message += piece
        return piece

    def done(self) -> bytes:
        """The message that ends here."""
        message, self._message = self._message, b""
        return message

    def rest(self) -> bytes:
        """Everything that has come and was not taken, with the unfinished message in front."""
        rest, self._got = self.done() + self._got, b""
        return rest


def reply(
    code: int, *, version: int = VERSION, reserved: int = 0, kind: int = IPV4, address: bytes = b"\0\0\0\0"
) -> bytes:
    """The answer to a request; a domain's length byte belongs to ``address``."""
    return bytes((version, code, reserved, kind)) + address + b"\0\0"


async def serve(stream: trio.abc.Stream, booth: Booth) -> None:
    """Greeting, credentials if any, request, tunnel."""
    reader = Reader(stream)
    try:
        if await _greeted(stream, reader, booth):
            await _requested(stream, reader, booth)
    except (Gone, Wrong) as ended:
        if ended.had:
            booth.heard(reader.stage, ended.had)
        await streams.vanish(stream)


async def _greeted(stream: trio.abc.Stream, reader: Reader, booth: Booth) -> bool:
    """True when the client may ask for a connection."""
    version, count = await reader.take(2)
    if version != VERSION:
        raise Wrong(reader.rest())
    offered = await reader.take(count)
    booth.heard("greeting", reader.done())
    wanted = NO_AUTHENTICATION if booth.proxy.credentials is None else USER_PASSWORD
    method = wanted if wanted in offered else NONE_ACCEPTABLE
    line = booth.line("greeting")
    if line.data is not None:
        method = (line.data + b"\0\0")[1]
    if not await speak(stream, line, bytes((VERSION, method))):
        return False
    if method == NONE_ACCEPTABLE:
        await streams.until_gone(stream)
        return False
    return method != USER_PASSWORD or await _authenticated(stream, reader, booth)


async def _authenticated(stream: trio.abc.Stream, reader: Reader, booth: Booth) -> bool:
    reader.stage = "auth"
    version, length = await reader.take(2)
    if version != 1:
        raise Wrong(reader.rest())
    user = await reader.take(length)
    password = await reader.take((await reader.take(1))[0])
    booth.heard("auth", reader.done())
    right = booth.proxy.credentials
    is_right = right is None or (user, password) == tuple(word.encode() for word in right)
    line = booth.line("auth")
    if not await speak(stream, line, bytes((1, 0 if is_right else 1))):
        return False
    if not is_right and line.data is None:
        await streams.until_gone(stream)
        return False
    return True


async def _requested(stream: trio.abc.Stream, reader: Reader, booth: Booth) -> None:
    reader.stage = "request"
    version, command, _, kind = await reader.take(4)
    if version != VERSION:
        raise Wrong(reader.rest())
    length = (await reader.take(1))[0] if kind == DOMAIN else _ADDRESS_BYTES.get(kind, 0)
    address = await reader.take(length)
    port = int.from_bytes(await reader.take(2), "big")
    booth.heard("request", reader.done())
    upstream, code = None, COMMAND_UNSUPPORTED
    if command == CONNECT:
        upstream, code = await _reached(booth, f"{_host(kind, address)}:{port}")
    line = booth.line("request")
    if not await speak(stream, line, reply(code)):
        return
    if code != SUCCEEDED and line.data is None:
        await streams.until_gone(stream)
        return
    await booth.tunnel(stream, upstream, reader.rest())


async def _reached(booth: Booth, target: str) -> tuple[trio.SocketStream | None, int]:
    try:
        upstream = await booth.dial(target)
    except OSError:
        return None, REFUSED
    return upstream, SUCCEEDED if upstream else HOST_UNREACHABLE


def _host(kind: int, address: bytes) -> str:
    if kind == DOMAIN:
        return address.decode("latin-1")
    text = str(ipaddress.ip_address(address))
    return f"[{text}]" if kind == IPV6 else text
