"""GOPRIVATE's globs: Go's ``path.Match``, applied to as many leading elements as the glob has."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.globs import match_prefix_patterns, path_match

MODULE = "git.corp.example/team/lib"
WORDS = st.text(st.sampled_from("ab/é-"), max_size=8)


@pytest.mark.parametrize(
    ("globs", "matches"),
    [
        ("git.corp.example", True),
        ("git.corp.example/", True),
        ("*.corp.example", True),
        ("*.corp.example/team", True),
        ("*.corp.example/*/lib", True),
        ("git.corp.example/team/lib/v2", False),
        ("corp.example", False),
        ("git.corp.exampl", False),
        ("git.corp.example/te", False),
        ("", False),
        (",,/,", False),
        ("x.test,git.corp.example", True),
        ("x.test, git.corp.example", False),
        ("git.corp.example//", False),
        ("[,git.corp.example", True),
        ("*", True),
        ("*/*/*/*", False),
        ("GIT.corp.example", False),
    ],
)
def test_a_list_matches_whole_leading_elements(globs: str, matches: bool) -> None:
    assert match_prefix_patterns(globs, MODULE) is matches


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("", ""), ("abc", "abc"), ("*", ""), ("*", "abc"), ("*c", "abc"), ("a*", "a"), ("a*", "abc"), ("a*/b", "abc/b"),
        ("a*b*c*d*e*/f", "axbxcxdxe/f"), ("a*b?c*x", "abxbbxdbxebxczzx"), ("ab[c]", "abc"), ("ab[b-d]", "abc"),
        ("ab[^e-g]", "abc"), ("a\\*b", "a*b"), ("a?b", "a☺b"), ("a[^a]b", "a☺b"), ("[a-ζ]*", "α"), ("[\\]a]", "]"),
        ("[\\-]", "-"), ("[x\\-]", "x"), ("[\\-x]", "-"), ("*x", "xxx"), ("a**b", "ab"),
    ],
)  # fmt: skip
def test_a_name_matches(pattern: str, name: str) -> None:
    assert path_match(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("", "a"), ("a", ""), ("a*", "ab/c"), ("a*/b", "a/c/b"), ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f"),
        ("a*b?c*x", "abxbbxdbxebxczzy"), ("ab[e-g]", "abc"), ("ab[^c]", "abc"), ("a\\*b", "ab"), ("*a", "ζab"),
        ("a?b", "a/b"), ("a*b", "a/b"), ("[a-ζ]*", "A"), ("a???b", "a☺b"), ("[^a]", "/a"), ("**", "a/b"),
    ],
)  # fmt: skip
def test_a_name_does_not_match(pattern: str, name: str) -> None:
    assert not path_match(pattern, name)


@pytest.mark.parametrize(
    "pattern", ["[]a]", "[-]", "[x-]", "[-x]", "\\", "[a-b-c]", "[", "[^", "[^bc", "a[", "a\\", "a[-b", "[a-]"]
)
@pytest.mark.parametrize("name", ["a", "]", "-", "x", "ab", ""])
def test_a_malformed_glob_matches_nothing(pattern: str, name: str) -> None:
    assert not path_match(pattern, name)


@given(WORDS, WORDS)
def test_without_meta_characters_it_is_equality(pattern: str, name: str) -> None:
    assert path_match(pattern, name) is (pattern == name)


@given(st.text(st.sampled_from("ab*?/"), max_size=8), WORDS)
def test_stars_and_question_marks_stay_inside_an_element(pattern: str, name: str) -> None:
    same = "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in pattern)
    assert path_match(pattern, name) is bool(re.fullmatch(same, name, re.DOTALL))


@given(st.text(st.sampled_from("ab*?[]^-\\/é"), max_size=10), WORDS)
def test_any_glob_has_an_answer(pattern: str, name: str) -> None:
    assert path_match(pattern, name) in (True, False)


@given(
    st.lists(st.text(st.sampled_from("ab*/."), max_size=5), max_size=4), st.text(st.sampled_from("ab/."), min_size=1)
)
def test_a_list_matches_when_one_of_it_does(globs: list[str], target: str) -> None:
    alone = [match_prefix_patterns(glob, target) for glob in globs]
    assert match_prefix_patterns(",".join(globs), target) is any(alone)
