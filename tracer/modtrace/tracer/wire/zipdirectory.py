"""The central directory of a zip, read in bounded pieces and in Go's way: what it forgives, and its words.

Go 1.26 archive/zip/reader.go: init, readDirectoryEnd, findDirectory64End, readDirectory64End, readDirectoryHeader.
The directory is streamed: its entries are never all in memory here.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

NOT_A_ZIP = "zip: not a valid zip file"
EOF = "EOF"
UNEXPECTED_EOF = "unexpected EOF"

_END = struct.Struct("<IHHHHIIH")
_LOCATOR = struct.Struct("<IIQI")
_END64 = struct.Struct("<I12xIIQQQQ")
_HEADER = struct.Struct("<IHHHHHHIIIHHHHHII")
_END_SIGNATURE = b"PK\x05\x06"
_HEADER_SIGNATURE = 0x02014B50
_LOCATOR_SIGNATURE = 0x07064B50
_END64_SIGNATURE = 0x06064B50
_MAX32 = 0xFFFFFFFF
_MAX63 = (1 << 63) - 1
_CHUNK_BYTES = 64 << 10
_TAIL_BYTES = (1024, 65 * 1024)  # Go archive/zip/reader.go readDirectoryEnd


class ZipError(ValueError):
    """The zip cannot be read; the text is go's."""


class Directory(NamedTuple):
    """Where the directory begins, what its offsets are relative to, and how many entries it claims to hold."""

    start: int
    base: int
    records: int


class DirectoryEntry(NamedTuple):
    """One file's line in the directory. ``name`` is raw bytes; sizes and ``offset`` (absolute) in bytes."""

    name: bytes
    flags: int
    method: int
    crc32: int
    compressed: int
    uncompressed: int
    offset: int


def read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """Go's ``ReadAt`` for a whole piece: less than ``size`` bytes is ``EOF``."""
    if offset < 0:
        raise ZipError("readat: negative offset")
    if offset > _MAX63:
        raise ZipError(EOF)
    file.seek(offset)
    data = file.read(size)
    if len(data) < size:
        raise ZipError(EOF)
    return data


def find_directory(file: BinaryIO, size: int) -> Directory:
    """The directory's place; raises :class:`ZipError`."""
    end_at, records, directory_size, offset = _read_end(file, size)
    if records == 0xFFFF or directory_size == 0xFFFF or offset == _MAX32:
        place = _find_end64(file, end_at)
        if place is not None:
            end_at = place
            records, directory_size, offset = _read_end64(file, place)
    if directory_size > _MAX63 or offset > _MAX63:
        raise ZipError(NOT_A_ZIP)
    base = end_at - directory_size - offset
    if not 0 <= base + offset < size:
        raise ZipError(NOT_A_ZIP)
    if base > 0 and _has_header(file, offset, size):
        base = 0
    return Directory(base + offset, base, records)


def _read_end(file: BinaryIO, size: int) -> tuple[int, int, int, int]:
    for tail_bytes in _TAIL_BYTES:
        length = min(tail_bytes, size)
        tail = read_at(file, size - length, length)
        at = tail.rfind(_END_SIGNATURE, 0, max(0, length - _END.size + len(_END_SIGNATURE)))
        if at >= 0:
            fields = _END.unpack_from(tail, at)
            if at + _END.size + fields[7] <= length:  # else a comment that is cut off: go looks further back
                return size - length + at, fields[4], fields[5], fields[6]
        if length == size:
            break
    raise ZipError(NOT_A_ZIP)


def _find_end64(file: BinaryIO, end_at: int) -> int | None:
    if end_at < _LOCATOR.size:
        return None
    signature, disk, place, disks = _LOCATOR.unpack(read_at(file, end_at - _LOCATOR.size, _LOCATOR.size))
    if signature != _LOCATOR_SIGNATURE or disk != 0 or disks != 1:
        return None
    return place if place <= _MAX63 else None


def _read_end64(file: BinaryIO, place: int) -> tuple[int, int, int]:
    fields = _END64.unpack(read_at(file, place, _END64.size))
    if fields[0] != _END64_SIGNATURE:
        raise ZipError(NOT_A_ZIP)
    return fields[4], fields[5], fields[6]


def _has_header(file: BinaryIO, offset: int, size: int) -> bool:
    try:
        return next(_Headers(file, offset, size).entries(0), None) is not None
    except ZipError:
        return False


def entries(file: BinaryIO, size: int, directory: Directory) -> Iterator[DirectoryEntry]:
    """Every entry, in the directory's order; raises :class:`ZipError` when their number does not fit."""
    headers = _Headers(file, directory.start, size)
    count = 0
    for entry in headers.entries(directory.base):
        count += 1
        yield entry
    if count & 0xFFFF != directory.records & 0xFFFF:
        raise ZipError(headers.stopped_by)


class _Headers:
    """A buffered reader over the directory; ``stopped_by`` is why it ended."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self.file = file
        self.next_read = start
        self.size = size
        self.buffer = b""
        self.at = 0
        self.stopped_by = ""

    def entries(self, base: int) -> Iterator[DirectoryEntry]:
        while True:
            try:
                yield self._header(base)
            except ZipError as error:
                self.stopped_by = str(error)
                if self.stopped_by not in (NOT_A_ZIP, UNEXPECTED_EOF):
                    raise
                return

    def _header(self, base: int) -> DirectoryEntry:
        fields = _HEADER.unpack(self._take(_HEADER.size))
        if fields[0] != _HEADER_SIGNATURE:
            raise ZipError(NOT_A_ZIP)
        flags, method, crc = fields[3], fields[4], fields[7]
        compressed, uncompressed = fields[8], fields[9]
        name_length, extra_length, offset = fields[10], fields[11], fields[16]
        rest = self._take(name_length + extra_length + fields[12])
        extra = rest[name_length : name_length + extra_length]
        uncompressed, compressed, offset = _zip64(extra, uncompressed, compressed, offset)
        return DirectoryEntry(rest[:name_length], flags, method, crc, compressed, uncompressed, offset + base)

    def _take(self, count: int) -> bytes:
        if len(self.buffer) - self.at < count:
            self.file.seek(self.next_read)
            wanted = max(0, min(max(_CHUNK_BYTES, count), self.size - self.next_read))
            more = self.file.read(wanted)
            self.next_read += len(more)
            self.buffer = self.buffer[self.at :] + more
            self.at = 0
        if len(self.buffer) - self.at < count:
            raise ZipError(UNEXPECTED_EOF if len(self.buffer) > self.at else EOF)
        self.at += count
        return self.buffer[self.at - count : self.at]


def _zip64(extra: bytes, uncompressed: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """The 64-bit values, each used only where the 32-bit field is full; other extra fields are stepped over."""
    values = [uncompressed, compressed, offset]
    needed = [each == _MAX32 for each in values]
    at = 0
    while len(extra) - at >= 4:
        tag, length = struct.unpack_from("<HH", extra, at)
        at += 4
        if len(extra) - at < length:
            break
        if tag == 1:
            field = extra[at : at + length]
            for index in range(3):
                if needed[index]:
                    needed[index] = False
                    if len(field) < 8:
                        raise ZipError(NOT_A_ZIP)
                    values[index] = struct.unpack_from("<Q", field)[0]
                    field = field[8:]
        at += length
    if needed[1] or needed[2]:
        raise ZipError(NOT_A_ZIP)
    signed_offset = values[2] - (1 << 64) if values[2] > _MAX63 else values[2]
    return values[0], values[1], signed_offset
