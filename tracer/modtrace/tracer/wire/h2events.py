"""What an HTTP/2 connection tells its caller."""

from typing import NamedTuple

from modtrace.gorules.goquote import quote
from modtrace.tracer.wire.h2frames import NO_ERROR, code_name, stream_error_text
from modtrace.tracer.wire.http1head import Headers


class Head(NamedTuple):
    stream: int
    status: int
    status_digits: str
    headers: Headers
    length: int
    is_end: bool


class Data(NamedTuple):
    """Body bytes, a view into what was fed."""

    stream: int
    data: memoryview


class End(NamedTuple):
    stream: int
    trailers: Headers


class StreamFailed(NamedTuple):
    """go's bare text of why a stream ended early."""

    stream: int
    text: str
    code: int | None
    is_connection: bool
    limit: str | None
    from_peer: bool
    is_goaway_retry: bool = False


class Settings(NamedTuple):
    pairs: list[tuple[int, int]]


class GoAway(NamedTuple):
    last_stream: int
    code: int
    debug: str

    @property
    def text(self) -> str:
        """Go's GoAwayError, for streams that the connection's end cuts."""
        return (
            "http2: server sent GOAWAY and closed the connection; "
            f"LastStreamID={self.last_stream}, ErrCode={code_name(self.code)}, debug={quote(self.debug)}"
        )


class Ping(NamedTuple):
    is_ack: bool


class WindowUpdate(NamedTuple):
    stream: int
    increment: int


StreamEvent = Head | Data | End | StreamFailed
Event = StreamEvent | Settings | GoAway | Ping | WindowUpdate


def reset_by_peer(stream: int, code: int) -> StreamFailed:
    """RST_STREAM from the server."""
    text = stream_error_text(stream, code, "received from peer")
    return StreamFailed(stream, text, code, is_connection=False, limit=None, from_peer=True)


def refused_by_goaway(stream: int, code: int) -> StreamFailed:
    """GOAWAY before the server looked at this stream: retried, but for an error on the very first one."""
    if stream == 1 and code != NO_ERROR:
        text = f"http2: Transport received GOAWAY from server ErrCode:{code_name(code)}"
        return StreamFailed(stream, text, code, is_connection=False, limit=None, from_peer=True)
    text = "http2: Transport received Server's graceful shutdown GOAWAY"
    return StreamFailed(stream, text, code, is_connection=False, limit=None, from_peer=True, is_goaway_retry=True)
