"""The failure that ended the fetch: what the failing step itself could name, in the words of its cause."""

from collections.abc import Iterable

from modtrace.diagnosis.case import Case, finding
from modtrace.record.summary import Evidence, Finding, GoSays, VerdictOutcome


def ended_by(case: Case) -> Iterable[Finding]:
    failure = case.ending
    if failure is None:
        return
    span = case.span_of(failure)
    ended = case.trace.ended
    after_s = failure.go_after_s
    if after_s is None and ended is not None and not failure.hangs:
        after_s = round(ended.at_ns / 1e9, 3)
    was_interrupted = failure.cause == "local.interrupted"
    outcome: VerdictOutcome = "incomplete" if was_interrupted else "failed"
    yield finding(
        "ended_by",
        cause=failure.cause,
        outcome=outcome,
        side=failure.side,
        where=failure.where,
        text=failure.text,
        go=GoSays(
            error=failure.go_text,
            after_s=None if failure.hangs or was_interrupted else after_s,
            hangs=failure.hangs,
        ),
        evidence=[Evidence(span=span.id if span else None, text=failure.text)],
    )


RULE = ended_by
