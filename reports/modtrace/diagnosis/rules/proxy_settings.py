"""A proxy variable that go ignores or misreads: told before any packet, blamed when the fetch fails at that proxy."""

from collections.abc import Iterable

from modtrace.diagnosis.case import Case, finding
from modtrace.diagnosis.rules.ended_by import go_says
from modtrace.record.causes import Cause
from modtrace.record.failures import Json
from modtrace.record.summary import Evidence, Finding, GoSays, VerdictOutcome

_CAUSES: dict[Json, Cause] = {
    "config.proxy_url_invalid": "config.proxy_url_invalid",
    "config.proxy_scheme_unsupported": "config.proxy_scheme_unsupported",
}
# How a proxy fails that is not the one its writer meant.
_FAILS_THERE = (
    "proxy.unresolved",
    "proxy.unreachable",
    "proxy.silent",
    "proxy.closed",
    "proxy.reset",
    "proxy.not_a_proxy",
)


def proxy_settings(case: Case) -> Iterable[Finding]:
    for span in case.trace.named("config.plan"):
        for note in span.notes:
            cause = _CAUSES.get(note.data.get("cause")) if note.what == "proxy_remark" else None
            if cause is None:
                continue
            variable = str(note.data.get("variable", ""))
            is_sure = note.data.get("is_sure") is not False
            explains = is_sure and _explains(case, variable, span.attributes.get("routes"))
            outcome: VerdictOutcome = "failed" if explains else "ok"
            yield finding(
                "proxy_settings",
                cause=cause,
                outcome=outcome,
                side="local",
                where=variable,
                text=str(note.data.get("text", "")),
                go=go_says(case, case.ending) if explains and case.ending is not None else GoSays(),
                evidence=[Evidence(span=span.id, text=str(note.data.get("text", "")))],
                confidence="certain" if is_sure else "low",
            )


def _explains(case: Case, variable: str, routes: Json) -> bool:
    """The fetch ended at a proxy that this very variable named."""
    failure = case.ending
    if failure is None or not failure.cause.startswith(_FAILS_THERE) or not isinstance(routes, list):
        return False
    return any(
        isinstance(route, dict) and route.get("through") == [failure.where] and variable in str(route.get("rule"))
        for route in routes
    )


RULE = proxy_settings
