"""A hint from the first bytes, and none where there is nothing to go by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.tracer.tunnels.guess import guess


@pytest.mark.parametrize(
    ("first", "word"),
    [
        (b"HTTP/1.1 400", "HTTP:"),
        (b"HT", "HTTP:"),
        (b"\x05\xff", "socks5://"),
        (b"\x05", "socks5://"),
        (b"\x00Z\x00\x00", "SOCKS4"),
        (b"\x00[", "SOCKS4"),
        (b"\x15\x03\x01\x00\x02", "https://"),
        (b"\x16\x03\x03", "TLS"),
        (b"\x00\x00\x12\x04\x00", "HTTP/2"),
        (b"SSH-2.0-x\r\n", "SSH"),
        (b"SS", "SSH"),
        (b"220 mail.test", "mail"),
        (b"<!DOCTYPE html>", "web page"),
    ],
)
def test_what_is_known_by_its_beginning_is_named(first: bytes, word: str) -> None:
    assert word in str(guess(first))


@pytest.mark.parametrize("first", [b"", b"H", b"S", b"hello", b"\xff\xff", b"\x00", b"http/1.1"])
def test_nothing_is_guessed_from_nothing(first: bytes) -> None:
    assert guess(first) is None


@given(st.binary(max_size=64))
def test_any_bytes_give_words_or_nothing(first: bytes) -> None:
    words = guess(first)
    assert words is None or words.isprintable()
