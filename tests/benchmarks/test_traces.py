"""benchmarks/traces.py: where a run's time went."""

import pytest
from benchmarks.traces import breakdown, durations


def phase(layer: str, name: str, start_s: float, duration_s: float) -> dict[str, object]:
    return {"layer": layer, "name": name, "start_s": start_s, "duration_s": duration_s}


TRACE = {
    "timing": {"wall_s": 1.0},
    "phases": [
        phase("tls", "handshake", 0.3, 0.2),
        phase("tcp", "connect", 0.1, 0.1),
        phase("tcp", "connect", 0.15, 0.1),
        phase("module", "info", 0.0, 1.0),
    ],
}


def test_wall_time_is_split_without_counting_anything_twice() -> None:
    assert breakdown(TRACE, 1.25) == pytest.approx((0.25, 0.35, 0.65))


def test_durations_stand_in_order_of_start() -> None:
    assert durations(TRACE, "tcp", "connect") == [0.1, 0.1]
