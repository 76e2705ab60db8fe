"""HTTP/1 as Go reads it: whole, byte by byte, with a tail, and mutated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.record.limits import HTTP_HEADERS_KEPT_COUNT
from modtrace.tracer.wire.http1 import Broken, Data, End, Event, Exchange, Head, Interim, objection_to, request_bytes

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GOOD = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    (b"HTTP/1.1 200\nContent-Length: 5\n\nhello", b"hello"),
    (CHUNKED + b"3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: v\r\n\r\n", b"hello"),
    (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    (b"HTTP/1.1 204 No\r\nContent-Length: 7\r\n\r\n", b""),
    (b"HTTP/1.1 200 OK\r\nX : y\r\nFold: a\r\n  b\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
]


def fed(raw: bytes, *, size: int = 1 << 20, eof: bool = False, exchange: Exchange | None = None) -> list[Event]:
    exchange = exchange or Exchange()
    events: list[Event] = []
    for start in range(0, len(raw), size):
        events += exchange.feed(raw[start : start + size])
    return events + exchange.feed(b"") if eof else events


def body(events: list[Event]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, Data))


@pytest.mark.parametrize(("raw", "want"), GOOD)
@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
def test_good_responses_read_the_same_in_any_pieces(raw: bytes, want: bytes, size: int) -> None:
    events = fed(raw, size=size)
    assert body(events) == want
    assert isinstance(events[-1], End)
    assert [event for event in events if isinstance(event, Head)] == [e for e in fed(raw) if isinstance(e, Head)]


@pytest.mark.parametrize(("raw", "want"), GOOD)
def test_a_tail_is_given_back(raw: bytes, want: bytes) -> None:
    events = fed(raw + b"TAIL")
    assert body(events) == want
    assert events[-1] == End(events[-1].trailers, b"TAIL")  # type: ignore[union-attr]  # it is an End


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "EOF"),
        (b"HTTP/1.1 200 OK\r\n", "unexpected EOF"),
        (b"HTT", 'malformed HTTP response "HTT"'),
        (b"HTTP/1.1 200 OK\r", "unexpected EOF"),
        (b"HTTP/1.1 200\r", r'malformed HTTP status code "200\r"'),
        (b"HTTP/1.1 200 OK\r\nA: b\r", r'malformed MIME header line: "A: b\r"'),
        (b"HTTP/1.1 200 OK\r\nF(o: x\r\n", 'malformed MIME header line: "F(o: x"'),
        (b"A" * 4097, f'malformed HTTP response "{"A" * 4097}"'),
        (b"A" * 4096, "unexpected EOF"),
        (b"HTTP/1.1 200 OK\r\n" + b"A" * 8192, "unexpected EOF"),
        (b"hello world\r\n", 'malformed HTTP status code "world"'),
        (b"HTTP/1.1 2 OK\r\n", 'malformed HTTP status code "2"'),
        (b"HTP/1.1 200 OK\r\n", 'malformed HTTP version "HTP/1.1"'),
        (b"\x00\xff\r\n", r'malformed HTTP response "\x00\xff"'),
        (b"HTTP/1.1 200 OK\r\n Foo: x\r\n", 'malformed MIME header initial line: " Foo: x"'),
        (b"HTTP/1.1 200 OK\r\n " + b"x" * 80 + b"\r\n", "message too large"),
        (b"HTTP/1.1 200 OK\r\nFoo\r\n", 'malformed MIME header: missing colon: "Foo"'),
        (b"HTTP/1.1 200 OK\r\nF(o: x\r\n\r\n", 'malformed MIME header line: "F(o: x"'),
        (b"HTTP/1.1 200 OK\r\nF: \x01\r\n\r\n", r'malformed MIME header line: "F: \x01"'),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 'bad Content-Length "-1"'),
        (b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", 'invalid empty Content-Length ""'),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            'http: message cannot contain multiple Content-Length headers; got ["1" "2"]',
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 'unsupported transfer encoding: "gzip"'),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "unexpected EOF"),
        (CHUNKED + b"5\r\nhel", "unexpected EOF"),
        (CHUNKED + b"3\r\nhelXX", "malformed chunked encoding"),
        (CHUNKED + b"3\nhel", "chunked line ends with bare LF"),
        (CHUNKED + b"zz\r\n", "invalid byte in chunk length"),
        (CHUNKED + b"\r\n", "empty hex number for chunk length"),
        (CHUNKED + b"11111111111111111\r\n", "http chunk length too large"),
        (CHUNKED + b"1" * 5000, "header line too long"),
        (CHUNKED + (b"1;" + b"x" * 4000 + b"\r\na\r\n") * 6, "chunked encoding contains too much non-data"),
        (CHUNKED + b"0\r\n A: b\r\nC: d\r\n\r\n", 'malformed MIME header initial line: " A: b"'),
        (CHUNKED + b"0\r\n", "http: unexpected EOF reading trailer"),
        (CHUNKED + b"0\r\nA: " + b"x" * 5000, "http: suspiciously long trailer after chunked body"),
    ],
)
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_refusals_are_in_gos_words(raw: bytes, text: str, size: int) -> None:
    last = fed(raw, size=size, eof=True)[-1]
    assert isinstance(last, Broken)
    assert last.text == text


def test_a_body_without_length_ends_with_the_stream() -> None:
    events = fed(b"HTTP/1.1 200 OK\r\n\r\nabc", eof=True)
    assert body(events) == b"abc"
    assert isinstance(events[-1], End)
    head = events[0]
    assert isinstance(head, Head)
    assert head.framing.will_close


def test_endless_heads_end_at_gos_limit_and_so_do_floods_of_interim_responses() -> None:
    for piece in (b"A: " + b"x" * 65000 + b"\r\n", b"\r\nHTTP/1.1 100 C\r\nA: " + b"x" * 65000 + b"\r\n", b"y" * 65000):
        exchange = Exchange()
        events = exchange.feed(b"HTTP/1.1 100 C\r\n")
        for _ in range(200):
            events = exchange.feed(piece)
            if exchange.is_done:
                break
        last = events[-1]
        assert isinstance(last, Broken)
        assert last.text == "net/http: server response headers exceeded 10485760 bytes; aborted"


def connected(raw: bytes, *, size: int = 1 << 20, eof: bool = False, limit: int = 10 << 20) -> list[Event]:
    return fed(raw, size=size, eof=eof, exchange=Exchange(header_limit=limit, answers_connect=True))


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_the_first_status_of_a_connect_is_final_and_no_strict_parser_has_a_say(size: int) -> None:
    raw = b"HTTP/1.1 100 Continue\r\nX : y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    head = connected(raw, size=size)[0]
    assert isinstance(head, Head)
    assert (head.status, head.status_text, head.headers, head.objection) == (
        100,
        "100 Continue",
        [("X ", "y")],
        None,
    )
    assert isinstance(connected(raw, size=size)[1], End)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("line", "limit", "text"),
    [
        (b"A: b\r\n", 17 + 600, "unexpected EOF"),
        (b"A: b\r\n", 17 + 605, r'malformed MIME header line: "A: b\r"'),
        (b"A: b\r\n", 17 + 604, "unexpected EOF"),
        (b"A: b\r\n", 17 + 601, 'malformed MIME header: missing colon: "A"'),
        (b"x" * 4096, 17 + 4096, "unexpected EOF"),
    ],
)
def test_a_connect_reply_ends_at_the_limit_as_if_the_stream_had_ended_there(
    line: bytes, limit: int, text: str, size: int
) -> None:
    events = connected(b"HTTP/1.1 200 OK\r\n" + line * 200, size=size, limit=limit)
    assert events == [Broken(text, False, "HTTP_RESPONSE_HEADER_BYTES")]


def test_a_head_that_ends_at_its_limit_is_a_head() -> None:
    raw = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
    for exact in (Exchange(header_limit=len(raw)), Exchange(header_limit=len(raw), answers_connect=True)):
        assert isinstance(exact.feed(raw)[0], Head)
        assert exact.head_bytes == len(raw)
    short = connected(raw, limit=len(raw) - 1)[-1]
    assert short == Broken(r'malformed MIME header: missing colon: "\r"', False, "HTTP_RESPONSE_HEADER_BYTES")


def test_of_millions_of_header_lines_the_first_are_kept_and_those_that_frame_the_body() -> None:
    raw = b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000 + b"Content-Length: 3\r\nB: c\r\n\r\nabcTAIL"
    events = fed(raw)
    head = events[0]
    assert isinstance(head, Head)
    assert len(head.headers) == HTTP_HEADERS_KEPT_COUNT + 1
    assert head.headers[-1] == ("Content-Length", "3")
    assert (body(events), events[-1]) == (b"abc", End([], b"TAIL"))


def test_a_header_of_very_many_folded_lines_costs_what_its_bytes_cost() -> None:
    raw = b"HTTP/1.1 200 OK\r\nA: b\r\n" + b" \tc \r\n" * 200_000 + b"Content-Length: 0\r\n\r\n"
    head = fed(raw, size=65536)[0]
    assert isinstance(head, Head)
    assert head.headers == [("A", "b" + " c" * 200_000), ("Content-Length", "0")]


def test_a_head_is_entered_with_its_first_byte_and_left_with_its_empty_line() -> None:
    exchange = Exchange()
    assert not exchange.is_inside_head
    for piece, inside in ((b"H", True), (b"TTP/1.1 103 E\r\n", True), (b"\r\n", False), (b"HTTP/1.1 200 OK\r\n", True)):
        exchange.feed(piece)
        assert exchange.is_inside_head is inside
    exchange.feed(b"\r\n")
    assert not exchange.is_inside_head


def test_requests_are_written_in_gos_order_and_cannot_be_split() -> None:
    raw = request_bytes("/a?b", "h.test", [("X", "1"), ("Authorization", "Basic eA==\r\nEvil: 1")])
    assert raw == (
        b"GET /a?b HTTP/1.1\r\nHost: h.test\r\nUser-Agent: Go-http-client/1.1\r\n"
        b"Authorization: Basic eA==  Evil: 1\r\nX: 1\r\nAccept-Encoding: gzip\r\n\r\n"
    )
    with pytest.raises(ValueError, match=r"(?i)illegal"):
        request_bytes("/a b", "h.test", [])


def test_values_of_one_header_keep_their_order_and_a_head_asks_for_no_encoding() -> None:
    assert request_bytes("/", "h.test", [("X", "2"), ("X", "1")], method="HEAD") == (
        b"HEAD / HTTP/1.1\r\nHost: h.test\r\nUser-Agent: Go-http-client/1.1\r\nX: 2\r\nX: 1\r\n\r\n"
    )


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_an_answer_to_head_ends_with_its_head_whatever_it_promises(size: int) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    exchange = Exchange(answers_head=True)
    events = [event for start in range(0, len(raw), size) for event in exchange.feed(raw[start : start + size])]
    assert [type(event) for event in events] == [Head, End]


def test_a_proxy_gets_its_credentials_last() -> None:
    raw = request_bytes("http://h.test/a?b", "h.test", [("X", "1")], proxy_authorization="Basic dTo=")
    assert raw == (
        b"GET http://h.test/a?b HTTP/1.1\r\nHost: h.test\r\nUser-Agent: Go-http-client/1.1\r\nX: 1\r\n"
        b"Accept-Encoding: gzip\r\nProxy-Authorization: Basic dTo=\r\n\r\n"
    )


def test_a_strict_parsers_objection_is_kept_beside_gos_acceptance() -> None:
    assert objection_to(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n") is None
    head = fed(b"HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 0\r\n\r\n")[0]
    assert isinstance(head, Head)
    assert head.objection is not None


@given(st.sampled_from([raw for raw, _ in GOOD]), st.integers(0, 200), st.binary(max_size=6), st.integers(1, 50))
def test_mutations_never_escape_and_never_depend_on_the_pieces(raw: bytes, at: int, junk: bytes, size: int) -> None:
    mutated = raw[:at] + junk + raw[at + 1 :]
    whole, pieces = fed(mutated, eof=True), fed(mutated, size=size, eof=True)
    assert isinstance(whole[-1], (End, Broken))
    assert type(whole[-1]) is type(pieces[-1])
    if isinstance(whole[-1], Broken):
        assert whole[-1] == pieces[-1]
    else:
        assert body(whole) == body(pieces)


@given(
    st.sampled_from([raw for raw, _ in GOOD]), st.integers(0, 120), st.binary(max_size=6), st.integers(1, 9), st.data()
)
def test_a_connects_reply_never_depends_on_the_pieces_nor_on_where_the_limit_falls(
    raw: bytes, at: int, junk: bytes, size: int, data: st.DataObject
) -> None:
    mutated = raw[:at] + junk + raw[at:]
    limit = data.draw(st.integers(1, len(mutated) + 1))
    whole, pieces = (connected(mutated, size=size, eof=True, limit=limit) for size in (1 << 20, size))
    assert whole[0] == pieces[0]
    assert isinstance(whole[0], (Head, Broken))


@given(st.binary(max_size=300))
def test_any_bytes_end_in_an_event(raw: bytes) -> None:
    assert isinstance(fed(raw, eof=True)[-1], (End, Broken, Interim))
