"""From this machine through every hop of a route: connect, TLS where a proxy wants it, and one tunnel after the other.

Each hop's phases are its own, and a failure names the hop at which it happened. Go has one hop; a chain is what a Go
program makes of several (``gorules.proxyroute``).
"""

from collections.abc import Awaitable, Callable

from modtrace.gorules.proxyroute import Hop, Route
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.routes import Target
from modtrace.tracer.steps import proxied
from modtrace.tracer.steps.connect import tcp_attributes
from modtrace.tracer.tunnels import TUNNELS
from modtrace.tracer.tunnels.interface import Request
from modtrace.tracer.world.interface import Link

Reach = Callable[[str, int, Span], Awaitable[Link]]
SecureProxy = Callable[[Link, Hop, int, Span], Awaitable[Link]]


async def pass_hops(
    route: Route,
    target: Target,
    *,
    parent: Span,
    reach: Reach,
    secure: SecureProxy,
    patience_s: float,
) -> Link:
    """A link that carries the target's bytes (or the last proxy's, where it forwards). Raises ``StepFailed``."""
    hops = route.hops
    link = await _reach_first(hops[0], parent, reach)
    try:
        for number, hop in enumerate(hops, 1):
            if hop.kind == "https":
                link = await secure(link, hop, number, parent)
            if number == len(hops) and route.forwards(target.scheme):
                return link
            await _open_tunnel(link, route, number, _next(hops, number, target), parent, patience_s)
    except BaseException:
        await link.aclose()
        raise
    return link


def _next(hops: tuple[Hop, ...], number: int, target: Target) -> tuple[str, int]:
    """Host and port that hop ``number`` is asked for."""
    if number == len(hops):
        return target.host, target.port
    following = hops[number]
    return following.host, following.port_number


async def _reach_first(hop: Hop, parent: Span, reach: Reach) -> Link:
    port = hop.port_number
    if port >= 1 << 16:
        go_text = f"{proxied.PROXYCONNECT}dial tcp: address {hop.port}: invalid port"
        text = f"the proxy {hop.shown} has a port that does not exist"
        raise StepFailed(
            Failure(cause="config.proxy_url_invalid", side="local", text=text, go_text=go_text, where=hop.shown)
        )
    try:
        return await reach(hop.host, port, parent)
    except StepFailed as failed:
        raise StepFailed(proxied.unreachable(failed.failure, hop)) from failed


async def _open_tunnel(
    link: Link, route: Route, number: int, onward: tuple[str, int], parent: Span, patience_s: float
) -> None:
    hop = route.hops[number - 1]
    request = Request(hop=hop, host=onward[0], port=onward[1], patience_s=patience_s)
    with parent.child(
        "proxy.tunnel",
        f"{hop.shown} to {request.target}",
        proxy=hop.shown,
        kind=hop.kind,
        target=request.target,
        hop=number,
        hops=len(route.hops),
        rule=route.rule,
    ) as span:
        try:
            await TUNNELS[hop.kind](link, request, span)
        except StepFailed as failed:
            span.set(tcp=tcp_attributes(link))
            span.close("failed", failed.failure)
            if number < len(route.hops):  # to go, this is the dial of its own proxy
                raise StepFailed(failed.failure.wrapped(proxied.PROXYCONNECT)) from failed
            raise
        span.set(tcp=tcp_attributes(link))
        span.close(at_ns=link.received_at_ns)
