"""One run: the plan, the record being written, the first packet, the end. What ``modtrace fetch`` wires up.

The first packet leaves before the code of the fetch is loaded (``story``, and trio with it): no trio here.
"""

import signal
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from modtrace.record.events import SCHEMA, Event, TraceEnded, TraceStarted
from modtrace.record.failures import Failure, GoRuleError, Json
from modtrace.record.recorder import Recorder, Span
from modtrace.record.version import VERSION
from modtrace.tracer.firstcontact import begin_ahead
from modtrace.tracer.orders import Orders
from modtrace.tracer.plan import Plan, make_plan
from modtrace.tracer.world.bundle import Bundle, Journal
from modtrace.tracer.world.interface import World

Watcher = Callable[[Recorder], Awaitable[None]]

_ENDING = (signal.SIGINT, signal.SIGTERM)


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
            self._end(refused(self.refusal))

    def execute(self, bundle: Bundle, watcher: Watcher) -> Ended:
        """Fetch. Always leaves a complete record; never raises for what a peer or the disk does."""
        plan, root = self.plan, self._root
        assert plan is not None
        assert root is not None
        self._journal = Journal(bundle)
        for event in self.events:
            self._journal.append(event)
        self._journal.flush()  # without its first event a trace does not load
        try:
            with _signals_held() as release:
                self._begin_ahead(plan, root)
                from modtrace.tracer.assemble import assemble
                from modtrace.tracer.story import Story
                from modtrace.tracer.world.evidence import Evidence

                evidence = Evidence(bundle, keeps_keys=self._orders.keeps_keys)
                told = Story(
                    assemble(plan, self._world, self.recorder, evidence, bundle),
                    root=root,
                    journal=self._journal,
                    watcher=watcher,
                    timeout_s=self._orders.timeout_s,
                    on_ready=release,
                ).tell()
                self._end(told.failure, told.resolved, told.artifacts, told.interrupted_by)
        finally:
            self._world.headstart.close()
            self._journal.close()
            lost = self._journal.lost_bytes
            self._journal = None
        return Ended(interrupted_by=told.interrupted_by, crash=told.crash, lost_bytes=lost)

    def _begin_ahead(self, plan: Plan, root: Span) -> None:
        """The first packets leave, and are in the record even if nothing comes after them."""
        begun = begin_ahead(plan, self._world)
        if begun is not None:
            root.note("headstart", **begun)

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

    def _end(
        self,
        failure: Failure | None,
        resolved: str | None = None,
        artifacts: dict[str, Json] | None = None,
        interrupted_by: str | None = None,
    ) -> None:
        if self._root is not None and failure is not None:
            self._root.close("failed", failure)
        self._keep(
            TraceEnded(
                at_ns=self._world.now_ns(),
                failure=self.recorder.redacted_failure(failure),
                resolved=resolved,
                artifacts=artifacts or {},
                interrupted_by=interrupted_by,
            )
        )

    def _keep(self, event: Event) -> None:
        self.events.append(event)
        if self._journal is not None:
            self._journal.append(event)


def refused(error: GoRuleError) -> Failure:
    """Go's refusal as a failure."""
    return Failure(cause=error.cause, side="local", text=error.text, go_text=error.text, where=error.origin)


@contextmanager
def _signals_held() -> Generator[Callable[[], None]]:
    """A signal that comes while code is loaded waits for whoever ends the run in order: call what this gives then.

    A second one ends the process at once, as the system would.
    """
    held: list[int] = []

    def hold(number: int, _: object) -> None:
        if held:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        held.append(number)

    before = {number: signal.signal(number, hold) or signal.SIG_DFL for number in _ENDING}

    def release() -> None:
        while held:
            signal.raise_signal(held.pop(0))

    try:
        yield release
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        release()
