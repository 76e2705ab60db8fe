"""The handshake step: every way in which it ends, in Go's words, over links of memory."""

import errno

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from OpenSSL import SSL
from tests.sim.certmaker import DAY, HOST, NOW, Made, authority, leaf, root
from tests.sim.tls_handshakes import ANCHOR, GOOD, alert, answering, served, shake
from tests.sim.tls_server import Answer, MemoryLink, MemoryTlsServer

from modtrace.record.events import SpanStarted
from modtrace.record.failures import Failure
from modtrace.tracer.steps.tlslink import TlsLink

STAPLE = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)


@pytest.mark.parametrize("piece", [65536, 1, 7])
@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_good_chain_gives_a_link_with_the_facts_of_the_handshake(version: int, piece: int) -> None:
    server, memory = served([GOOD], versions=(version, version), piece=piece, staple=STAPLE)
    outcome = shake(memory)
    assert outcome.failure is None
    assert outcome.link is not None
    facts = outcome.link.facts
    assert (facts.alpn, facts.sni, facts.verified, facts.root_is_public) == ("h2", HOST, True, False)
    assert facts.version == ("TLS 1.3" if version == SSL.TLS1_3_VERSION else "TLS 1.2")
    assert facts.group == ("X25519MLKEM768" if version == SSL.TLS1_3_VERSION else "X25519")
    assert facts.cipher_suite in (
        "TLS_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    )
    assert facts.ocsp_stapled
    assert facts.hello_is_go_shaped
    assert facts.client_hello_bytes > 1400
    assert outcome.chain == (GOOD.der,)
    closed = outcome.closed
    assert closed.outcome == "ok"
    assert closed.attributes["verified"] is True
    assert closed.attributes["records"][0]["messages"] == ["client_hello"]  # type: ignore[index,call-overload]
    assert closed.attributes["records"][1]["messages"][0] == "server_hello"  # type: ignore[index,call-overload]
    assert GOOD.der not in repr(closed).encode("latin-1", "replace")
    assert server.is_done


def test_finished_and_the_first_data_wait_for_nothing() -> None:
    server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        before = len(memory.sent)
        await link.send(b"GET / HTTP/1.1\r\n\r\n")
        assert len(memory.sent) == before + 1

    shake(memory, then=then)
    assert server.received == b"GET / HTTP/1.1\r\n\r\n"
    assert len(memory.sent) == 3  # hello, Finished, data


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_the_handshake_lasts_from_the_packet_of_its_hello_to_that_of_its_finished(version: int) -> None:
    _server, memory = served([GOOD], versions=(version, version))
    memory.leaves_after_s, memory.read_after_s = 0.25, 0.125
    closed = shake(memory).closed
    ours_s, theirs_s = 0.25 + 0.125 + 0.25, 0.25 + 0.125  # in TLS 1.2 the server's Finished is the last one
    ended_s = ours_s if version == SSL.TLS1_3_VERSION else theirs_s
    assert (closed.started_ns, closed.at_ns) == (250_000_000, int(ended_s * 1e9))


CHAINS = [
    ([GOOD], [root("Other")], HOST, "tls.unknown_authority", "x509: certificate signed by unknown authority"),
    ([GOOD], [], HOST, "tls.unknown_authority.no_roots", "x509: certificate signed by unknown authority"),
    ([leaf(None)], None, HOST, "tls.self_signed", "x509: certificate signed by unknown authority"),
    (
        [leaf(authority("Middle", ANCHOR), aia=True)],
        None,
        HOST,
        "tls.unknown_authority.missing_intermediate",
        "x509: certificate signed by unknown authority",
    ),
    ([GOOD], None, "x.example", "tls.wrong_host", f"x509: certificate is valid for {HOST}, not x.example"),
    (
        [leaf(ANCHOR, start=NOW - 9 * DAY, end=NOW - DAY)],
        None,
        HOST,
        "tls.expired",
        "x509: certificate has expired or is not yet valid: "
        "current time 2026-06-01T12:00:00Z is after 2026-05-31T12:00:00Z",
    ),
    (
        [leaf(ANCHOR, start=NOW + DAY)],
        None,
        HOST,
        "tls.not_yet_valid",
        "x509: certificate has expired or is not yet valid: "
        "current time 2026-06-01T12:00:00Z is before 2026-06-02T12:00:00Z",
    ),
]


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
@pytest.mark.parametrize(("chain", "roots", "host", "cause", "text"), CHAINS)
def test_bad_chain_is_refused_in_the_middle_with_the_alert_of_go(
    chain: list[Made], roots: list[Made] | None, host: str, cause: str, text: str, version: int
) -> None:
    server, memory = served(chain, versions=(version, version))
    outcome = shake(memory, roots=roots, host=host)
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.failure.go_text) == (cause, f"tls: failed to verify certificate: {text}")
    assert outcome.alerts == [(True, "bad certificate")]
    assert "bad certificate" in str(server.error)
    assert not server.is_done
    assert memory.is_closed
    assert outcome.closed.attributes["verified"] is False
    assert outcome.chain == tuple(made.der for made in chain)


def test_silence_ends_after_ten_seconds_as_hello_unanswered() -> None:
    outcome = shake(answering(None))
    assert outcome.seconds == pytest.approx(10.0)
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.failure.go_text) == (
        "tls.hello_unanswered",
        "net/http: TLS handshake timeout",
    )


def test_half_a_flight_and_silence_is_a_stalled_handshake() -> None:
    server = MemoryTlsServer([GOOD])
    outcome = shake(MemoryLink(lambda data: [server.feed(data)[:400] if len(data) > 1000 else None]))
    assert outcome.failure is not None
    assert outcome.failure.cause == "tls.hello_unanswered"  # 400 bytes are no whole ServerHello with ML-KEM
    server = MemoryTlsServer([GOOD])
    outcome = shake(MemoryLink(lambda data: [server.feed(data)[:1400] if len(data) > 1000 else None]))
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.failure.go_text) == (
        "tls.handshake_stalled",
        "net/http: TLS handshake timeout",
    )


ENDS: list[tuple[str, list[Answer], str, str]] = [
    ("fin", [b""], "tls.closed", "EOF"),
    ("fin in a record", [b"\x16\x03\x03\x01", b""], "tls.closed", "unexpected EOF"),
    (
        "reset",
        [ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")],
        "tls.reset",
        "read tcp 192.0.2.1:40000->192.0.2.2:443: read: connection reset by peer",
    ),
    ("alert", [alert(40)], "tls.alert", "remote error: tls: handshake failure"),
    ("alert with fin", [alert(80), b""], "tls.alert", "remote error: tls: internal error"),
    ("unknown alert", [alert(200)], "tls.alert", "remote error: tls: alert(200)"),
    ("version alert", [alert(70)], "tls.version_unsupported", "remote error: tls: protocol version not supported"),
    ("client certificate", [alert(116)], "tls.client_certificate_required", "remote error: tls: certificate required"),
    ("close_notify", [alert(0, 1)], "tls.closed", "EOF"),
    ("warning, then fin", [alert(112, 1), b""], "tls.closed", "EOF"),
    ("17 warnings", [alert(112, 1) * 17], "tls.corrupted", "tls: too many ignored records"),
    ("http", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], "tls.not_tls", "http: server gave HTTP response to HTTPS client"),
    ("ssh", [b"SSH-2.0-x\r\n"], "tls.not_tls", "tls: first record does not look like a TLS handshake"),
    ("sslv2", [b"\x80\x2e\x01\x00\x02"], "tls.not_tls", "tls: unsupported SSLv2 handshake received"),
    (
        "16 MB message",
        [b"\x16\x03\x03\x00\x04\x02\xff\xff\xff"],
        "tls.oversized",
        "tls: handshake message of length 16777215 bytes exceeds maximum of 65536 bytes",
    ),
    ("long record", [b"\x16\x03\x03\xff\xff"], "tls.oversized", "tls: oversized record received with length 65535"),
    (
        "TLS 1.1",
        [b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02" + bytes(32) + b"\x00\x00\x2f\x00"],
        "tls.version_unsupported",
        "tls: server selected unsupported protocol version 302",
    ),
]


@pytest.mark.parametrize(("name", "items", "cause", "text"), ENDS, ids=[end[0] for end in ENDS])
def test_every_end_has_its_cause_and_the_words_of_go(name: str, items: list[Answer], cause: str, text: str) -> None:
    outcome = shake(answering(*items))
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.failure.go_text) == (cause, text)
    assert outcome.closed.outcome == "failed"


def test_clear_fault_is_answered_with_the_alert_that_go_sends() -> None:
    memory = answering(b"\x16\x03\x03\xff\xff")
    shake(memory)
    assert memory.sent[-1] == bytes([21, 3, 1, 0, 2, 2, 22])


def test_flipped_bit_after_the_server_hello_is_a_bad_record_mac() -> None:
    server = MemoryTlsServer([GOOD], versions=(SSL.TLS1_3_VERSION, SSL.TLS1_3_VERSION))

    def answer(data: bytes) -> list[Answer]:
        out = bytearray(server.feed(data))
        if out:
            out[-1] ^= 1
        return [bytes(out)]

    outcome = shake(MemoryLink(answer))
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.failure.go_text) == ("tls.corrupted", "local error: tls: bad record MAC")


def test_server_without_a_common_protocol_sends_its_alert() -> None:
    _server, memory = served([GOOD], ciphers=b"AES128-SHA", versions=(SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION))
    outcome = shake(memory)
    assert outcome.failure is not None
    assert outcome.failure.go_text == "remote error: tls: handshake failure"
    assert outcome.alerts == [(False, "handshake failure")]


def test_ip_literals_are_not_named_in_the_hello() -> None:
    _server, memory = served([GOOD])
    outcome = shake(memory, host="192.0.2.2")
    assert outcome.failure is not None
    assert outcome.failure.go_text is not None
    assert outcome.failure.go_text.endswith(
        "x509: cannot validate certificate for 192.0.2.2 because it doesn't contain any IP SANs"
    )
    assert outcome.closed.attributes["sni"] is None


def test_a_failure_is_worded_for_where_the_handshake_stands_in_the_span_too() -> None:
    def refine(failure: Failure) -> Failure:
        return msgspec.structs.replace(failure, cause="proxy.tunnel_silent").wrapped("refined: ")

    outcome = shake(answering(None), refine=refine)
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.failure.go_text) == (
        "proxy.tunnel_silent",
        "refined: net/http: TLS handshake timeout",
    )
    assert outcome.closed.failure is not None
    assert outcome.closed.failure == outcome.failure


def test_a_handshake_says_where_it_stands() -> None:
    _, memory = served([GOOD])
    outcome = shake(memory, attributes={"role": "proxy", "hop": 1})
    assert outcome.failure is None
    started = next(event for event in outcome.events if isinstance(event, SpanStarted) and event.span == 2)
    assert (started.attributes["role"], started.attributes["hop"], started.attributes["sni"]) == ("proxy", 1, HOST)


def test_a_good_handshake_is_never_refined() -> None:
    def refine(failure: Failure) -> Failure:
        raise AssertionError

    _, memory = served([GOOD])
    assert shake(memory, refine=refine).failure is None
