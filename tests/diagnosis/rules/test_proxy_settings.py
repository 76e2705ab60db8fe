"""A misread proxy variable: a remark on a fetch that works, the verdict on one that fails at that proxy."""

import pytest
from tests.builders import Events

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules.proxy_settings import proxy_settings
from modtrace.diagnosis.verdict import findings_of, verdict_of
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, Json
from modtrace.record.summary import Finding

SHOWN = "socks://p.test:"
RULE = "HTTPS_PROXY names the proxy of https URLs"


def failure(cause: Cause, where: str = SHOWN) -> Failure:
    return Failure(cause=cause, side="proxy", text="no", go_text="go's words", where=where)


def trace(
    ending: Failure | None = None,
    *,
    is_sure: bool = True,
    cause: Json = "config.proxy_scheme_unsupported",
    variable: str = "HTTPS_PROXY",
    through: list[Json] | None = None,
    rule: str = RULE,
) -> Events:
    events = Events()
    plan = events.start("config.plan", "lab.test/hello@v1.0.0")
    events.note(
        plan, "proxy_remark", variable=variable, cause=cause, text="go does not know the scheme socks", is_sure=is_sure
    )
    route: Json = {"target": "https://h.test:443", "through": [SHOWN] if through is None else through, "rule": rule}
    events.close(plan, routes=[route])
    return events.end(failed=ending)


def found(events: Events) -> list[Finding]:
    return list(proxy_settings(Case(events.trace())))


def test_on_a_fetch_that_works_it_is_a_remark() -> None:
    (finding,) = found(trace())
    assert (finding.outcome, finding.cause) == ("ok", "config.proxy_scheme_unsupported")
    assert (finding.where, finding.side, finding.go.error) == ("HTTPS_PROXY", "local", None)


@pytest.mark.parametrize(
    "cause",
    [
        "proxy.unresolved",
        "proxy.unreachable.refused",
        "proxy.silent",
        "proxy.closed",
        "proxy.reset",
        "proxy.not_a_proxy",
    ],
)
def test_it_explains_a_failure_at_the_proxy_that_it_names(cause: Cause) -> None:
    events = trace(failure(cause))
    (finding,) = found(events)
    assert (finding.outcome, finding.go.error) == ("failed", "go's words")
    verdict = verdict_of(events.trace(), findings_of(events.trace()))
    assert (verdict.cause, verdict.layer) == ("config.proxy_scheme_unsupported", "config")


@pytest.mark.parametrize(
    "events",
    [
        trace(failure("proxy.denied")),
        trace(failure("tls.hello_unanswered", "h.test:443")),
        trace(failure("proxy.silent", "http://other.test:1")),
        trace(failure("proxy.silent"), variable="HTTP_PROXY"),
        trace(failure("tcp.unanswered"), through=[], rule="HTTPS_PROXY cannot be parsed: direct connection"),
    ],
)
def test_what_failed_elsewhere_is_not_explained_by_it(events: Events) -> None:
    assert [finding.outcome for finding in found(events)] == ["ok"]


def test_a_guess_is_never_the_verdict() -> None:
    (finding,) = found(trace(failure("proxy.unreachable.refused"), is_sure=False))
    assert (finding.outcome, finding.confidence) == ("ok", "low")


def test_what_only_curl_reads_otherwise_is_no_finding() -> None:
    assert found(trace(cause=None)) == []
    assert found(trace(cause="made.up")) == []
