"""Single HTTP/2 frames: names, padding, settings, order, sizes and the receive window."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.tracer.wire import h2frames as f


def settings(*pairs: tuple[int, int]) -> memoryview:
    return memoryview(b"".join(struct.pack(">HL", key, value) for key, value in pairs))


def test_numbers_without_a_name_are_shown_as_go_shows_them() -> None:
    assert [f.code_name(code) for code in (0, 13, 14)] == ["NO_ERROR", "HTTP_1_1_REQUIRED", "unknown error code 0xe"]
    assert [f.type_name(kind) for kind in (0, 9, 10)] == ["DATA", "CONTINUATION", "UNKNOWN_FRAME_TYPE_10"]
    assert f.stream_error_text(5, f.CANCEL, None) == "stream error: stream ID 5; CANCEL"
    assert f.stream_error_text(5, f.CANCEL, "why") == "stream error: stream ID 5; CANCEL; why"


@given(body=st.binary(max_size=40), padding=st.integers(0, 255), priority=st.none() | st.binary(min_size=5, max_size=5))
def test_padding_and_priority_come_off(body: bytes, padding: int, priority: bytes | None) -> None:
    tail = body + bytes(padding)
    flags = f.PADDED | (f.PRIORITIZED if priority else 0)
    assert bytes(f.unpadded(memoryview(bytes([padding]) + tail), f.PADDED)) == body
    assert f.header_fragment(memoryview(bytes([padding]) + (priority or b"") + tail), flags, 1) == body
    assert bytes(f.unpadded(memoryview(tail), 0)) == f.header_fragment(memoryview(tail), 0, 1) == tail


def test_padding_beyond_the_payload_ends_the_connection_for_data_and_the_stream_for_headers() -> None:
    raw = memoryview(b"\x03ab")
    with pytest.raises(f.ConnectionFault, match=r"^unexpected EOF$"):
        f.unpadded(raw[:0], f.PADDED)
    with pytest.raises(f.ConnectionFault, match=r"^connection error: PROTOCOL_ERROR$"):
        f.unpadded(raw, f.PADDED)
    with pytest.raises(f.StreamFault) as caught:
        f.header_fragment(raw, f.PADDED, 9)
    assert (caught.value.stream, caught.value.code, caught.value.why) == (9, f.PROTOCOL_ERROR, None)


@pytest.mark.parametrize(("raw", "flags"), [(b"", f.PADDED), (b"1234", f.PRIORITIZED), (b"\0", f.PADDED | 0x20)])
def test_payloads_too_short_for_their_flags_are_an_unexpected_eof(raw: bytes, flags: int) -> None:
    with pytest.raises(f.ConnectionFault, match=r"^unexpected EOF$") as caught:
        f.header_fragment(memoryview(raw), flags, 1)
    assert caught.value.code is None


def test_settings_keep_order_repeats_and_unknown_keys() -> None:
    pairs = [(f.SETTING_FRAME, 16384), (0x99, 7), (f.SETTING_FRAME, (1 << 24) - 1), (f.SETTING_WINDOW, (1 << 31) - 1)]
    assert f.settings_of(settings(*pairs), 0, 0) == pairs
    assert f.settings_of(memoryview(b""), f.ACK, 0) == []


@pytest.mark.parametrize(
    ("payload", "flags", "stream", "code"),
    [
        (settings((1, 0)), f.ACK, 0, f.FRAME_SIZE_ERROR),
        (settings(), 0, 1, f.PROTOCOL_ERROR),
        (memoryview(bytes(7)), 0, 0, f.FRAME_SIZE_ERROR),
        (settings((f.SETTING_WINDOW, 1 << 31)), 0, 0, f.FLOW_CONTROL_ERROR),
        (settings((f.SETTING_PUSH, 2)), 0, 0, f.PROTOCOL_ERROR),
        (settings((f.SETTING_CONNECT, 2)), 0, 0, f.PROTOCOL_ERROR),
        (settings((f.SETTING_FRAME, 16383)), 0, 0, f.PROTOCOL_ERROR),
        (settings((f.SETTING_FRAME, 1 << 24)), 0, 0, f.PROTOCOL_ERROR),
    ],
)
def test_bad_settings_end_the_connection(payload: memoryview, flags: int, stream: int, code: int) -> None:
    with pytest.raises(f.ConnectionFault) as caught:
        f.settings_of(payload, flags, stream)
    assert caught.value.code == code


def test_a_continuation_stands_only_behind_its_own_headers() -> None:
    f.check_order(f.CONTINUATION, 3, 3)
    f.check_order(f.DATA, 3, 0)
    for kind, stream, open_block in ((f.CONTINUATION, 3, 0), (f.CONTINUATION, 5, 3), (f.PING, 0, 3), (f.DATA, 3, 3)):
        with pytest.raises(f.ConnectionFault, match="PROTOCOL_ERROR"):
            f.check_order(kind, stream, open_block)


def test_the_window_refuses_overruns_and_returns_room_in_large_pieces_or_when_it_runs_dry() -> None:
    large, small = f.Inflow(1 << 22), f.Inflow(100)
    assert large.take(1 << 18)
    assert [large.add((128 << 10) - 1), large.add(1), large.add(5)] == [0, 128 << 10, 0]
    assert large.available == (1 << 22) - (128 << 10)
    assert not small.take(101)
    assert (small.available, small.take(60)) == (100, True)
    assert [small.add(39), small.add(1), small.available] == [0, 40, 80]


def test_sizes_are_judged_before_streams_and_http1_answers_are_recognised() -> None:
    f.check_size(memoryview(bytes(8)), 8, stream_zero=True)
    for size, code in ((7, f.FRAME_SIZE_ERROR), (8, f.PROTOCOL_ERROR)):
        with pytest.raises(f.ConnectionFault) as caught:
            f.check_size(memoryview(bytes(size)), 8, stream_zero=False)
        assert caught.value.code == code
    assert f.too_large(b"\xff" * 9).text == "http2: frame too large"
    assert f.too_large(b"HTTP/1.1 ").text.endswith("looked like an HTTP/1.1 header")
