"""Which phases a first screen shows, and in what words: the path of the fetch, not every span of it.

Dialing is shown step by step; a request is one row (its waiting and its body are in the JSON); tiles that were asked
together are one row; an operation at a source gets a row of its own only when its requests don't tell the story.
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from modtrace.record.events import Outcome
from modtrace.record.failures import Json
from modtrace.record.summary import Phase, Summary

_SHOWN = frozenset(
    {
        "config.plan",
        "config.goauth",
        "dns.resolve",
        "tcp.connect",
        "proxy.tunnel",
        "proxy.probe.prefix",
        "tls.handshake",
        "http.request",
        "zip.check",
        "sumdb.proof",
    }
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table. Times in seconds."""

    phase: str
    subject: str
    start_s: float
    duration_s: float
    outcome: Outcome
    detail: str = ""


def rows_of(summary: Summary) -> list[Row]:
    """The table's rows in order of start."""
    parents = {phase.parent for phase in summary.phases}
    operations = _operations(summary.phases)
    inside = _inside_probes(summary.phases)
    shown = [phase for phase in summary.phases if phase.span not in inside and _is_shown(phase, parents)]
    rows = [_row(phase, operations[phase.span]) for phase in shown]
    return list(_merged(sorted(rows, key=lambda row: row.start_s)))


def _name(phase: Phase) -> str:
    return f"{phase.layer}.{phase.name}"


def _is_shown(phase: Phase, parents: set[int | None]) -> bool:
    return _name(phase) in _SHOWN or (phase.outcome == "failed" and phase.span not in parents)


def _inside_probes(phases: Iterable[Phase]) -> set[int]:
    """Steps of an experiment: its own row tells what came out."""
    inside: set[int] = set()
    probes: set[int] = set()
    for phase in phases:  # parents stand before their children
        if phase.parent in probes or phase.parent in inside:
            inside.add(phase.span)
        if phase.name.startswith("probe."):
            probes.add(phase.span)
    return inside


def _row(phase: Phase, operation: str) -> Row:
    name = _name(phase)
    return Row(
        phase=operation if name == "http.request" else name,
        subject=_subject(phase),
        start_s=phase.start_s,
        duration_s=phase.duration_s,
        outcome=phase.outcome,
        detail=_detail(phase),
    )


def _operations(phases: Iterable[Phase]) -> dict[int, str]:
    """What each was for: itself or the nearest parent in the protocol's own words (``module.zip``, ``sumdb.tile``).

    Parents stand before their children, so one pass is enough.
    """
    found: dict[int, str] = {}
    for phase in phases:
        if phase.layer in ("module", "sumdb", "vcs"):
            found[phase.span] = _name(phase)
        else:
            found[phase.span] = "http.request" if phase.parent is None else found.get(phase.parent, "http.request")
    return found


def _subject(phase: Phase) -> str:
    if _name(phase) != "http.request":
        return phase.subject
    url = str(phase.attributes.get("url", phase.subject))
    try:
        parts = urlsplit(url)
    except ValueError:  # a redirect may lead to any text
        return url
    tail = parts.path.rpartition("/@v/")[2] if "/@v/" in parts.path else parts.path
    if "/sumdb/" in parts.path:
        tail = parts.path.partition("/sumdb/")[2].partition("/")[2]
    return f"{parts.netloc} …{tail}" if tail != parts.path else url


def _detail(phase: Phase) -> str:
    if phase.failure is not None:
        return phase.failure.cause
    attributes = phase.attributes
    match _name(phase):
        case "http.request":
            return _join(attributes.get("status"), attributes.get("protocol"), _bytes(attributes.get("bytes")))
        case "proxy.tunnel":
            return _join(attributes.get("status_text"), attributes.get("reply_name"), _server(attributes))
        case "proxy.probe.prefix":
            return _answer(attributes)
        case "tls.handshake":
            return _join(attributes.get("version"), attributes.get("alpn"), attributes.get("group"))
        case "config.goauth":
            status = attributes.get("exit_status")
            ended = f"exit {status}" if isinstance(status, int) else ""
            return _join(ended, _count(attributes.get("prefixes_count"), "URLs"))
        case "dns.resolve":
            addresses = attributes.get("addresses")
            return ", ".join(str(item) for item in addresses[:3]) if isinstance(addresses, list) else ""
        case "tcp.connect":
            tcp = attributes.get("tcp")
            rtt = tcp.get("rtt_us") if isinstance(tcp, dict) else None
            return f"rtt {rtt / 1000:.1f} ms" if isinstance(rtt, int | float) and 0 <= rtt < 1e12 else ""
        case "zip.check":
            return _join(_count(attributes.get("files"), "files"), _bytes(attributes.get("uncompressed_bytes")))
        case _:
            return ""


def _answer(attributes: Mapping[str, Json]) -> str:
    """What an experiment learnt of the target."""
    answered = attributes.get("answered")
    if answered is None:
        return f"undecided: {attributes.get('ended_by')}"
    return "the target answers" if answered is True else "silence"


def _server(attributes: Mapping[str, Json]) -> str:
    """The proxy's own name for itself, where it gives one."""
    headers = attributes.get("response_headers")
    for header in headers if isinstance(headers, list) else []:
        if isinstance(header, list) and len(header) == 2 and header[0] in ("Server", "Proxy-Agent"):
            return f"({header[1]})"
    return ""


def _join(*parts: object) -> str:
    return " ".join(str(part) for part in parts if part not in (None, ""))


def _count(value: object, word: str) -> str:
    return f"{value} {word}" if isinstance(value, int) else ""


def _bytes(value: object) -> str:
    if not isinstance(value, int) or not 0 <= value < 1 << 63:
        return ""
    if value < 10_000:
        return f"{value} B"
    return f"{value / 1e3:.0f} kB" if value < 10_000_000 else f"{value / 1e6:.0f} MB"


def _merged(rows: Iterable[Row]) -> Iterator[Row]:
    """Tiles asked in one batch become one row: from the first one's start to the last one's end."""
    batch: list[Row] = []
    for row in rows:
        if row.phase == "sumdb.tile" and row.outcome == "ok":
            batch.append(row)
            continue
        yield from _batch(batch)
        batch = []
        yield row
    yield from _batch(batch)


def _batch(rows: list[Row]) -> Iterator[Row]:
    if len(rows) < 2:
        yield from rows
        return
    start_s = min(row.start_s for row in rows)
    yield Row(
        phase="sumdb.tile",
        subject=f"{len(rows)} tiles of the tree, asked together",
        start_s=start_s,
        duration_s=max(row.start_s + row.duration_s for row in rows) - start_s,
        outcome="ok",
        detail=rows[0].detail.rpartition(" ")[0].rpartition(" ")[0],
    )
