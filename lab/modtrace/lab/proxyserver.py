"""Scripted proxies on loopback, in their own thread: HTTP, HTTPS and SOCKS5, honest or faulty, all they hear is kept.

``with running_proxies(proxies, live.ports) as proxies:`` opens the ports and ends every connection at the end of the
block. Names are resolved by the table that each proxy is given, never by the machine.
"""

import socket
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import h11
import msgspec
import trio

from modtrace.lab import proxyhttp, proxysocks
from modtrace.lab.authority import Files, write
from modtrace.lab.proxybooth import Booth, Proxy
from modtrace.lab.proxyjournal import ProxyJournal
from modtrace.lab.proxyscript import Prompter, speak
from modtrace.lab.serving import Started, bound, handshake, in_thread, peer_port

LIFETIME_S = 240.0
_CONNECTIONS = 1000
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError)


class LiveProxies(msgspec.Struct, frozen=True, kw_only=True):
    """Running proxies, seen from the thread that started them. ``urls`` are as a variable would name them."""

    journal: ProxyJournal
    ports: dict[str, int]
    urls: dict[str, str]


class _Hall:
    """Everything the proxies' thread holds."""

    def __init__(
        self, proxies: tuple[Proxy, ...], ports: Mapping[str, int], journal: ProxyJournal, files: dict[str, Files]
    ) -> None:
        self._proxies = proxies
        self._ports = ports
        self._journal = journal
        self._files = files
        self._prompters = {proxy.name: Prompter(proxy.script) for proxy in proxies}

    async def run(self, sockets: dict[str, socket.socket], lifetime_s: float, started: Started) -> None:
        with trio.move_on_after(lifetime_s) as scope:
            async with trio.open_nursery() as nursery:
                for proxy in self._proxies:
                    if not proxy.is_unanswered:
                        listener = trio.SocketListener(trio.socket.from_stdlib_socket(sockets[proxy.name]))
                        nursery.start_soon(self._listen, proxy, listener)
                started(scope)
                await trio.sleep_forever()

    async def _listen(self, proxy: Proxy, listener: trio.SocketListener) -> None:
        async def handle(stream: trio.SocketStream) -> None:
            try:
                await self._connection(proxy, stream)
            except* _GONE:
                pass
            finally:
                await trio.aclose_forcefully(stream)

        await trio.serve_listeners(handle, [listener])

    async def _connection(self, proxy: Proxy, stream: trio.SocketStream) -> None:
        if len(self._journal.connections) >= _CONNECTIONS:
            return
        number = self._journal.opened(proxy.name, peer_port(stream))
        booth = Booth(proxy, self._prompters[proxy.name], self._ports, self._journal, number)
        try:
            if await _accepted(stream, booth):
                await self._serve(proxy, stream, booth, number)
        finally:
            booth.hang_up()

    async def _serve(self, proxy: Proxy, stream: trio.SocketStream, booth: Booth, number: int) -> None:
        serve = proxysocks.serve if proxy.kind == "socks5" else proxyhttp.serve
        if proxy.issued is None:
            await serve(stream, booth)
            return
        secure = await handshake(stream, self._files[proxy.name], proxy.alpn, self._journal, number)
        if secure is not None:
            await serve(secure, booth)
            with trio.move_on_after(1):
                await secure.aclose()


async def _accepted(stream: trio.SocketStream, booth: Booth) -> bool:
    """The script's words before the client has said any. A reset waits for the client's: its connect must not fail."""
    line = booth.line("accept")
    if line.then == "reset":
        await stream.receive_some(1)
    return await speak(stream, line, b"")


@contextmanager
def running_proxies(
    proxies: tuple[Proxy, ...], ports: Mapping[str, int], *, lifetime_s: float = LIFETIME_S
) -> Generator[LiveProxies]:
    """The proxies, forwarding to ``ports`` and to each other, until the end of the block."""
    with ExitStack() as stack:
        sockets = {one.name: _listening(one, stack) for one in proxies}
        own = {name: one.getsockname()[1] for name, one in sockets.items()}
        urls = {one.name: f"{one.scheme}://{one.host}:{own[one.name]}" for one in proxies}
        live = LiveProxies(journal=ProxyJournal(), ports=own, urls=urls)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="modtrace-lab-")))
        files = {one.name: write(one.issued, folder, one.name) for one in proxies if one.issued}
        hall = _Hall(proxies, {**ports, **own}, live.journal, files)
        stack.enter_context(in_thread(partial(hall.run, sockets, lifetime_s), "modtrace-lab-proxies"))
        yield live


def _listening(proxy: Proxy, stack: ExitStack) -> socket.socket:
    """A port. Unanswered: its queue (of one) is full, and Linux drops every further SYN."""
    if not proxy.is_unanswered:
        return bound()
    one = stack.enter_context(bound(backlog=0))
    stack.enter_context(socket.create_connection(one.getsockname(), timeout=5))
    return one
