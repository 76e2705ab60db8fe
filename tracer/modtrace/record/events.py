"""What ``events.jsonl`` holds, one line each, as it happens. Every time is ns since the trace's start (monotonic)."""

from typing import Annotated, Literal

import msgspec

from modtrace.record.failures import Failure, Json
from modtrace.record.jsontext import encoded
from modtrace.record.phases import PhaseName

SCHEMA = "modtrace/1"

Outcome = Literal["ok", "failed", "abandoned", "skipped"]
Ns = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
SpanId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class TraceStarted(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="trace_started"):
    """First line. ``wall_time`` is RFC 3339 and the only wall-clock anchor of the trace."""

    at_ns: Ns
    schema: str
    program: str
    wall_time: str
    module: str
    version: str
    settings: list[dict[str, str]] = []
    vantage: dict[str, Json] = {}


class SpanStarted(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="span_started"):
    """A timed piece of work begins. ``parent`` is ``None`` for a root."""

    at_ns: Ns
    span: SpanId
    parent: SpanId | None
    phase: PhaseName
    subject: str
    attributes: dict[str, Json] = {}


class SpanNoted(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="span_noted"):
    """Something seen inside a span: a TLS record, a stray DNS answer, a frame, a decision."""

    at_ns: Ns
    span: SpanId
    what: str
    data: dict[str, Json] = {}


class SpanClosed(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="span_closed"):
    """The span's end. ``attributes`` holds what was learnt since its start; a loser of a race is ``abandoned``.

    ``started_ns`` corrects the start that ``span_started`` gave, where the kernel knew better when the span's first
    packet left.
    """

    at_ns: Ns
    span: SpanId
    outcome: Outcome
    failure: Failure | None = None
    started_ns: Ns | None = None
    attributes: dict[str, Json] = {}


class TraceEnded(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="trace_ended"):
    """Last line of a run that ended by itself or by a signal; missing after a kill."""

    at_ns: Ns
    failure: Failure | None = None
    resolved: str | None = None
    artifacts: dict[str, Json] = {}
    go_after_s: float | None = None
    interrupted_by: str | None = None


Event = TraceStarted | SpanStarted | SpanNoted | SpanClosed | TraceEnded

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """One JSON line, newline included."""
    return encoded(event) + b"\n"


def decode(line: bytes) -> Event:
    """The event of one line; raises ``msgspec.ValidationError`` or ``msgspec.DecodeError`` on damage."""
    return _decoder.decode(line)
