"""From findings to the one verdict, by order and not by cleverness.

What ended the fetch comes first; then suspicion, the more certain before the less; then remarks on a fetch that worked.
"""

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules import RULES
from modtrace.record.causes import LAYERS, Cause, Confidence, refines
from modtrace.record.summary import Finding, GoSays, Verdict, VerdictOutcome
from modtrace.record.trace import Trace

_OUTCOME_ORDER: dict[VerdictOutcome, int] = {"failed": 0, "incomplete": 0, "suspicious": 1, "ok": 2}
_CONFIDENCE_ORDER: dict[Confidence, int] = {"certain": 0, "high": 1, "medium": 2, "low": 3}


def findings_of(trace: Trace) -> list[Finding]:
    """Every rule's findings, most important first."""
    case = Case(trace)
    found = [(rank, finding) for rank, rule in enumerate(RULES) for finding in rule(case)]
    return [finding for _, finding in sorted(found, key=_importance)]


def verdict_of(trace: Trace, findings: list[Finding], *, accepted: frozenset[str] = frozenset()) -> Verdict:
    """The verdict. ``accepted`` causes stay findings but no longer make a fetch suspicious."""
    decisive = next((finding for finding in findings if _decides(finding, accepted)), None)
    if decisive is None or trace.ended is None:  # without an end there is nothing that suspicion could be about
        return _without_finding(trace)
    return Verdict(
        outcome=decisive.outcome,
        layer=decisive.layer,
        cause=decisive.cause,
        side=decisive.side,
        where=decisive.where,
        confidence=decisive.confidence,
        summary=_summary(trace, decisive),
        go=decisive.go,
        evidence=decisive.evidence,
        fixes=decisive.fixes,
    )


def is_accepted(cause: Cause, accepted: frozenset[str]) -> bool:
    """A cause is accepted by its own name or by a shorter one."""
    return any(refines(cause, shorter) for shorter in accepted)


def _decides(finding: Finding, accepted: frozenset[str]) -> bool:
    if finding.outcome == "ok":
        return False
    return finding.outcome != "suspicious" or not is_accepted(finding.cause, accepted)


def _importance(ranked: tuple[int, Finding]) -> tuple[int, int, int, int]:
    """What explains a failure stands before what it was: the earlier rule first, however sure. Else the surer one."""
    rank, finding = ranked
    confidence = _CONFIDENCE_ORDER[finding.confidence]
    ends_the_fetch = _OUTCOME_ORDER[finding.outcome] == 0
    return (
        _OUTCOME_ORDER[finding.outcome],
        *((rank, confidence) if ends_the_fetch else (confidence, rank)),
        -LAYERS.index(finding.layer),
    )


def _without_finding(trace: Trace) -> Verdict:
    if trace.ended is None:
        return Verdict(
            outcome="incomplete",
            layer=None,
            cause=None,
            side="unknown",
            where=None,
            confidence="low",
            summary="the trace has no end: the program was killed, or the disk was full",
            go=GoSays(),
        )
    return Verdict(
        outcome="ok",
        layer=None,
        cause=None,
        side="unknown",
        where=None,
        confidence="certain" if content_is_verified(trace) else "high",
        summary=authenticity(trace),
        go=GoSays(after_s=round(trace.ended.at_ns / 1e9, 3)),
    )


def _summary(trace: Trace, finding: Finding) -> str:
    if finding.outcome != "suspicious":
        return finding.summary
    return f"{finding.summary}; {authenticity(trace)}"


def content_is_verified(trace: Trace) -> bool:
    """Did the checksum database prove both hashes?"""
    sumdb = trace.ended.artifacts.get("sumdb") if trace.ended else None
    return isinstance(sumdb, dict) and sumdb.get("verified") is True


def authenticity(trace: Trace) -> str:
    """The content's authenticity, stated apart from the path's."""
    if content_is_verified(trace):
        return "the module is complete, and the checksum database's proof verifies its content"
    matched_go_sum = trace.ended is not None and trace.ended.artifacts.get("go_sum") == "matched"
    if matched_go_sum:
        return "the module is complete and equals what go.sum recorded; the checksum database was not asked"
    return "the module is complete; nothing verifies its content (the checksum database is off for it)"
