"""An HTTP proxy: CONNECT and absolute form (RFC 9110 s.9.3.6, RFC 9112 s.3.2.2), in words that a script may replace.

Heads are read by hand: they are written down byte for byte, and a client under test may send wrong ones.
"""

import h11
import trio

from modtrace.lab import streams
from modtrace.lab.proxybooth import Booth
from modtrace.lab.proxyjournal import Heard
from modtrace.lab.proxyscript import speak

HEAD_BYTES = 64 << 10
_RECEIVE_BYTES = 16 << 10
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_HOP_BY_HOP = ("proxy-authorization", "proxy-connection")


def reply(status: str, *headers: str, body: bytes = b"") -> bytes:
    """A whole answer: ``reply("407 Proxy Authentication Required", "Proxy-Authenticate: Basic")``."""
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode("latin-1") + body


_TLS_HANDSHAKE = b"\x16"
_NOT_HTTP = reply("400 Bad Request", "Connection: close", body=b"this is an HTTP proxy\n")


async def serve(stream: trio.abc.Stream, booth: Booth) -> None:
    """Requests one after another, until a tunnel takes the connection or it ends."""
    left = b""
    while True:
        head, left = await _head(stream, left)
        if not head:
            if left.startswith(_TLS_HANDSHAKE):
                await speak(stream, booth.line("head"), _NOT_HTTP)
                await streams.vanish(stream)
            return
        heard = booth.heard("head", head)
        if heard.line[0] == "CONNECT":
            await _connect(stream, booth, heard, left)
            return
        if not await _forward(stream, booth, heard):
            return


async def _head(stream: trio.abc.Stream, got: bytes) -> tuple[bytes, bytes]:
    """The next head and what came after it; an empty one when the client has gone, or speaks TLS."""
    while b"\r\n\r\n" not in got:
        if got.startswith(_TLS_HANDSHAKE):
            return b"", got
        data = bytes(await stream.receive_some(_RECEIVE_BYTES))
        if not data or len(got) > HEAD_BYTES:
            return b"", got
        got += data
    head, blank, left = got.partition(b"\r\n\r\n")
    return head + blank, left


async def _connect(stream: trio.abc.Stream, booth: Booth, heard: Heard, left: bytes) -> None:
    upstream, refusal = await _reached(booth, heard, heard.line[1])
    line = booth.line("head")
    if not await speak(stream, line, refusal or ESTABLISHED):
        return
    if refusal and line.data is None:
        await streams.until_gone(stream)
        return
    await booth.tunnel(stream, upstream, left)


async def _reached(booth: Booth, heard: Heard, target: str) -> tuple[trio.SocketStream | None, bytes]:
    """A way to the target, or the honest words of refusal."""
    wanted = booth.proxy.basic
    if wanted is not None and heard.header("proxy-authorization") != wanted:
        challenge = 'Proxy-Authenticate: Basic realm="lab"'
        return None, reply("407 Proxy Authentication Required", challenge, body=b"who are you?\n")
    try:
        upstream = await booth.dial(target)
    except OSError:
        return None, reply("502 Bad Gateway", body=f"{target} can't be reached\n".encode())
    if upstream is None:
        return None, reply("502 Bad Gateway", body=f"{target} is not known here\n".encode())
    return upstream, b""


async def _forward(stream: trio.abc.Stream, booth: Booth, heard: Heard) -> bool:
    """One request in absolute form; such requests have no body here. False when the connection is over."""
    method, target, _ = heard.line
    scheme, _, rest = target.partition("://")
    host, slash, path = rest.partition("/")
    line = booth.line("head")
    if line.data is not None or line.then != "go_on":
        return await speak(stream, line, b"")
    if scheme != "http":
        return await speak(stream, line, reply("400 Bad Request", body=b"this proxy wants absolute form\n"))
    upstream, refusal = await _reached(booth, heard, host if ":" in host else f"{host}:80")
    if upstream is None:
        return await speak(stream, line, refusal)
    kept = [f"{name}: {value}" for name, value in heard.headers if name.lower() not in _HOP_BY_HOP]
    words = "\r\n".join((f"{method} {slash}{path} HTTP/1.1", *kept, "", ""))
    await upstream.send_all(words.encode("latin-1"))
    return await _answer(stream, upstream)


async def _answer(stream: trio.abc.Stream, upstream: trio.SocketStream) -> bool:
    """The answer, byte for byte; h11 only watches for its end. True when the client can see that end too."""
    watch = h11.Connection(h11.CLIENT)
    watch.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    watch.send(h11.EndOfMessage())
    while True:
        data = bytes(await upstream.receive_some(_RECEIVE_BYTES))
        watch.receive_data(data)
        event = watch.next_event()
        while event is not h11.NEED_DATA and not isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            event = watch.next_event()
        if data:
            await stream.send_all(data)
        if not data or isinstance(event, h11.ConnectionClosed):
            await streams.vanish(stream)
            return False
        if isinstance(event, h11.EndOfMessage):
            return True
