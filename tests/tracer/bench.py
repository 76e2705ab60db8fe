"""A root span on a clock that stands still, and what was recorded below it."""

from modtrace.record.events import Event, SpanClosed, SpanNoted, SpanStarted
from modtrace.record.failures import Failure, Json
from modtrace.record.recorder import Recorder, Span


class Bench:
    """``root`` is open; ask for what happened below it by phase."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.recorder = Recorder(now_ns=lambda: 0, sink=self.events.append)
        self.root: Span = self.recorder.span("config.plan", "test")

    def started(self, phase: str) -> list[SpanStarted]:
        return [event for event in self.events if isinstance(event, SpanStarted) and event.phase == phase]

    def closed(self, phase: str) -> list[SpanClosed]:
        """In the order in which they closed."""
        numbers = {event.span for event in self.started(phase)}
        return [event for event in self.events if isinstance(event, SpanClosed) and event.span in numbers]

    def failures(self, phase: str) -> list[Failure | None]:
        return [event.failure for event in self.closed(phase)]

    def noted(self, what: str) -> list[dict[str, Json]]:
        return [event.data for event in self.events if isinstance(event, SpanNoted) and event.what == what]
