"""What a rule is given, and what it may ask of it."""

import re

import msgspec

from modtrace.diagnosis.wording import wording_of
from modtrace.record.causes import Cause, Confidence, Side, layer_of
from modtrace.record.failures import Failure
from modtrace.record.summary import Evidence, Finding, Fix, GoSays, VerdictOutcome
from modtrace.record.trace import SpanRecord, Trace

_PLACEHOLDER = re.compile(r"\{where\}|\{text\}")


class Case(msgspec.Struct, frozen=True):
    """Everything that is known of one fetch. Packet facts and probes join in later releases."""

    trace: Trace

    @property
    def ending(self) -> Failure | None:
        """The failure that ended the fetch, as go would report it."""
        return self.trace.ended.failure if self.trace.ended else None

    def span_of(self, failure: Failure) -> SpanRecord | None:
        """The innermost span that ended with this failure's cause: the last, deepest one."""
        depths: dict[int | None, int] = {None: 0}
        matches: list[SpanRecord] = []
        for span in self.trace.spans.values():  # parents stand before their children
            depths[span.id] = depths.get(span.parent, 0) + 1
            if span.failure is not None and _is_same(span.failure, failure):
                matches.append(span)
        return max(matches, key=lambda span: (depths[span.id], span.id), default=None)


def _is_same(seen: Failure, ending: Failure) -> bool:
    """The same failure, or the one below it that was reworded on its way up (``details.because``)."""
    below = (ending.details.get("because"), ending.details.get("because_text"))
    return (seen.cause, seen.text) in ((ending.cause, ending.text), below)


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
    text = text.removeprefix(f"{shown}: ")  # the sentence names it already
    return Finding(
        rule=rule,
        outcome=outcome,
        layer=layer_of(cause),
        cause=cause,
        side=side,
        where=where,
        confidence=confidence or words.confidence,
        summary=_filled(words.sentence, shown, text),
        go=go,
        evidence=evidence,
        fixes=fixes
        if fixes is not None
        else [msgspec.structs.replace(fix, do=_filled(fix.do, shown, text)) for fix in words.fixes],
    )


def _filled(sentence: str, where: str, text: str) -> str:
    """Both in one pass: what a stranger wrote is never read as a placeholder."""
    return _PLACEHOLDER.sub(lambda match: where if match[0] == "{where}" else text, sentence)
