"""A trace as it is read back: spans with their notes, in the order of their start. Built from events alone."""

from collections.abc import Iterable, Iterator

import msgspec

from modtrace.record.events import (
    Event,
    Outcome,
    SpanClosed,
    SpanNoted,
    SpanStarted,
    TraceEnded,
    TraceStarted,
    decode,
)
from modtrace.record.failures import Failure, Json
from modtrace.record.limits import TRACE_EVENT_BYTES, TRACE_SPANS_COUNT
from modtrace.record.phases import PhaseName


class TraceDamaged(ValueError):
    """A trace file that can't be read; the text is one line for the user."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something seen inside a span, ``at_ns`` since the trace's start."""

    at_ns: int
    what: str
    data: dict[str, Json]


class SpanRecord(msgspec.Struct, kw_only=True):
    """One span as read back. ``closed_ns`` is ``None`` for a span that a kill cut off."""

    id: int
    parent: int | None
    phase: PhaseName
    subject: str
    started_ns: int
    closed_ns: int | None = None
    outcome: Outcome = "abandoned"
    failure: Failure | None = None
    attributes: dict[str, Json] = {}
    notes: list[Note] = []

    @property
    def duration_s(self) -> float:
        """Seconds; 0 for a span that never closed."""
        return 0.0 if self.closed_ns is None else (self.closed_ns - self.started_ns) / 1e9


class Trace(msgspec.Struct, kw_only=True):
    """A whole run. ``ended`` is ``None`` after a kill; ``damage`` says what was left out while reading."""

    started: TraceStarted
    spans: dict[int, SpanRecord]
    ended: TraceEnded | None = None
    damage: str | None = None

    def children(self, span: int | None) -> Iterator[SpanRecord]:
        """Direct children of a span (or the roots), in order of start."""
        return (record for record in self.spans.values() if record.parent == span)

    def named(self, *phases: PhaseName) -> list[SpanRecord]:
        """All spans of these phases, in order of start."""
        return [record for record in self.spans.values() if record.phase in phases]

    def ancestors(self, record: SpanRecord) -> Iterator[SpanRecord]:
        """The span's parents, nearest first."""
        while record.parent is not None and record.parent in self.spans:
            record = self.spans[record.parent]
            yield record

    @property
    def wall_ns(self) -> int:
        """The last moment that the trace knows of."""
        if self.ended is not None:
            return self.ended.at_ns
        moments = [span.closed_ns or span.started_ns for span in self.spans.values()]
        return max(moments, default=0)


def read_lines(lines: Iterable[bytes]) -> Trace:
    """The trace of ``events.jsonl``'s lines. A torn last line (kill, full disk) is left out and named in ``damage``.

    Raises :class:`TraceDamaged` when there is no readable first event.
    """
    events: list[Event] = []
    damage: str | None = None
    for number, line in enumerate(lines, start=1):
        if len(line) > TRACE_EVENT_BYTES or len(events) > TRACE_SPANS_COUNT * 4:
            damage = f"line {number}: over the limit TRACE_EVENT_BYTES or TRACE_SPANS_COUNT"
            break
        try:
            events.append(decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            damage = f"line {number}: {exc}"
            break
    return from_events(events, damage=damage)


def from_events(events: Iterable[Event], *, damage: str | None = None) -> Trace:
    """Fold events into a trace. Raises :class:`TraceDamaged` when the first is not ``trace_started``."""
    iterator = iter(events)
    first = next(iterator, None)
    if not isinstance(first, TraceStarted):
        raise TraceDamaged(damage or "not a modtrace trace: it does not begin with trace_started")
    trace = Trace(started=first, spans={}, damage=damage)
    for event in iterator:
        _fold(trace, event)
    return trace


def _fold(trace: Trace, event: Event) -> None:
    if isinstance(event, SpanStarted):
        _start(trace, event)
    elif isinstance(event, TraceEnded):
        trace.ended = event
    elif isinstance(event, SpanNoted | SpanClosed):
        record = trace.spans.get(event.span)
        if record is None:
            trace.damage = trace.damage or f"event of an unknown span {event.span}"
        elif isinstance(event, SpanNoted):
            record.notes.append(Note(at_ns=event.at_ns, what=event.what, data=event.data))
        else:
            record.closed_ns = event.at_ns
            record.started_ns = record.started_ns if event.started_ns is None else event.started_ns
            record.outcome = event.outcome
            record.failure = event.failure
            record.attributes.update(event.attributes)


def _start(trace: Trace, event: SpanStarted) -> None:
    """A parent starts before its children, and a number is given once: so no damaged trace makes a circle."""
    if event.span in trace.spans:
        trace.damage = trace.damage or f"span {event.span} starts twice"
        return
    parent = event.parent
    if parent is not None and parent not in trace.spans:
        trace.damage = trace.damage or f"span {event.span} has an unknown parent {parent}"
        parent = None
    trace.spans[event.span] = SpanRecord(
        id=event.span,
        parent=parent,
        phase=event.phase,
        subject=event.subject,
        started_ns=event.at_ns,
        attributes=dict(event.attributes),
        notes=[],
    )
