"""GOPROXY as a list: the next entry is asked only when its separator lets this failure pass.

Go 1.26 cmd/go/internal/modfetch/proxy.go TryProxies. Every entry's failure is kept as a span; the one that go would
print is raised.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from modtrace.gorules.goproxy import GoproxyEntry, ProxyTrial
from modtrace.record.failures import Failure, StepFailed
from modtrace.tracer.sources.interface import Source

T = TypeVar("T")


class ListedSource(msgspec.Struct, frozen=True):
    """A source with the entry that it came from."""

    entry: GoproxyEntry
    source: Source


async def try_sources(sources: Sequence[ListedSource], ask: Callable[[Source], Awaitable[T]]) -> T:
    """``ask`` each source in turn until one succeeds or the list's rules say stop. Raises the failure that go shows."""
    trial = ProxyTrial()
    failures: list[Failure] = []
    for listed in sources:
        try:
            return await ask(listed.source)
        except StepFailed as failed:
            failures.append(failed.failure)
            if failed.failure.hangs or failed.failure.details.get("is_fatal"):
                raise
            if not trial.goes_on(listed.entry, is_not_exist=failed.failure.is_not_exist):
                break
    raise StepFailed(failures[trial.shown])
