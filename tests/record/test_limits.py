"""The table of limits: named by their unit, and Go's own as Go has them."""

import pytest

from modtrace.record import limits

NAMES = [name for name in vars(limits) if name.isupper()]


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_is_positive_and_its_unit_stands_in_its_name(name: str) -> None:
    value: object = getattr(limits, name)
    assert isinstance(value, int | float)
    assert value > 0
    assert name.rpartition("_")[2] in {"BYTES", "COUNT", "S", "BITS", "CHARS"}


@pytest.mark.parametrize(
    ("ours", "go"),
    [
        (limits.DIAL_S, 30),
        (limits.DIAL_FALLBACK_S, 0.3),
        (limits.TLS_HANDSHAKE_S, 10),
        (limits.CONNECT_REPLY_S, 60),
        (limits.HTTP_REDIRECTS_COUNT, 10),
        (limits.HTTP_RESPONSE_HEADER_BYTES, 10 << 20),
        (limits.MODULE_ZIP_BYTES, 500 << 20),
        (limits.ZIP_GOMOD_BYTES, 16 << 20),
        (limits.SUMDB_NOTE_BYTES, 1_000_000),
    ],
)
def test_gos_limits_are_gos(ours: float, go: float) -> None:
    assert ours == go
