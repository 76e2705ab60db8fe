"""A source that refuses: were credentials sent, from where, or why were there none? And commands of GOAUTH that failed.

All of it is go's own rule, told by the fetch itself (``details["credentials"]``): nothing here is guessed.
"""

from collections.abc import Iterable, Mapping

import msgspec

from modtrace.diagnosis.case import Case, finding
from modtrace.diagnosis.rules.ended_by import ended_by
from modtrace.record.causes import refines
from modtrace.record.failures import Failure, Json
from modtrace.record.summary import Evidence, Finding, Fix, GoSays
from modtrace.record.trace import SpanRecord

_REFUSALS = ("http.unauthorized", "http.forbidden")
Told = tuple[str, tuple[Fix, ...]]


def credentials(case: Case) -> Iterable[Finding]:
    runs = case.trace.named("config.goauth")
    failed = list({(span.subject, _reason(span)): span for span in runs if span.failure is not None}.values())
    refused = list(_refused(case, failed))
    yield from refused
    if not refused:
        yield from _passed_over(failed)


def _refused(case: Case, failed: list[SpanRecord]) -> Iterable[Finding]:
    ending = case.ending
    if ending is None or not any(refines(ending.cause, cause) for cause in _REFUSALS):
        return
    if "proxy" in ending.details and ending.cause != "http.unauthorized":
        return  # a forwarding proxy may have said it: a 403 is then not known to be the server's
    facts = ending.details.get("credentials")
    told = _told(facts, ending, failed) if isinstance(facts, dict) else None
    if told is None:
        return
    sentence, fixes = told
    evidence = [Evidence(span=span.id, text=f"{span.subject}: {_reason(span)}") for span in failed]
    for base in ended_by(case):
        yield msgspec.structs.replace(
            base,
            rule="credentials",
            summary=f"{_subject(ending)} {sentence}",
            evidence=[*base.evidence, *evidence],
            fixes=list(fixes),
        )


def _subject(ending: Failure) -> str:
    verb = "wants credentials" if ending.cause == "http.unauthorized" else "answers 403"
    return f"{ending.where or 'the server'} {verb};"


def _told(facts: Mapping[str, Json], ending: Failure, failed: list[SpanRecord]) -> Told | None:
    if facts.get("sent") is True:
        return _refused_ones(facts, ending)
    if facts.get("from") is not None:
        return _dropped(facts, ending)
    return _missing(facts, ending, failed)


def _refused_ones(facts: Mapping[str, Json], ending: Failure) -> Told:
    """They went out, and were not good enough."""
    key, command = facts.get("key"), facts.get("command")
    right = "ask for the right to read there" if ending.cause != "http.unauthorized" else ""
    match facts.get("from"):
        case "netrc":
            return f"it refuses those of the netrc file's entry for {key}", _fixes(
                f"check login and password of the netrc line that says machine {key}", "go sent exactly these", right
            )
        case "GOAUTH":
            return f"it refuses those that the GOAUTH command {command} gave for {key}", _fixes(
                f"run {command} by hand and try what it prints", "go sent exactly that", right
            )
        case "URL":
            hidden = facts.get("hides")
            beside = f"; the netrc entry for {hidden} is not used beside them" if hidden else ""
            return f"it refuses the user and password that stand in GOPROXY{beside}", _fixes(
                "check GOPROXY, or take the part before the @ out of it",
                "go uses netrc and GOAUTH for a URL without a user only",
                right,
            )
        case _:
            return "it refuses the Authorization that --header ordered", _fixes(
                "check --header", "modtrace sent exactly that; go itself would not have it", right
            )


def _dropped(facts: Mapping[str, Json], ending: Failure) -> Told:
    """They were there for the first URL, and a redirect led away from it."""
    whose = "those in GOPROXY" if facts.get("from") == "URL" else f"those for {facts.get('key')}"
    return f"go had {whose}, and did not pass them on when it was redirected to {ending.where}", _fixes(
        f"ask the operator of {facts.get('host')} why it redirects there",
        "go looks credentials up for the first URL of a request, and drops them when the host changes; "
        "no setting of yours can change that",
    )


def _missing(facts: Mapping[str, Json], ending: Failure, failed: list[SpanRecord]) -> Told | None:
    host, near = facts.get("host"), facts.get("near")
    line = f"machine {host} login … password …"
    match facts.get("why_none"):
        case "http":
            beside = f" (the netrc entry for {near} too is for https only)" if near else ""
            return f"go sends none over http://{beside}", _fixes(
                f"use https://{host} in GOPROXY", "go gives the credentials of netrc and GOAUTH to https:// only"
            )
        case "off":
            return "go sends none, because GOAUTH is off", _fixes("go env -u GOAUTH", "go then reads netrc again")
        case "port":
            return f"the netrc file names {near}, which does not fit {host}", _fixes(
                f"write the line as: {line}", "the port belongs to the machine's name, as it stands in the URL"
            )
        case "not_listed":
            return f"the netrc file has an entry for {near}, and GOAUTH does not list netrc", _fixes(
                "go env -w GOAUTH='…;netrc'", "with a GOAUTH of your own, go reads netrc only where it is listed"
            )
        case _ if failed:
            return (
                f"go has none for it, because the GOAUTH command {failed[-1].subject} failed: {_reason(failed[-1])}",
                _fixes(
                    f"run {failed[-1].subject} by hand", "go says nothing of its failures, unless it is run with -x"
                ),
            )
        case _ if ending.cause == "http.unauthorized":
            return f"go has none for {host}", _fixes(
                f"put a line into the netrc file: {line}", "go reads it there; GOAUTH can name a command instead"
            )
        case _:
            return None


def _fixes(do: str, because: str, ask: str = "") -> tuple[Fix, ...]:
    first = Fix(do=do, because=because)
    return (first, Fix(do=ask, because="a 403 often means: known, and not allowed")) if ask else (first,)


def _passed_over(failed: list[SpanRecord]) -> Iterable[Finding]:
    """go says nothing of these; who expected their credentials to be sent should know."""
    for span in failed:
        failure = span.failure
        if failure is None or failure.hangs:
            continue
        yield finding(
            "credentials",
            cause="config.goauth_failed",
            outcome="ok",
            side="local",
            where=failure.where,
            text=failure.text,
            go=GoSays(),
            evidence=[Evidence(span=span.id, text=failure.text)],
        )


def _reason(span: SpanRecord) -> str:
    return "" if span.failure is None else span.failure.text


RULE = credentials
