"""Pseudo-versions: x/mod's forms, and its refusals."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules import pseudo
from modtrace.record.failures import GoRuleError

TAIL = "20200102030405-abcdef123456"


@pytest.mark.parametrize(
    ("version", "base"),
    [
        (f"v0.0.0-{TAIL}", ""),
        (f"v1.2.4-0.{TAIL}", "v1.2.3"),
        (f"v1.2.10-0.{TAIL}", "v1.2.9"),
        (f"v1.2.100-0.{TAIL}", "v1.2.99"),
        (f"v2.0.1-0.{TAIL}+incompatible", "v2.0.0+incompatible"),
        (f"v1.2.3-pre.0.{TAIL}", "v1.2.3-pre"),
        (f"v1.2.3-pre.0.{TAIL}+incompatible", "v1.2.3-pre+incompatible"),
    ],
)
def test_forms(version: str, base: str) -> None:
    assert pseudo.is_pseudo_version(version)
    assert pseudo.pseudo_version_base(version) == base
    assert pseudo.pseudo_version_rev(version) == "abcdef123456"
    assert pseudo.pseudo_version_time(version) == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (f"v0.0.0-{TAIL}+incompatible", 'lacks base version, but has build metadata "+incompatible"'),
        (f"v1.0.0-0.{TAIL}", "version before v1.0.0 would have negative patch number"),
        ("v1.0.0", "syntax error"),
        (f"v1.2.3-{TAIL}", "syntax error"),
    ],
)
def test_bases_that_cannot_be(version: str, reason: str) -> None:
    with pytest.raises(GoRuleError) as caught:
        pseudo.pseudo_version_base(version)
    assert caught.value.text == f'pseudo-version "{version}" invalid: {reason}'


def test_a_time_that_is_none() -> None:
    with pytest.raises(GoRuleError, match='malformed time "20201302030405"'):
        pseudo.pseudo_version_time("v0.0.0-20201302030405-abcdef123456")


@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    assert pseudo.is_pseudo_version(text) in (True, False)
