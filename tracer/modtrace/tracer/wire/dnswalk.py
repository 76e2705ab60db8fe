"""A reading position in a DNS message, with Go's leniency (Go 1.26 vendored golang.org/x/net/dns/dnsmessage Parser).

Go reads no further than it must, takes any record length on trust, and follows forward pointers; dnspython does none
of these, so what go decides is read here. Names are one character a byte.
"""

import struct
from typing import Final

_POINTERS_MOST: Final = 10
_NAME_MOST: Final = 254  # dnsmessage nonEncodedNameMax
_HEADER: Final = struct.Struct("!6H")
_QUESTION: Final = struct.Struct("!HH")
_RECORD: Final = struct.Struct("!HHIH")
_UNREADABLE: Final = "cannot unmarshal DNS message"


class WireError(ValueError):
    """Bytes that go would not take as this answer, in go's words where it has some."""


class Walk:
    """A reading position in a message. Each method raises :class:`WireError` at what go calls an error."""

    def __init__(self, wire: bytes, offset: int = 0) -> None:
        self.wire = wire
        self.offset = offset

    def _unpack(self, form: struct.Struct) -> tuple[int, ...]:
        if self.offset + form.size > len(self.wire):
            raise WireError(_UNREADABLE)
        values = form.unpack_from(self.wire, self.offset)
        self.offset += form.size
        return values

    def header(self) -> tuple[int, ...]:
        return self._unpack(_HEADER)

    def question(self) -> tuple[str, int, int]:
        """``(name, type, class)``."""
        name = self.name()
        kind, class_ = self._unpack(_QUESTION)
        return name, kind, class_

    def skip_questions(self, count: int) -> bool:
        try:
            for _ in range(count):
                self.skip_name()
                self._unpack(_QUESTION)
        except WireError:
            return False
        return True

    def record(self) -> tuple[str, int, int, int, int]:
        """``(name, type, class, ttl, length)``; the position is then at the record's data."""
        name = self.name()
        kind, class_, ttl, length = self._unpack(_RECORD)
        return name, kind, class_, ttl, length

    def skip_record(self) -> int:
        """Past one record without reading its name's pointers (skipResource); gives its type."""
        self.skip_name()
        kind, _, _, length = self._unpack(_RECORD)
        self.skip(length)
        return kind

    def skip(self, length: int) -> None:
        if self.offset + length > len(self.wire):
            raise WireError(_UNREADABLE)
        self.offset += length

    def bytes_here(self, count: int) -> bytes:
        piece = self.wire[self.offset : self.offset + count]
        if len(piece) < count:
            raise WireError(_UNREADABLE)
        return piece

    def skip_name(self) -> None:
        at, wire = self.offset, self.wire
        while True:
            if at >= len(wire):
                raise WireError(_UNREADABLE)
            length = wire[at]
            at += 1
            if length == 0:
                break
            if length & 0xC0 == 0xC0:
                at += 1
                break
            at += length
            if length & 0xC0 or at > len(wire):
                raise WireError(_UNREADABLE)
        self.offset = at

    def name(self) -> str:
        """The name here, at most ten pointers, forward ones too; labels with dots in them are refused (Name.unpack)."""
        at, after, pointers = self.offset, -1, 0
        text = b""
        while True:
            length = self._byte(at)
            at += 1
            if length == 0:
                break
            if length & 0xC0 == 0xC0:
                low = self._byte(at)
                after = at + 1 if after < 0 else after
                pointers += 1
                at = (length & 0x3F) << 8 | low
                if pointers > _POINTERS_MOST:
                    raise WireError(_UNREADABLE)
                continue
            label = self.wire[at : at + length]
            if length & 0xC0 or len(label) < length or b"." in label:
                raise WireError(_UNREADABLE)
            text += label + b"."
            at += length
            if len(text) > _NAME_MOST:
                raise WireError(_UNREADABLE)
        self.offset = at if after < 0 else after
        return (text or b".").decode("latin-1")

    def _byte(self, at: int) -> int:
        if at >= len(self.wire):
            raise WireError(_UNREADABLE)
        return self.wire[at]
