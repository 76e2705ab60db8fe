"""What a rule is given, and what it may ask of it."""

import msgspec

from modtrace.diagnosis.wording import wording_of
from modtrace.record.causes import Cause, Confidence, Side, layer_of
from modtrace.record.failures import Failure
from modtrace.record.summary import Evidence, Finding, Fix, GoSays, VerdictOutcome
from modtrace.record.trace import SpanRecord, Trace


class Case(msgspec.Struct, frozen=True):
    """Everything that is known of one fetch. Packet facts and probes join in later releases."""

    trace: Trace

    @property
    def ending(self) -> Failure | None:
        """The failure that ended the fetch, as go would report it."""
        return self.trace.ended.failure if self.trace.ended else None

    def span_of(self, failure: Failure) -> SpanRecord | None:
        """The innermost span that ended with this failure's cause: the last, deepest one."""
        matches = [
            span
            for span in self.trace.spans.values()
            if span.failure is not None and span.failure.cause == failure.cause and span.failure.text == failure.text
        ]
        return max(matches, key=lambda span: (sum(1 for _ in self.trace.ancestors(span)), span.id), default=None)


def finding(
    rule: str,
    *,
    cause: Cause,
    outcome: VerdictOutcome,
    side: Side,
    where: str | None,
    text: str,
    go: GoSays,
    evidence: list[Evidence],
    confidence: Confidence | None = None,
    fixes: list[Fix] | None = None,
) -> Finding:
    """A finding in the words of the cause's row."""
    words = wording_of(cause)
    shown = where or "the server"
    return Finding(
        rule=rule,
        outcome=outcome,
        layer=layer_of(cause),
        cause=cause,
        side=side,
        where=where,
        confidence=confidence or words.confidence,
        summary=words.sentence.replace("{where}", shown).replace("{text}", text),
        go=go,
        evidence=evidence,
        fixes=fixes
        if fixes is not None
        else [msgspec.structs.replace(fix, do=fix.do.replace("{where}", shown)) for fix in words.fixes],
    )
