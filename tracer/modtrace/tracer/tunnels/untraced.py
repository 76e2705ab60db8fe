"""Network proxies of the environment: chosen by go's rules, connected to, and then said to be beyond this release.

A fetch that went round the user's proxy would not be the fetch that go makes, so modtrace stops there and says so.
"""

from collections.abc import Awaitable, Callable

import msgspec

from modtrace.gorules.gourl import Url
from modtrace.gorules.httpproxy import proxy_for_url
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, GoRuleError, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.world.interface import Link, World

Connect = Callable[[str, int, Span], Awaitable[Link]]

_DEFAULT_PORTS = {"https": 443, "socks5": 1080, "socks5h": 1080}
_UNREACHABLE: dict[str, Cause] = {
    "tcp.refused": "proxy.unreachable.refused",
    "tcp.unanswered": "proxy.unreachable.unanswered",
}


async def refuse_proxy(world: World, scheme: str, host: str, port: int, parent: Span, connect: Connect) -> None:
    """Return when go would dial directly; else try the proxy's own address and raise ``StepFailed``."""
    target = Url(scheme, None, None, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "/", None, "")
    try:
        choice = proxy_for_url(world.environ(), target)
    except GoRuleError as error:
        failure = Failure(cause=error.cause, side="local", text=error.text, go_text=error.text, where="HTTP_PROXY")
        raise StepFailed(failure) from None
    if choice.url is None:
        return
    proxy = choice.url
    shown = f"{proxy.scheme}://{proxy.host}"
    with parent.child("proxy.tunnel", f"{shown} to {host}:{port}", rule=choice.rule) as span:
        try:
            link = await connect(proxy.hostname, proxy.port or _DEFAULT_PORTS.get(proxy.scheme, 80), span)
        except StepFailed as failed:
            raise StepFailed(_unreachable(failed.failure, shown)) from failed
        await link.aclose()
        raise StepFailed(_untraced(shown))


def _unreachable(failure: Failure, shown: str) -> Failure:
    cause: Cause = "proxy.unresolved" if failure.cause.startswith("dns.") else "proxy.unreachable"
    return msgspec.structs.replace(
        failure,
        cause=_UNREACHABLE.get(failure.cause, cause),
        side="proxy",
        text=f"the proxy {shown} can't be reached: {failure.text}",
        where=shown,
        details={**failure.details, "because": failure.cause},
    ).wrapped("proxyconnect tcp: ")


def _untraced(shown: str) -> Failure:
    return Failure(
        cause="config.proxy_scheme_unsupported",
        side="local",
        text=f"go would go through the proxy {shown}; this release of modtrace can't follow it there",
        where=shown,
        details={"is_untraced": True},
    )
