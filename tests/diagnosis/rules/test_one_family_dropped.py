"""A fetch that works, but waits for one address family's answer at every look-up."""

from tests.builders import Events, refused

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules.one_family_dropped import one_family_dropped
from modtrace.record.summary import Finding


def found(events: Events) -> list[Finding]:
    return list(one_family_dropped(Case(events.end().trace())))


def test_a_look_up_that_got_both_answers_is_none() -> None:
    events = Events()
    events.whole("dns.resolve", "h.test")
    assert found(events) == []


def test_a_look_up_that_waited_is_a_remark_on_a_fetch_that_worked() -> None:
    events = Events()
    events.whole("dns.resolve", "h.test", ms=9999, slow_family="AAAA")
    (finding,) = found(events)
    assert (finding.cause, finding.outcome, finding.where) == ("dns.one_family_dropped", "ok", "h.test")
    assert finding.evidence[0].text == "AAAA of h.test stayed unanswered; the look-up took 10.0 s"


def test_every_slow_look_up_is_evidence_with_its_own_time() -> None:
    events = Events()
    events.whole("dns.resolve", "a.test", ms=9999, slow_family="AAAA")
    events.whole("dns.resolve", "b.test", ms=4999, slow_family="AAAA")
    (finding,) = found(events)
    assert [evidence.text.rpartition("took ")[2] for evidence in finding.evidence] == ["10.0 s", "5.0 s"]


def test_a_look_up_that_failed_is_left_to_its_own_cause() -> None:
    events = Events()
    events.whole("dns.resolve", "h.test", failed=refused(), slow_family="AAAA")
    assert found(events) == []
