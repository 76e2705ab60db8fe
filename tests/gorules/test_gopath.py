"""Cleaning and joining slash-separated paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.gopath import clean, join


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [("", "."), ("/", "/"), ("//a//b/", "/a/b"), ("a/./b/..", "a"), ("../a", "../a"), ("/../a", "/a"), ("a/..", ".")],
)
def test_clean(path: str, cleaned: str) -> None:
    assert clean(path) == cleaned


@given(st.text(alphabet="ab./", max_size=20))
def test_a_clean_path_stays_as_it_is(path: str) -> None:
    assert clean(clean(path)) == clean(path)


def test_join_leaves_empty_elements_out() -> None:
    assert join("", "a", "", "../b") == "b"
    assert join("/x/", "go/env") == "/x/go/env"
    assert join("", "") == ""
