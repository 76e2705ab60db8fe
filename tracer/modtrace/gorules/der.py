"""DER as Go reads it (Go 1.26 vendored golang.org/x/crypto/cryptobyte/asn1.go). Raises :class:`DerError` only."""

from typing import NamedTuple

SEQUENCE, SET = 0x30, 0x31
BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06


class DerError(ValueError):
    """The text is Go's sentence for what is malformed."""


class Element(NamedTuple):
    """``raw`` includes the header."""

    tag: int
    content: bytes
    raw: bytes


class Reader:
    """A cursor over the content of one element."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at >= len(self._data)

    @property
    def rest(self) -> bytes:
        return self._data[self._at :]

    def next_tag(self) -> int:
        """The next element's tag; -1 at the end."""
        return -1 if self.is_empty else self._data[self._at]

    def any(self, words: str) -> Element:
        """The next element, whatever its tag."""
        data, at = self._data, self._at
        if len(data) - at < 2 or data[at] & 0x1F == 0x1F:
            raise DerError(words)
        length, start = data[at + 1], at + 2
        if length >= 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[start : start + count])
            if not 1 <= count <= 4 or len(data) - start < count or length < 128 or length >> ((count - 1) * 8) == 0:
                raise DerError(words)
            start += count
        end = start + length
        if end > len(data):
            raise DerError(words)
        self._at = end
        return Element(data[at], data[start:end], data[at:end])

    def take(self, tag: int, words: str) -> Element:
        """The next element, which must carry ``tag``."""
        if self.next_tag() != tag:
            raise DerError(words)
        return self.any(words)

    def optional(self, tag: int, words: str) -> Element | None:
        return self.any(words) if self.next_tag() == tag else None

    def enter(self, words: str, tag: int = SEQUENCE) -> "Reader":
        """A cursor inside the next element."""
        return Reader(self.take(tag, words).content)

    def integer(self, words: str) -> int:
        return read_integer(self.take(INTEGER, words).content, words)

    def boolean(self, words: str) -> bool:
        content = self.take(BOOLEAN, words).content
        if content not in (b"\x00", b"\xff"):
            raise DerError(words)
        return content == b"\xff"

    def oid(self, words: str) -> str:
        return read_oid(self.take(OID, words).content, words)

    def bits(self, words: str) -> tuple[bytes, int]:
        """``(bytes, unused bits)``."""
        content = self.take(BIT_STRING, words).content
        if not content or content[0] > 7:
            raise DerError(words)
        unused, data = content[0], content[1:]
        if (not data and unused) or (data and data[-1] & ((1 << unused) - 1)):
            raise DerError(words)
        return data, unused


def read_integer(content: bytes, words: str) -> int:
    """Minimal two's complement."""
    is_padded = len(content) > 1 and (
        (content[0] == 0 and not content[1] & 0x80) or (content[0] == 0xFF and content[1] & 0x80 != 0)
    )
    if not content or is_padded:
        raise DerError(words)
    return int.from_bytes(content, signed=True)


def read_oid(content: bytes, words: str) -> str:
    """Dotted; every component below 2**31, minimal base 128."""
    if not content or content[-1] & 0x80:
        raise DerError(words)
    numbers: list[int] = []
    value, fresh = 0, True
    for byte in content:
        if fresh and byte == 0x80:
            raise DerError(words)
        value = value << 7 | byte & 0x7F
        fresh = not byte & 0x80
        if value >= 1 << 31:
            raise DerError(words)
        if fresh:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))
