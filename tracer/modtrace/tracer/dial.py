"""From a URL's scheme, host and port to a link that speaks HTTP: resolve, connect, proxies, handshake, a span each.

Go 1.26 net/http/transport.go dialConn: 30 s for look-up and connection together, then 10 s for each TLS handshake.
"""

from collections.abc import Callable, Mapping

import trio

from modtrace.gorules.proxyroute import Hop, Route
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.limits import PROBE_AFTER_S, PROBE_LIMIT_S
from modtrace.record.recorder import Span
from modtrace.tracer.preparation import Preparation
from modtrace.tracer.routes import Routes, Target
from modtrace.tracer.steps import proxied
from modtrace.tracer.steps.httptypes import Connection, Forward
from modtrace.tracer.steps.reach import reach
from modtrace.tracer.world.interface import Link, World

_ALPN = ("h2", "http/1.1")
_FAR_US = 40_000  # what is loaded in less is loaded before the answer comes


class Dialer:
    """Dials for one run. Roots are read when the first TLS connection needs them, while the network is awaited."""

    def __init__(
        self,
        world: World,
        *,
        routes: Routes,
        godebug: Mapping[str, str],
        patience_s: float,
        makes_probes: bool,
        on_certificate: Callable[[bytes], None],
        on_keys: Callable[[list[str]], None],
    ) -> None:
        self._world = world
        self._routes = routes
        self._godebug = godebug
        self._patience_s = patience_s
        self._makes_probes = makes_probes
        self._on_certificate = on_certificate
        self._on_keys = on_keys
        self._preparation = Preparation(world)

    async def dial(self, scheme: str, host: str, port: int, parent: Span) -> Connection:
        """Raises ``StepFailed`` with go's text below ``Get "URL": ``."""
        route = self._routes.route(scheme, host, port)
        target = Target(scheme, host, port)
        if not route.hops:
            return await self._dial_directly(target, parent)
        if not self._makes_probes:
            return await self._dial_through(route, target, parent)
        return await self._dial_and_probe(route, target, parent)

    async def _dial_directly(self, target: Target, parent: Span) -> Connection:
        if target.scheme != "https":
            return Connection(await self._reach(target.host, target.port, parent), None)
        link = await self._reach_while_importing(target.host, target.port, parent)
        return await self._secure(link, target.host, parent)

    async def _dial_and_probe(self, route: Route, target: Target, parent: Span) -> Connection:
        """While a hop, or what is behind the last one, stays silent: which one is it?"""
        from modtrace.tracer.probes.beside import beside
        from modtrace.tracer.probes.prefix import try_prefixes

        after_s = min(PROBE_AFTER_S, self._patience_s / 4)
        limit_s = min(PROBE_LIMIT_S, self._patience_s - 2 * after_s)

        async def dial_shorter(shorter: Route, span: Span) -> Connection:
            if not shorter.hops:
                return await self._dial_directly(target, span)
            return await self._dial_through(shorter, target, span)

        return await beside(
            lambda: self._dial_through(route, target, parent),
            lambda: try_prefixes(route, target.address, dial_shorter, parent=parent, limit_s=limit_s),
            parent=parent,
            phases=frozenset({"proxy.tunnel", "tls.handshake"}),
            after_s=after_s,
        )

    async def _dial_through(self, route: Route, target: Target, parent: Span) -> Connection:
        from modtrace.tracer.chain import pass_hops  # a fetch without a proxy goes without

        last = route.hops[-1]
        is_secure = target.scheme == "https"
        needs_tls = is_secure or any(hop.kind == "https" for hop in route.hops)
        link = await pass_hops(
            route,
            target,
            parent=parent,
            reach=self._reach_while_importing if needs_tls else self._reach,
            secure=self._secure_proxy,
            patience_s=self._patience_s,
        )
        if route.forwards(target.scheme):
            if last.kind == "https" and getattr(link, "alpn", "") == "h2":
                await link.aclose()
                raise StepFailed(proxied.chose_http2(last))
            return Connection(link, None, Forward(last.shown, last.authorization))
        if not is_secure:
            return Connection(link, None)
        through: list[Json] = [hop.shown for hop in route.hops]
        return await self._secure(
            link,
            target.host,
            parent,
            peer=target.address,
            refine=proxied.behind(last, target.address),
            attributes={"through": through},
        )

    async def _reach_while_importing(self, host: str, port: int, parent: Span) -> Link:
        """TLS and HTTP/2 take their time to load: it passes while the first packets are on their way."""
        if self._preparation.is_complete:
            return await self._reach(host, port, parent)
        outcome: Link | StepFailed | None = None
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._prepare, lambda: outcome is None)
                try:
                    outcome = await self._reach(host, port, parent)
                except StepFailed as failed:
                    outcome = failed
                    nursery.cancel_scope.cancel()
        except BaseException:  # a run that ends while code is still loaded
            if outcome is not None and not isinstance(outcome, StepFailed):
                await outcome.aclose()
            raise
        assert outcome is not None
        if isinstance(outcome, StepFailed):
            raise outcome
        return outcome

    async def _prepare(self, is_waiting: Callable[[], bool]) -> None:
        await trio.to_thread.run_sync(self._preparation.begin, is_waiting, abandon_on_cancel=True)

    async def _reach(self, host: str, port: int, parent: Span) -> Link:
        return await reach(self._world, host, port, parent=parent, edns0=self._godebug.get("netedns0") != "0")

    async def _secure_proxy(self, link: Link, hop: Hop, number: int, parent: Span) -> Link:
        """TLS with an https proxy; go offers it h2 too and then speaks HTTP/1.1 to it whatever it chose."""
        secured = await self._secure(
            link,
            hop.host,
            parent,
            peer=hop.address,
            refine=proxied.in_tls_to(hop),
            attributes={"role": "proxy", "hop": number, "proxy": hop.shown},
        )
        return secured.link

    async def _secure(
        self,
        link: Link,
        host: str,
        parent: Span,
        *,
        peer: str | None = None,
        refine: Callable[[Failure], Failure] | None = None,
        attributes: Mapping[str, Json] | None = None,
    ) -> Connection:
        from modtrace.gorules.tlsprofile import go_profile
        from modtrace.tracer.steps.handshake import handshake

        if not _is_far(link):
            self._preparation.roots()  # no phase pays for it
        secured = await handshake(
            self._world,
            link,
            server_name=host,
            parent=parent,
            roots=self._preparation.roots,
            profile=go_profile(self._godebug, alpn=() if self._godebug.get("http2client") == "0" else _ALPN),
            peer_label=peer or str(link.peer),
            on_chain=self._keep_chain,
            refine=refine,
            attributes=attributes,
        )
        self._on_keys(list(secured.key_log))
        return Connection(secured, secured.alpn or None)

    def _keep_chain(self, chain_der: tuple[bytes, ...]) -> None:
        for certificate in chain_der:
            self._on_certificate(certificate)


def _is_far(link: Link) -> bool:
    info = link.tcp_info()
    return info is not None and info.rtt_us >= _FAR_US
