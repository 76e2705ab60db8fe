"""Lists, infos and their damages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.gojson import syntax_error
from modtrace.gorules.listfile import InfoError, parse_info, parse_list, version_mismatch


def test_a_list_is_sorted_and_filtered() -> None:
    found = parse_list(b"v1.10.0\nv1.9.0 2020-01-01T00:00:00Z\nnonsense\n\nv0.0.0-20200102030405-abcdef123456\n", "v1.")
    assert found.tagged == ("v1.9.0", "v1.10.0")
    assert found.newest_untagged == "v0.0.0-20200102030405-abcdef123456"
    assert (found.lines, found.dropped) == (4, 1)


def test_a_page_is_an_empty_list() -> None:
    assert parse_list(b"<html>\n<p>v1.0.0</p>").tagged == ()


def test_info_matches_names_without_case_and_takes_the_last() -> None:
    info = parse_info(b'{"version":"v0","VERSION":"v1","Time":null,"Origin":{"vcs":"git"},"x":1}')
    assert (info.version, info.origin) == ("v1", {"VCS": "git"})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<html>", "invalid character '<' looking for beginning of value"),
        (b"", "unexpected end of JSON input"),
        (b'{"Version":"v1', "unexpected end of JSON input"),
        (b"{}x", "invalid character 'x' after top-level value"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b"{,}", "invalid character ',' looking for beginning of object key string"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b'{"a":1 2}', "invalid character '2' after object key:value pair"),
        (b"tru!", "invalid character '!' in literal true (expecting 'e')"),
        (b"-x", "invalid character 'x' in numeric literal"),
        (b"1.x", "invalid character 'x' after decimal point in numeric literal"),
        (b"1ex", "invalid character 'x' in exponent of numeric literal"),
        (b'"\\x"', "invalid character 'x' in string escape code"),
        (b'"\\u12g"', "invalid character 'g' in \\u hexadecimal character escape"),
        (b'"\n"', "invalid character '\\n' in string literal"),
        (b"[" * 10001, "invalid character '[' exceeded max depth"),
        (b"[]", "json: cannot unmarshal array into Go value of type modfetch.RevInfo"),
        (b'{"Version":1}', "json: cannot unmarshal number into Go struct field RevInfo.Version of type string"),
    ],
)
def test_damages_in_the_words_of_go(body: bytes, text: str) -> None:
    with pytest.raises(InfoError) as caught:
        parse_info(body)
    assert str(caught.value) == text


@given(st.binary(max_size=60))
def test_any_bytes_give_an_info_or_an_error(body: bytes) -> None:
    parse_list(body)
    try:
        parse_info(body)
    except InfoError as error:
        assert str(error)  # noqa: PT017


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.lists, max_leaves=8
    )
)
def test_what_python_writes_is_json(value: object) -> None:
    assert syntax_error(json.dumps(value).encode()) is None


def test_mismatch_is_for_canonical_versions_only() -> None:
    assert version_mismatch("a.b", "v1.0.0", "v1.0.1") is not None
    assert version_mismatch("a.b", "main", "v1.0.1") is None
    assert version_mismatch("a.b", "v2.0.0", "v2.0.0+incompatible") is None
