"""What the contents of a zip come to, worked out while the file still arrives.

A zip is read from its end: only the central directory says what belongs to it, and the local headers that come before
the contents may say anything. So they are not believed here, they only give a hint which piece of the file (first byte,
length, method) may be a content; what is kept is what that piece unpacks to. The reader of the finished file
(:mod:`~modtrace.tracer.wire.ziparchive`) asks for the pieces that the directory names: a right hint has saved it the
work, a wrong one is never asked for. Whatever is odd ends the guessing, not the fetch.

Layout: APPNOTE.TXT 4.3.6 to 4.3.9. Go's own writer (archive/zip/writer.go, and so every module proxy) leaves the sizes
to a data descriptor behind the content, whose end is then known by the deflate stream's own.
"""

import hashlib
import struct
import zlib
from collections.abc import Generator
from typing import NamedTuple

from modtrace.record.limits import ZIP_ENTRIES_COUNT, ZIP_UNCOMPRESSED_BYTES

STORED, DEFLATED = 0, 8

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_LOCAL_SIGNATURE = 0x04034B50
_DESCRIPTOR_FLAG = 0x8
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_NEXT_SIGNATURES = (b"PK\x03\x04", b"PK\x01\x02")
_ZIP64 = 0xFFFFFFFF
# What inflate has not used of its input comes back as a copy: small pieces for small contents. Large pieces for large
# ones: between two pieces the thread asks for the interpreter's lock, for which the network's task has to wait.
_FIRST_STEP_BYTES = 16 << 10
_OUT_BYTES = 256 << 10


class Piece(NamedTuple):
    """Bytes of the file, and how they are packed."""

    start: int
    length: int
    method: int


class Unpacked(NamedTuple):
    """What a piece unpacks to without an error."""

    sha256: bytes
    crc32: int
    length: int


class ZipAhead:
    """Fed the file from its first byte, in any cuts; ``known`` grows."""

    def __init__(self) -> None:
        self.known: dict[Piece, Unpacked] = {}
        self._buffer = b""
        self._at = 0  # in the buffer
        self._base = 0  # of the buffer, in the file
        self._unpacked_bytes = 0
        self._steps: Generator[None, None, None] | None = self._entries()

    @property
    def is_done(self) -> bool:
        """True when nothing more can be learnt."""
        return self._steps is None

    def feed(self, data: bytes) -> None:
        if self._steps is None:
            return
        self._base += self._at
        self._buffer, self._at = self._buffer[self._at :] + data, 0
        try:
            next(self._steps)
        except StopIteration:
            self._steps, self._buffer = None, b""

    def _entries(self) -> Generator[None, None, None]:
        while len(self.known) < ZIP_ENTRIES_COUNT:
            fields = _LOCAL.unpack((yield from self._take(_LOCAL.size)))
            flags, method, packed = fields[2], fields[3], fields[7]
            if fields[0] != _LOCAL_SIGNATURE or packed == _ZIP64:
                return
            yield from self._skip(fields[9] + fields[10])
            has_descriptor = bool(flags & _DESCRIPTOR_FLAG)
            length = packed if packed or not has_descriptor else None
            if method == DEFLATED:
                is_well = yield from self._inflated(length)
            else:
                is_well = yield from self._stored(length if method == STORED else None)
            if not is_well:
                return
            if has_descriptor and not (yield from self._descriptor()):
                return

    def _stored(self, length: int | None) -> Generator[None, None, bool]:
        if length is None:
            return False
        content = _Content(self._place)
        while content.length < length:
            content.add((yield from self._some(min(length - content.length, _OUT_BYTES))))
            if not self._has_room(content):
                return False
        self._keep(content, length, STORED)
        return True

    def _inflated(self, length: int | None) -> Generator[None, None, bool]:
        """``length`` packed bytes, or as many as the stream has. Damage ends the guessing."""
        content = _Content(self._place)
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        taken, step = 0, _FIRST_STEP_BYTES
        while not inflate.eof and taken != length:
            data = yield from self._some(step if length is None else min(length - taken, step))
            taken += len(data)
            step = min(2 * step, _OUT_BYTES)
            out = b"."
            while out and not inflate.eof:
                try:
                    out = inflate.decompress(data, _OUT_BYTES)
                except zlib.error:
                    return False
                content.add(out)
                if not self._has_room(content):
                    return False
                data = inflate.unconsumed_tail
        if length is None:
            self._at -= len(inflate.unused_data)
            length = taken - len(inflate.unused_data)
        yield from self._skip(length - taken)
        if inflate.eof:
            self._keep(content, length, DEFLATED)
        return True

    def _descriptor(self) -> Generator[None, None, bool]:
        """Step over it: with or without its signature, with sizes of four bytes or of eight."""
        head = yield from self._peek(4)
        signature = 4 if head == _DESCRIPTOR_SIGNATURE else 0
        for sizes in (8, 16):
            length = signature + 4 + sizes
            seen = yield from self._peek(length + 4)
            if seen[length:] in _NEXT_SIGNATURES:
                self._at += length
                return True
        return False

    def _has_room(self, content: "_Content") -> bool:
        """A bomb is the finished file's matter."""
        return self._unpacked_bytes + content.length <= ZIP_UNCOMPRESSED_BYTES

    def _keep(self, content: "_Content", length: int, method: int) -> None:
        self._unpacked_bytes += content.length
        self.known[Piece(content.start, length, method)] = Unpacked(
            content.sha256.digest(), content.crc32, content.length
        )

    # --- bytes ----------------------------------------------------------------------------------------------------
    @property
    def _place(self) -> int:
        return self._base + self._at

    def _peek(self, count: int) -> Generator[None, None, bytes]:
        while len(self._buffer) - self._at < count:
            yield
        return self._buffer[self._at : self._at + count]

    def _take(self, count: int) -> Generator[None, None, bytes]:
        taken = yield from self._peek(count)
        self._at += count
        return taken

    def _some(self, most: int) -> Generator[None, None, bytes]:
        """Between one byte and ``most``."""
        yield from self._peek(1)
        taken = self._buffer[self._at : self._at + most]
        self._at += len(taken)
        return taken

    def _skip(self, count: int) -> Generator[None, None, None]:
        while count > 0:
            count -= len((yield from self._some(count)))


class _Content:
    """One content as it unpacks."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.sha256 = hashlib.sha256()
        self.crc32 = 0
        self.length = 0

    def add(self, data: bytes) -> None:
        self.sha256.update(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        self.length += len(data)
