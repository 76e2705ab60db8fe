"""Another root for a tree size seen before: the rule points at it even when go is content."""

import pytest
from tests.builders import Events, fetched

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules.sumdb_two_histories import sumdb_two_histories
from modtrace.diagnosis.verdict import findings_of, verdict_of
from modtrace.record.failures import Json
from modtrace.record.phases import PhaseName


def proven(relation: Json, *, what: str = "own_anchor", phase: PhaseName = "sumdb.proof") -> Events:
    events = Events()
    span = events.start(phase, "lab.test/hello@v1.0.0", database="sum.example")
    events.note(span, what, relation=relation)
    events.close(span)
    return events.end()


def test_a_contradiction_is_suspicious_and_says_whose() -> None:
    (finding,) = sumdb_two_histories(Case(proven("contradicts").trace()))
    assert (finding.rule, finding.outcome, finding.cause) == (
        "sumdb_two_histories",
        "suspicious",
        "sumdb.inconsistent",
    )
    assert finding.where == "sum.example"
    assert (finding.go.error, finding.go.hangs) == (None, False), "go itself has not noticed"
    assert [evidence.span for evidence in finding.evidence] == [1]


@pytest.mark.parametrize("relation", ["first", "equal", "newer", "older", "unreadable", None, True])
def test_every_other_relation_is_no_finding(relation: Json) -> None:
    assert list(sumdb_two_histories(Case(proven(relation).trace()))) == []


def test_only_the_proofs_own_note_counts() -> None:
    assert list(sumdb_two_histories(Case(proven("contradicts", what="else").trace()))) == []
    assert list(sumdb_two_histories(Case(proven("contradicts", phase="sumdb.tile").trace()))) == []
    assert list(sumdb_two_histories(Case(fetched().trace()))) == []


def test_each_contradicting_proof_is_found() -> None:
    events = Events()
    for number in range(2):
        span = events.start("sumdb.proof", f"m@v1.0.{number}", database=f"sum{number}.example")
        events.note(span, "own_anchor", relation="contradicts")
        events.close(span)
    assert [finding.where for finding in sumdb_two_histories(Case(events.end().trace()))] == [
        "sum0.example",
        "sum1.example",
    ]


def test_it_turns_a_good_fetch_into_a_suspicious_one() -> None:
    trace = proven("contradicts").trace()
    verdict = verdict_of(trace, findings_of(trace))
    assert (verdict.outcome, verdict.cause) == ("suspicious", "sumdb.inconsistent")
