"""What our side of an HTTP/2 connection writes: frames by hyperframe, header blocks by hpack, and the log of frames.

Go 1.26 net/http/h2_bundle.go http2Transport.newClientConn, http2ClientConn.writeHeaders.
"""

import hpack
from hyperframe.frame import (
    ContinuationFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from modtrace.record.limits import HTTP_RESPONSE_HEADER_BYTES
from modtrace.tracer.wire import h2frames as f
from modtrace.tracer.wire.http1head import Headers

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
STREAM_WINDOW_BYTES = 4 << 20  # Go http2transportDefaultStreamFlow
CONNECTION_WINDOW_BYTES = 1 << 30  # Go http2transportDefaultConnFlow
_FRAMES_LOGGED_COUNT = 512


class Outbox:
    """Frames on their way to the peer, and the log of every frame in both directions."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._encoder = hpack.Encoder()
        self.waiting_bytes = 0
        self.max_frame_bytes = f.MAX_FRAME_BYTES
        self.frames: list[f.FrameSeen] = []
        self.frames_count = 0
        self._preface()

    @property
    def owes(self) -> bool:
        return bool(self._pieces)

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        self.waiting_bytes = 0
        return data

    def log(self, is_ours: bool, kind: int, flags: int, stream: int, length: int) -> None:
        self.frames_count += 1
        if len(self.frames) < _FRAMES_LOGGED_COUNT:
            self.frames.append(f.FrameSeen(is_ours, f.type_name(kind), flags, stream, length))

    def headers(self, number: int, fields: Headers) -> None:
        """A request without a body: HEADERS and, where it must be, CONTINUATION."""
        block = self._encoder.encode([(n.encode(), v.encode("utf-8", "surrogateescape")) for n, v in fields])
        size = self.max_frame_bytes
        pieces = [block[start : start + size] for start in range(0, len(block), size)]
        for index, piece in enumerate(pieces):
            frame: HeadersFrame | ContinuationFrame
            frame = ContinuationFrame(number, data=piece) if index else HeadersFrame(number, data=piece)
            if not index:
                frame.flags.add("END_STREAM")
            if index == len(pieces) - 1:
                frame.flags.add("END_HEADERS")
            self._send(frame)

    def use_table_size(self, size: int) -> None:
        """The peer's HEADER_TABLE_SIZE; Go never uses more than 4096."""
        self._encoder.header_table_size = min(size, 4096)

    def window_update(self, stream: int, increment: int) -> None:
        self._send(WindowUpdateFrame(stream, window_increment=increment))

    def reset(self, stream: int, code: int) -> None:
        self._send(RstStreamFrame(stream, error_code=code))

    def goaway(self, code: int) -> None:
        self._send(GoAwayFrame(0, error_code=code))

    def settings_ack(self) -> None:
        self._send(SettingsFrame(0, flags=("ACK",)))

    def ping_ack(self, payload: bytes) -> None:
        self._send(PingFrame(0, opaque_data=payload, flags=("ACK",)))

    def _preface(self) -> None:
        self._pieces.append(PREFACE)
        settings = {
            f.SETTING_PUSH: 0,
            f.SETTING_WINDOW: STREAM_WINDOW_BYTES,
            f.SETTING_FRAME: f.MAX_FRAME_BYTES,
            f.SETTING_HEADER_LIST: HTTP_RESPONSE_HEADER_BYTES,
        }
        self._send(SettingsFrame(0, settings=settings))
        self.window_update(0, CONNECTION_WINDOW_BYTES)

    def _send(self, frame: Frame) -> None:
        raw = frame.serialize()
        self._pieces.append(raw)
        self.waiting_bytes += len(raw)
        self.log(True, raw[3], raw[4], frame.stream_id, len(raw) - f.HEADER_BYTES)
