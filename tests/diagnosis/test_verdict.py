"""One verdict from many findings, by order."""

from itertools import permutations

import pytest
from tests.builders import ARTIFACTS, Events, failed, fetched, handshake, refused

from modtrace.diagnosis.verdict import authenticity, findings_of, is_accepted, verdict_of
from modtrace.record.summary import Verdict
from modtrace.record.trace import Trace


def judged(trace: Trace, *accepted: str) -> Verdict:
    return verdict_of(trace, findings_of(trace), accepted=frozenset(accepted))


def test_a_fetch_in_which_all_is_fine_has_no_layer_and_no_cause() -> None:
    verdict = judged(fetched().trace())
    assert (verdict.outcome, verdict.layer, verdict.cause, verdict.where) == ("ok", None, None, None)
    assert verdict.confidence == "certain"
    assert (verdict.go.error, verdict.go.hangs) == (None, False)
    assert verdict.go.after_s is not None


def test_a_failure_is_the_verdict() -> None:
    verdict = judged(failed().trace())
    assert (verdict.outcome, verdict.layer, verdict.cause) == ("failed", "tcp", "tcp.refused")
    assert verdict.go.error == "dial tcp 192.0.2.1:443: connect: connection refused"


def test_suspicion_is_the_verdict_of_a_fetch_that_worked_and_says_whether_the_content_is_verified() -> None:
    verdict = judged(handshake("github.com").end().trace())
    assert (verdict.outcome, verdict.cause) == ("suspicious", "tls.intercepted.trusted")
    assert verdict.summary.endswith("the module is complete, and the checksum database's proof verifies its content")


def test_a_failure_comes_before_suspicion() -> None:
    trace = handshake("github.com").end(failed=refused()).trace()
    assert [finding.rule for finding in findings_of(trace)] == ["ended_by", "intercepted_trusted"]
    assert judged(trace).cause == "tcp.refused"


def test_a_remark_on_a_fetch_that_worked_is_no_verdict() -> None:
    events = Events()
    events.whole("dns.resolve", "h.test", ms=5000, slow_family="AAAA")
    trace = events.end().trace()
    assert [finding.cause for finding in findings_of(trace)] == ["dns.one_family_dropped"]
    assert judged(trace).outcome == "ok"


def test_the_more_certain_suspicion_comes_first() -> None:
    events = handshake("git.company.com")
    events.whole("tls.handshake", "github.com", sni="github.com", peer="8.8.8.8:443", root_is_public=False)
    found = findings_of(events.end().trace())
    assert [finding.confidence for finding in found] == ["high", "medium"]
    assert found[0].where == "github.com"


def test_the_order_of_findings_does_not_change_the_verdict_once_sorted() -> None:
    trace = handshake("github.com").end(failed=refused()).trace()
    for order in permutations(findings_of(trace)):
        ranked = sorted(order, key=lambda finding: finding.outcome != "failed")
        assert verdict_of(trace, list(ranked)).cause == "tcp.refused"


@pytest.mark.parametrize("accepted", ["tls.intercepted.trusted", "tls.intercepted", "tls"])
def test_an_accepted_suspicion_stays_a_finding_and_no_longer_decides(accepted: str) -> None:
    trace = handshake("github.com").end().trace()
    assert judged(trace, accepted).outcome == "ok"
    assert findings_of(trace)


def test_a_failure_is_never_accepted_away() -> None:
    assert judged(failed().trace(), "tcp.refused").outcome == "failed"


def test_a_longer_name_does_not_accept_a_shorter_cause() -> None:
    assert is_accepted("tls.reset", frozenset({"tls"}))
    assert not is_accepted("tls.reset", frozenset({"tls.reset.injected"}))
    assert not is_accepted("tls.reset", frozenset())


@pytest.mark.parametrize("events", [Events(), handshake("github.com")])
def test_a_trace_without_an_end_is_incomplete_whatever_was_seen(events: Events) -> None:
    verdict = judged(events.trace())
    assert (verdict.outcome, verdict.layer, verdict.cause) == ("incomplete", None, None)
    assert "complete," not in verdict.summary


def test_authenticity_is_claimed_only_where_something_verified_the_content() -> None:
    def said(artifacts: dict[str, object]) -> str:
        return authenticity(Events().end(artifacts=artifacts).trace())  # type: ignore[arg-type]  # JSON by hand

    assert "proof verifies" in said(dict(ARTIFACTS))
    assert "equals what go.sum recorded" in said({"zip": "h1:x", "go_sum": "matched"})
    assert "nothing verifies" in said({"zip": "h1:x"})
    assert "nothing verifies" in said({"sumdb": {"verified": "yes"}})


def test_without_a_proof_an_ok_is_not_certain() -> None:
    assert judged(Events().end(artifacts={"zip": "h1:x"}).trace()).confidence == "high"
