"""The chunked decoder: whole, byte by byte, with a tail; every refusal in Go's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.tracer.wire.chunked import ChunkedDecoder

GOOD = b"5;x \r\nhello\r\nA\r\n world....\r\n0\r\nX-Sum: a\r\n b\r\n\r\n"


def fed(raw: bytes, size: int) -> tuple[bytes, bool, str | None, ChunkedDecoder]:
    decoder, body = ChunkedDecoder(), b""
    is_end, error = False, None
    for at in range(0, len(raw), size):
        chunk = decoder.feed(raw[at : at + size])
        body += b"".join(chunk.data)
        is_end, error = chunk.is_end, chunk.error
        if error:
            break
    return body, is_end, error, decoder


@pytest.mark.parametrize("size", [1, 3, 1 << 16])
@pytest.mark.parametrize("tail", [b"", b"HTTP/1.1 200 OK"])
def test_data_trailers_and_the_rest_are_told_apart(size: int, tail: bytes) -> None:
    body, is_end, error, decoder = fed(GOOD + tail, size)
    assert (body, is_end, error) == (b"hello world....", True, None)
    assert (decoder.trailers, decoder.rest) == ([("X-Sum", "a b")], tail)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"\r\n", "empty hex number for chunk length"),
        (b"5\n", "chunked line ends with bare LF"),
        (b"5\r;\r\n", "invalid CR in chunked line"),
        (b"5g\r\n", "invalid byte in chunk length"),
        (b"5 ;x\r\n", "invalid byte in chunk length"),
        (b"-1\r\n", "invalid byte in chunk length"),
        (b"1" * 17 + b"\r\n", "http chunk length too large"),
        (b"1\r\nabc", "malformed chunked encoding"),
        (b"0\r\n X: y\r\n\r\n", 'malformed MIME header initial line: " X: y"'),
        (b"0\r\nnocolon\r\n\r\n", 'malformed MIME header: missing colon: "nocolon"'),
        (b"1" * 4096, "header line too long"),
        (b"0\r\n" + b"x" * 4096, "http: suspiciously long trailer after chunked body"),
    ],
)
@pytest.mark.parametrize("size", [1, 1 << 16])
def test_refusals_are_in_gos_words(raw: bytes, error: str, size: int) -> None:
    assert fed(raw, size)[2] == error


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", "unexpected EOF"),
        (b"5\r\nhel", "unexpected EOF"),
        (b"1\r\na", "unexpected EOF"),
        (b"0\r\nX: y\r\n", "http: unexpected EOF reading trailer"),
    ],
)
def test_an_early_end_is_named_after_its_place(raw: bytes, error: str) -> None:
    assert ChunkedDecoder().feed(raw, is_eof=True).error == error


def test_tiny_chunks_with_long_extensions_are_bounded() -> None:
    assert fed((b"1;" + b"x" * 2000 + b"\r\na\r\n") * 9, 1 << 16)[2] == "chunked encoding contains too much non-data"
    assert fed(b"1\r\na\r\n" * 20_000, 1 << 16)[2] is None


@given(st.binary(max_size=80), st.integers(1, 9))
def test_any_bytes_are_survived_the_same_in_any_pieces(raw: bytes, size: int) -> None:
    assert fed(raw, size)[:3:2] == fed(raw, 1 << 16)[:3:2]
