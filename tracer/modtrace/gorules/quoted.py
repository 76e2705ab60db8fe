"""Splitting words as the go command does.

Go 1.26 cmd/internal/quoted/quoted.go, Split (GOFLAGS, GOAUTH commands) and strings.TrimSpace, whose idea of a space
(unicode.IsSpace) is narrower than Python's: the ASCII separators 0x1c to 0x1f are no spaces in Go.
"""

_BLANKS = " \t\n\r"
_UNICODE_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def trim_space(text: str) -> str:
    """Go's ``strings.TrimSpace``."""
    return text.strip(_UNICODE_SPACES)


def split(text: str) -> list[str]:
    """The words of ``text``; a word that begins with a quote runs to the same quote, with no unescaping inside.

    Raises ``ValueError`` with go's words for a quote that is never closed.
    """
    words: list[str] = []
    rest = text.lstrip(_BLANKS)
    while rest:
        if rest[0] in "\"'":
            quote = rest[0]
            end = rest.find(quote, 1)
            if end < 0:
                raise ValueError(f"unterminated {quote} string")
            words.append(rest[1:end])
            rest = rest[end + 1 :]
        else:
            end = next((index for index, char in enumerate(rest) if char in _BLANKS), len(rest))
            words.append(rest[:end])
            rest = rest[end:]
        rest = rest.lstrip(_BLANKS)
    return words
