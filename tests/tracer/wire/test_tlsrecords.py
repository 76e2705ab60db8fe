"""The record reader: fed whole, byte by byte and with a tail; what it logs, and where it stops as Go does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.record.limits import TLS_RECORDS_LOGGED_COUNT
from modtrace.tracer.wire.tlsfaults import TlsFault, alert_name, openssl_fault, remote_alert
from modtrace.tracer.wire.tlshellos import key_exchange_group, parse_server_hello
from modtrace.tracer.wire.tlsrecords import RecordLog


def record(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    return bytes([kind]) + version.to_bytes(2) + len(body).to_bytes(2) + body


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3) + body


def server_hello(*, version: int = 0x0304, group: int = 0x11EC, retry: bool = False, suite: int = 0x1301) -> bytes:
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c") if retry else bytes(32)
    extensions = b""
    if version == 0x0304:
        share = group.to_bytes(2) + (b"" if retry else b"\x00\x04abcd")
        extensions = b"\x00\x2b\x00\x02\x03\x04" + b"\x00\x33" + len(share).to_bytes(2) + share
        extensions = len(extensions).to_bytes(2) + extensions
    legacy = min(version, 0x0303).to_bytes(2)
    return message(2, legacy + random + b"\x00" + suite.to_bytes(2) + b"\x00" + extensions)


TLS13 = record(22, server_hello()) + record(20, b"\x01") + record(23, b"x" * 40) + record(23, b"y" * 50)
TLS12 = (
    record(22, server_hello(version=0x0303, suite=0xC02B) + message(11, b"\x00\x00\x00")[:5])
    + record(22, message(11, b"\x00\x00\x00")[5:] + message(12, b"\x03\x00\x1d\x20rest") + message(14, b""))
    + record(20, b"\x01")
    + record(22, b"encrypted" * 4)
)


def fed(data: bytes, sizes: int) -> RecordLog:
    log = RecordLog()
    for at in range(0, len(data), sizes):
        log.received.feed(data[at : at + sizes])
    return log


@pytest.mark.parametrize("sizes", [1, 2, 5, 7, 64, 10_000])
def test_tls13_flight_reads_the_same_however_it_is_cut(sizes: int) -> None:
    log = fed(TLS13, sizes)
    hello = log.received.server_hello
    assert hello is not None
    assert (hello.version, hello.suite, hello.group, hello.is_retry) == (0x0304, 0x1301, 0x11EC, False)
    assert log.received.group == 0x11EC
    assert [(seen.content_type, seen.length) for seen in log.records] == [
        (22, len(server_hello())),
        (20, 1),
        (23, 40),
        (23, 50),
    ]
    assert log.records[0].messages == ("server_hello",)
    assert log.received.count == 4
    assert log.received.is_at_boundary


@pytest.mark.parametrize("sizes", [1, 3, 10_000])
def test_tls12_messages_are_named_across_records_until_the_cipher_changes(sizes: int) -> None:
    log = fed(TLS12, sizes)
    assert [seen.messages for seen in log.records] == [
        ("server_hello",),
        ("certificate", "server_key_exchange", "server_hello_done"),
        (),
        (),
    ]
    assert log.received.group == 0x1D


@pytest.mark.parametrize("cut", range(1, len(TLS13)))
def test_a_tail_of_a_record_is_no_boundary(cut: int) -> None:
    log = fed(TLS13[:cut], 10_000)
    ends, at = set(), 0
    while at < len(TLS13):
        at += 5 + int.from_bytes(TLS13[at + 3 : at + 5])
        ends.add(at)
    assert log.received.is_at_boundary is (cut in ends)


def test_hello_retry_request_once_is_noted_and_twice_is_a_fault() -> None:
    retry = record(22, server_hello(retry=True, group=0x17))
    log = fed(retry + TLS13, 10_000)
    assert log.received.was_retried
    assert log.received.group == 0x11EC
    with pytest.raises(TlsFault) as caught:
        fed(retry + retry, 10_000)
    assert caught.value.go_text == "tls: server sent two HelloRetryRequest messages"


@pytest.mark.parametrize(
    ("data", "go_text", "alert"),
    [
        (b"HTTP/1.0 200", "http: server gave HTTP response to HTTPS client", None),
        (b"\x00\x00\x00\x00\x00", "tls: first record does not look like a TLS handshake", None),
        (b"\x16\x10\x00\x00\x00", "tls: first record does not look like a TLS handshake", None),
        (b"\x80\x01\x03\x00\x00", "tls: unsupported SSLv2 handshake received", 70),
        (record(22, server_hello(version=0x0302)), "tls: server selected unsupported protocol version 302", 70),
        (
            TLS13[: 5 + len(server_hello())] + record(22, b"x", 0x0302),
            "tls: received record with version 302 when expecting version 303",
            70,
        ),
        (record(22, b""), "local error: tls: unexpected message", 10),
        (record(22, message(99, b"")), "local error: tls: unexpected message", 10),
        (record(22, message(2, b"short")), "local error: tls: error decoding message", 50),
        (
            record(22, message(4, b"")),
            "tls: received unexpected handshake message of type *tls.newSessionTicketMsg "
            "when waiting for *tls.serverHelloMsg",
            10,
        ),
        (record(21, b"\x02"), "local error: tls: unexpected message", 10),
        (record(21, b"\x02\x28"), "remote error: tls: handshake failure", None),
        (record(21, b"\x01\x00"), "EOF", None),
        (record(21, b"\x01\x70") * 17, "tls: too many ignored records", 10),
        (record(22, server_hello(version=0x0303)) + record(23, b"x"), "local error: tls: unexpected message", 10),
        (
            record(22, server_hello(version=0x0303) + b"\x0b\x04\x00\x01"),
            "tls: handshake message of length 262145 bytes exceeds maximum of 262144 bytes",
            80,
        ),
        (TLS13 + b"\x17\x03\x03\xff\xff", "tls: oversized record received with length 65535", 22),
    ],
)
@pytest.mark.parametrize("sizes", [1, 10_000])
def test_reading_stops_where_go_stops(data: bytes, go_text: str, alert: int | None, sizes: int) -> None:
    with pytest.raises(TlsFault) as caught:
        fed(data, sizes)
    assert (caught.value.go_text, caught.value.alert) == (go_text, alert)


def test_warnings_are_ignored_and_counted_as_alerts() -> None:
    log = fed(record(21, b"\x01\x70") * 16 + TLS13, 10_000)
    assert len(log.alerts) == 16
    assert log.alerts[0].name == "unrecognized name"


def test_log_is_capped_and_says_so() -> None:
    log = fed(record(22, server_hello()) + record(23, b"x") * (TLS_RECORDS_LOGGED_COUNT + 5), 10_000)
    assert len(log.records) == TLS_RECORDS_LOGGED_COUNT
    assert log.is_truncated


def test_after_the_handshake_records_are_only_counted() -> None:
    log = fed(TLS13, 10_000)
    log.stop_logging()
    before = len(log.records)
    for at in range(0, 600, 7):
        log.received.feed((record(23, b"z" * 50) * 12)[at : at + 7])
    assert len(log.records) == before
    assert log.received.count >= 4 + 10


def test_our_own_records_are_named_while_in_clear() -> None:
    log = RecordLog()
    log.sent.feed(record(22, message(1, b"hello"), 0x0301))
    log.sent.feed(record(20, b"\x01") + record(22, b"\x01secret"))
    assert [seen.messages for seen in log.records] == [("client_hello",), (), ()]


@given(st.binary(max_size=400), st.integers(1, 400))
def test_no_bytes_escape(data: bytes, sizes: int) -> None:
    for prefix in (b"", record(22, server_hello()), record(22, server_hello(version=0x0303))):
        try:
            fed(prefix + data, sizes)
        except TlsFault:
            continue


@given(st.binary(max_size=120))
def test_hellos_of_any_bytes_are_none_or_something(data: bytes) -> None:
    parse_server_hello(data)
    key_exchange_group(data)


def test_faults_are_told_in_the_words_of_go() -> None:
    assert alert_name(200) == "alert(200)"
    assert remote_alert(116).cause == "tls.client_certificate_required"
    assert openssl_fault(["decryption failed or bad record mac"], 20).go_text == "local error: tls: bad record MAC"
    assert openssl_fault(["something new"], 47).go_text == "local error: tls: illegal parameter"
    assert openssl_fault([], None).go_text == "local error: tls: internal error"
    assert not openssl_fault(["something new"], 47).is_exact
