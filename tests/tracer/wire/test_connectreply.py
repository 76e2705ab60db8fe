"""The reply to CONNECT: whole, byte by byte, with a tail, cut at every byte, mutated, endless."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.record.limits import HTTP_RESPONSE_HEADER_BYTES
from modtrace.tracer.wire.connectreply import ConnectReply, ReplyBroken, ReplyHead, connect_request

OPENED = b"HTTP/1.1 200 Connection established\r\nProxy-Agent: p\r\n\r\n"
CHUNKED = b"HTTP/1.1 407 Auth\r\nTransfer-Encoding: chunked\r\nProxy-Authenticate: Basic\r\n\r\n"
PIECES = [1, 7, 4096, 1 << 20]


def fed(raw: bytes, *, size: int = 1 << 20, ends: bool = False) -> ConnectReply:
    """As the step feeds it: until it is decided; behind a refusal until it is complete."""
    reply = ConnectReply()
    for start in range(0, len(raw), size):
        reply.feed(raw[start : start + size])
    if ends:
        reply.feed(b"")
    return reply


def head_of(reply: ConnectReply) -> ReplyHead:
    assert reply.broken is None
    assert reply.head is not None
    return reply.head


def test_the_request_is_gos() -> None:
    assert connect_request("target.test:443", None) == (
        b"CONNECT target.test:443 HTTP/1.1\r\nHost: target.test:443\r\nUser-Agent: Go-http-client/1.1\r\n\r\n"
    )
    assert connect_request("[fe80::1%eth0]:443", None).startswith(
        b"CONNECT [fe80::1%eth0]:443 HTTP/1.1\r\nHost: [fe80::1]:443\r\n"
    )
    assert connect_request("[2001:db8::1]:8443", "Basic dTpw") == (
        b"CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nUser-Agent: Go-http-client/1.1\r\n"
        b"Proxy-Authorization: Basic dTpw\r\n\r\n"
    )


@pytest.mark.parametrize("size", PIECES)
@pytest.mark.parametrize(
    ("raw", "status", "go_text"),
    [
        (OPENED, 200, "Connection established"),
        (b"HTTP/1.0 200\n\n", 200, "unknown status code"),
        (b"HTTP/1.1   200  OK\r\n\r\n", 200, " OK"),
        (b"HTTP/1.1 201 Created\r\n\r\n", 201, "Created"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 100, "Continue"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101, "Switching Protocols"),
        (b"HTTP/1.1 403\r\n\r\n", 403, "unknown status code"),
        (b"HTTP/1.1 403 \r\n\r\n", 403, ""),
        (b"HTTP/1.1 403 Not\tso\xff\r\n\r\n", 403, "Not\tso\udcff"),
        (b"HTTP/1.1 407 Proxy Authentication Required\n\n", 407, "Proxy Authentication Required"),
        (b"HTTP/2.0 502 Bad Gateway\r\nX : y\r\n\r\n", 502, "Bad Gateway"),
        (b"HTTP/1.1 000 Nothing\r\n\r\n", 0, "Nothing"),
    ],
)
def test_the_first_status_line_decides_and_go_shows_its_phrase(
    raw: bytes, status: int, go_text: str, size: int
) -> None:
    head = head_of(fed(raw, size=size))
    assert (head.status, head.go_text) == (status, go_text)


def test_headers_are_found_by_their_canonical_name_in_the_order_sent() -> None:
    raw = b"HTTP/1.1 407 A\r\nproxy-authenticate: Negotiate\r\nX: 1\r\nPROXY-AUTHENTICATE:Basic realm=x\r\n\r\n"
    assert head_of(fed(raw)).values("Proxy-Authenticate") == ["Negotiate", "Basic realm=x"]
    assert head_of(fed(raw)).values("Via") == []
    assert head_of(fed(raw)).protocol == "HTTP/1.1"


@pytest.mark.parametrize("size", PIECES)
@pytest.mark.parametrize(
    ("raw", "body", "is_complete"),
    [
        (b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
        (b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhelloTAIL", b"hello", True),
        (b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhel", b"hel", False),
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\nTAIL", b"", True),
        (b"HTTP/1.1 403 No\r\n\r\nhello", b"hello", False),
        (b"HTTP/1.1 204 No\r\n\r\nTAIL", b"", True),
        (CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\nTAIL", b"hello", True),
        (CHUNKED + b"3\r\nhel\r\n2\r\n", b"hel", False),
        (CHUNKED + b"3\r\nhel\r\nzz\r\n", b"hel", True),
    ],
)
def test_the_body_of_a_refusal_is_kept_as_far_as_it_came(raw: bytes, body: bytes, is_complete: bool, size: int) -> None:
    reply = fed(raw, size=size)
    assert (bytes(reply.body), reply.is_complete, reply.lost_bytes) == (body, is_complete, 0)
    reply.feed(b"")
    assert (bytes(reply.body), reply.is_complete) == (body, True)
    assert head_of(reply).status in (204, 403, 407)


@pytest.mark.parametrize("more", [b"", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_bytes_behind_a_200_are_lost_to_go_whatever_the_head_promises(more: bytes) -> None:
    raw = b"HTTP/1.1 200 OK\r\n" + more + b"\r\n"
    whole = fed(raw + b"\x16\x03\x03TAIL")
    assert (whole.lost_bytes, whole.is_complete, bytes(whole.body)) == (7, True, b"")
    assert (fed(raw).lost_bytes, fed(raw).is_complete) == (0, True)
    assert fed(raw, size=1).lost_bytes == 0


def test_no_more_is_asked_for_than_gos_buffer_has_room_for() -> None:
    reply = ConnectReply()
    assert reply.room_bytes == 4096
    reply.feed(b"HTTP/1.1 200 OK\r\n")
    assert reply.room_bytes == 4096
    reply.feed(b"A: " + b"x" * 97)
    assert reply.room_bytes == 3996
    reply.feed(b"x" * 4000)
    assert reply.room_bytes == 4096 - 4


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize(
    ("raw", "go_text", "is_cut"),
    [
        (b"", "unexpected EOF", True),
        (b"HT", 'malformed HTTP response "HT"', True),
        (b"HTTP/1.1 4", 'malformed HTTP status code "4"', True),
        (b"HTTP/1.1 200 OK\r\n", "unexpected EOF", True),
        (b"HTTP/1.1 200 OK\r\nA: b", "unexpected EOF", True),
        (b"HTTP/1.1 200 OK\r\nAb", 'malformed MIME header: missing colon: "Ab"', True),
        (b"SSH-2.0-x", 'malformed HTTP response "SSH-2.0-x"', False),
        (b"SSH-2.0-x\r\n", 'malformed HTTP response "SSH-2.0-x"', False),
        (b"220 mail.test ready\r\n", 'malformed HTTP status code "mail.test"', False),
        (b"\x05\xff", r'malformed HTTP response "\x05\xff"', False),
        (
            b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\n",
            r'malformed HTTP response "\x00\x00\x12\x04\x00\x00\x00\x00\x00"',
            False,
        ),
        (b"HTTP/1.1 2000 OK\r\n", 'malformed HTTP status code "2000"', False),
        (b"HTTP/1.1 -20 OK\r\n", 'malformed HTTP status code "-20"', False),
        (b"HTTP/x.1 200 OK\r\n", 'malformed HTTP version "HTTP/x.1"', False),
        (b"HTTP/1.1 200 OK\r\n\tA: b\r\n", r'malformed MIME header initial line: "\tA: b"', False),
        (b"HTTP/1.1 200 OK\r\nA\x00: b\r\n\r\n", r'malformed MIME header line: "A\x00: b"', False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 'bad Content-Length "x"', False),
        (b"HTTP/1.1 403 No\r\nTransfer-Encoding: gzip\r\n\r\n", 'unsupported transfer encoding: "gzip"', False),
    ],
)
def test_a_reply_that_is_none_is_told_in_gos_words(raw: bytes, go_text: str, is_cut: bool, size: int) -> None:
    reply = fed(raw, size=size, ends=True)
    assert reply.broken == ReplyBroken(go_text, is_cut)
    assert (reply.head, reply.is_decided, reply.is_complete) == (None, True, True)
    assert reply.first_bytes == raw[:64]


@pytest.mark.parametrize("cut", range(len(OPENED)))
def test_a_reply_cut_at_any_byte_is_cut(cut: int) -> None:
    reply = fed(OPENED[:cut])
    assert not reply.is_decided
    reply.feed(b"")
    assert reply.broken is not None
    assert reply.broken.is_cut


@pytest.mark.parametrize("piece", [b"A: " + b"x" * 4091 + b"\r\n", b"y" * 4096, b" " + b"z" * 4093 + b"\r\n"])
def test_an_endless_head_ends_at_gos_limit_by_name_and_within_bounds(piece: bytes) -> None:
    reply = ConnectReply()
    reply.feed(b"HTTP/1.1 200 OK\r\nB: c\r\n")
    tracemalloc.start()
    try:
        while not reply.is_decided and reply.received_bytes < HTTP_RESPONSE_HEADER_BYTES + 8192:
            reply.feed(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reply.broken is not None
    assert (reply.broken.limit, reply.broken.is_cut) == ("HTTP_RESPONSE_HEADER_BYTES", False)
    assert HTTP_RESPONSE_HEADER_BYTES <= reply.received_bytes < HTTP_RESPONSE_HEADER_BYTES + 8192
    assert peak < 80 << 20


def test_an_endless_status_line_is_lost_at_the_limit_as_go_loses_it() -> None:
    reply = ConnectReply()
    while not reply.is_decided:
        reply.feed(b"A" * 65536)
    assert reply.broken == ReplyBroken("unexpected EOF", is_cut=False, limit="HTTP_RESPONSE_HEADER_BYTES")


def test_nothing_that_comes_after_the_decision_changes_it() -> None:
    for raw in (OPENED, b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", b"junk\r\n"):
        reply = fed(raw)
        before = (reply.head, reply.broken, reply.lost_bytes)
        reply.feed(b"HTTP/1.1 200 OK\r\n\r\n")
        reply.feed(b"")
        assert (reply.head, reply.broken, reply.lost_bytes) == before


@given(st.binary(max_size=400), st.integers(1, 40))
def test_any_bytes_are_decided_once_they_end_and_never_depend_on_the_pieces(raw: bytes, size: int) -> None:
    whole, pieces = fed(raw, ends=True), fed(raw, size=size, ends=True)
    assert whole.is_decided
    assert whole.is_complete
    assert (whole.head, whole.broken) == (pieces.head, pieces.broken)
    assert whole.first_bytes.startswith(pieces.first_bytes)
    assert whole.received_bytes == len(raw) >= pieces.received_bytes


@given(
    st.sampled_from([OPENED, CHUNKED + b"3\r\nhel\r\n0\r\n\r\n", b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhello"]),
    st.integers(0, 100),
    st.binary(max_size=8),
    st.integers(1, 40),
)
def test_mutated_replies_never_depend_on_the_pieces(raw: bytes, at: int, junk: bytes, size: int) -> None:
    mutated = raw[:at] + junk + raw[at + 1 :]
    whole, pieces = fed(mutated, ends=True), fed(mutated, size=size, ends=True)
    assert (whole.head, whole.broken, whole.body) == (pieces.head, pieces.broken, pieces.body)
    assert (whole.head is None) != (whole.broken is None)
