"""A module proxy over https, http or file (Go 1.26 cmd/go/internal/modfetch/proxy.go, proxyRepo)."""

from modtrace.gorules.goproxy import proxy_url
from modtrace.gorules.gourl import redacted
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.sources.interface import Operation, Sink
from modtrace.tracer.web import Web


class ModuleProxy:
    """One URL of GOPROXY."""

    def __init__(self, url: str, web: Web) -> None:
        self._url = url
        self._web = web
        self.label = redacted(url)

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        url = proxy_url(self._url, operation.escaped_module, operation.tail)
        with parent.child(operation.phase, operation.subject, self._web.began_ns, source=self.label) as span:
            try:
                return await self._web.get_bytes(
                    url,
                    parent=span,
                    source=self.label,
                    limit=operation.limit_bytes,
                    limit_name=operation.limit_name,
                    sink=sink,
                    is_goproxy=True,
                )
            except StepFailed as failed:
                failure = _body_words(failed.failure, url)
                raise StepFailed(failure) from failed


def _body_words(failure: Failure, url: str) -> Failure:
    """Go adds the URL to body errors itself (getBytes, Zip), in lower case: ``read "URL": unexpected EOF``."""
    if failure.details.get("stage") != "body":
        return failure
    if failure.limit == "MODULE_ZIP_BYTES":
        return failure
    return failure.wrapped(f'read "{redacted(url)}": ')
