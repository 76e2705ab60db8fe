"""The HTTP/2 connection against h2 as its peer, and against servers that write raw, hostile frames."""

import struct

import h2.config
import h2.connection
import h2.events
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.tracer.wire import h2events as e
from modtrace.tracer.wire.http2 import Http2Connection

SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
OK_HEAD = b"\x88"
PREFACE = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    b"\x00\x00\x18\x04\x00\x00\x00\x00\x00"
    b"\x00\x02\x00\x00\x00\x00\x00\x04\x00\x40\x00\x00\x00\x05\x00\x00\x40\x00\x00\x06\x00\xa0\x00\x00"
    b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x40\x00\x00\x00"
)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">HBBBL", len(payload) >> 8, len(payload) & 255, kind, flags, stream) + payload


def asked(count: int = 1) -> Http2Connection:
    connection = Http2Connection()
    for _ in range(count):
        connection.request("p.test", "/x", "https", [])
    connection.take_output()
    return connection


def failure(raw: bytes, connection: Http2Connection | None = None) -> e.StreamFailed:
    events = (connection or asked()).feed(raw)
    return next(event for event in events if isinstance(event, e.StreamFailed))


def test_the_first_bytes_are_gos() -> None:
    assert Http2Connection().take_output() == PREFACE


def test_a_head_is_asked_without_an_encoding_and_with_headers_as_often_as_given() -> None:
    peer = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    peer.initiate_connection()
    client = Http2Connection()
    client.request("p.test", "/", "https", [("X", "2"), ("X", "1")], method="HEAD")
    events = peer.receive_data(client.take_output())
    (request,) = [event for event in events if isinstance(event, h2.events.RequestReceived)]
    assert [tuple(map(str, pair)) for pair in request.headers] == [
        (":authority", "p.test"),
        (":method", "HEAD"),
        (":path", "/"),
        (":scheme", "https"),
        ("x", "2"),
        ("x", "1"),
        ("user-agent", "Go-http-client/2.0"),
    ]


def server_talk() -> bytes:
    peer = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    peer.initiate_connection()
    client = Http2Connection()
    client.request("p.test", "/x", "https", [("Authorization", "Basic eA==")])
    events = peer.receive_data(client.take_output())
    request = next(event for event in events if isinstance(event, h2.events.RequestReceived))
    assert dict(request.headers)[b"authorization"] == b"Basic eA=="
    peer.send_headers(1, [(":status", "200"), ("content-type", "a/b")])
    peer.send_data(1, b"hello ", pad_length=7)
    peer.send_data(1, b"world")
    peer.send_headers(1, [("x-trailer", "t")], end_stream=True)
    return peer.data_to_send()


@pytest.mark.parametrize("size", [1, 3, 64, 1 << 20])
def test_a_response_reads_the_same_in_any_pieces(size: int) -> None:
    raw, connection = server_talk(), asked()
    body, ends = b"", 0
    for start in range(0, len(raw), size):
        for event in connection.feed(raw[start : start + size]):
            if isinstance(event, e.Data):
                body += bytes(event.data)
            ends += isinstance(event, e.End)
    assert (body, ends) == (b"hello world", 1)
    assert connection.open_streams == 0


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (frame(3, 0, 1, b"\0\0\0\2"), "stream error: stream ID 1; INTERNAL_ERROR; received from peer"),
        (frame(3, 0, 1, b"\0\0\x0a\xbc"), "stream error: stream ID 1; unknown error code 0xabc; received from peer"),
        (frame(0, 0, 1, b"x"), "stream error: stream ID 1; PROTOCOL_ERROR"),
        (frame(0, 0, 0, b"x"), "connection error: PROTOCOL_ERROR"),
        (frame(0, 0, 7, b"x"), "connection error: PROTOCOL_ERROR"),
        (frame(5, 4, 1, b"\0\0\0\2\x88"), "connection error: PROTOCOL_ERROR"),
        (frame(9, 4, 1, OK_HEAD), "connection error: PROTOCOL_ERROR"),
        (frame(1, 0, 1, OK_HEAD) + frame(6, 0, 0, bytes(8)), "connection error: PROTOCOL_ERROR"),
        (frame(1, 4, 1, b"\xff\xff\xff\xff\xff\xff"), "connection error: COMPRESSION_ERROR"),
        (frame(6, 0, 0, b"short"), "connection error: FRAME_SIZE_ERROR"),
        (frame(4, 0, 0, b"12345"), "connection error: FRAME_SIZE_ERROR"),
        (frame(4, 0, 0, b"\0\4\xff\xff\xff\xff"), "connection error: FLOW_CONTROL_ERROR"),
        (frame(4, 1, 0) * 2, "connection error: PROTOCOL_ERROR"),
        (frame(8, 0, 0, bytes(4)), "connection error: PROTOCOL_ERROR"),
        (frame(8, 0, 1, bytes(4)), "stream error: stream ID 1; PROTOCOL_ERROR"),
        (b"\xff\xff\xff\x00\x00\x00\x00\x00\x01", "http2: frame too large"),
        (
            b"HTTP/1.1 400 Bad Request\r\n",
            "http2: failed reading the frame payload: http2: frame too large, "
            "note that the frame header looked like an HTTP/1.1 header",
        ),
        (
            frame(1, 4, 1, b"\x00\x07:status\x03abc"),
            "stream error: stream ID 1; PROTOCOL_ERROR; "
            "malformed response from server: malformed non-numeric status pseudo header",
        ),
        (
            frame(1, 4, 1, b"\x00\x01x\x01y"),
            "stream error: stream ID 1; PROTOCOL_ERROR; malformed response from server: missing status pseudo header",
        ),
        (
            frame(1, 4, 1, OK_HEAD + b"\x00\x01X\x01y"),
            'stream error: stream ID 1; PROTOCOL_ERROR; invalid header field name "X"',
        ),
        (
            frame(1, 5, 1, b"\x08\x03100"),
            "stream error: stream ID 1; PROTOCOL_ERROR; 1xx informational response with END_STREAM flag",
        ),
    ],
)
def test_refusals_are_in_gos_words(raw: bytes, text: str) -> None:
    assert failure(SETTINGS + raw).text == text


def test_frames_before_settings_are_refused() -> None:
    assert failure(frame(6, 0, 0, bytes(8))).text == "connection error: PROTOCOL_ERROR"


@pytest.mark.parametrize(
    ("length", "sent", "text"),
    [
        (b"9", b"abc", "unexpected EOF"),
        (b"2", b"abc", "net/http: server replied with more than declared Content-Length; truncated"),
    ],
)
def test_a_declared_length_is_held_against_the_body(length: bytes, sent: bytes, text: str) -> None:
    head = frame(1, 4, 1, OK_HEAD + b"\x0f\x0d" + bytes([len(length)]) + length)
    assert failure(SETTINGS + head + frame(0, 1, 1, sent)).text == text


def test_goaway_retries_what_was_not_seen_and_names_itself_at_the_end() -> None:
    connection = asked(2)
    events = connection.feed(SETTINGS + frame(7, 0, 0, b"\0\0\0\1\0\0\0\0bye"))
    assert [event.stream for event in events if isinstance(event, e.StreamFailed) and event.is_goaway_retry] == [3]
    assert not connection.is_usable
    ended = connection.eof()
    assert [event.text for event in ended if isinstance(event, e.StreamFailed)] == [
        'http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug="bye"'
    ]


@pytest.mark.parametrize(
    "raw",
    [
        frame(6, 0, 0, bytes(8)),
        frame(4, 0, 0),
        frame(2, 0, 1, bytes(5)),
        frame(8, 0, 0, b"\0\0\0\1"),
        frame(0, 0, 1),
        frame(0x77, 0, 0, b"unknown"),
        frame(1, 0, 3, b""),
    ],
    ids=["ping", "settings", "priority", "window", "empty data", "unknown", "continuation"],
)
def test_floods_end_at_a_named_limit(raw: bytes) -> None:
    connection = asked()
    start = SETTINGS + frame(1, 4, 1, OK_HEAD)
    if raw[3] == 1:
        start, raw = SETTINGS + raw, frame(9, 0, 3)
    failed: list[e.StreamFailed] = []
    for count in range(5000):
        events = connection.feed(raw if count else start)
        failed = [event for event in events if isinstance(event, e.StreamFailed)]
        connection.take_output()
        if failed:
            break
    assert failed[0].limit == "H2_CONTROL_FRAMES_WITHOUT_PROGRESS_COUNT"
    assert len(connection.frames) <= 512


def test_acks_that_the_peer_does_not_read_are_bounded() -> None:
    connection = asked()
    connection.feed(SETTINGS)
    for _ in range(6000):
        connection.feed(frame(6, 0, 0, bytes(8)))
    assert connection.is_broken
    assert len(connection.take_output()) < 70_000


def test_a_header_bomb_is_cut_at_gos_list_size() -> None:
    # one entry of 4000 bytes in the table, then named 3000 times by one byte each
    entry = b"\x40\x01x" + b"\x7f\xa1\x1e" + b"v" * 4000
    connection = asked()
    text = failure(SETTINGS + frame(1, 4, 1, OK_HEAD + entry + b"\xbe" * 3000), connection).text
    assert text == (
        "stream error: stream ID 1; PROTOCOL_ERROR; http2: response header list larger than advertised limit"
    )
    assert not connection.is_usable


def test_the_peer_may_not_pass_the_window_and_gets_it_back_when_the_body_is_taken() -> None:
    data = frame(0, 0, 1, bytes(16384))
    connection = asked()
    connection.feed(SETTINGS + frame(1, 4, 1, OK_HEAD) + data * 256)
    assert connection.window(1) == 0
    connection.consumed(1, 16384)
    assert connection.window(1) == 16384
    assert failure(data * 2, connection).text == "connection error: FLOW_CONTROL_ERROR"


@given(st.integers(0, 150), st.binary(max_size=12), st.integers(1, 40))
def test_mutations_never_escape(at: int, junk: bytes, size: int) -> None:
    raw = server_talk()
    mutated = raw[:at] + junk + raw[at + len(junk) :]
    connection = asked()
    for start in range(0, len(mutated), size):
        connection.feed(mutated[start : start + size])
    connection.eof()
    assert connection.open_streams == 0


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 255), st.integers(0, 5), st.binary(max_size=40))))
def test_any_frames_never_escape(frames: list[tuple[int, int, int, bytes]]) -> None:
    connection = asked(2)
    connection.feed(SETTINGS + b"".join(frame(*each) for each in frames))
    connection.eof()
    assert connection.open_streams == 0
