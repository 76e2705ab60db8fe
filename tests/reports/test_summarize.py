"""A trace as the summary document."""

import pytest
from tests.builders import Events, failed, fetched, handshake

from modtrace.record.events import TraceEnded, TraceStarted
from modtrace.record.failures import Json
from modtrace.record.summary import Artifacts, RequestSent, Summary
from modtrace.record.trace import from_events, read_lines
from modtrace.reports.summarize import summarize


def started(**more: object) -> TraceStarted:
    return TraceStarted(
        at_ns=0,
        schema="modtrace/1",
        program="modtrace/0",
        wall_time="",
        module="m",
        version="v1",
        **more,  # type: ignore[arg-type]  # two fields, given by name
    )


def summary_of(events: Events) -> Summary:
    return summarize(events.trace())


def test_the_request_is_what_was_asked_and_what_it_became() -> None:
    request = summary_of(fetched()).request
    assert (request.module, request.version, request.resolved) == ("lab.test/hello", "v1.0.0", "v1.0.0")
    assert summary_of(failed()).request.resolved is None


def test_phases_stand_in_order_of_start_in_seconds_from_the_traces_start() -> None:
    phases = summary_of(fetched()).phases
    assert [(phase.layer, phase.name) for phase in phases[:4]] == [
        ("config", "plan"),
        ("dns", "resolve"),
        ("tcp", "connect"),
        ("tls", "handshake"),
    ]
    assert [phase.start_s for phase in phases] == sorted(phase.start_s for phase in phases)
    assert (phases[1].start_s, phases[1].duration_s) == (0.003, 0.003)


def test_requests_are_listed_apart() -> None:
    requests = summary_of(fetched()).requests
    assert [request.url.rpartition(".")[2] for request in requests] == ["info", "mod", "zip"]
    assert requests[0] == RequestSent(
        method="GET",
        url="https://goproxy.example/lab.test/hello/@v/v1.0.0.info",
        status=200,
        source="https://goproxy.example",
        span=requests[0].span,
    )


def test_a_request_that_was_never_answered_has_no_status() -> None:
    events = Events()
    events.start("http.request", "https://goproxy.example/x")
    (request,) = summary_of(events).requests
    assert (request.method, request.url, request.status) == ("GET", "", None)


def test_the_verdict_and_the_findings_are_the_rules() -> None:
    summary = summary_of(handshake("github.com").end())
    assert summary.verdict.outcome == "suspicious"
    assert [finding.rule for finding in summary.findings] == ["intercepted_trusted"]


def test_accepted_causes_reach_the_verdict() -> None:
    accepted = frozenset({"tls.intercepted"})
    assert summarize(handshake("github.com").end().trace(), accepted=accepted).verdict.outcome == "ok"


def test_the_wall_time_is_the_traces() -> None:
    summary = summary_of(Events().after(1499).end())
    assert (summary.timing.wall_s, summary.timing.clock) == (1.5, "monotonic")


def test_this_release_captures_nothing() -> None:
    assert summary_of(fetched()).capture.kind == "off"


def test_a_trace_that_a_kill_cut_off_still_makes_a_document() -> None:
    summary = summarize(from_events(fetched().events[:5]))
    assert summary.verdict.outcome == "incomplete"
    assert summary.artifacts == Artifacts()


def test_the_document_made_again_is_the_same() -> None:
    trace = failed().trace()
    assert summarize(trace) == summarize(trace)


@pytest.mark.parametrize(
    ("origin", "shown"), [("environment", "environment"), ("go env file", "go env file"), ("magic", "built-in")]
)
def test_an_origin_outside_the_contract_is_shown_as_built_in(origin: str, shown: str) -> None:
    trace = from_events([started(settings=[{"name": "GOPROXY", "value": "off", "origin": origin}])])
    (setting,) = summarize(trace).settings
    assert (setting.name, setting.value, setting.origin) == ("GOPROXY", "off", shown)


@pytest.mark.parametrize("vantage", [{}, {"name": 1, "resolvers": "x", "proxies": [1, None]}])
def test_a_vantage_of_damaged_fields_is_an_empty_one(vantage: dict[str, Json]) -> None:
    shown = summarize(from_events([started(vantage=vantage)])).vantage
    assert (shown.name, shown.resolvers, shown.proxies) == ("", [], [])


@pytest.mark.parametrize("sumdb", [None, "text", [], {"tree_size": "9", "record": None, "verified": "yes", "name": 1}])
def test_artifacts_of_damaged_fields_claim_nothing(sumdb: Json) -> None:
    ended = TraceEnded(at_ns=1, artifacts={"info": 1, "mod": "", "zip": None, "sumdb": sumdb})
    artifacts = summarize(from_events([started(), ended])).artifacts
    assert (artifacts.info, artifacts.mod, artifacts.zip) == (None, None, None)
    if artifacts.sumdb is not None:
        shown = artifacts.sumdb
        assert (shown.name, shown.tree_size, shown.record, shown.verified) == ("", 0, 0, False)


def test_a_trace_read_back_makes_the_same_document() -> None:
    from modtrace.record.events import encode

    events = fetched()
    assert summarize(read_lines([encode(event) for event in events.events])) == summarize(events.trace())
