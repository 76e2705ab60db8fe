"""Semantic versions: tables from x/mod's own tests, and the order's laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules import semver

# Ascending; (version, canonical). Equal neighbours in precedence share a canonical form.
ASCENDING = [
    ("bad", ""), ("v1-alpha.beta.gamma", ""), ("v1-pre", ""), ("v1+meta", ""), ("v1.2+meta", ""), ("v1.0.0-.", ""),
    ("v1.2.03", ""), ("v1.2.3-01", ""), ("v1.2.3+", ""), ("1.2.3", ""), ("v1.2.3 ", ""), ("v1.2.3\n", ""),
    ("v1.0.0-alpha", "v1.0.0-alpha"), ("v1.0.0-alpha.1", "v1.0.0-alpha.1"), ("v1.0.0-alpha.beta", "v1.0.0-alpha.beta"),
    ("v1.0.0-beta", "v1.0.0-beta"), ("v1.0.0-beta.2", "v1.0.0-beta.2"), ("v1.0.0-beta.11", "v1.0.0-beta.11"),
    ("v1.0.0-rc.1", "v1.0.0-rc.1"), ("v1", "v1.0.0"), ("v1.0", "v1.0.0"), ("v1.0.0", "v1.0.0"),
    ("v1.0.0+meta", "v1.0.0"), ("v1.2.3-pre", "v1.2.3-pre"), ("v1.2.3", "v1.2.3"), ("v1.3.0", "v1.3.0"),
    ("v2.0.0", "v2.0.0"), ("v99999999999999999999.0.0", "v99999999999999999999.0.0"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "canonical"), ASCENDING)
def test_canonical_forms(version: str, canonical: str) -> None:
    assert semver.canonical(version) == canonical
    assert semver.is_valid(version) == (canonical != "")


def test_every_pair_compares_as_it_stands_in_the_table() -> None:
    for i, (left, one) in enumerate(ASCENDING):
        for j, (right, two) in enumerate(ASCENDING):
            assert semver.compare(left, right) == (0 if one == two else -1 if i < j else 1), (left, right)


def test_pieces() -> None:
    assert semver.major("v2.1.0-pre+meta") == "v2"
    assert semver.major_minor("v2") == "v2.0"
    assert semver.prerelease("v2.1.0-pre+meta") == "-pre"
    assert semver.build("v2.1.0-pre+meta") == "+meta"
    assert (semver.major("x"), semver.major_minor("x"), semver.prerelease("x"), semver.build("x")) == ("", "", "", "")


def test_sort_puts_equal_versions_in_the_order_of_their_text() -> None:
    assert semver.sort(["v1.0.0+b", "v0.1.0", "v1.0.0+a"]) == ["v0.1.0", "v1.0.0+a", "v1.0.0+b"]


VERSIONS = st.from_regex(r"v[0-9]{1,3}(\.[0-9]{1,2}){0,2}(-[0-9a-z.-]{1,6})?(\+[a-z]{1,3})?", fullmatch=True)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_order_is_an_order(a: str, b: str, c: str) -> None:
    assert semver.compare(a, b) == -semver.compare(b, a)
    if semver.compare(a, b) <= 0 and semver.compare(b, c) <= 0:
        assert semver.compare(a, c) <= 0


@given(st.text(max_size=20))
def test_any_text_is_parsed_or_not(text: str) -> None:
    assert (semver.canonical(text) == "") == (semver.parse(text) is None)
