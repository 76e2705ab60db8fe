"""The syntax errors of Go's JSON decoder, in its words: ``invalid character '<' looking for beginning of value``.

Go 1.26 encoding/json/scanner.go (the state functions) and decode.go (checkValid). Go scans the whole text before it
looks at any value, so a syntax error wins over a wrong type.
"""

import re

from modtrace.gorules.goquote import quote

_SPACE = b" \t\r\n"
_MAX_DEPTH = 10000  # Go encoding/json/scanner.go maxNestingDepth
_END = "unexpected end of JSON input"
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_HEX = b"0123456789abcdefABCDEF"
_DIGITS = b"0123456789"
_WORDS = {ord("t"): b"true", ord("f"): b"false", ord("n"): b"null"}


class _SyntaxFound(Exception):
    """Carries go's text out of the scan."""


def syntax_error(data: bytes) -> str | None:
    """Go's text for the first syntax error of ``data``, or ``None`` when it is one JSON value."""
    try:
        _Scan(data).document()
    except _SyntaxFound as found:
        return str(found)
    return None


class _Scan:
    """A scan over ``data``; ``at`` is the next byte. Nesting is kept in a list: hostile depth cannot hurt."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.open: list[int] = []

    def document(self) -> None:
        """One value, then only space."""
        self.value()
        while self.open:
            self.after_value()
        self.skip_space()
        if self.at < len(self.data):
            raise self.bad("after top-level value")

    def value(self) -> None:
        """A literal, or the beginning of an object or array, up to its first value."""
        while True:
            self.skip_space()
            byte = self.peek()
            if byte not in (0x7B, 0x5B):
                return self.literal(byte)
            self.open.append(byte)
            if len(self.open) > _MAX_DEPTH:
                raise self.bad("exceeded max depth")
            self.at += 1
            self.skip_space()
            if self.peek() == byte + 2:  # "}" and "]" stand two after their partners in ASCII
                self.at += 1
                self.open.pop()
                return None
            if byte == 0x7B:
                self.key()

    def after_value(self) -> None:
        """Inside an object or array: a comma and the next value, or its end."""
        self.skip_space()
        byte, inside = self.peek(), self.open[-1]
        if byte == inside + 2:
            self.open.pop()
            self.at += 1
            return
        if byte != 0x2C:
            raise self.bad("after object key:value pair" if inside == 0x7B else "after array element")
        self.at += 1
        if inside == 0x7B:
            self.skip_space()
            self.key()
        self.value()

    def key(self) -> None:
        """A key and its colon."""
        if self.peek() != 0x22:
            raise self.bad("looking for beginning of object key string")
        self.string()
        self.skip_space()
        if self.peek() != 0x3A:
            raise self.bad("after object key")
        self.at += 1

    def literal(self, byte: int) -> None:
        if byte == 0x22:
            self.string()
        elif byte == 0x2D or byte in _DIGITS:
            self.number()
        elif byte in _WORDS:
            word = _WORDS[byte]
            for expected in word:
                if self.peek() != expected:
                    raise self.bad(f"in literal {word.decode()} (expecting '{chr(expected)}')")
                self.at += 1
        else:
            raise self.bad("looking for beginning of value")

    def string(self) -> None:
        self.at += 1
        while True:
            match = _PLAIN.match(self.data, self.at)
            self.at = match.end() if match else self.at
            byte = self.peek()
            if byte == 0x22:
                self.at += 1
                return
            if byte != 0x5C:
                raise self.bad("in string literal")
            self.at += 1
            if self.peek() == 0x75:
                self.at += 1
                for _ in range(4):
                    self.one_of(_HEX, "in \\u hexadecimal character escape")
            else:
                self.one_of(b'bfnrt\\/"', "in string escape code")

    def number(self) -> None:
        if self.data[self.at] == 0x2D:
            self.at += 1
            if self.peek() not in _DIGITS:
                raise self.bad("in numeric literal")
        if self.data[self.at] == 0x30:
            self.at += 1
        else:
            self.digits("in numeric literal")
        if self.data[self.at : self.at + 1] == b".":
            self.at += 1
            self.digits("after decimal point in numeric literal")
        if self.data[self.at : self.at + 1] in (b"e", b"E"):
            self.at += 1
            if self.data[self.at : self.at + 1] in (b"+", b"-"):
                self.at += 1
            self.digits("in exponent of numeric literal")

    def digits(self, where: str) -> None:
        self.one_of(_DIGITS, where)
        while self.at < len(self.data) and self.data[self.at] in _DIGITS:
            self.at += 1

    def one_of(self, allowed: bytes, where: str) -> None:
        if self.peek() not in allowed:
            raise self.bad(where)
        self.at += 1

    def skip_space(self) -> None:
        while self.at < len(self.data) and self.data[self.at] in _SPACE:
            self.at += 1

    def peek(self) -> int:
        if self.at >= len(self.data):
            raise _SyntaxFound(_END)
        return self.data[self.at]

    def bad(self, where: str) -> _SyntaxFound:
        return _SyntaxFound(f"invalid character {_quoted_byte(self.data[self.at])} {where}")


def _quoted_byte(byte: int) -> str:
    """Go's ``quoteChar``: a byte as a character literal; bytes above 0x7f read as Latin-1."""
    if byte == 0x27:
        return "'\\''"
    if byte == 0x22:
        return "'\"'"
    return "'" + quote(chr(byte))[1:-1] + "'"
