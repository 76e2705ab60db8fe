"""Slow configurations, all started at once: the whole costs little more than the longest of them.

Test processes that run side by side (xdist) share the runs through a folder: the first to come starts them, in threads,
and leaves each outcome in a file; the others wait for the files.
"""

import pickle
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.oracle.cases.proxied.building import Proxied
from tests.oracle.harness import Case, Outcome, run_go, run_modtrace

_STAGGER_S = 0.2  # so many programs that start in one moment would start slowly
_WAIT_S = 300.0
_POLL_S = 0.1
_PROGRAMS: dict[str, Callable[[Case, Path, str], Outcome]] = {"go": run_go, "modtrace": run_modtrace}


class Together:
    """The runs, from the moment of entering."""

    def __init__(self, cases: Iterable[Proxied], go_tool: str, folder: Path) -> None:
        self._cases = tuple(cases)
        self._go_tool = go_tool
        self._folder = folder
        self._pool = ThreadPoolExecutor(max(1, len(_PROGRAMS) * len(self._cases)))

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir()
        except FileExistsError:
            return self
        runs = [(one, program) for one in self._cases for program in _PROGRAMS]
        for number, (one, program) in enumerate(runs):
            self._pool.submit(self._run, one, program, _STAGGER_S * number)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._pool.shutdown()

    def pair(self, one: Proxied) -> tuple[Outcome, Outcome]:
        """go's and modtrace's."""
        go, ours = (self._outcome(one, program) for program in _PROGRAMS)
        return go, ours

    def _run(self, one: Proxied, program: str, after_s: float) -> None:
        time.sleep(after_s)
        room = self._folder / one.name / program
        room.mkdir(parents=True)
        outcome: Outcome | str
        try:
            outcome = _PROGRAMS[program](one.case, room, self._go_tool)
        except (AssertionError, OSError, LookupError, ValueError, RuntimeError) as error:  # shown where it is asked for
            outcome = f"{type(error).__name__}: {error}"
        unfinished = room / "outcome.part"
        unfinished.write_bytes(pickle.dumps(outcome))
        unfinished.rename(self._file(one, program))

    def _outcome(self, one: Proxied, program: str) -> Outcome:
        file, deadline = self._file(one, program), time.monotonic() + _WAIT_S
        while not file.exists():
            assert time.monotonic() < deadline, f"{program} has not ended: {one.name}"
            time.sleep(_POLL_S)
        outcome: Outcome | str = pickle.loads(file.read_bytes())
        assert isinstance(outcome, Outcome), outcome
        return outcome

    def _file(self, one: Proxied, program: str) -> Path:
        return self._folder / one.name / f"{program}.outcome"
