"""``direct``: version control. This release says plainly what go would do next, and stops there.

Go 1.26 cmd/go/internal/vcs/vcs.go RepoRootForImportPath: hosts of the static table need no discovery; every other path
is asked for ``https://PATH?go-get=1`` first.
"""

from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.sources.interface import Operation, Sink

_STATIC_HOSTS = ("github.com/", "bitbucket.org/")


class Direct:
    """The ``direct`` (or, for private modules, ``noproxy``) entry."""

    label = "direct"

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        del sink
        with parent.child(operation.phase, operation.subject, source=self.label) as span:
            first = first_question(operation.module)
            span.set(would_ask_first=first)
            raise StepFailed(
                Failure(
                    cause="vcs.failed",
                    side="local",
                    text=f"go would go on in direct mode and ask first: {first}",
                    where=operation.module,
                    details={"would_ask_first": first, "is_untraced": True},
                )
            )


def first_question(module: str) -> str:
    """What go would ask first in direct mode."""
    for host in _STATIC_HOSTS:
        if module.startswith(host):
            repository = "/".join(module.split("/")[:3])
            return f"git ls-remote -q --end-of-options https://{repository}"
    return f"GET https://{module}?go-get=1"
