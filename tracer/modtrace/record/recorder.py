"""Turns work into events: spans that open, note, and close. The clock and the sink are given, so it is pure.

``Span`` is a context manager: :class:`StepFailed` closes it as failed, any other way out (a lost race, a cancelled
scope, an interrupt) as abandoned. Every string passes the redactor on its way in.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec

from modtrace.record.events import Event, Outcome, SpanClosed, SpanNoted, SpanStarted
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.limits import RECORDED_TEXT_CHARS
from modtrace.record.phases import PhaseName
from modtrace.record.redaction import Redactor


class Recorder:
    """Numbers the spans and hands redacted events to ``sink``, in the order in which they happened."""

    def __init__(
        self, *, now_ns: Callable[[], int], sink: Callable[[Event], None], redactor: Redactor | None = None
    ) -> None:
        self.now_ns = now_ns
        self.redactor = redactor or Redactor()
        self._sink = sink
        self._next_span = 1
        self._open: dict[int, Span] = {}

    def span(
        self,
        phase: PhaseName,
        subject: str,
        *,
        parent: "Span | None" = None,
        at_ns: int | None = None,
        **attributes: Json,
    ) -> "Span":
        """Open a span now, or where its work began (``at_ns``). Close it by ``with``, or by :meth:`Span.close`."""
        span = Span(self, self._next_span, parent, phase, subject, self.now_ns() if at_ns is None else at_ns)
        self._next_span += 1
        self._open[span.id] = span
        self.emit(
            SpanStarted(
                at_ns=span.opened_ns,
                span=span.id,
                parent=parent.id if parent else None,
                phase=phase,
                subject=self.redactor.text(subject),
                attributes=self._redacted(attributes),
            )
        )
        return span

    def emit(self, event: Event) -> None:
        """Pass an already redacted event on."""
        self._sink(event)

    def open_spans(self) -> list["Span"]:
        """Spans not yet closed, oldest first: what the run is waiting for."""
        return list(self._open.values())

    def close_open_spans(self, failure: Failure) -> None:
        """At the end of an interrupted run: children before parents, as abandoned, with the interrupt as failure."""
        for span in reversed(self.open_spans()):
            span.close("abandoned", failure)

    def note(self, span: "Span", what: str, data: dict[str, Json]) -> None:
        self.emit(SpanNoted(at_ns=self.now_ns(), span=span.id, what=what, data=self._redacted(data)))

    def closed(self, span: "Span", at_ns: int, outcome: Outcome, failure: Failure | None) -> None:
        self._open.pop(span.id, None)
        self.emit(
            SpanClosed(
                at_ns=at_ns,
                span=span.id,
                outcome=outcome,
                failure=self.redacted_failure(failure),
                started_ns=span.started_ns if span.started_ns > span.opened_ns else None,
                attributes=self._redacted(span.attributes),
            )
        )

    def redacted_failure(self, failure: Failure | None) -> Failure | None:
        """The failure with every text of it redacted."""
        if failure is None:
            return None
        text = self._text
        return msgspec.structs.replace(
            failure,
            text=text(failure.text),
            go_text=None if failure.go_text is None else text(failure.go_text),
            where=None if failure.where is None else text(failure.where),
            details=self._redacted(failure.details),
        )

    def _redacted(self, data: dict[str, Json]) -> dict[str, Json]:
        return {self.redactor.text(key): self._bounded(self.redactor.value(value)) for key, value in data.items()}

    def _text(self, text: str) -> str:
        return _cut(self.redactor.text(_cut(text)))

    def _bounded(self, value: Json) -> Json:
        """No event outgrows what a reader takes (``TRACE_EVENT_BYTES``): evidence stands in full in its own files."""
        return _cut(value) if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= RECORDED_TEXT_CHARS else text[:RECORDED_TEXT_CHARS] + "…"


class Span:
    """One timed piece of work. ``attributes`` set before the close are recorded with it."""

    def __init__(
        self,
        recorder: Recorder,
        number: int,
        parent: "Span | None",
        phase: PhaseName,
        subject: str,
        started_ns: int,
    ) -> None:
        self.recorder = recorder
        self.id = number
        self.parent = parent
        self.phase = phase
        self.subject = subject
        self.opened_ns = self.started_ns = started_ns
        self.attributes: dict[str, Json] = {}
        self.waiting_for: tuple[str, float | None] | None = None
        """What a silent peer owes us, and after how many seconds from the span's start go would give up (None: never).
        Read by the live progress; not recorded."""
        self.was_closed = False

    def child(self, phase: PhaseName, subject: str, at_ns: int | None = None, /, **attributes: Json) -> "Span":
        """A span inside this one, which begins now or began at ``at_ns``."""
        return self.recorder.span(phase, subject, parent=self, at_ns=at_ns, **attributes)

    def note(self, what: str, **data: Json) -> None:
        """Record something seen inside this span, now."""
        self.recorder.note(self, what, data)

    def set(self, **attributes: Json) -> None:
        """Learn attributes; they are written when the span closes."""
        self.attributes.update(attributes)

    def began(self, at_ns: int) -> None:
        """Correct the start, once its packet's time is known: never before the opening, never in the future."""
        self.started_ns = max(self.opened_ns, min(at_ns, self.recorder.now_ns()))

    def within(self, at_ns: int | None) -> int:
        """``at_ns``, but neither before the span's start nor in the future; now for ``None``."""
        now_ns = self.recorder.now_ns()
        return now_ns if at_ns is None else max(self.started_ns, min(at_ns, now_ns))

    def close(self, outcome: Outcome = "ok", failure: Failure | None = None, *, at_ns: int | None = None) -> None:
        """Close once; later calls are ignored, so that a finished span survives the unwinding around it.

        ``at_ns``: when it really ended, which may have been known only later (see :meth:`within`).
        """
        if self.was_closed:
            return
        self.was_closed = True
        self.recorder.closed(self, self.within(at_ns), outcome, failure)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc is None:
            self.close()
        elif isinstance(exc, StepFailed):
            self.close("failed", exc.failure)
        else:
            self.close("abandoned")
