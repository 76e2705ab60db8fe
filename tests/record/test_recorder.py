"""Spans: how they open, what they keep, and the three ways in which they end."""

from itertools import count

import pytest

from modtrace.record.events import Event, SpanClosed, SpanNoted, SpanStarted
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Recorder
from modtrace.record.redaction import MASK, Redactor

REFUSED = Failure(cause="tcp.refused", side="origin", text="closed")


class Bench:
    """A recorder on a clock that ticks once per look."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        ticks = count()
        redactor = Redactor()
        redactor.learn("CANARY")
        self.recorder = Recorder(now_ns=lambda: next(ticks), sink=self.events.append, redactor=redactor)

    @property
    def closed(self) -> list[SpanClosed]:
        return [event for event in self.events if isinstance(event, SpanClosed)]


def test_a_span_opens_notes_and_closes_in_order() -> None:
    bench = Bench()
    with bench.recorder.span("dns.resolve", "goproxy.example", order="files,dns") as span:
        span.note("stray", id=7)
        span.set(addresses=["192.0.2.1"])
    assert bench.events == [
        SpanStarted(
            at_ns=0,
            span=1,
            parent=None,
            phase="dns.resolve",
            subject="goproxy.example",
            attributes={"order": "files,dns"},
        ),
        SpanNoted(at_ns=1, span=1, what="stray", data={"id": 7}),
        SpanClosed(at_ns=2, span=1, outcome="ok", attributes={"addresses": ["192.0.2.1"]}),
    ]


def test_children_know_their_parent_and_numbers_go_up() -> None:
    bench = Bench()
    with bench.recorder.span("module.info", "x") as parent, parent.child("tcp.connect", "y") as child:
        pass
    assert (parent.id, child.id) == (1, 2)
    assert [event.parent for event in bench.events if isinstance(event, SpanStarted)] == [None, 1]
    assert [event.span for event in bench.closed] == [2, 1]


def test_a_failed_step_closes_its_spans_as_failed_and_goes_on_up() -> None:
    bench = Bench()
    with (
        pytest.raises(StepFailed),
        bench.recorder.span("module.info", "x") as parent,
        parent.child("tcp.connect", "y"),
    ):
        raise StepFailed(REFUSED)
    assert [(event.span, event.outcome, event.failure) for event in bench.closed] == [
        (2, "failed", REFUSED),
        (1, "failed", REFUSED),
    ]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, GeneratorExit])
def test_any_other_way_out_abandons_the_span(error: type[BaseException]) -> None:
    bench = Bench()
    with pytest.raises(error), bench.recorder.span("tcp.connect", "x"):
        raise error
    assert [(event.outcome, event.failure) for event in bench.closed] == [("abandoned", None)]


def test_the_first_close_counts() -> None:
    bench = Bench()
    span = bench.recorder.span("tcp.connect", "x")
    span.close("failed", REFUSED, at_ns=1)
    span.close()
    with pytest.raises(ValueError, match="late"), span:
        raise ValueError("late")
    assert bench.closed == [SpanClosed(at_ns=1, span=1, outcome="failed", failure=REFUSED)]
    assert span.was_closed


def test_a_start_is_corrected_by_the_close_and_only_within_what_can_be_true() -> None:
    for at_ns, corrected in ((1, 1), (-5, None), (0, None), (10**9, 1)):
        bench = Bench()
        span = bench.recorder.span("tcp.connect", "x")  # opened at 0
        span.began(at_ns)  # the clock says 1
        span.close()
        assert span.started_ns == (corrected or 0)
        assert bench.closed == [SpanClosed(at_ns=2, span=1, outcome="ok", started_ns=corrected)]
        started = bench.events[0]
        assert isinstance(started, SpanStarted)
        assert started.at_ns == 0


@pytest.mark.parametrize(("at_ns", "ended_ns"), [(None, 3), (2, 2), (0, 1), (99, 3)])
def test_an_end_is_never_before_the_start_nor_in_the_future(at_ns: int | None, ended_ns: int) -> None:
    bench = Bench()
    span = bench.recorder.span("tcp.connect", "x")  # opened at 0
    span.began(1)  # the clock says 1
    assert span.within(at_ns) == min(2, ended_ns)
    span.close(at_ns=at_ns)
    assert [event.at_ns for event in bench.closed] == [ended_ns]


def test_open_spans_are_what_the_run_waits_for_oldest_first() -> None:
    bench = Bench()
    first = bench.recorder.span("module.info", "x")
    second = first.child("tcp.connect", "y")
    assert bench.recorder.open_spans() == [first, second]
    second.close()
    assert bench.recorder.open_spans() == [first]


def test_an_interrupt_closes_children_before_parents() -> None:
    bench = Bench()
    first = bench.recorder.span("module.info", "x")
    first.child("tcp.connect", "y")
    interrupted = Failure(cause="local.interrupted", side="local", text="SIGINT")
    bench.recorder.close_open_spans(interrupted)
    assert [(event.span, event.outcome) for event in bench.closed] == [(2, "abandoned"), (1, "abandoned")]
    assert [event.failure for event in bench.closed] == [interrupted, interrupted]
    assert bench.recorder.open_spans() == []


def test_what_is_awaited_is_for_the_live_progress_only() -> None:
    bench = Bench()
    with bench.recorder.span("tcp.connect", "x") as span:
        span.waiting_for = ("an answer", 30.0)
    assert "answer" not in repr(bench.events)


def test_no_secret_passes_by_any_door() -> None:
    bench = Bench()
    failure = Failure(
        cause="http.unauthorized",
        side="source",
        text="CANARY",
        go_text='Get "https://u:CANARY@h.test"',
        where="https://u:CANARY@h.test",
        details={"CANARY": ["CANARY"]},
    )
    span = bench.recorder.span("http.request", "CANARY", a="CANARY")
    span.note("x", b={"c": "CANARY"})
    span.set(url="https://me:CANARY@h.test/")
    with pytest.raises(StepFailed), span:
        raise StepFailed(failure)
    assert "CANARY" not in repr(bench.events)
    assert repr(bench.events).count(MASK) == 9


def test_a_failure_without_texts_stays_without() -> None:
    redacted = Bench().recorder.redacted_failure(REFUSED)
    assert redacted == REFUSED
    assert Bench().recorder.redacted_failure(None) is None


def test_a_recorder_without_a_redactor_still_knows_secrets_by_their_shape() -> None:
    events: list[Event] = []
    recorder = Recorder(now_ns=lambda: 0, sink=events.append)
    recorder.span("http.request", "https://me:CANARY@h.test")
    assert "CANARY" not in repr(events)
