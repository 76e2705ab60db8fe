"""One connection's view of its proxy: the script, the table of names, who may pass, and what is written down."""

import base64
from collections.abc import Mapping
from contextlib import suppress
from typing import Literal

import msgspec
import trio

from modtrace.lab import streams
from modtrace.lab.authority import Issued
from modtrace.lab.proxyjournal import Heard, ProxyJournal
from modtrace.lab.proxyscript import Prompter, Say, Script, Stage, speak

_RECEIVE_BYTES = 16 << 10
_LAST_WORDS_S = 2.0  # of a client whose far end has said all


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """One port that forwards. With ``issued`` it speaks TLS with its client first.

    ``routes`` is the only resolver there is: a target (``goproxy.test:443``, or ``*``) to the name of a place or of
    another proxy, or to a ``host:port``. ``credentials`` are a user and a password that it insists on.
    ``is_unanswered``: nobody answers its SYNs, as behind a firewall that drops.
    """

    name: str
    kind: Literal["http", "socks5"] = "http"
    issued: Issued | None = None
    alpn: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    routes: Mapping[str, str] = {}
    credentials: tuple[str, str] | None = None
    script: Script = {}
    is_unanswered: bool = False

    @property
    def scheme(self) -> str:
        return "socks5" if self.kind == "socks5" else "https" if self.issued else "http"

    @property
    def basic(self) -> str | None:
        """The ``Proxy-Authorization`` that it wants (RFC 7617)."""
        if self.credentials is None:
            return None
        return "Basic " + base64.b64encode(":".join(self.credentials).encode()).decode()


class Booth:
    """What the protocols need to know. ``ports`` are those of the places and proxies of the lab, by name."""

    def __init__(
        self, proxy: Proxy, prompter: Prompter, ports: Mapping[str, int], journal: ProxyJournal, connection: int
    ) -> None:
        self.proxy = proxy
        self._prompter = prompter
        self._ports = ports
        self._journal = journal
        self._connection = connection
        self._upstreams: list[trio.SocketStream] = []

    def hang_up(self) -> None:
        """On whatever was dialled. Not async: a cancelled task must get to the last of them too."""
        for one in self._upstreams:
            one.socket.close()

    def heard(self, stage: Stage, data: bytes) -> Heard:
        return self._journal.told(self._connection, stage, data)

    def line(self, stage: Stage) -> Say:
        return self._prompter.line(stage)

    async def dial(self, target: str) -> trio.SocketStream | None:
        """``None`` for a name that is not in the table. Raises ``OSError`` as connecting does."""
        routes = self.proxy.routes
        way = routes.get(target, routes.get("*"))
        if way is None:
            return None
        host, port = ("127.0.0.1", self._ports[way]) if way in self._ports else _split(way)
        upstream = await trio.open_tcp_stream(host, port)
        self._upstreams.append(upstream)
        return upstream

    async def tunnel(self, client: trio.abc.Stream, upstream: trio.SocketStream | None, early: bytes = b"") -> None:
        """Bytes both ways until one side has said all; without an upstream they are thrown away.

        ``early`` is what the client sent into the tunnel before it was told that there is one.
        """
        if "tunnel" in self.proxy.script:
            early = early or bytes(await client.receive_some(_RECEIVE_BYTES))
            if not await speak(client, self.line("tunnel"), b""):
                return
        if upstream is None:
            await streams.until_gone(client)
            return
        if early:
            await upstream.send_all(early)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pump, client, upstream)
            await _pump(upstream, client)
            nursery.cancel_scope.deadline = trio.current_time() + _LAST_WORDS_S


async def _pump(source: trio.abc.Stream, sink: trio.abc.Stream) -> None:
    """Until the source has said all or is broken, which the sink is told."""
    try:
        while data := await source.receive_some(_RECEIVE_BYTES):
            await sink.send_all(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        with suppress(trio.ClosedResourceError):
            await streams.reset(sink)
        return
    await streams.finish(sink)


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
