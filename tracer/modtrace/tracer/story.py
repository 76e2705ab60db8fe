"""The fetch itself, under trio: the story, the signals and the regular flush around it, and how it ended.

Imported by ``run`` after the first packet has left: what it needs takes 100 ms to load.
"""

import signal
import traceback
from collections.abc import Callable

import msgspec
import trio

from modtrace.record.failures import Failure, GoRuleError, Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.assemble import Assembly
from modtrace.tracer.fetch import Artifacts, fetch
from modtrace.tracer.run import Watcher, refused
from modtrace.tracer.world.bundle import Journal

_FLUSH_EVERY_S = 0.05


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """How the story ended."""

    failure: Failure | None
    resolved: str | None
    artifacts: dict[str, Json]
    interrupted_by: str | None
    crash: str | None


class Story:
    """One run's story. :meth:`tell` always returns, whatever a peer or a bug of ours does."""

    def __init__(
        self,
        assembly: Assembly,
        *,
        root: Span,
        journal: Journal,
        watcher: Watcher,
        timeout_s: float | None,
        on_ready: Callable[[], object],
    ) -> None:
        """``timeout_s`` counts from the trace's start. ``on_ready`` is called once signals end the story in order."""
        self._assembly = assembly
        self._recorder = assembly.kit.recorder
        self._root = root
        self._journal = journal
        self._watcher = watcher
        self._timeout_s = timeout_s
        self._on_ready = on_ready
        self._artifacts = Artifacts()
        self._shown_artifacts: dict[str, Json] = {}
        self._interrupted_by: str | None = None
        self._crash: str | None = None

    def tell(self) -> Told:
        """Fetch."""
        failure = trio.run(self._main)
        if self._interrupted_by is not None:
            failure = interrupted(self._interrupted_by, self._waiting())
        if failure is not None and failure.cause == "local.interrupted":
            self._recorder.close_open_spans(failure)
        return Told(
            failure=failure,
            resolved=self._artifacts.resolved,
            artifacts=self._shown_artifacts,
            interrupted_by=self._interrupted_by,
            crash=self._crash,
        )

    async def _main(self) -> Failure | None:
        failure: Failure | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_signals, nursery.cancel_scope)
            nursery.start_soon(self._watcher, self._recorder)
            nursery.start_soon(self._flush_regularly)
            failure = await self._fetch()
            nursery.cancel_scope.cancel()
        return failure

    async def _fetch(self) -> Failure | None:
        now_s = self._recorder.now_ns() / 1e9
        try:
            with trio.move_on_after(float("inf") if self._timeout_s is None else self._timeout_s - now_s) as scope:
                async with self._assembly.web.opened():
                    ended = await self._story()
                return ended  # noqa: RET504 - returning inside would skip what closing the connections raises
        except Exception:  # noqa: BLE001 - the one place where a bug of ours becomes exit 70 instead of a lost trace
            self._crash = traceback.format_exc()
            return Failure(cause="local.self_delay", side="local", text="a bug in modtrace ended the run")
        if scope.cancelled_caught:
            return interrupted(f"--timeout {self._timeout_s:g}", self._waiting())
        return None

    async def _story(self) -> Failure | None:
        """Failures end here, inside the nurseries, so that none is wrapped into a group."""
        try:
            await fetch(self._assembly.kit, self._root, self._artifacts)
        except StepFailed as failed:
            return failed.failure
        except GoRuleError as error:
            return refused(error)
        finally:
            self._shown_artifacts = self._artifacts.as_json(self._assembly.kit)
        return None

    async def _flush_regularly(self) -> None:
        """A killed run keeps everything but the last moment; writing each event at once would delay the packets."""
        while True:
            await trio.sleep(_FLUSH_EVERY_S)
            self._journal.flush()

    async def _watch_signals(self, scope: trio.CancelScope) -> None:
        """The first signal ends the run in order; the second one at once, as the system would."""
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
            self._on_ready()
            async for number in received:
                if self._interrupted_by is not None:
                    signal.signal(number, signal.SIG_DFL)
                    signal.raise_signal(number)
                self._interrupted_by = signal.Signals(number).name
                scope.cancel()

    def _waiting(self) -> str:
        waiting = [span.waiting_for[0] for span in self._recorder.open_spans() if span.waiting_for is not None]
        return f" while waiting for {waiting[-1]}" if waiting else ""


def interrupted(by: str, waiting: str) -> Failure:
    """The end that a signal or ``--timeout`` makes."""
    return Failure(cause="local.interrupted", side="local", text=f"{by}{waiting}")
