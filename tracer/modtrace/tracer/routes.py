"""Which way each request of this run goes: go's rules, or the chain that was ordered, asked once per target."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from modtrace.gorules.proxyroute import Hop, Route, route_for
from modtrace.record.failures import Failure, GoRuleError, StepFailed
from modtrace.tracer.steps.httptypes import PoolKey


class Target(NamedTuple):
    """What is asked for at the far end of a route."""

    scheme: str
    host: str
    port: int

    @property
    def address(self) -> str:
        """``host:port``, IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Routes:
    """The environment is read once per process, as go does."""

    def __init__(self, environ: Mapping[str, str], via: Sequence[Hop] = ()) -> None:
        self._environ = environ
        self._via = tuple(via)
        self._known: dict[PoolKey, Route] = {}

    def route(self, scheme: str, host: str, port: int) -> Route:
        """Raises ``StepFailed`` where go refuses the variable."""
        key = (scheme, host, port)
        if key not in self._known:
            try:
                self._known[key] = route_for(self._environ, self._via, *key)
            except GoRuleError as error:
                failure = Failure(
                    cause=error.cause, side="local", text=error.text, go_text=error.text, where=error.origin
                )
                raise StepFailed(failure) from None
        return self._known[key]

    def pool_key(self, scheme: str, host: str, port: int) -> PoolKey:
        """Requests with one key share connections: all plain HTTP through one HTTP proxy does (connectMethod.key)."""
        try:
            route = self.route(scheme, host, port)
        except StepFailed:
            return scheme, host, port
        return ("forward", route.hops[-1].shown, 0) if route.forwards(scheme) else (scheme, host, port)
