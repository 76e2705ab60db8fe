"""Go's ``%q``: strings and characters as go prints them inside its messages.

Go 1.26 strconv/quote.go, Quote and quoteChar. A Go string is bytes; here it is a ``str`` decoded with
``surrogateescape``, so that an invalid byte is one lone surrogate and comes back as ``\\xNN``.
"""

import re

_SPACE = re.compile("[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_ESCAPES = {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v", "\\": r"\\"}
REPLACEMENT = "\ufffd"


def quote(text: str) -> str:
    """``text`` in double quotes, as ``%q`` of a string."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_escaped(char, '"') for char in text) + '"'


def quote_rune(char: str) -> str:
    """One character in single quotes, as ``%q`` of a rune; an invalid byte reads as U+FFFD."""
    if is_raw_byte(char):
        char = REPLACEMENT
    return "'" + _escaped(char, "'") + "'"


def is_raw_byte(char: str) -> bool:
    """True for the lone surrogate that stands for a byte that is not UTF-8."""
    return "\udc80" <= char <= "\udcff"


def is_valid_utf8(text: str) -> bool:
    """Go's ``utf8.ValidString`` of the bytes behind ``text``."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def fields(text: str) -> list[str]:
    """Go's ``strings.Fields``; Python's ``split`` would also break at the ASCII separators 0x1c to 0x1f."""
    return [field for field in _SPACE.split(text) if field]


def _escaped(char: str, around: str) -> str:
    if char == around:
        return "\\" + char
    short = _ESCAPES.get(char)
    if short is not None:
        return short
    if char.isprintable():
        return char
    if is_raw_byte(char):
        return f"\\x{ord(char) - 0xDC00:02x}"
    code = ord(char)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
