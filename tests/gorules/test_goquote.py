"""Go's %q."""

from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules import goquote


def test_strings_and_runes() -> None:
    assert goquote.quote('a"\\\n\x01\x7f\udcffä\u200b\U000e0001') == r'"a\"\\\n\x01\x7f\xffä\u200b\U000e0001"'
    assert goquote.quote_rune("'") == r"'\''"
    assert goquote.quote_rune('"') == "'\"'"
    assert goquote.quote_rune("\udcff") == "'\ufffd'"


def test_fields_break_only_where_go_breaks() -> None:
    assert goquote.fields(" a\tb\x1cc\u2003d \n") == ["a", "b\x1cc", "d"]


@given(st.text())
def test_a_quoted_text_is_printable(text: str) -> None:
    assert goquote.quote(text).isprintable()
    assert goquote.is_valid_utf8(text)
