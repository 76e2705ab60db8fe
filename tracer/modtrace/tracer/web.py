"""cmd/go's web.Get for this run: one transport, the credentials, the headers that the user ordered."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from modtrace.gorules import gourl
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.credentials import Credentials
from modtrace.tracer.sources.interface import Sink
from modtrace.tracer.steps.get import get
from modtrace.tracer.steps.getfile import get_file
from modtrace.tracer.steps.httptypes import Dial, PoolKey
from modtrace.tracer.steps.transport import Transport, own_key
from modtrace.tracer.world.interface import World

_FORBIDDEN = Failure(
    cause="config.goproxy_off",
    side="local",
    text="GODEBUG=cmdgonetlimit=0 forbids every network operation",
    go_text="network disabled by cmdgonetlimit=0",
    where="GODEBUG",
)


class Web:
    """GETs of one run. Open it for the time of the fetch: its connections live inside."""

    def __init__(
        self,
        dial: Dial,
        *,
        key_of: Callable[[str, str, int], PoolKey] | None = None,
        patience_s: float,
        credentials: Credentials,
        goproxy_headers: Sequence[tuple[str, str]],
        keep_response: Callable[[str, bytes], None],
        world: World,
        is_forbidden: bool = False,
    ) -> None:
        """``is_forbidden``: GODEBUG=cmdgonetlimit=0 (Go cmd/go/internal/base/limit.go)."""
        self._world = world
        self._is_forbidden = is_forbidden
        self._dial = dial
        self._key_of = key_of or own_key
        self._patience_s = patience_s
        self._credentials = credentials
        self._goproxy_headers = tuple(goproxy_headers)
        self._keep_response = keep_response
        self._transport: Transport | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """The transport's lifetime."""
        async with (
            Transport(self._dial, patience_s=self._patience_s, key_of=self._key_of) as transport,
            self._credentials.opened(),
        ):
            self._transport = transport
            yield

    @property
    def began_ns(self) -> int | None:
        """When the first GET began, if its packets left before this code was loaded and it has not dialled yet."""
        return self._world.headstart.began_ns

    async def get_bytes(
        self,
        url: str,
        *,
        parent: Span,
        source: str,
        limit: int,
        limit_name: str,
        sink: Sink | None = None,
        is_goproxy: bool = False,
    ) -> bytes:
        """The body of a 200. Raises ``StepFailed`` with go's text at the level of web.Get."""
        if url.startswith("file:"):
            return self._read_file(url, parent, limit, limit_name, sink)
        if self._is_forbidden:
            raise StepFailed(_FORBIDDEN)
        assert self._transport is not None, "opened() first"
        try:
            result = await get(
                self._transport,
                url,
                parent=parent,
                source=source,
                limit=limit,
                limit_name=limit_name,
                sink=None if sink is None else _Writer(sink),
                credentials=self._credentials,
                extra_headers=self._goproxy_headers if is_goproxy else (),
            )
        except StepFailed as failed:
            body = failed.failure.details.get("body")
            if isinstance(body, str) and body:
                kept = parent.recorder.redactor.text(body)
                self._keep_response(f"span-{parent.id}", kept.encode("utf-8", "surrogateescape"))
            raise
        return result.body

    def _read_file(self, url: str, span: Span, limit: int, limit_name: str, sink: Sink | None) -> bytes:
        """A ``file://`` source, which go reads by the same web.Get; nothing crosses a network."""
        data = get_file(self._world, url)
        span.set(url=url, bytes=len(data))
        if len(data) > limit:
            text = f"over the limit {limit_name}"
            raise StepFailed(Failure(cause="body.too_large", side="source", text=text, where=url, limit=limit_name))
        if sink is None:
            return data
        sink(data)
        return b""

    @staticmethod
    def redacted(url: str) -> str:
        return gourl.redacted(url)


class _Writer:
    """A callable as a body sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, data: "bytes | bytearray | memoryview", /) -> object:
        return self._sink(memoryview(data))
