"""``summary.json`` and ``fetch --json``: the contract's section 2 as structs. Times: seconds from the trace's start."""

from typing import Literal

import msgspec

from modtrace.record.causes import Cause, Confidence, Layer, Side
from modtrace.record.events import SCHEMA, Outcome
from modtrace.record.failures import Failure, Json
from modtrace.record.jsontext import encoded

VerdictOutcome = Literal["ok", "failed", "suspicious", "incomplete"]


class GoSays(msgspec.Struct, frozen=True, kw_only=True):
    """What go prints for this, and when it gives up or succeeds; ``error`` is null when it succeeds or hangs."""

    error: str | None = None
    after_s: float | None = None
    hangs: bool = False


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A pointer to where it was seen: a span, frames of the capture."""

    text: str
    span: int | None = None
    frames: list[int] = []


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """A command or setting to try, why, and what protection or speed it gives up."""

    do: str
    because: str
    costs: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The one conclusion."""

    outcome: VerdictOutcome
    layer: Layer | None
    cause: Cause | None
    side: Side
    where: str | None
    confidence: Confidence
    summary: str
    go: GoSays
    evidence: list[Evidence] = []
    fixes: list[Fix] = []


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's conclusion: the shape of a verdict, with the rule's id."""

    rule: str
    outcome: VerdictOutcome
    layer: Layer
    cause: Cause
    side: Side
    where: str | None
    confidence: Confidence
    summary: str
    go: GoSays
    evidence: list[Evidence] = []
    fixes: list[Fix] = []


class RequestAsked(msgspec.Struct, frozen=True, kw_only=True):
    module: str
    version: str
    resolved: str | None


class Vantage(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    resolvers: list[str]
    proxies: list[str]


class SettingShown(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: str
    origin: Literal["environment", "go env file", "goroot", "built-in", "option"]


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    span: int
    parent: int | None
    layer: Layer
    name: str
    subject: str
    start_s: float
    duration_s: float
    outcome: Outcome
    failure: Failure | None
    attributes: dict[str, Json]


class RequestSent(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    url: str
    status: int | None
    source: str
    span: int


class SumdbArtifact(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    tree_size: int
    record: int
    verified: bool


class Artifacts(msgspec.Struct, frozen=True, kw_only=True):
    """Hashes of what was fetched; null for what was not."""

    info: str | None = None
    mod: str | None = None
    zip: str | None = None
    sumdb: SumdbArtifact | None = None


class CaptureShown(msgspec.Struct, frozen=True, kw_only=True):
    kind: Literal["packets", "socket", "off"]
    file: str | None = None
    packets: int = 0
    dropped: int = 0


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    wall_s: float
    clock: Literal["monotonic"] = "monotonic"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    schema: str = SCHEMA
    request: RequestAsked
    vantage: Vantage
    settings: list[SettingShown]
    verdict: Verdict
    findings: list[Finding]
    phases: list[Phase]
    requests: list[RequestSent]
    artifacts: Artifacts
    capture: CaptureShown
    timing: Timing


def to_json(summary: Summary) -> bytes:
    """The document as indented JSON with a final newline."""
    return msgspec.json.format(encoded(summary), indent=2) + b"\n"
