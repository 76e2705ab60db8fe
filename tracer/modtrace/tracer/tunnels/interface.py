"""What a tunnel kind is: a way to ask one proxy, over a link that already reaches it, for the way to the next hop."""

from typing import Protocol

import msgspec

from modtrace.gorules.proxyroute import Hop
from modtrace.record.causes import Cause, Side
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.world.interface import Link


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One tunnel to be opened. ``host`` is a name for the proxy to resolve, or a literal address."""

    hop: Hop
    host: str
    port: int
    patience_s: float

    @property
    def target(self) -> str:
        """``host:port`` as Go writes it, IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class OpenTunnel(Protocol):
    """Returns when ``link`` carries the tunnel's bytes; facts go to ``span``. Raises ``StepFailed`` with go's text."""

    async def __call__(self, link: Link, request: Request, span: Span) -> None: ...


def refused(
    request: Request,
    cause: Cause,
    text: str,
    go_text: str | None,
    *,
    side: Side = "proxy",
    hangs: bool = False,
    limit: str | None = None,
    errno: str | None = None,
    details: dict[str, Json] | None = None,
) -> StepFailed:
    """A failure of this proxy, named by its address."""
    failure = Failure(
        cause=cause,
        side=side,
        text=f"{request.hop.shown}: {text}",
        go_text=go_text,
        hangs=hangs,
        where=request.hop.shown,
        limit=limit,
        errno=errno,
        details={"proxy": request.hop.shown, "target": request.target, **(details or {})},
    )
    return StepFailed(failure)
