"""Slow configurations, all started at once: the whole costs little more than the longest of them."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.oracle.cases.proxied.building import Proxied
from tests.oracle.harness import Outcome, run_go, run_modtrace


class Pair(NamedTuple):
    """Both programs' runs of one configuration."""

    go: Outcome
    ours: Outcome


class Together:
    """Runs are started by the first :meth:`pair`; each later one finds its own under way or done."""

    def __init__(self, cases: Iterable[Proxied], go_tool: str, folder: Path) -> None:
        self._cases = tuple(cases)
        self._go_tool = go_tool
        self._folder = folder
        self._pool = ThreadPoolExecutor(2 * len(self._cases))
        self._runs: dict[str, tuple[Future[Outcome], Future[Outcome]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)

    def pair(self, name: str) -> Pair:
        if not self._runs:
            self._runs = {one.name: self._start(one) for one in self._cases}
        go, ours = self._runs[name]
        return Pair(go.result(), ours.result())

    def _start(self, one: Proxied) -> tuple[Future[Outcome], Future[Outcome]]:
        folder = self._folder / one.name
        folder.mkdir()
        arguments = (one.case, folder, self._go_tool)
        return self._pool.submit(run_go, *arguments), self._pool.submit(run_modtrace, *arguments)
