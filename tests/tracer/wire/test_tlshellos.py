"""ServerHello and ServerKeyExchange in clear; ``None`` for whatever cannot be decoded."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.tracer.wire.tlshellos import key_exchange_group, parse_server_hello

RETRY = hashlib.sha256(b"HelloRetryRequest").digest()


def hello(*extensions: tuple[int, bytes], random: bytes = bytes(32), session: bytes = b"", block: bool = True) -> bytes:
    data = b"".join(kind.to_bytes(2) + len(value).to_bytes(2) + value for kind, value in extensions)
    tail = len(data).to_bytes(2) + data if block else b""
    return b"\x03\x03" + random + bytes([len(session)]) + session + b"\x13\x01\x00" + tail


def test_the_selected_version_and_group_are_read_behind_any_session_id() -> None:
    for session in (b"", bytes(32)):
        found = parse_server_hello(hello((43, b"\x03\x04"), (51, b"\x11\xec\x00\x01k"), session=session))
        assert found is not None
        assert (found.version, found.suite, found.group, found.is_retry) == (0x0304, 0x1301, 0x11EC, False)
        assert found.extensions == (43, 51)


def test_without_extensions_it_is_tls12() -> None:
    found = parse_server_hello(hello(block=False))
    assert found is not None
    assert (found.version, found.group, found.extensions) == (0x0303, None, ())


def test_a_retry_is_known_by_its_random_and_may_name_a_bare_group() -> None:
    found = parse_server_hello(hello((43, b"\x03\x04"), (51, b"\x00\x1d"), random=RETRY))
    assert found is not None
    assert (found.is_retry, found.group) == (True, 0x1D)


@pytest.mark.parametrize(
    "body",
    [
        hello()[:37],
        hello(session=bytes(9))[:40],
        hello((43, b"\x03")),
        hello((43, b"\x03\x04\x00")),
        hello((51, b"\x00")),
        hello((51, b"")),
        hello((16, b"a"), (16, b"b")),
        hello((16, b"abc"))[:-1],
        hello((16, b"abc")) + b"x",
        hello(block=False) + b"\x00\x03\x00\x10\x00",
    ],
)
def test_damage_is_none(body: bytes) -> None:
    assert parse_server_hello(body) is None


def test_named_curves_only() -> None:
    assert key_exchange_group(b"\x03\x00\x1d\x20rest") == 0x1D
    assert key_exchange_group(b"\x01\x00\x1d") is None
    assert key_exchange_group(b"\x03\x00") is None


@given(st.binary(max_size=120))
def test_no_bytes_raise(data: bytes) -> None:
    parse_server_hello(data)
    parse_server_hello(hello(block=False) + data)
    key_exchange_group(data)
