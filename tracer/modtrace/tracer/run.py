"""One run: the plan, the record being written, the signals, the end. What ``modtrace fetch`` wires to the terminal."""

import signal
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
import trio

from modtrace.record.events import SCHEMA, Event, TraceEnded, TraceStarted
from modtrace.record.failures import Failure, GoRuleError, Json, StepFailed
from modtrace.record.recorder import Recorder, Span
from modtrace.record.version import VERSION
from modtrace.tracer.assemble import Assembly, assemble
from modtrace.tracer.fetch import Artifacts, fetch
from modtrace.tracer.orders import Orders
from modtrace.tracer.plan import Plan, make_plan
from modtrace.tracer.world.bundle import Bundle, Journal
from modtrace.tracer.world.evidence import Evidence
from modtrace.tracer.world.interface import World

_FLUSH_EVERY_S = 0.05

Watcher = Callable[[Recorder], Awaitable[None]]


class Ended(msgspec.Struct, frozen=True):
    """How the run ended, beside what its events say."""

    interrupted_by: str | None = None
    crash: str | None = None
    lost_bytes: int = 0


class Run:
    """Events are kept here and, once there is a bundle, written as they happen."""

    def __init__(self, orders: Orders, world: World) -> None:
        self.events: list[Event] = []
        self.plan: Plan | None = None
        self.refusal: GoRuleError | None = None
        self.recorder = Recorder(now_ns=world.now_ns, sink=self._keep)
        self._orders = orders
        self._world = world
        self._journal: Journal | None = None
        self._root: Span | None = None
        self._artifacts = Artifacts()
        self._shown_artifacts: dict[str, Json] = {}
        self._ended = Ended()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Settings that go ignores or misreads, a line each."""
        return self.plan.warnings if self.plan else ()

    def prepare(self) -> None:
        """Settings and plan, before any packet. A refusal of go's is recorded, and kept in ``refusal``."""
        try:
            self.plan = make_plan(self._orders, self._world, self.recorder.redactor)
        except GoRuleError as error:
            self.refusal = error
        self._begin()
        if self.refusal is not None:
            self._end(_refused(self.refusal))

    def execute(self, bundle: Bundle, watcher: Watcher) -> Ended:
        """Fetch. Always leaves a complete record; never raises for what a peer or the disk does."""
        assert self.plan is not None
        self._journal = Journal(bundle)
        for event in self.events:
            self._journal.append(event)
        self._journal.flush()  # without its first event a trace does not load
        evidence = Evidence(bundle, keeps_keys=self._orders.keeps_keys)
        try:
            trio.run(self._main, assemble(self.plan, self._world, self.recorder, evidence, bundle), watcher)
        finally:
            self._journal.close()
            lost = self._journal.lost_bytes
            self._journal = None
        return msgspec.structs.replace(self._ended, lost_bytes=lost)

    async def _main(self, assembly: Assembly, watcher: Watcher) -> None:
        failure: Failure | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_signals, nursery.cancel_scope)
            nursery.start_soon(watcher, self.recorder)
            nursery.start_soon(self._flush_regularly)
            failure = await self._fetch(assembly)
            nursery.cancel_scope.cancel()
        if self._ended.interrupted_by is not None:
            failure = _interrupted(self._ended.interrupted_by, self._waiting())
        if failure is not None and failure.cause == "local.interrupted":
            self.recorder.close_open_spans(failure)
        self._end(failure)

    async def _fetch(self, assembly: Assembly) -> Failure | None:
        assert self._root is not None
        try:
            with trio.move_on_after(self._orders.timeout_s or float("inf")) as scope:
                async with assembly.web.opened():
                    ended = await self._story(assembly, self._root)
                return ended  # noqa: RET504 - returning inside would skip what closing the connections raises
        except Exception:  # noqa: BLE001 - the one place where a bug of ours becomes exit 70 instead of a lost trace
            self._ended = Ended(crash=traceback.format_exc())
            return Failure(cause="local.self_delay", side="local", text="a bug in modtrace ended the run")
        if scope.cancelled_caught:
            return _interrupted(f"--timeout {self._orders.timeout_s:g}", self._waiting())
        return None

    async def _story(self, assembly: Assembly, root: Span) -> Failure | None:
        """Failures end here, inside the nurseries, so that none is wrapped into a group."""
        try:
            await fetch(assembly.kit, root, self._artifacts)
        except StepFailed as failed:
            return failed.failure
        except GoRuleError as error:
            return _refused(error)
        finally:
            self._remember(assembly)
        return None

    def _remember(self, assembly: Assembly) -> None:
        self._shown_artifacts = self._artifacts.as_json(assembly.kit)

    async def _flush_regularly(self) -> None:
        """A killed run keeps everything but the last moment; writing each event at once would delay the packets."""
        while self._journal is not None:
            await trio.sleep(_FLUSH_EVERY_S)
            self._journal.flush()

    async def _watch_signals(self, scope: trio.CancelScope) -> None:
        """The first signal ends the run in order; the second one at once, as the system would."""
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
            async for number in received:
                if self._ended.interrupted_by is not None:
                    signal.signal(number, signal.SIG_DFL)
                    signal.raise_signal(number)
                self._ended = Ended(interrupted_by=signal.Signals(number).name)
                scope.cancel()

    def _waiting(self) -> str:
        waiting = [span.waiting_for[0] for span in self.recorder.open_spans() if span.waiting_for is not None]
        return f" while waiting for {waiting[-1]}" if waiting else ""

    def _begin(self) -> None:
        plan, orders = self.plan, self._orders
        wall = datetime.fromtimestamp(self._world.wall_time_s(), UTC).isoformat(timespec="milliseconds")
        self._keep(
            TraceStarted(
                at_ns=0,
                schema=SCHEMA,
                program=f"modtrace/{VERSION}",
                wall_time=wall.replace("+00:00", "Z"),
                module=orders.module,
                version=orders.query,
                settings=[dict(row) for row in plan.settings] if plan else [],
                vantage=dict(plan.vantage) if plan else {},
            )
        )
        root = self.recorder.span("config.plan", f"{orders.module}@{orders.query}")
        self._root = root
        if plan is not None:
            for remark in plan.proxy_remarks:
                root.note("proxy_remark", **remark._asdict())
            root.set(**plan.attributes)
            root.close(at_ns=self._world.now_ns())

    def _end(self, failure: Failure | None) -> None:
        if self._root is not None and failure is not None:
            self._root.close("failed", failure)
        self._keep(
            TraceEnded(
                at_ns=self._world.now_ns(),
                failure=self.recorder.redacted_failure(failure),
                resolved=self._artifacts.resolved,
                artifacts=self._shown_artifacts,
                interrupted_by=self._ended.interrupted_by,
            )
        )

    def _keep(self, event: Event) -> None:
        self.events.append(event)
        if self._journal is not None:
            self._journal.append(event)


def _refused(error: GoRuleError) -> Failure:
    return Failure(cause=error.cause, side="local", text=error.text, go_text=error.text, where=error.origin)


def _interrupted(by: str, waiting: str) -> Failure:
    return Failure(cause="local.interrupted", side="local", text=f"{by}{waiting}")
