"""gzip with Go's words and bounded pieces."""

import contextlib
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.tracer.wire.gunzip import Gunzip, GunzipError

PACKED = gzip.compress(b"hello " * 100, mtime=0)


def unpacked(raw: bytes, size: int) -> bytes:
    gunzip = Gunzip()
    out = b"".join(piece for start in range(0, len(raw), size) for piece in gunzip.feed(raw[start : start + size]))
    gunzip.finish()
    return out


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_members_follow_one_another(size: int) -> None:
    assert unpacked(PACKED + PACKED, size) == b"hello " * 200
    assert unpacked(b"", size) == b""


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain text here", "gzip: invalid header"),
        (b"\x1f\x8b", "unexpected EOF"),
        (PACKED[:-1], "unexpected EOF"),
        (PACKED[:-8] + bytes(8), "gzip: invalid checksum"),
        (PACKED + b"trailing garbage", "gzip: invalid header"),
        (PACKED + b"short", "unexpected EOF"),
    ],
)
def test_damage_is_told_in_gos_words(raw: bytes, text: str, size: int) -> None:
    with pytest.raises(GunzipError) as caught:
        unpacked(raw, size)
    assert caught.value.text == text


def test_a_bomb_comes_in_pieces_and_only_when_asked_for() -> None:
    pieces = Gunzip().feed(gzip.compress(bytes(100 << 20)))
    assert [len(next(pieces)) for _ in range(3)] == [262144] * 3


@given(st.integers(0, 40), st.binary(min_size=1, max_size=4), st.integers(1, 30))
def test_mutations_end_in_data_or_in_words(at: int, junk: bytes, size: int) -> None:
    with contextlib.suppress(GunzipError):
        unpacked(PACKED[:at] + junk + PACKED[at + len(junk) :], size)
