"""Our frames as h2 and hyperframe read them, and the log of frames."""

import h2.config
import h2.connection
import h2.events
import hpack
from hyperframe.frame import Frame

from modtrace.tracer.wire import h2frames as f
from modtrace.tracer.wire.http2send import PREFACE, Outbox


def frames_of(raw: bytes) -> list[Frame]:
    found: list[Frame] = []
    while raw:
        frame, length = Frame.parse_frame_header(memoryview(raw[:9]))
        frame.parse_body(memoryview(raw[9 : 9 + length]))
        found.append(frame)
        raw = raw[9 + length :]
    return found


def begun() -> Outbox:
    out = Outbox()
    out.take()
    return out


def test_the_first_bytes_wait_at_once_and_are_taken_once() -> None:
    out = Outbox()
    assert out.owes
    raw = out.take()
    assert raw.startswith(PREFACE)
    assert [(seen.type, seen.stream, seen.is_ours) for seen in out.frames] == [
        ("SETTINGS", 0, True),
        ("WINDOW_UPDATE", 0, True),
    ]
    assert sum(seen.length + f.HEADER_BYTES for seen in out.frames) == len(raw) - len(PREFACE)
    assert (out.owes, out.waiting_bytes, out.take()) == (False, 0, b"")


def test_a_peer_understands_everything_we_write() -> None:
    peer = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    peer.initiate_connection()
    out = Outbox()
    fields = [(":authority", "p.test"), (":method", "GET"), (":path", "/x"), (":scheme", "https"), ("x", "é\udcff")]
    out.headers(1, fields)
    out.settings_ack()
    out.window_update(1, 77)
    out.ping_ack(b"12345678")
    out.reset(1, f.CANCEL)
    out.goaway(f.PROTOCOL_ERROR)
    events = peer.receive_data(out.take())
    asked = next(event for event in events if isinstance(event, h2.events.RequestReceived))
    assert dict(asked.headers)[b"x"] == b"\xc3\xa9\xff"
    assert asked.stream_ended is not None
    assert any(isinstance(event, h2.events.SettingsAcknowledged) for event in events)
    assert [event.delta for event in events if isinstance(event, h2.events.WindowUpdated)] == [1 << 30, 77]
    assert [event.ping_data for event in events if isinstance(event, h2.events.PingAckReceived)] == [b"12345678"]
    assert [event.error_code for event in events if isinstance(event, h2.events.StreamReset)] == [f.CANCEL]
    assert [event.error_code for event in events if isinstance(event, h2.events.ConnectionTerminated)] == [1]


def test_long_header_blocks_go_on_in_continuations_of_the_peers_frame_size() -> None:
    out = begun()
    out.max_frame_bytes = 20
    fields = [("x-long", "~" * 50)]
    out.headers(3, fields)
    sent = frames_of(out.take())
    assert [type(frame).__name__ for frame in sent] == ["HeadersFrame", *["ContinuationFrame"] * (len(sent) - 1)]
    assert len(sent) > 2
    assert {frame.stream_id for frame in sent} == {3}
    assert [set(frame.flags) for frame in sent] == [{"END_STREAM"}, *[set()] * (len(sent) - 2), {"END_HEADERS"}]
    bodies = [frame.serialize_body() for frame in sent]
    assert {len(body) for body in bodies[:-1]} == {20}
    assert hpack.Decoder().decode(b"".join(bodies), raw=True) == [(b"x-long", b"~" * 50)]


def test_the_peers_table_size_is_used_up_to_4096() -> None:
    for asked, used in ((1 << 20, None), (100, 100), (0, 0)):
        out, decoder = begun(), hpack.Decoder()
        out.use_table_size(asked)
        out.headers(1, [("x", "y")])
        assert decoder.decode(frames_of(out.take())[0].serialize_body(), raw=True) == [(b"x", b"y")]
        assert decoder.header_table_size == (4096 if used is None else used)


def test_the_log_keeps_its_first_frames_and_counts_all() -> None:
    out = begun()
    for _ in range(1000):
        out.log(False, 0x77, 5, 9, 3)
    assert (len(out.frames), out.frames_count) == (512, 1002)
    assert out.frames[2] == f.FrameSeen(False, "UNKNOWN_FRAME_TYPE_119", 5, 9, 3)


def test_waiting_bytes_count_what_was_not_taken() -> None:
    out = begun()
    out.ping_ack(bytes(8))
    out.settings_ack()
    assert out.waiting_bytes == 17 + 9 == len(out.take())
