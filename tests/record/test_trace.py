"""A trace folded from events, whole and damaged."""

import pytest
from tests.builders import Events, failed, fetched, refused

from modtrace.record.events import Event, SpanClosed, SpanNoted, SpanStarted, TraceEnded, encode
from modtrace.record.limits import TRACE_EVENT_BYTES
from modtrace.record.trace import TraceDamaged, from_events, read_lines


def lines(events: list[Event]) -> list[bytes]:
    return [encode(event) for event in events]


def test_a_trace_read_from_lines_is_the_trace_of_the_events() -> None:
    events = fetched().events
    read, kept = read_lines(lines(events)), from_events(events)
    assert read == kept
    assert read.damage is None
    assert read.ended is not None


def test_spans_hold_what_their_events_said() -> None:
    events = Events()
    span = events.start("tls.handshake", "h.test", tried=1)
    events.note(span, "record", size=5)
    events.after(8).close(span, failed=refused(), version="TLS 1.3")
    record = events.trace().spans[span]
    assert (record.phase, record.subject, record.outcome) == ("tls.handshake", "h.test", "failed")
    assert record.attributes == {"tried": 1, "version": "TLS 1.3"}
    assert [(note.what, note.data) for note in record.notes] == [("record", {"size": 5})]
    assert record.failure == refused()
    assert record.duration_s == 0.01


def test_a_start_that_the_close_corrects_is_the_spans_start() -> None:
    events = Events()
    span = events.start("tcp.connect", "x")
    opened_ns = events.at_ns
    end = SpanClosed(at_ns=opened_ns + 9_000, span=span, outcome="ok", started_ns=opened_ns + 4_000)
    record = read_lines(lines([*events.events, end])).spans[span]
    assert (record.started_ns, record.closed_ns) == (opened_ns + 4_000, opened_ns + 9_000)


def test_a_span_that_a_kill_cut_off_is_abandoned_and_lasts_no_time() -> None:
    events = Events()
    span = events.start("tcp.connect", "x")
    record = events.trace().spans[span]
    assert (record.outcome, record.closed_ns, record.duration_s) == ("abandoned", None, 0.0)


def test_the_family_of_a_span() -> None:
    events = Events()
    root = events.start("module.info")
    middle = events.start("http.request", parent=root)
    leaf = events.start("tcp.connect", parent=middle)
    trace = events.trace()
    assert [span.id for span in trace.ancestors(trace.spans[leaf])] == [middle, root]
    assert [span.id for span in trace.children(root)] == [middle]
    assert [span.id for span in trace.children(None)] == [root]
    assert [span.id for span in trace.named("http.request", "tcp.connect")] == [middle, leaf]


def test_the_last_moment_is_the_end_or_the_last_thing_seen() -> None:
    events = fetched()
    ended = events.events[-1]
    assert isinstance(ended, TraceEnded)
    assert events.trace().wall_ns == ended.at_ns
    assert from_events(events.events[:-1]).wall_ns == events.events[-2].at_ns
    assert from_events(events.events[:1]).wall_ns == 0


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_torn_last_line_is_left_out_and_named(cut: int) -> None:
    whole = lines(failed().events)
    trace = read_lines([*whole[:-1], whole[-1][:-cut]]) if cut > 1 else read_lines([*whole[:-1], whole[-1][: -cut - 1]])
    assert trace.ended is None
    assert trace.damage is not None
    assert trace.damage.startswith(f"line {len(whole)}: ")


def test_a_missing_newline_at_the_end_is_no_damage() -> None:
    whole = lines(failed().events)
    assert read_lines([*whole[:-1], whole[-1].rstrip(b"\n")]).damage is None


def test_what_stands_after_a_damaged_line_is_left_out() -> None:
    whole = lines(fetched().events)
    trace = read_lines([*whole[:3], b"\xff\xfe\n", *whole[3:]])
    assert trace.damage is not None
    assert trace.damage.startswith("line 4: ")
    assert list(trace.spans) == [1]


def test_an_oversized_line_is_not_parsed() -> None:
    whole = lines(fetched().events)
    note = SpanNoted(at_ns=1, span=1, what="x" * TRACE_EVENT_BYTES)
    trace = read_lines([*whole[:3], encode(note)])
    assert trace.damage == "line 4: over the limit TRACE_EVENT_BYTES or TRACE_SPANS_COUNT"


def test_nesting_beyond_all_measure_is_damage_and_no_crash() -> None:
    line = b'{"event":"span_noted","at_ns":1,"span":1,"what":"x","data":{"a":' + b"[" * 100_000
    assert read_lines([*lines(fetched().events[:2]), line]).damage is not None


@pytest.mark.parametrize("first", [[], [b""], [b"GIF89a"], [b'{"event":"trace_ended","at_ns":1}\n']])
def test_what_does_not_begin_like_a_trace_is_none(first: list[bytes]) -> None:
    with pytest.raises(TraceDamaged):
        read_lines(first)


@pytest.mark.parametrize("stray", [SpanNoted(at_ns=1, span=77, what="x"), SpanClosed(at_ns=1, span=77, outcome="ok")])
def test_an_event_of_an_unknown_span_is_named_as_damage(stray: Event) -> None:
    trace = from_events([*fetched().events, stray])
    assert trace.damage == "event of an unknown span 77"
    assert trace.ended is not None


def test_the_first_damage_is_the_one_that_is_told() -> None:
    stray = SpanNoted(at_ns=1, span=77, what="x")
    trace = from_events([*fetched().events, stray], damage="line 9: torn")
    assert trace.damage == "line 9: torn"


def test_no_trace_makes_a_circle_of_parents() -> None:
    events = Events()
    first = events.start("http.request", "a", parent=2)
    second = events.start("http.request", "b", parent=first)
    again = SpanStarted(at_ns=9, span=first, parent=second, phase="http.request", subject="c")
    trace = from_events([*events.events, again])
    assert trace.damage == "span 1 has an unknown parent 2"
    assert trace.spans[first].parent is None
    assert trace.spans[first].subject == "a"
    assert [span.id for span in trace.ancestors(trace.spans[second])] == [first]


def test_a_span_that_starts_twice_is_damage() -> None:
    again = SpanStarted(at_ns=9, span=1, parent=None, phase="http.request", subject="c")
    assert from_events([*fetched().events, again]).damage == "span 1 starts twice"
