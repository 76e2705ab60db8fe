"""A stranger's text on its way to a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.record.safe import safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("grüße 中文", "grüße 中文"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\x9b2J", "\\x9b2J"),
        ("\x7f\x00", "\\x7f\\x00"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\u2028", "\\u2028"),
        ("\udc80", "\\udc80"),
        ("\ue000", "\\ue000"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_what_does_not_show_itself_is_escaped(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert safe("x" * 201) == "x" * 200 + "…"
    assert safe("x" * 200) == "x" * 200
    assert safe("ü" * 4, limit=3) == "üüü…"


def test_an_escape_is_never_cut_in_two() -> None:
    assert safe("ab\x1bcd", limit=5) == "ab…"


@given(st.text(st.characters(), max_size=300), st.integers(1, 250))
def test_nothing_hidden_comes_out_and_nothing_too_long(text: str, limit: int) -> None:
    shown = safe(text, limit=limit)
    assert len(shown) <= limit + 1
    assert {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} == set()


@given(st.text(st.characters(), max_size=50))
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    once = safe(text, limit=10_000)
    assert safe(once, limit=10_000) == once
