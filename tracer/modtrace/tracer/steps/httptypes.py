"""What the HTTP steps hand to each other: requests, responses, where a body goes, and the dial that is injected."""

from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple, Protocol

import msgspec

from modtrace.gorules.requestheaders import asks_for_gzip
from modtrace.record.causes import Cause, Side
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.wire.http1head import Headers
from modtrace.tracer.world.interface import Link

Retry = Literal["reused", "refused", "redial"]
BodyUse = Literal["read", "error_text", "evidence", "slurp", "skip"]


class Forward(NamedTuple):
    """An HTTP proxy that gets plain HTTP requests in absolute form. ``shown`` carries no credentials."""

    shown: str
    authorization: str | None


class Connection(NamedTuple):
    """What a dial gives: a link with every tunnel and TLS below it, and the protocol that ALPN chose."""

    link: Link
    alpn: str | None
    forward: Forward | None = None


Dial = Callable[[str, str, int, Span], Awaitable[Connection]]
PoolKey = tuple[str, str, int]


class BodySink(Protocol):
    """Where body bytes go, already decoded."""

    def write(self, data: "bytes | bytearray | memoryview", /) -> object: ...


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request. ``url`` is what go shows of it; ``authority`` travels in Host; ``headers`` are canonical."""

    url: str
    scheme: str
    host: str
    port: int
    authority: str
    target: str
    headers: Headers = []
    source: str = ""
    method: Literal["GET", "HEAD"] = "GET"

    @property
    def asks_for_gzip(self) -> bool:
        """Only then is an answer decoded."""
        return asks_for_gzip(self.method, self.headers)


class ResponseHead(msgspec.Struct, frozen=True, kw_only=True):
    """Status and headers. ``length`` is -1 when unknown, ``is_gzip`` when the body will be decoded."""

    protocol: str
    status: int
    status_text: str
    headers: Headers
    length: int
    is_gzip: bool

    def header(self, name: str) -> str:
        """The first value of a header; ``name`` is canonical."""
        return next((value for key, value in self.headers if key == name), "")


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A finished exchange. ``body`` holds what was collected (nothing when a sink took it)."""

    head: ResponseHead
    body: bytes
    body_bytes: int
    decoded_bytes: int
    connection: int
    was_reused: bool
    forward: Forward | None = None
    """The proxy that was asked in the target's place: it may have answered in its place, too."""


class BodyPlan(NamedTuple):
    """What to do with a body, decided when its head is known.

    ``read``: all of it, any failure counts. ``error_text``: all of it, as go reads a text/plain error; a broken body is
    no failure. ``evidence``: what arrives within a second, go reads none of it. ``slurp``: up to 2 KiB, as go does
    before it follows a redirect. ``skip``: none.
    """

    use: BodyUse
    limit: int | None = None
    limit_name: str | None = None
    sink: BodySink | None = None


class ExchangeBroken(Exception):
    """An exchange that ended early, in go's bare words. ``retry`` says what go's transport does about it."""

    def __init__(
        self,
        text: str | None,
        cause: Cause,
        *,
        side: Side = "unknown",
        ours: str = "",
        limit: str | None = None,
        errno: str | None = None,
        hangs: bool = False,
        retry: Retry | None = None,
    ) -> None:
        super().__init__(text or ours)
        self.text = text
        self.cause: Cause = cause
        self.side: Side = side
        self.ours = ours or text or ""
        self.limit = limit
        self.errno = errno
        self.hangs = hangs
        self.retry = retry

    def failed(self, where: str, *, in_body: bool, prefix: str = "") -> StepFailed:
        """The failure at the level of one exchange."""
        failure = Failure(
            cause=self.cause,
            side=self.side,
            text=f"{where}: {self.ours}",
            go_text=None if self.text is None else prefix + self.text,
            hangs=self.hangs,
            where=where,
            errno=self.errno,
            limit=self.limit,
            details={"stage": "body" if in_body else "head"},
        )
        return StepFailed(failure)
