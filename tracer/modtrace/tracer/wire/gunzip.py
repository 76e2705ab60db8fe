"""``Content-Encoding: gzip`` undone with bounded memory, in the words of Go's ``compress/gzip``.

Go 1.26 compress/gzip/gunzip.go Reader: members follow one another; a body of no bytes at all is an empty body.
"""

import zlib
from collections.abc import Iterator
from typing import Protocol

_HEADER_BYTES = 10
_PIECE_BYTES = 256 * 1024
_MAGIC = b"\x1f\x8b\x08"


class _Member(Protocol):
    """What ``zlib.decompressobj`` gives."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes, /, max_length: int = 0) -> bytes: ...


class GunzipError(Exception):
    """An undecodable body; ``args[0]`` is go's text."""

    @property
    def text(self) -> str:
        return str(self.args[0])


class Gunzip:
    """Fed compressed bytes, gives decoded pieces of at most 256 KiB."""

    def __init__(self) -> None:
        self._held = b""
        self._member: _Member | None = None
        self._consumed = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode lazily: stop iterating and nothing more is unpacked. Raises :class:`GunzipError`."""
        rest = self._held + data
        self._held = b""
        while rest:
            if self._member is None:
                if len(rest) < _HEADER_BYTES:
                    self._held = rest
                    return
                if not rest.startswith(_MAGIC):
                    raise GunzipError("gzip: invalid header")
                self._member = zlib.decompressobj(wbits=31)
            member = self._member
            piece = self._decode(member, rest)
            if piece:
                yield piece
            rest = member.unused_data if member.eof else member.unconsumed_tail
            if member.eof:
                self._member = None
            elif not piece and not rest:
                return

    def finish(self) -> None:
        """The compressed body has ended; raises when the archive hasn't."""
        if self._held or self._member is not None:
            raise GunzipError("unexpected EOF")

    def _decode(self, member: _Member, data: bytes) -> bytes:
        try:
            piece = member.decompress(data, _PIECE_BYTES)
        except zlib.error as error:
            words = str(error)
            if "header" in words or "compression method" in words or "flags" in words:
                raise GunzipError("gzip: invalid header") from error
            if "incorrect" in words:
                raise GunzipError("gzip: invalid checksum") from error
            raise GunzipError(f"flate: corrupt input before offset {self._consumed}") from error
        self._consumed += len(data) - len(member.unconsumed_tail)
        return piece
