"""Contents hashed while the zip arrives: the pieces that the directory will ask for, and nothing that could be believed
against it."""

import hashlib
import io
import random
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modtrace.record.failures import Failure, StepFailed
from modtrace.tracer.wire import zipahead
from modtrace.tracer.wire.zipahead import DEFLATED, STORED, Piece, Unpacked, ZipAhead
from modtrace.tracer.wire.ziparchive import ZipContents, hash_zip

M, V = "a.b/m", "v1.0.0"
RANDOM = random.Random(7).randbytes(400_000)
FILES = [
    (f"{M}@{V}/go.mod", b"module a.b/m\n"),
    (f"{M}@{V}/empty", b""),
    (f"{M}@{V}/text.go", b"package m // and so on\n" * 20_000),
    (f"{M}@{V}/data.bin", RANDOM),
    (f"{M}@{V}/last.go", b"package m\n"),
]


class Unseekable(io.BytesIO):
    """Makes ``zipfile`` write as Go does: no sizes in the local headers, data descriptors behind the contents."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


def zipped(files: list[tuple[str, bytes]], method: int = DEFLATED, *, is_seekable: bool = True) -> bytes:
    out = io.BytesIO() if is_seekable else Unseekable()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return out.getvalue()


def deflated_with_descriptors(files: list[tuple[str, bytes]], *, signature: bool = True, wide: bool = False) -> bytes:
    """By hand, for the descriptors' four forms."""
    out, directory = b"", b""
    for name, data in files:
        encoder = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = encoder.compress(data) + encoder.flush()
        crc, label, place = zlib.crc32(data), name.encode(), len(out)
        fixed = b"\x14\0\x08\0\x08\0\0\0\0\0"
        out += b"PK\3\4" + fixed + bytes(12) + len(label).to_bytes(2, "little") + b"\0\0" + label + packed
        width = 8 if wide else 4
        out += b"PK\7\x08" * signature + crc.to_bytes(4, "little")
        out += len(packed).to_bytes(width, "little") + len(data).to_bytes(width, "little")
        directory += b"PK\1\2\x14\0" + fixed + crc.to_bytes(4, "little")
        directory += len(packed).to_bytes(4, "little") + len(data).to_bytes(4, "little")
        directory += len(label).to_bytes(2, "little") + bytes(12) + place.to_bytes(4, "little") + label
    count = len(files).to_bytes(2, "little")
    end = b"PK\5\6\0\0\0\0" + count + count + len(directory).to_bytes(4, "little") + len(out).to_bytes(4, "little")
    return out + directory + end + b"\0\0"


def fed(body: bytes, cut: int) -> ZipAhead:
    ahead = ZipAhead()
    for at in range(0, len(body), cut):
        ahead.feed(body[at : at + cut])
    return ahead


def judged(body: bytes, ahead: ZipAhead | None = None) -> ZipContents | Failure:
    try:
        return hash_zip(io.BytesIO(body), M, V, ahead.known if ahead is not None else {})
    except StepFailed as failed:
        return failed.failure


def same(body: bytes, ahead: ZipAhead) -> int:
    """Asserts that what is known changes nothing but the work; how many content bytes were known."""
    without, knowing = judged(body), judged(body, ahead)
    if isinstance(without, Failure) or isinstance(knowing, Failure):
        assert knowing == without
        return 0
    assert (knowing.h1, knowing.entries, knowing.content_bytes) == (without.h1, without.entries, without.content_bytes)
    return knowing.ahead_bytes


MAKERS: dict[str, Callable[[list[tuple[str, bytes]]], bytes]] = {
    "sizes in the headers": zipped,
    "stored": lambda files: zipped(files, STORED),
    "descriptors": lambda files: zipped(files, is_seekable=False),
    "descriptors as Go writes them": lambda files: deflated_with_descriptors(files),
    "descriptors without signature": lambda files: deflated_with_descriptors(files, signature=False),
    "wide descriptors": lambda files: deflated_with_descriptors(files, wide=True),
    "wide descriptors without signature": lambda files: deflated_with_descriptors(files, signature=False, wide=True),
}


@pytest.mark.parametrize("cut", [1 << 30, 4096, 61])
@pytest.mark.parametrize("maker", MAKERS)
def test_every_content_of_an_honest_zip_is_known_when_its_last_byte_is_there(maker: str, cut: int) -> None:
    body = MAKERS[maker](FILES)
    ahead = fed(body, cut)
    assert same(body, ahead) == sum(len(data) for _, data in FILES)
    assert {unpacked.sha256 for unpacked in ahead.known.values()} == {
        hashlib.sha256(data).digest() for _, data in FILES
    }
    assert ahead.is_done


def test_one_byte_after_the_other_is_enough() -> None:
    files = FILES[:2] + FILES[-1:]
    body = deflated_with_descriptors(files)
    assert same(body, fed(body, 1)) == sum(len(data) for _, data in files)


def test_a_stored_content_of_unknown_length_ends_the_guessing() -> None:
    body = bytearray(zipped(FILES, STORED))
    body[6] = 8  # the first local header announces a descriptor
    body[18:26] = bytes(8)
    ahead = fed(bytes(body), 4096)
    assert (ahead.known, ahead.is_done) == ({}, True)
    assert same(bytes(body), ahead) == 0


def test_what_follows_the_zip_or_comes_before_it_is_no_matter() -> None:
    body = zipped(FILES)
    assert same(body + b"PK\3\4" + bytes(500), fed(body + b"PK\3\4" + bytes(500), 999)) > 800_000
    assert same(b"#!/bin/sh\n" + body, fed(b"#!/bin/sh\n" + body, 999)) == 0


@pytest.mark.parametrize("field", [14, 18, 22], ids=["checksum", "packed size", "size"])
def test_a_local_header_that_lies_is_not_believed(field: int) -> None:
    body = bytearray(zipped(FILES))
    body[field : field + 4] = (77).to_bytes(4, "little")
    assert not isinstance(judged(bytes(body)), Failure)
    same(bytes(body), fed(bytes(body), 4096))


@pytest.mark.parametrize(("length", "crc32"), [(4, None), (None, 1)], ids=["another length", "another checksum"])
def test_knowledge_that_the_directory_denies_is_not_used(length: int | None, crc32: int | None) -> None:
    files = [(name, data) for name, data in FILES if data]  # an empty content's checksum is 0, which goes unchecked
    for body in (zipped(files), deflated_with_descriptors(files)):
        ahead = fed(body, 4096)
        for piece, known in ahead.known.items():
            ahead.known[piece] = Unpacked(
                hashlib.sha256(b"evil").digest(),
                known.crc32 if crc32 is None else crc32,
                known.length if length is None else length,
            )
        assert same(body, ahead) == 0


def test_two_names_for_one_content_count_it_twice_either_way() -> None:
    body = bytearray(zipped([(f"{M}@{V}/a", b"x" * 500), (f"{M}@{V}/b", b"x" * 500)]))
    second = body.rindex(b"PK\1\2")
    body[second + 42 : second + 46] = bytes(4)  # where the first one lies
    assert same(bytes(body), fed(bytes(body), 64)) == 1000


def test_a_bomb_ends_the_guessing_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipahead, "ZIP_UNCOMPRESSED_BYTES", 1 << 20)
    for method in (STORED, DEFLATED):
        ahead = fed(zipped([(f"{M}@{V}/bomb", bytes(3 << 20))], method), 1000)
        assert (ahead.known, ahead.is_done) == ({}, True)
    ahead = fed(zipped([(f"{M}@{V}/{n}", bytes(600_000)) for n in range(4)]), 100)
    assert [known.length for known in ahead.known.values()] == [600_000]
    assert ahead.is_done


def test_contents_beyond_the_limit_are_read_and_refused_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modtrace.tracer.wire.ziparchive.ZIP_UNCOMPRESSED_BYTES", 1 << 20)
    body = zipped([(f"{M}@{V}/{n}", bytes(600_000)) for n in range(4)])
    ahead = fed(body, 4096)
    assert len(ahead.known) == 4
    same(body, ahead)
    assert isinstance(judged(body, ahead), Failure)


SMALL = [(f"{M}@{V}/go.mod", b"module a.b/m\n"), (f"{M}@{V}/a.go", b"package a\n" * 30), (f"{M}@{V}/e", b"")]
SEEDS = [zipped(SMALL), zipped(SMALL, STORED), deflated_with_descriptors(SMALL)]


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=4),
    st.integers(1, 200),
    st.integers(0, 700),
)
def test_no_damage_makes_the_two_ways_differ(seed: bytes, flips: list[tuple[int, int]], cut: int, dropped: int) -> None:
    body = bytearray(seed)
    for at, value in flips:
        body[at % len(body)] = value
    whole = bytes(body[: max(0, len(body) - dropped)] if dropped < 40 else body)
    same(whole, fed(whole, cut))


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes(body: bytes, cut: int) -> None:
    fed(body, cut)
    fed(b"PK\3\4" + body, cut)


@given(
    st.lists(st.tuples(st.sampled_from("abcdef/"), st.binary(max_size=400)), max_size=6),
    st.sampled_from(sorted(MAKERS)),
    st.integers(1, 300),
)
def test_any_files_are_known_whole(files: list[tuple[str, bytes]], maker: str, cut: int) -> None:
    named = [(f"{M}@{V}/{number}{name}", data) for number, (name, data) in enumerate(files) if name != "/"]
    body = MAKERS[maker](named)
    assert same(body, fed(body, cut)) == sum(len(data) for _, data in named)


def test_a_piece_is_named_by_place_length_and_method() -> None:
    body = zipped([("x", b"abc")], STORED)
    assert fed(body, 5).known == {
        Piece(31, 3, STORED): Unpacked(hashlib.sha256(b"abc").digest(), zlib.crc32(b"abc"), 3)
    }
