"""One way for any string that a stranger controls to reach a terminal."""

import unicodedata

_SHOWN_CHARS = 200
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: str, *, limit: int = _SHOWN_CHARS) -> str:
    r"""``text`` with each control, format (bidi too), surrogate and unassigned character as ``\xNN`` or ``\uNNNN``.

    At most ``limit`` characters, then an ellipsis; newlines are escaped too: one string stays on one line.
    """
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    shown: list[str] = []
    length = 0
    for char in text:
        piece = _escaped(char) if unicodedata.category(char) in _HIDDEN_CATEGORIES else char
        length += len(piece)
        if length > limit:
            shown.append("…")
            break
        shown.append(piece)
    return "".join(shown)


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
