"""The failure that ended the fetch, as a finding."""

import msgspec
import pytest
from tests.builders import Events, failed, fetched, refused

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules.ended_by import ended_by
from modtrace.record.causes import Side
from modtrace.record.failures import Failure
from modtrace.record.summary import Finding

UNTRACED = [
    Failure(
        cause="vcs.failed", side="local", text="go would ask git", where="lab.test/x", details={"is_untraced": True}
    ),
    Failure(
        cause="config.proxy_scheme_unsupported",
        side="local",
        text="a proxy stands there",
        details={"is_untraced": True},
    ),
]


def found(events: Events) -> Finding:
    (finding,) = ended_by(Case(events.trace()))
    return finding


def ended_with(failure: Failure) -> Finding:
    events = Events()
    events.whole("module.info", "x", failed=failure)
    return found(events.end(failed=failure))


def test_a_fetch_that_worked_and_one_without_an_end_have_none() -> None:
    assert list(ended_by(Case(fetched().trace()))) == []
    assert list(ended_by(Case(Events().trace()))) == []


def test_it_says_what_the_failing_step_said() -> None:
    finding = found(failed())
    assert (finding.rule, finding.outcome, finding.cause, finding.side) == (
        "ended_by",
        "failed",
        "tcp.refused",
        "origin",
    )
    assert finding.where == "192.0.2.1:443"
    assert finding.go.error == "dial tcp 192.0.2.1:443: connect: connection refused"
    assert not finding.go.hangs


def test_its_evidence_is_the_innermost_span() -> None:
    (evidence,) = found(failed()).evidence
    assert (evidence.span, evidence.text) == (3, "connect to 192.0.2.1:443: connection refused")


def test_a_failure_of_no_span_still_has_its_evidence() -> None:
    (evidence,) = found(Events().end(failed=refused())).evidence
    assert evidence.span is None


def test_go_gives_up_when_we_did() -> None:
    assert found(Events().after(2499).end(failed=refused())).go.after_s == 2.5


def test_where_our_patience_ended_first_gos_own_limit_counts_from_the_failing_steps_start() -> None:
    slow = msgspec.structs.replace(refused(), go_after_s=30.0)
    events = Events().after(999)
    events.whole("tcp.connect", "x", ms=500, failed=slow)
    assert found(events.end(failed=slow)).go.after_s == 31.0


def test_the_traces_own_word_on_gos_time_counts_most() -> None:
    assert found(Events().end(failed=refused(), go_after_s=12.5)).go.after_s == 12.5


def test_where_go_hangs_it_says_nothing_and_never_gives_up() -> None:
    go = ended_with(Failure(cause="http.head_stalled", side="origin", text="silence", hangs=True)).go
    assert (go.error, go.after_s, go.hangs) == (None, None, True)


def test_an_interrupted_run_is_incomplete() -> None:
    finding = ended_with(Failure(cause="local.interrupted", side="local", text="SIGINT"))
    assert finding.outcome == "incomplete"
    assert finding.go.after_s is None


@pytest.mark.parametrize("failure", UNTRACED, ids=lambda failure: failure.cause)
def test_a_way_that_this_release_cannot_follow_is_incomplete(failure: Failure) -> None:
    finding = ended_with(failure)
    assert (finding.outcome, finding.cause) == ("incomplete", failure.cause)
    assert (finding.go.error, finding.go.after_s, finding.go.hangs) == (None, None, False)


@pytest.mark.parametrize("value", [False, None, "yes", 1])
def test_only_a_plain_true_makes_it_untraced(value: bool | str | int | None) -> None:
    failure = msgspec.structs.replace(UNTRACED[0], details={"is_untraced": value})
    assert ended_with(failure).outcome == "failed"


def test_a_proxys_own_words_are_quoted() -> None:
    failure = Failure(
        cause="proxy.denied",
        side="proxy",
        text="it answers CONNECT with 403",
        details={"proxy_words": "X-Squid-Error: ERR_ACCESS_DENIED 0", "body": "<p>Blocked by <b>policy 7</b></p>"},
    )
    assert [evidence.text for evidence in ended_with(failure).evidence] == [
        "it answers CONNECT with 403",
        "the proxy's own words: X-Squid-Error: ERR_ACCESS_DENIED 0",
        "the proxy's own words: Blocked by policy 7",
    ]


def test_a_module_servers_page_is_not_the_proxys_words() -> None:
    failure = Failure(cause="http.forbidden", side="source", text="403", details={"body": "no"})
    assert [evidence.text for evidence in ended_with(failure).evidence] == ["403"]


@pytest.mark.parametrize(
    ("side", "is_not_exist", "confidence"),
    [("source", False, "certain"), ("unknown", False, "low"), ("unknown", True, "medium")],
)
def test_a_status_that_proxy_or_server_may_have_given_accuses_neither(
    side: Side, is_not_exist: bool, confidence: str
) -> None:
    failure = Failure(
        cause="http.forbidden", side=side, text="403", is_not_exist=is_not_exist, details={"stage": "status"}
    )
    assert ended_with(failure).confidence == confidence


@pytest.mark.parametrize(("is_plain", "confidence"), [(True, "certain"), (False, "medium")])
def test_a_weak_mark_of_the_proxys_lowers_the_confidence(is_plain: bool, confidence: str) -> None:
    failure = Failure(cause="proxy.denied", side="proxy", text="403", details={"is_plain": is_plain})
    assert ended_with(failure).confidence == confidence
