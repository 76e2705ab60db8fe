"""Percent-escaping part by part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.urlescape import EscapeError, Part, escape, is_valid_encoded, unescape

ROUND_TRIP: tuple[Part, ...] = ("path", "path segment", "user or password", "query component", "fragment")


@pytest.mark.parametrize(
    ("part", "escaped"),
    [
        ("path", "a%20%21$&+,/:;=%3F@%C3%A9"),
        ("path segment", "a%20%21$&+%2C%2F:%3B=%3F@%C3%A9"),
        ("user or password", "a%20%21$&+,%2F%3A;=%3F%40%C3%A9"),
        ("query component", "a+%21%24%26%2B%2C%2F%3A%3B%3D%3F%40%C3%A9"),
        ("fragment", "a%20!$&+,/:;=?@%C3%A9"),
    ],
)
def test_what_stands_unescaped_where(part: Part, escaped: str) -> None:
    assert escape("a !$&+,/:;=?@é", part) == escaped


@given(st.text(alphabet=st.characters(codec="utf-8")), st.sampled_from(ROUND_TRIP))
def test_escaped_text_comes_back(text: str, part: Part) -> None:
    assert unescape(escape(text, part), part) == text


@pytest.mark.parametrize(("text", "shown"), [("%zz", "%zz"), ("a%4", "%4"), ("%", "%"), ("%4gx", "%4g")])
def test_a_broken_escape_is_named(text: str, shown: str) -> None:
    with pytest.raises(EscapeError, match=f'invalid URL escape "{shown}"'):
        unescape(text, "path")


def test_a_host_escapes_bytes_outside_ascii_only() -> None:
    assert unescape("%C3%A9.test", "host") == "é.test"
    assert unescape("%25", "host") == "%"
    with pytest.raises(EscapeError, match='invalid URL escape "%41"'):
        unescape("%41", "host")
    with pytest.raises(EscapeError, match='invalid character " " in host name'):
        unescape("a b", "host")


def test_a_zone_may_hold_what_a_host_may() -> None:
    assert unescape("%25en%41%20", "zone") == "%enA "
    with pytest.raises(EscapeError, match='invalid URL escape "%2F"'):
        unescape("%2F", "zone")


def test_bytes_that_are_not_utf8_survive() -> None:
    assert escape(unescape("%FF", "path"), "path") == "%FF"


def test_valid_encodings() -> None:
    assert is_valid_encoded("/a!(b)%2f[c]", "path")
    assert not is_valid_encoded("/a b", "path")
