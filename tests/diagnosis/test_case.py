"""What a rule is given."""

from tests.builders import Events, failed, fetched, refused

from modtrace.diagnosis.case import Case, finding
from modtrace.record.causes import Cause
from modtrace.record.summary import Finding, Fix, GoSays


def made(cause: Cause, *, where: str | None, text: str = "seen", fixes: list[Fix] | None = None) -> Finding:
    return finding(
        "test",
        cause=cause,
        outcome="failed",
        side="origin",
        where=where,
        text=text,
        go=GoSays(),
        evidence=[],
        fixes=fixes,
    )


def test_the_ending_is_the_failure_that_ended_the_trace() -> None:
    assert Case(failed().trace()).ending == refused()
    assert Case(fetched().trace()).ending is None
    assert Case(Events().trace()).ending is None


def test_a_failure_belongs_to_the_innermost_span_that_ended_with_it() -> None:
    case = Case(failed().trace())
    span = case.span_of(refused())
    assert span is not None
    assert span.phase == "tcp.connect"


def test_the_deepest_span_counts_not_the_latest() -> None:
    events = Events()
    outer = events.start("module.info")
    inner = events.whole("tcp.connect", parent=outer, failed=refused())
    events.close(outer, failed=refused())
    events.whole("module.mod", failed=refused())
    found = Case(events.trace()).span_of(refused())
    assert found is not None
    assert found.id == inner


def test_of_two_equal_attempts_the_last_counts() -> None:
    events = Events()
    events.whole("tcp.connect", failed=refused())
    last = events.whole("tcp.connect", failed=refused())
    found = Case(events.trace()).span_of(refused())
    assert found is not None
    assert found.id == last


def test_a_failure_that_no_span_had_has_none() -> None:
    assert Case(fetched().trace()).span_of(refused()) is None


def test_a_finding_speaks_in_the_words_of_its_cause() -> None:
    found = made("tcp.refused", where="192.0.2.1:443")
    assert found.summary == "192.0.2.1:443 refuses the connection"
    assert (found.layer, found.confidence) == ("tcp", "certain")
    assert found.fixes


def test_without_a_place_it_is_the_server() -> None:
    assert made("tcp.refused", where=None).summary == "the server refuses the connection"


def test_what_a_stranger_wrote_is_never_a_placeholder() -> None:
    found = made("tls.alert", where="{text}{where}", text="{where}")
    assert found.summary == "{text}{where} ended the TLS handshake with an alert: {where}"
    assert found.fixes[0].do == "ask the operator of {text}{where}"


def test_a_rule_may_bring_its_own_fixes() -> None:
    own = Fix(do="x", because="y")
    assert made("tcp.refused", where=None, fixes=[own]).fixes == [own]
    assert made("tcp.refused", where=None, fixes=[]).fixes == []


def test_a_place_that_the_text_begins_with_is_named_once() -> None:
    found = made("proxy.denied", where="http://p.test:1", text="http://p.test:1: it answers with 403")
    assert found.summary == "the proxy http://p.test:1 refuses to go to this host: it answers with 403"
