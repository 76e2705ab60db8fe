"""From a URL's scheme, host and port to a link that speaks HTTP: resolve, connect, handshake, each a span of its own.

Go 1.26 net/http/transport.go dialConn: 30 s for look-up and connection together, then 10 s for TLS.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import trio

from modtrace.record.failures import StepFailed
from modtrace.record.limits import DIAL_S
from modtrace.record.recorder import Span
from modtrace.tracer.steps.connect import connect
from modtrace.tracer.steps.httptypes import Connection
from modtrace.tracer.tunnels.untraced import refuse_proxy
from modtrace.tracer.world.interface import Link, World

if TYPE_CHECKING:
    from modtrace.gorules.roots import Roots

_NS = 1_000_000_000
_ALPN = ("h2", "http/1.1")
_TLS_AND_HTTP = ("modtrace.tracer.steps.handshake", "modtrace.tracer.wire.http2")


class Dialer:
    """Dials for one run. Roots are read when the first TLS connection needs them, while the network is awaited."""

    def __init__(
        self,
        world: World,
        *,
        godebug: Mapping[str, str],
        on_certificate: Callable[[bytes], None],
        on_keys: Callable[[list[str]], None],
    ) -> None:
        self._world = world
        self._godebug = godebug
        self._on_certificate = on_certificate
        self._on_keys = on_keys
        self._roots: Roots | None = None

    async def dial(self, scheme: str, host: str, port: int, parent: Span) -> Connection:
        """Raises ``StepFailed`` with go's text below ``Get "URL": ``."""
        await refuse_proxy(self._world, scheme, host, port, parent, self._connect)
        link = await (
            self._connect_while_importing(host, port, parent)
            if scheme == "https"
            else self._connect(host, port, parent)
        )
        if scheme != "https":
            return Connection(link, None)
        return await self._secure(link, host, parent)

    async def _connect_while_importing(self, host: str, port: int, parent: Span) -> Link:
        """TLS and HTTP/2 take 100 ms to import: that time passes while the first packets are on their way."""
        if all(name in sys.modules for name in _TLS_AND_HTTP):
            return await self._connect(host, port, parent)
        outcome: Link | StepFailed
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._prepare_tls)
            try:
                outcome = await self._connect(host, port, parent)
            except StepFailed as failed:
                outcome = failed
                nursery.cancel_scope.cancel()
        if isinstance(outcome, StepFailed):
            raise outcome
        return outcome

    async def _connect(self, host: str, port: int, parent: Span) -> Link:
        from modtrace.tracer.steps.resolve import resolve

        deadline_ns = self._world.now_ns() + int(DIAL_S * _NS)
        try:
            found = await resolve(
                self._world, host, parent=parent, deadline_ns=deadline_ns, edns0=self._godebug.get("netedns0") != "0"
            )
        except StepFailed as failed:
            raise StepFailed(failed.failure.wrapped("dial tcp: ")) from failed
        return await connect(self._world, found.addresses, port, host=host, parent=parent, deadline_ns=deadline_ns)

    async def _secure(self, link: Link, host: str, parent: Span) -> Connection:
        from modtrace.gorules.tlsprofile import go_profile
        from modtrace.tracer.steps.handshake import handshake

        roots = self._roots or self._load_roots()
        secured = await handshake(
            self._world,
            link,
            server_name=host,
            parent=parent,
            roots=roots,
            profile=go_profile(self._godebug, alpn=() if self._godebug.get("http2client") == "0" else _ALPN),
            peer_label=str(link.peer),
            on_chain=self._keep_chain,
        )
        self._on_keys(list(secured.key_log))
        return Connection(secured, secured.alpn or None)

    async def _prepare_tls(self) -> None:
        await trio.to_thread.run_sync(self._load_roots, abandon_on_cancel=True)

    def _load_roots(self) -> "Roots":
        """The imports that TLS and HTTP/2 need, and this machine's roots."""
        for name in _TLS_AND_HTTP:
            importlib.import_module(name)
        from modtrace.gorules.certfacts import is_public_root
        from modtrace.gorules.roots import load_roots

        is_public_root(b"")  # reads Mozilla's list, once

        self._roots = load_roots(
            self._world.environ(), read_file=self._world.read_file, list_directory=self._world.list_directory
        )
        return self._roots

    def _keep_chain(self, chain_der: tuple[bytes, ...]) -> None:
        for certificate in chain_der:
            self._on_certificate(certificate)
