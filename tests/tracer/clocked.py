"""A root span on trio's clock: make it inside ``trio.run(…, clock=MockClock(…))``."""

import trio

from modtrace.record.events import Event, SpanClosed, SpanStarted
from modtrace.record.recorder import Recorder, Span


class Clocked:
    """``root`` is open; times count from ``zero``."""

    def __init__(self) -> None:
        self.zero = trio.current_time()
        self.events: list[Event] = []
        self.recorder = Recorder(now_ns=self.now_ns, sink=self.events.append)
        self.root: Span = self.recorder.span("config.plan", "test")

    def now_ns(self) -> int:
        return round((trio.current_time() - self.zero) * 1e9)

    def started(self, phase: str) -> list[SpanStarted]:
        return [event for event in self.events if isinstance(event, SpanStarted) and event.phase == phase]

    def closed(self, phase: str) -> list[SpanClosed]:
        """In the order in which they closed."""
        numbers = {event.span for event in self.events if isinstance(event, SpanStarted) and event.phase == phase}
        return [event for event in self.events if isinstance(event, SpanClosed) and event.span in numbers]
