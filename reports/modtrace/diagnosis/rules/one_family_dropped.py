"""One address family's DNS answer never comes: the fetch works, but every look-up waits for it."""

from collections.abc import Iterable

from modtrace.diagnosis.case import Case, finding
from modtrace.record.summary import Evidence, Finding, GoSays


def one_family_dropped(case: Case) -> Iterable[Finding]:
    slow = [
        span for span in case.trace.named("dns.resolve") if span.outcome == "ok" and "slow_family" in span.attributes
    ]
    if not slow:
        return
    family = slow[0].attributes["slow_family"]
    yield finding(
        "one_family_dropped",
        cause="dns.one_family_dropped",
        outcome="ok",
        side="path",
        where=slow[0].subject,
        text=f"no answer to {family}",
        go=GoSays(),
        evidence=[
            Evidence(
                span=span.id,
                text=f"{family} of {span.subject} stayed unanswered; the look-up took {span.duration_s:.1f} s",
            )
            for span in slow
        ],
    )


RULE = one_family_dropped
