"""A ``file://`` GOPROXY: a directory laid out as a module proxy (Go 1.26 cmd/go/internal/web/file.go, api.go)."""

from modtrace.gorules.goproxy import file_path, proxy_url
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.sources.interface import Operation, Sink
from modtrace.tracer.world.interface import World


class FileTree:
    """One ``file://`` entry. Nothing crosses a network; a missing file counts as "does not exist"."""

    def __init__(self, url: str, world: World) -> None:
        self._url = url
        self._world = world
        self.label = url

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        url = proxy_url(self._url, operation.escaped_module, operation.tail)
        with parent.child(operation.phase, operation.subject, source=self.label, url=url) as span:
            data = self._content(url, operation)
            span.set(bytes=len(data))
            if len(data) > operation.limit_bytes:
                raise StepFailed(_too_large(operation, url))
        if sink is None:
            return data
        sink(data)
        return b""

    def _content(self, url: str, operation: Operation) -> bytes:
        path = file_path(url)
        try:
            data = self._world.read_file(path)
        except OSError as exc:
            words = (exc.strerror or "unreadable").lower()
            raise StepFailed(_unreadable(url, path, words)) from exc
        if data is None:
            raise StepFailed(_missing(url, path))
        return data


def _missing(url: str, path: str) -> Failure:
    return Failure(
        cause="http.not_found",
        side="source",
        text=f"{path} does not exist",
        go_text=f"reading {url}: no such file or directory",
        where=url,
        is_not_exist=True,
    )


def _unreadable(url: str, path: str, words: str) -> Failure:
    return Failure(
        cause="http.forbidden",
        side="local",
        text=f"{path}: {words}",
        go_text=f"reading {url}: {words}",
        where=url,
    )


def _too_large(operation: Operation, url: str) -> Failure:
    return Failure(
        cause="body.too_large",
        side="source",
        text=f"over the limit {operation.limit_name}",
        go_text="downloaded zip file too large" if operation.kind == "zip" else None,
        where=url,
        limit=operation.limit_name,
    )
