"""A trace and its findings as the contract's summary document."""

from typing import get_args

from modtrace.diagnosis.verdict import findings_of, verdict_of
from modtrace.record.failures import Json
from modtrace.record.phases import split
from modtrace.record.summary import (
    Artifacts,
    CaptureShown,
    Phase,
    RequestAsked,
    RequestSent,
    SettingShown,
    SumdbArtifact,
    Summary,
    Timing,
    Vantage,
)
from modtrace.record.trace import SpanRecord, Trace

_ORIGINS = get_args(SettingShown.__annotations__["origin"])


def summarize(trace: Trace, *, accepted: frozenset[str] = frozenset()) -> Summary:
    """The whole document; made again from an old trace it is the same."""
    findings = findings_of(trace)
    started, ended = trace.started, trace.ended
    return Summary(
        request=RequestAsked(
            module=started.module, version=started.version, resolved=ended.resolved if ended else None
        ),
        vantage=_vantage(started.vantage),
        settings=[_setting(setting) for setting in started.settings],
        verdict=verdict_of(trace, findings, accepted=accepted),
        findings=findings,
        phases=[_phase(span) for span in trace.spans.values()],
        requests=[_request(span) for span in trace.named("http.request")],
        artifacts=_artifacts(ended.artifacts if ended else {}),
        capture=CaptureShown(kind="off"),
        timing=Timing(wall_s=_seconds(trace.wall_ns)),
    )


def _seconds(ns: int) -> float:
    return round(ns / 1e9, 6)


def _phase(span: SpanRecord) -> Phase:
    layer, name = split(span.phase)
    return Phase(
        span=span.id,
        parent=span.parent,
        layer=layer,
        name=name,
        subject=span.subject,
        start_s=_seconds(span.started_ns),
        duration_s=round(span.duration_s, 6),
        outcome=span.outcome,
        failure=span.failure,
        attributes=span.attributes,
    )


def _request(span: SpanRecord) -> RequestSent:
    status = span.attributes.get("status")
    return RequestSent(
        method=_text(span.attributes.get("method")) or "GET",
        url=_text(span.attributes.get("url")),
        status=status if isinstance(status, int) else None,
        source=_text(span.attributes.get("source")),
        span=span.id,
    )


def _vantage(vantage: dict[str, Json]) -> Vantage:
    return Vantage(
        name=_text(vantage.get("name")),
        resolvers=_texts(vantage.get("resolvers")),
        proxies=_texts(vantage.get("proxies")),
    )


def _setting(setting: dict[str, str]) -> SettingShown:
    origin = setting.get("origin", "")
    return SettingShown(
        name=setting.get("name", ""),
        value=setting.get("value", ""),
        origin=origin if origin in _ORIGINS else "built-in",  # type: ignore[arg-type]
    )


def _artifacts(artifacts: dict[str, Json]) -> Artifacts:
    sumdb = artifacts.get("sumdb")
    shown = None
    if isinstance(sumdb, dict):
        size, record = sumdb.get("tree_size"), sumdb.get("record")
        shown = SumdbArtifact(
            name=_text(sumdb.get("name")),
            tree_size=size if isinstance(size, int) else 0,
            record=record if isinstance(record, int) else 0,
            verified=sumdb.get("verified") is True,
        )
    return Artifacts(
        info=_text(artifacts.get("info")) or None,
        mod=_text(artifacts.get("mod")) or None,
        zip=_text(artifacts.get("zip")) or None,
        sumdb=shown,
    )


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
