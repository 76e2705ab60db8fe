"""What a query string means."""

import pytest

from modtrace.gorules.query import is_prefix, no_match_text, parse_query
from modtrace.record.failures import GoRuleError

M = "example.com/m"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("<=v1.2", 'ambiguous semantic version "v1.2" in range "<=v1.2"'),
        (">v1", 'ambiguous semantic version "v1" in range ">v1"'),
        ("<x", 'invalid semantic version "x" in range "<x"'),
        ("patch", 'can\'t query version "patch" of module example.com/m: no existing version is required'),
    ],
)
def test_refusals(query: str, text: str) -> None:
    with pytest.raises(GoRuleError) as caught:
        parse_query(M, query)
    assert caught.value.text == text


def test_kinds() -> None:
    assert parse_query(M, "main").is_revision
    assert parse_query(M, "v1.2.3+meta").can_stat
    assert parse_query(M, "v1.2").prefix == "v1.2."
    assert parse_query(M, "v2").prefers_incompatible
    assert parse_query(M, ">=v1.0.0").prefers_lower
    assert parse_query(M, "upgrade", "none").may_use_latest
    assert not parse_query(M, "upgrade", "v1.0.0").may_use_latest
    assert is_prefix("v1.2")
    assert not is_prefix("v1.2.3")


def test_words_for_no_match() -> None:
    assert no_match_text("patch", "v1.0.0") == 'no matching versions for query "patch" (current version is v1.0.0)'
    assert no_match_text("v9") == 'no matching versions for query "v9"'
