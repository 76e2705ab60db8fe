"""A ``file://`` GOPROXY: a directory laid out as a module proxy. Nothing crosses a network."""

from modtrace.gorules.goproxy import proxy_url
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.sources.interface import Operation, Sink
from modtrace.tracer.steps.getfile import get_file
from modtrace.tracer.world.interface import World


class FileTree:
    """One ``file://`` entry."""

    def __init__(self, url: str, world: World) -> None:
        self._url = url
        self._world = world
        self.label = url

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        url = proxy_url(self._url, operation.escaped_module, operation.tail)
        with parent.child(operation.phase, operation.subject, source=self.label, url=url) as span:
            data = get_file(self._world, url)
            span.set(bytes=len(data))
            if len(data) > operation.limit_bytes:
                raise StepFailed(_too_large(operation, url))
        if sink is None:
            return data
        sink(data)
        return b""


def _too_large(operation: Operation, url: str) -> Failure:
    return Failure(
        cause="body.too_large",
        side="source",
        text=f"over the limit {operation.limit_name}",
        go_text="downloaded zip file too large" if operation.kind == "zip" else None,
        where=url,
        limit=operation.limit_name,
    )
