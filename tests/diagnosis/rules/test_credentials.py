"""A refusal in plain words: which credentials went out, or why none did; and commands that failed unheard."""

import pytest
from tests.builders import Events, fetched

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules.credentials import credentials
from modtrace.diagnosis.verdict import findings_of, verdict_of
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, Json
from modtrace.record.summary import Finding

HOST = "goproxy.example:8443"


def refusal(cause: Cause = "http.unauthorized", **facts: Json) -> Failure:
    details: dict[str, Json] = {"credentials": {"host": HOST, **facts}} if facts else {}
    return Failure(
        cause=cause,
        side="source",
        text=f"{HOST} answered it",
        go_text=f"reading https://{HOST}/x: 401 Unauthorized",
        where=HOST,
        details=details,
    )


def ran(events: Events, text: str = "", *, command: str = "helper -x", hangs: bool = False) -> None:
    failure = None
    if text:
        cause: Cause = "config.goauth_failed.stalled" if hangs else "config.goauth_failed"
        failure = Failure(cause=cause, side="local", text=text, where=command, hangs=hangs)
    events.whole("config.goauth", command, failed=failure)


def found(ending: Failure, *runs: str) -> list[Finding]:
    events = Events()
    for text in runs:
        ran(events, text)
    events.whole("module.info", "x", failed=ending)
    return list(credentials(Case(events.end(failed=ending).trace())))


CASES: list[tuple[dict[str, Json], str, str]] = [
    (
        {"from": "netrc", "key": HOST, "sent": True},
        f"refuses those of the netrc file's entry for {HOST}",
        "check login",
    ),
    (
        {"from": "GOAUTH", "key": HOST, "command": "git /d", "sent": True},
        f"refuses those that the GOAUTH command git /d gave for {HOST}",
        "run git /d by hand",
    ),
    (
        {"from": "URL", "sent": True, "hides": None},
        "refuses the user and password that stand in GOPROXY",
        "check GOPROXY",
    ),
    (
        {"from": "URL", "sent": True, "hides": HOST},
        f"the netrc entry for {HOST} is not used beside them",
        "check GOPROXY",
    ),
    ({"from": "header", "sent": True}, "refuses the Authorization that --header ordered", "check --header"),
    (
        {"from": "netrc", "key": HOST, "sent": False},
        f"go had those for {HOST}, and did not pass them on",
        "ask the operator",
    ),
    ({"from": "URL", "sent": False}, "go had those in GOPROXY, and did not pass them on", "ask the operator"),
    (
        {"from": None, "sent": False, "why_none": "http", "near": None},
        "go sends none over http://",
        f"use https://{HOST}",
    ),
    (
        {"from": None, "sent": False, "why_none": "http", "near": HOST},
        f"(the netrc entry for {HOST} too is for https only)",
        f"use https://{HOST}",
    ),
    ({"from": None, "sent": False, "why_none": "off", "near": None}, "because GOAUTH is off", "go env -u GOAUTH"),
    (
        {"from": None, "sent": False, "why_none": "port", "near": "goproxy.example"},
        f"the netrc file names goproxy.example, which does not fit {HOST}",
        f"machine {HOST} login",
    ),
    (
        {"from": None, "sent": False, "why_none": "not_listed", "near": HOST},
        f"has an entry for {HOST}, and GOAUTH does not list netrc",
        "go env -w GOAUTH='…;netrc'",
    ),
    (
        {"from": None, "sent": False, "why_none": "no_entry", "near": None},
        f"go has none for {HOST}",
        f"machine {HOST} login",
    ),
]


@pytest.mark.parametrize(("facts", "words", "fix"), CASES)
def test_a_refusal_says_what_was_sent_or_why_nothing_was(facts: dict[str, Json], words: str, fix: str) -> None:
    (finding,) = found(refusal(**facts))
    assert finding.summary.startswith(f"{HOST} wants credentials; ")
    assert words in finding.summary
    assert fix in finding.fixes[0].do
    assert (finding.rule, finding.outcome, finding.cause, finding.confidence) == (
        "credentials",
        "failed",
        "http.unauthorized",
        "certain",
    )
    assert finding.go.error == f"reading https://{HOST}/x: 401 Unauthorized"
    assert finding.evidence[0].span == 1


def test_a_403_with_good_credentials_may_be_a_matter_of_rights() -> None:
    (finding,) = found(refusal("http.forbidden", **{"from": "netrc", "key": HOST, "sent": True}))
    assert finding.summary.startswith(f"{HOST} answers 403; it refuses those of the netrc")
    assert [fix.do for fix in finding.fixes][1:] == ["ask for the right to read there"]


def test_a_403_without_any_credentials_in_sight_is_not_about_credentials() -> None:
    facts: dict[str, Json] = {"from": None, "sent": False, "why_none": "no_entry", "near": None}
    assert found(refusal("http.forbidden", **facts)) == []
    assert found(refusal("http.forbidden.redirect_host", **{**facts, "from": "netrc", "key": HOST})) != []


def test_a_403_by_way_of_a_forwarding_proxy_is_not_laid_at_the_servers_door() -> None:
    for cause, is_told in (("http.forbidden", False), ("http.unauthorized", True)):
        ending = refusal(cause, **{"from": None, "sent": False, "why_none": "http", "near": None})  # type: ignore[arg-type]
        ending.details["proxy"] = "http://proxy.test:3128"
        assert bool(found(ending)) is is_told


@pytest.mark.parametrize("ending", [refusal(), refusal("http.not_found", why_none="no_entry", sent=False)])
def test_without_facts_or_with_another_ending_it_says_nothing(ending: Failure) -> None:
    assert found(ending) == []


def test_the_verdict_takes_these_words_before_the_plain_ones() -> None:
    events = Events()
    ending = refusal(**{"from": None, "sent": False, "why_none": "off", "near": None})
    events.whole("module.info", "x", failed=ending)
    trace = events.end(failed=ending).trace()
    findings = findings_of(trace)
    assert [finding.rule for finding in findings] == ["credentials", "ended_by"]
    assert verdict_of(trace, findings).summary == findings[0].summary


def test_a_command_that_failed_is_why_there_was_none() -> None:
    facts: dict[str, Json] = {"from": None, "sent": False, "why_none": "no_entry", "near": None}
    for cause in ("http.unauthorized", "http.forbidden"):
        (finding,) = found(refusal(cause, **facts), "exit status 1", "exit status 2: no")  # type: ignore[arg-type]
        assert finding.summary.endswith(
            "go has none for it, because the GOAUTH command helper -x failed: exit status 2: no"
        )
        assert finding.fixes[0].do == "run helper -x by hand"
        assert [evidence.text for evidence in finding.evidence[1:]] == [
            "helper -x: exit status 1",
            "helper -x: exit status 2: no",
        ]


def test_a_failed_command_that_go_passed_over_is_a_remark_once() -> None:
    remarks = found(refusal("http.not_found"), "exit status 1", "exit status 1", "")
    assert [(remark.cause, remark.outcome, remark.where) for remark in remarks] == [
        ("config.goauth_failed", "ok", "helper -x")
    ]
    assert remarks[0].summary == "the GOAUTH command helper -x gave no credentials: exit status 1"


def test_a_command_without_an_end_is_the_ending_and_no_remark() -> None:
    events = Events()
    ran(events, "it did not end", hangs=True)
    assert list(credentials(Case(events.end().trace()))) == []


def test_a_fetch_that_worked_has_nothing_to_say() -> None:
    assert list(credentials(Case(fetched().trace()))) == []
