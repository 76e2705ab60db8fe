"""The central directory: 64-bit fields, bytes before it, and lies."""

import io
import struct
import zipfile

import pytest

from modtrace.tracer.wire.zipdirectory import UNEXPECTED_EOF, ZipError, entries, find_directory


def _zip(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(str(number), b"")
    return out.getvalue()


def _count(body: bytes) -> int:
    file = io.BytesIO(body)
    return sum(1 for _ in entries(file, len(body), find_directory(file, len(body))))


def test_bytes_before_the_zip_are_stepped_over() -> None:
    assert _count(b"#!" * 100 + _zip(3)) == 3


def test_more_than_sixteen_bits_of_entries() -> None:
    assert _count(_zip(65_600)) == 65_600


def test_a_wrong_count_is_refused() -> None:
    body = bytearray(_zip(3))
    struct.pack_into("<H", body, len(body) - 12, 4)
    with pytest.raises(ZipError, match=UNEXPECTED_EOF):
        _count(bytes(body))
