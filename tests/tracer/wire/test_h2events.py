"""What the events of an HTTP/2 connection say in go's words."""

import pytest

from modtrace.tracer.wire import h2frames as f
from modtrace.tracer.wire.h2events import GoAway, StreamFailed, refused_by_goaway, reset_by_peer


@pytest.mark.parametrize(
    ("code", "debug", "tail"),
    [
        (f.NO_ERROR, "", 'ErrCode=NO_ERROR, debug=""'),
        (11, "too_many_pings", 'ErrCode=ENHANCE_YOUR_CALM, debug="too_many_pings"'),
        (0xABC, "", 'ErrCode=unknown error code 0xabc, debug=""'),
    ],
)
def test_a_goaway_names_its_last_stream_code_and_debug_text(code: int, debug: str, tail: str) -> None:
    start = "http2: server sent GOAWAY and closed the connection; LastStreamID=7, "
    assert GoAway(7, code, debug).text == start + tail


def test_debug_text_of_a_stranger_cannot_leave_its_quotes() -> None:
    text = GoAway(1, f.NO_ERROR, 'a"b\r\n\x1b[31m\udcff').text
    assert text.endswith(r'debug="a\"b\r\n\x1b[31m\xff"')
    assert text.isprintable()


def test_a_reset_of_the_peer_fails_one_stream_only() -> None:
    assert reset_by_peer(5, f.INTERNAL_ERROR) == StreamFailed(
        5,
        "stream error: stream ID 5; INTERNAL_ERROR; received from peer",
        f.INTERNAL_ERROR,
        is_connection=False,
        limit=None,
        from_peer=True,
    )


@pytest.mark.parametrize(
    ("stream", "code", "is_retry"),
    [
        (1, f.NO_ERROR, True),
        (1, f.PROTOCOL_ERROR, False),
        (3, f.NO_ERROR, True),
        (3, f.PROTOCOL_ERROR, True),
    ],
)
def test_only_an_error_on_the_first_stream_is_not_retried(stream: int, code: int, is_retry: bool) -> None:
    failed = refused_by_goaway(stream, code)
    assert failed.is_goaway_retry is is_retry
    assert (failed.stream, failed.code, failed.from_peer, failed.is_connection) == (stream, code, True, False)
    if is_retry:
        assert failed.text == "http2: Transport received Server's graceful shutdown GOAWAY"
    else:
        assert failed.text == "http2: Transport received GOAWAY from server ErrCode:PROTOCOL_ERROR"
