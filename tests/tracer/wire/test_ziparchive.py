"""The reader against damage: one kind of error leaves, memory and content stay bounded."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modtrace.record.failures import StepFailed
from modtrace.tracer.wire.ziparchive import CHUNK_BYTES, check_zip, contents_of, hash_zip
from modtrace.tracer.wire.zipdirectory import ZipError, entries, find_directory

M, V = "a.b/m", "v1.0.0"


def _zip(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(f"{M}@{V}/go.mod", b"module a.b/m\n")
        archive.writestr(f"{M}@{V}/a.bin", content)
    return out.getvalue()


SEED = _zip(b"package a\n" * 30)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_method_does_not_change_the_hash(method: int) -> None:
    found = hash_zip(io.BytesIO(_zip(b"package a\n" * 30, method)), M, V)
    assert found.h1 == hash_zip(io.BytesIO(SEED), M, V).h1
    assert found.content_bytes == 313
    check_zip(found, M, V)


def test_a_bomb_comes_in_chunks() -> None:
    body = _zip(bytes(64 << 20))
    file = io.BytesIO(body)
    bomb = list(entries(file, len(body), find_directory(file, len(body))))[1]
    sizes = [len(chunk) for chunk in contents_of(file, len(body), bomb)]
    assert sum(sizes) == 64 << 20
    assert max(sizes) <= CHUNK_BYTES
    assert hash_zip(file, M, V).ratio > 900


def test_not_a_zip() -> None:
    with pytest.raises(StepFailed) as caught:
        hash_zip(io.BytesIO(b"<html>"), M, V)
    assert (caught.value.failure.cause, caught.value.failure.go_text) == ("zip.not_a_zip", "zip: not a valid zip file")


def test_another_modules_zip() -> None:
    with pytest.raises(StepFailed) as caught:
        hash_zip(io.BytesIO(SEED), "a.b/M", V)
    assert caught.value.failure.cause == "zip.path_invalid"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_flipped_bytes_end_in_a_hash_or_a_failure(flips: list[tuple[int, int]]) -> None:
    body = bytearray(SEED)
    for at, value in flips:
        body[at] = value
    try:
        assert hash_zip(io.BytesIO(bytes(body)), M, V).h1.startswith("h1:")
    except StepFailed as error:
        assert error.failure.cause.startswith("zip.")  # noqa: PT017


@given(st.integers(0, len(SEED)))
def test_any_beginning(length: int) -> None:
    try:
        hash_zip(io.BytesIO(SEED[:length]), M, V)
    except StepFailed as error:
        assert error.failure.go_text  # noqa: PT017


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    with pytest.raises(ZipError):
        find_directory(io.BytesIO(body), len(body))
