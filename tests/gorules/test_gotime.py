"""RFC 3339 as Go reads it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.gotime import TimeError, parse_rfc3339


def test_instants() -> None:
    assert parse_rfc3339("2020-01-02T03:04:05.123456789+01:00") == datetime(2020, 1, 2, 2, 4, 5, 123456, tzinfo=UTC)
    assert parse_rfc3339("2020-02-29T3:04:05Z") == datetime(2020, 2, 29, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "2020", "2020-13-01T00:00:00Z", "2021-02-29T00:00:00Z", "2020-01-01T24:00:00Z", "x"]
)
def test_refusals_name_the_text(text: str) -> None:
    with pytest.raises(TimeError, match=r"^parsing time"):
        parse_rfc3339(text)


@given(st.datetimes(min_value=datetime(2, 1, 1)))
def test_what_python_writes_comes_back(when: datetime) -> None:
    assert parse_rfc3339(when.isoformat() + "Z") == when.replace(tzinfo=UTC)
