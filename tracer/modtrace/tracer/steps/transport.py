"""Go's ``http.Transport`` for what cmd/go does with it: connections kept and shared, requests retried.

Go 1.26 net/http/transport.go Transport.roundTrip, tryPutIdleConn; net/http/h2_bundle.go http2Transport.RoundTripOpt.

As in Go, every request that finds no connection dials its own, and when two dials to one HTTP/2 server end, the surplus
connection is closed. Unlike Go, a request that waits for its own dial doesn't take a connection that another request
frees meanwhile.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import trio

from modtrace.record.causes import Cause
from modtrace.record.failures import StepFailed
from modtrace.record.limits import H2_ATTEMPTS_COUNT, PATIENCE_S
from modtrace.record.recorder import Span
from modtrace.tracer.steps.exchange_h1 import H1Connection
from modtrace.tracer.steps.httptypes import BodyPlan, Dial, ExchangeBroken, PoolKey, Request, Response, ResponseHead
from modtrace.tracer.steps.roundtrip import AnyConnection, RoundTrip, quoted_get

_IDLE_PER_HOST = 2  # Go net/http/transport.go DefaultMaxIdleConnsPerHost


def own_key(scheme: str, host: str, port: int) -> PoolKey:
    """Connections are shared by requests to one host only."""
    return scheme, host, port


class Transport:
    """Use as ``async with Transport(dial) as transport``: its nursery holds the HTTP/2 receive loops."""

    def __init__(
        self,
        dial: Dial,
        *,
        patience_s: float = PATIENCE_S,
        key_of: Callable[[str, str, int], PoolKey] = own_key,
    ) -> None:
        """``key_of``: targets with one key share connections (those behind one forwarding proxy)."""
        self._dial = dial
        self._key_of = key_of
        self._patience_s = patience_s
        self._nursery_manager = trio.open_nursery()
        self._nursery: trio.Nursery | None = None
        self._pool: dict[PoolKey, list[AnyConnection]] = {}
        self._connections_count = 0

    async def __aenter__(self) -> Self:
        self._nursery = await self._nursery_manager.__aenter__()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._nursery is not None
        for connections in self._pool.values():
            for connection in connections:
                await connection.link.aclose()
        self._nursery.cancel_scope.cancel()
        await self._nursery_manager.__aexit__(exc_type, exc, traceback)

    async def round_trip(self, request: Request, *, parent: Span, plan: Callable[[ResponseHead], BodyPlan]) -> Response:
        """Send until answered or given up as Go would. Raises :class:`StepFailed` in go's words.

        Before the head: ``Get "URL": …``. In the body: the bare error, with ``details["stage"] == "body"``.
        """
        refused = 0
        redials = 0
        while True:
            connection = await self._acquire(request, parent)
            trip = RoundTrip(connection, request, parent=parent, plan=plan, patience_s=self._patience_s)
            try:
                response = await trip.run()
            except ExchangeBroken as broken:
                await self._release(request, connection, is_reusable=False)
                if broken.retry == "refused":
                    refused += 1
                    await self._back_off(broken, refused, request)
                    continue
                if broken.retry == "redial":
                    redials += 1
                    _bound_redials(broken, redials, request)
                elif broken.retry is None:
                    raise AssertionError("an exchange without a retry raises StepFailed") from broken
                continue
            except BaseException:
                await self._release(request, connection, is_reusable=False)
                raise
            await self._release(request, connection, is_reusable=trip.is_reusable)
            return response

    async def _acquire(self, request: Request, parent: Span) -> AnyConnection:
        key = self._key_of(request.scheme, request.host, request.port)
        connections = self._pool.setdefault(key, [])
        for connection in reversed(list(connections)):
            if isinstance(connection, H1Connection):
                connections.remove(connection)
                if await _is_alive(connection):
                    return connection
            elif connection.can_take_request:
                return connection
            elif connection.is_finished:
                connections.remove(connection)
        return await self._dialled(key, request, parent)

    async def _dialled(self, key: PoolKey, request: Request, parent: Span) -> AnyConnection:
        try:
            made = await self._dial(request.scheme, request.host, request.port, parent)
        except StepFailed as failed:
            raise StepFailed(failed.failure.wrapped(quoted_get(request.url))) from failed
        self._connections_count += 1
        if made.alpn != "h2":
            return H1Connection(self._connections_count, made.link, made.forward)
        from modtrace.tracer.steps.exchange_h2 import H2Connection  # a plain HTTP/1.1 fetch never loads it

        for known in self._pool[key]:
            if isinstance(known, H2Connection) and known.can_take_request:
                await made.link.aclose()
                return known
        connection = H2Connection(self._connections_count, made.link)
        self._pool[key].append(connection)
        assert self._nursery is not None
        self._nursery.start_soon(connection.run)
        return connection

    async def _release(self, request: Request, connection: AnyConnection, *, is_reusable: bool) -> None:
        if not isinstance(connection, H1Connection):
            return
        idle = self._pool[self._key_of(request.scheme, request.host, request.port)]
        if not is_reusable or sum(isinstance(known, H1Connection) for known in idle) >= _IDLE_PER_HOST:
            await connection.link.aclose()
            return
        connection.idle_since_s = trio.current_time()
        idle.append(connection)

    async def _back_off(self, broken: ExchangeBroken, refused: int, request: Request) -> None:
        """At once, then 1, 2, 4, 8, 16, 32 s; Go's jitter is lost in its own rounding for all but the last two."""
        if refused >= H2_ATTEMPTS_COUNT:
            raise broken.failed(request.authority, in_body=False, prefix=quoted_get(request.url)) from broken
        if refused > 1:
            await trio.sleep(1 << (refused - 2))


async def _is_alive(connection: H1Connection) -> bool:
    """Closes one that is not, and one that a cancellation at this moment would leave to nobody."""
    is_alive = False
    try:
        is_alive = await connection.is_alive()
    finally:
        if not is_alive:
            await connection.link.aclose()
    return is_alive


def _bound_redials(broken: ExchangeBroken, redials: int, request: Request) -> None:
    """Go dials again at once, for ever: a connection that may not be reused never counts as an attempt."""
    if redials < H2_ATTEMPTS_COUNT:
        return
    cause: Cause = broken.cause
    endless = ExchangeBroken(
        None,
        cause,
        ours=f"{broken.ours} on {redials} connections in a row; go would dial again and again without an end",
        hangs=True,
        limit="H2_ATTEMPTS_COUNT",
    )
    raise endless.failed(request.authority, in_body=False) from broken
