"""A module's zip: checked, and hashed entry by entry without a byte written to disk.

Go 1.26 cmd/go/internal/modfetch/fetch.go, downloadZip and hashZip; archive/zip/reader.go: Open, checksumReader,
findBodyOffset, readDataDescriptor; golang.org/x/mod/sumdb/dirhash/hash.go, HashZip. The order is go's: directory,
then every name's prefix, then the contents in the order of their names. What of them was worked out while the file
arrived (:mod:`~modtrace.tracer.wire.zipahead`) is taken where it is exactly what the directory asks for.
Content passes through one chunk of 256 KiB; only the entries' list (about 300 bytes each) grows.
"""

import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO, Final, Protocol

import msgspec

from modtrace.gorules.dirhash import NEWLINE_TEXT, hash1
from modtrace.gorules.ziprules import ZipEntry, check_entries, prefix_failure, too_large_failure
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import MODULE_ZIP_BYTES, ZIP_ENTRIES_COUNT, ZIP_UNCOMPRESSED_BYTES
from modtrace.tracer.wire.zipahead import DEFLATED, STORED, Piece, Unpacked
from modtrace.tracer.wire.zipdirectory import (
    NOT_A_ZIP,
    UNEXPECTED_EOF,
    DirectoryEntry,
    ZipError,
    entries,
    find_directory,
    read_at,
)

CHUNK_BYTES = 256 << 10
_NAMES_BYTES = 64 << 20  # all names together; go has no such limit
_CHECKSUM = "zip: checksum error"
_ALGORITHM = "zip: unsupported compression algorithm"
_LOCAL_HEADER_BYTES = 30
_DESCRIPTOR_FLAG = 0x8
_NOTHING: Final[Mapping[Piece, Unpacked]] = MappingProxyType({})


class ZipContents(msgspec.Struct, frozen=True, kw_only=True):
    """A readable zip. ``ratio`` is contents over file, both in bytes."""

    entries: tuple[ZipEntry, ...]
    h1: str
    zip_bytes: int
    content_bytes: int
    ahead_bytes: int = 0
    """How much of the contents had been hashed before."""

    @property
    def ratio(self) -> float:
        return self.content_bytes / max(1, self.zip_bytes)


def hash_zip(file: BinaryIO, path: str, version: str, ahead: Mapping[Piece, Unpacked] = _NOTHING) -> ZipContents:
    """Directory, prefix check and ``h1:`` of ``path@version``'s zip; raises StepFailed with go's text at this level.

    ``file`` must be seekable; it is read from its beginning. ``ahead``: what is known of its pieces, which changes no
    result. :func:`check_zip` has the rules that go applies later, after the hash was compared.
    """
    size = file.seek(0, io.SEEK_END)
    if size > MODULE_ZIP_BYTES:
        raise _failed("zip.too_large", "downloaded zip file too large", limit="MODULE_ZIP_BYTES")
    try:
        found = _read_directory(file, size, path, version)
        contents = _Contents(file, size, ahead)
        h1 = contents.hashed(found)
    except ZipError as error:
        raise _failed("zip.not_a_zip" if str(error) == NOT_A_ZIP else "zip.invalid", str(error)) from None
    listing = tuple(ZipEntry(_text(entry.name), entry.uncompressed) for entry in found)
    return ZipContents(
        entries=listing,
        h1=h1,
        zip_bytes=size,
        content_bytes=contents.total_bytes,
        ahead_bytes=contents.ahead_bytes,
    )


def check_zip(contents: ZipContents, path: str, version: str) -> None:
    """What go finds when it unpacks; raises StepFailed, whose ``go_text`` lacks only ``unzip ZIPFILE: ``."""
    failure = check_entries(path, version, contents.entries, zip_bytes=contents.zip_bytes)
    if failure is not None:
        raise StepFailed(failure)


def _read_directory(file: BinaryIO, size: int, path: str, version: str) -> list[DirectoryEntry]:
    """All entries, after go's prefix check; the first name without the prefix is known only when all could be read."""
    found: list[DirectoryEntry] = []
    unexpected: Failure | None = None
    names = 0
    for count, entry in enumerate(entries(file, size, find_directory(file, size)), start=1):
        names += len(entry.name)
        if count > ZIP_ENTRIES_COUNT or names > _NAMES_BYTES:
            raise _failed("zip.too_large", None, text="more entries than any module has", limit="ZIP_ENTRIES_COUNT")
        unexpected = unexpected or prefix_failure(path, version, _text(entry.name))
        if unexpected is None:
            found.append(entry)
    if unexpected is not None:
        raise StepFailed(unexpected)
    return found


class _Contents:
    """Hashes what the directory lists, and counts it."""

    def __init__(self, file: BinaryIO, size: int, ahead: Mapping[Piece, Unpacked]) -> None:
        self.total_bytes = 0
        self.ahead_bytes = 0
        self._file = file
        self._size = size
        self._ahead = ahead

    def hashed(self, found: list[DirectoryEntry]) -> str:
        """Of entries with one name, the last one's content counts."""
        latest = {entry.name: entry for entry in found}
        digests: list[tuple[bytes, bytes]] = []
        for name in sorted(entry.name for entry in found):
            if digests and digests[-1][0] == name:
                digests.append(digests[-1])
                continue
            if b"\n" in name:
                raise _failed("zip.path_invalid", NEWLINE_TEXT, where=_text(name))
            try:
                digests.append((name, self._known(latest[name]) or self._read(latest[name])))
            except ZipError as error:
                raise _failed("zip.invalid", str(error), where=_text(name)) from None
        return hash1(digests)

    def _read(self, entry: DirectoryEntry) -> bytes:
        digest = hashlib.sha256()
        for chunk in contents_of(self._file, self._size, entry):
            self.total_bytes += len(chunk)
            if self.total_bytes > ZIP_UNCOMPRESSED_BYTES:
                raise StepFailed(too_large_failure())
            digest.update(chunk)
        return digest.digest()

    def _known(self, entry: DirectoryEntry) -> bytes | None:
        """The hash of a content that is known and as the directory has it; any doubt is left to the reading."""
        if not self._ahead or entry.method not in (STORED, DEFLATED) or entry.name.endswith(b"/"):
            return None
        start = _start_of(self._file, entry)
        unpacked = self._ahead.get(Piece(start, entry.compressed, entry.method))
        if unpacked is None or unpacked.length != entry.uncompressed:
            return None
        if self.total_bytes + unpacked.length > ZIP_UNCOMPRESSED_BYTES:
            return None
        try:
            _check_sum(self._file, start + entry.compressed, self._size, entry, unpacked.crc32)
        except ZipError:
            return None
        self.total_bytes += unpacked.length
        self.ahead_bytes += unpacked.length
        return unpacked.sha256


def contents_of(file: BinaryIO, size: int, entry: DirectoryEntry) -> Iterator[bytes]:
    """The entry's content in chunks, with Go's checks of length and checksum; raises :class:`ZipError`."""
    start = _start_of(file, entry)
    if entry.name.endswith(b"/"):
        if entry.uncompressed:
            raise ZipError(NOT_A_ZIP)
        return
    if entry.method not in (STORED, DEFLATED):
        raise ZipError(_ALGORITHM)
    raw = _section(file, start, min(size, start + entry.compressed))
    crc = length = 0
    for chunk in raw if entry.method == STORED else _inflated(raw):
        length += len(chunk)
        if length > entry.uncompressed:
            raise ZipError(NOT_A_ZIP)
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if length != entry.uncompressed:
        raise ZipError(UNEXPECTED_EOF)
    _check_sum(file, start + entry.compressed, size, entry, crc)


def _start_of(file: BinaryIO, entry: DirectoryEntry) -> int:
    """Where the content begins: behind the local header, of which only the lengths count (findBodyOffset)."""
    header = read_at(file, entry.offset, _LOCAL_HEADER_BYTES)
    if header[:4] != b"PK\x03\x04":
        raise ZipError(NOT_A_ZIP)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return entry.offset + _LOCAL_HEADER_BYTES + lengths


def _check_sum(file: BinaryIO, end: int, size: int, entry: DirectoryEntry, crc: int) -> None:
    """A directory that holds no checksum (0) is believed, unless a data descriptor follows the content."""
    if entry.flags & _DESCRIPTOR_FLAG:
        if _descriptor_crc(file, end, size) != entry.crc32 or crc != entry.crc32:
            raise ZipError(_CHECKSUM)
    elif entry.crc32 != 0 and crc != entry.crc32:
        raise ZipError(_CHECKSUM)


def _descriptor_crc(file: BinaryIO, at: int, size: int) -> int:
    """The checksum of the descriptor, whose signature is optional; twelve bytes of it must be there."""
    file.seek(min(at, size))
    data = file.read(16)
    has_signature = data[:4] == b"PK\x07\x08"
    if len(data) < (16 if has_signature else 12):
        raise ZipError(UNEXPECTED_EOF)
    return int.from_bytes(data[4:8] if has_signature else data[:4], "little")


def _section(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        file.seek(start)
        chunk = file.read(min(CHUNK_BYTES, end - start))
        if not chunk:
            return
        start += len(chunk)
        yield chunk


class _Inflate(Protocol):
    """What zlib's decompressor offers; its class has no public name."""

    def copy(self) -> "_Inflate": ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Deflate in bounded chunks: a bomb gives one chunk at a time, and the reader of them counts."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    before = 0
    for chunk in raw:
        data = chunk
        while data and not inflate.eof:
            saved = inflate.copy()
            try:
                out = inflate.decompress(data, CHUNK_BYTES)
            except zlib.error:
                good, offset = _before_the_damage(saved, data)
                if good:
                    yield good
                raise ZipError(f"flate: corrupt input before offset {before + offset}") from None
            before += len(data) - len(inflate.unconsumed_tail) - len(inflate.unused_data)
            data = inflate.unconsumed_tail
            if out:
                yield out
        if inflate.eof:
            return
    while not inflate.eof:
        out = inflate.decompress(b"", CHUNK_BYTES)
        if not out:
            raise ZipError(UNEXPECTED_EOF)
        yield out


def _before_the_damage(inflate: _Inflate, data: bytes) -> tuple[bytes, int]:
    """What comes out before the damage, and how many bytes go in until it shows: the smallest prefix that fails."""
    low, high = 0, len(data)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            inflate.copy().decompress(data[:middle], CHUNK_BYTES)
            low = middle
        except zlib.error:
            high = middle
    return inflate.copy().decompress(data[:low], CHUNK_BYTES), high


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _failed(
    cause: Cause, go_text: str | None, *, text: str = "", where: str | None = None, limit: str | None = None
) -> StepFailed:
    return StepFailed(
        Failure(cause=cause, side="source", text=text or go_text or "", go_text=go_text, where=where, limit=limit)
    )
