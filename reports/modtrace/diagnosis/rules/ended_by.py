"""The failure that ended the fetch: what the failing step itself could name, in the words of its cause.

A run that was cut short (an interrupt, a way that this release can't follow: ``is_untraced``) is incomplete: what go
itself would have met there is not known.
"""

from collections.abc import Iterable

from modtrace.diagnosis.case import Case, finding
from modtrace.diagnosis.quote import page_text
from modtrace.record.causes import Confidence
from modtrace.record.failures import Failure
from modtrace.record.summary import Evidence, Finding, GoSays, VerdictOutcome
from modtrace.record.trace import SpanRecord


def ended_by(case: Case) -> Iterable[Finding]:
    failure = case.ending
    if failure is None:
        return
    span = case.span_of(failure)
    was_cut_short = _was_cut_short(failure)
    outcome: VerdictOutcome = "incomplete" if was_cut_short else "failed"
    yield finding(
        "ended_by",
        cause=failure.cause,
        outcome=outcome,
        side=failure.side,
        where=failure.where,
        text=failure.text,
        go=go_says(case, failure),
        confidence=_lowered(failure),
        evidence=[Evidence(span=span.id if span else None, text=text) for text in (failure.text, *_own_words(failure))],
    )


def _lowered(failure: Failure) -> Confidence | None:
    """A status that came through a forwarding proxy: who gave it is surer or less sure than the cause's own row."""
    if failure.details.get("is_plain") is False:
        return "medium"  # one weak mark of the proxy's, its name in Server
    if failure.side == "unknown" and failure.details.get("stage") == "status":
        return "medium" if failure.is_not_exist else "low"  # no mark at all; that nothing is there, proxies rarely say
    return None


def _own_words(failure: Failure) -> list[str]:
    """What the proxy itself said of its refusal: headers that are its own, and the page that go drops."""
    if not failure.cause.startswith("proxy."):
        return []
    said, body = failure.details.get("proxy_words"), failure.details.get("body")
    words = [said] if isinstance(said, str) and said else []
    page = page_text(body) if isinstance(body, str) else ""
    return [f"the proxy's own words: {text}" for text in [*words, *([page] if page else [])]]


def go_says(case: Case, failure: Failure) -> GoSays:
    """What go itself prints for the failure that ended the fetch, and when."""
    is_timed = not (failure.hangs or _was_cut_short(failure))
    return GoSays(
        error=failure.go_text,
        after_s=_after_s(case, failure, case.span_of(failure)) if is_timed else None,
        hangs=failure.hangs,
    )


def _was_cut_short(failure: Failure) -> bool:
    return failure.cause == "local.interrupted" or failure.details.get("is_untraced") is True


def _after_s(case: Case, failure: Failure, span: SpanRecord | None) -> float | None:
    """Seconds from the trace's start to go's giving up: our own end, unless our patience ended before go's limit."""
    ended = case.trace.ended
    if ended is None:
        return None
    if ended.go_after_s is not None:
        return ended.go_after_s
    if failure.go_after_s is None:
        return round(ended.at_ns / 1e9, 3)
    started_ns = 0 if span is None else span.started_ns
    return round(started_ns / 1e9 + failure.go_after_s, 3)


RULE = ended_by
