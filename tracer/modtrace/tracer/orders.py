"""What the user ordered: the tracer's own vocabulary for the command line's options."""

import msgspec

from modtrace.gorules.proxyroute import Hop
from modtrace.record.limits import PATIENCE_S


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """One fetch as ordered. ``None`` leaves a setting to where go takes it from."""

    module: str
    query: str
    goproxy: str | None = None
    gosumdb: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    patience_s: float = PATIENCE_S
    timeout_s: float | None = None
    vantage: str = ""
    keeps_keys: bool = False
    via: tuple[Hop, ...] = ()
    """A chain of proxies, nearest first, in place of the environment's."""
    makes_probes: bool = True
    """Follow-up experiments, which send what go would not send."""
