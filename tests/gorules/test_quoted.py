"""Words and spaces as the go command sees them."""

import pytest

from modtrace.gorules.quoted import split, trim_space


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" a \t b\n", ["a", "b"]),
        ("'a b' \"c d\"", ["a b", "c d"]),
        ("'a'b", ["a", "b"]),
        ("-x='a b'", ["-x='a", "b'"]),
        ("''", [""]),
        ("a\vb", ["a\vb"]),
    ],
)
def test_split(text: str, words: list[str]) -> None:
    assert split(text) == words


@pytest.mark.parametrize(("text", "quote"), [("'a", "'"), ('a "b', '"')])
def test_an_open_quote_is_refused(text: str, quote: str) -> None:
    with pytest.raises(ValueError, match=f"unterminated {quote} string"):
        split(text)


def test_gos_spaces_are_fewer_than_pythons() -> None:
    assert trim_space("\u3000 \t a\x1c ") == "a\x1c"
