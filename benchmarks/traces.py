"""What modtrace's own summary says of a run: phases, and where the time went."""

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

WAITING: Final = {
    ("dns", "resolve"),
    ("tcp", "connect"),
    ("proxy", "tunnel"),
    ("tls", "handshake"),
    ("http", "first_byte"),
    ("body", "receive"),
}


class Breakdown(NamedTuple):
    """Seconds of one run: outside the trace (interpreter, imports, exit), in network phases, and between them."""

    outside_s: float
    network_s: float
    between_s: float


def summary(home: Path) -> dict[str, Any]:
    """The trace's summary, as the bundle keeps it."""
    loaded: dict[str, Any] = json.loads((home / "bundle" / "summary.json").read_text())
    return loaded


def durations(trace: dict[str, Any], layer: str, name: str) -> list[float]:
    """Seconds of each phase of this name, in order of start."""
    phases = [one for one in trace["phases"] if (one["layer"], one["name"]) == (layer, name)]
    return [one["duration_s"] for one in sorted(phases, key=lambda one: one["start_s"])]


def breakdown(trace: dict[str, Any], wall_s: float) -> Breakdown:
    """Where a run's wall time went. Network phases that overlap count once."""
    spans = sorted(
        (one["start_s"], one["start_s"] + one["duration_s"])
        for one in trace["phases"]
        if (one["layer"], one["name"]) in WAITING
    )
    network, reached = 0.0, 0.0
    for begin, end in spans:
        network += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    inside: float = trace["timing"]["wall_s"]
    return Breakdown(wall_s - inside, network, inside - network)
