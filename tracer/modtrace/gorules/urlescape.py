"""Percent-escaping in URLs, part by part.

Go 1.26 net/url/url.go (unescape, escape, validEncoded) and net/url/gen_encoding_table.go (shouldEscape). A Go string
is bytes; here it is a ``str`` decoded with ``surrogateescape``.
"""

from typing import Final, Literal

from modtrace.gorules.goquote import quote

Part = Literal["path", "path segment", "host", "zone", "user or password", "query component", "fragment"]

_HEX = frozenset(b"0123456789abcdefABCDEF")
_UNRESERVED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
_HOST = _UNRESERVED | frozenset(b"!$&'()*+,;=:[]<>\"")

KEPT: Final[dict[Part, frozenset[int]]] = {
    "path": _UNRESERVED | frozenset(b"$&+,/:;=@"),
    "path segment": _UNRESERVED | frozenset(b"$&+:=@"),
    "host": _HOST,
    "zone": _HOST,
    "user or password": _UNRESERVED | frozenset(b"$&+,;="),
    "query component": _UNRESERVED,
    "fragment": _UNRESERVED | frozenset(b"$&+,/:;=?@!()*"),
}
"""The bytes that stand unescaped in each part."""


class EscapeError(ValueError):
    """Text that cannot be unescaped; the message is in Go's words (EscapeError, InvalidHostError)."""


def escape(text: str, part: Part) -> str:
    """``text`` with every byte that may not stand in ``part`` as ``%XX``; a space in a query becomes ``+``."""
    kept = KEPT[part]
    raw = text.encode("utf-8", "surrogateescape")
    if all(byte in kept for byte in raw):
        return text
    escaped = "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in raw)
    return escaped.replace("%20", "+") if part == "query component" else escaped


def unescape(text: str, part: Part) -> str:
    """``text`` with its ``%XX`` decoded. Raises :class:`EscapeError`."""
    raw = text.encode("utf-8", "surrogateescape")
    out = bytearray()
    index = 0
    while index < len(raw):
        byte = raw[index]
        if byte == ord("%"):
            out.append(_decoded(raw, index, part))
            index += 3
            continue
        if part in ("host", "zone") and byte < 0x80 and byte not in KEPT[part]:
            raise EscapeError(f"invalid character {quote(chr(byte))} in host name")
        out.append(ord(" ") if byte == ord("+") and part == "query component" else byte)
        index += 1
    return out.decode("utf-8", "surrogateescape")


def is_valid_encoded(text: str, part: Part) -> bool:
    """True when every byte of ``text`` may stand in an escaped path or fragment, ``%`` included."""
    allowed = KEPT[part] | frozenset(b"!$&'()*+,;=:@[]%")
    return all(byte in allowed for byte in text.encode("utf-8", "surrogateescape"))


def _decoded(raw: bytes, index: int, part: Part) -> int:
    """The byte that ``%XX`` at ``index`` stands for; a host may so escape bytes above 0x7f and ``%25`` only."""
    piece = raw[index : index + 3]
    if len(piece) < 3 or piece[1] not in _HEX or piece[2] not in _HEX:
        raise _bad(piece)
    value = int(piece[1:], 16)
    if part == "host" and value < 0x80 and piece != b"%25":
        raise _bad(piece)
    if part == "zone" and piece != b"%25" and value != ord(" ") and value not in KEPT["host"]:
        raise _bad(piece)
    return value


def _bad(piece: bytes) -> EscapeError:
    return EscapeError("invalid URL escape " + quote(piece.decode("utf-8", "surrogateescape")))
