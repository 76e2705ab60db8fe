"""HTTP/2 frames: headers of received ones, numbers and go's names. No state.

Go 1.26 net/http/h2_bundle.go: http2ErrCode.String, http2FrameType, http2parse…Frame, http2Setting.Valid.
"""

import struct
from typing import NamedTuple

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
NAMES = (
    "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
    "CONTINUATION",
)  # fmt: skip

END_STREAM = 0x1
ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITIZED = 0x20

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR = 6, 7, 8, 9
_CODES = (
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
)  # fmt: skip

HEADER_BYTES = 9
HEADER = struct.Struct(">HBBBL")
MAX_FRAME_BYTES = 16384
LOOKS_LIKE_HTTP1 = b"HTTP/1.1 "

SETTING_TABLE_SIZE, SETTING_PUSH, SETTING_STREAMS, SETTING_WINDOW, SETTING_FRAME, SETTING_HEADER_LIST = 1, 2, 3, 4, 5, 6
SETTING_CONNECT = 8


class ConnectionFault(Exception):
    """An error of the whole connection. ``code`` is sent in our GOAWAY, when it has one."""

    def __init__(self, text: str, code: int | None = None, *, limit: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.limit = limit


class StreamFault(Exception):
    """An error of one stream, found while its frame was read."""

    def __init__(self, stream: int, code: int, why: str | None = None) -> None:
        super().__init__(stream, code, why)
        self.stream = stream
        self.code = code
        self.why = why


class FrameSeen(NamedTuple):
    """One line of the frame log."""

    is_ours: bool
    type: str
    flags: int
    stream: int
    length: int


def connection_fault(code: int) -> ConnectionFault:
    return ConnectionFault(f"connection error: {code_name(code)}", code)


def code_name(code: int) -> str:
    return _CODES[code] if code < len(_CODES) else f"unknown error code 0x{code:x}"


def type_name(kind: int) -> str:
    return NAMES[kind] if kind < len(NAMES) else f"UNKNOWN_FRAME_TYPE_{kind}"


def stream_error_text(stream: int, code: int, why: str | None) -> str:
    """``stream error: stream ID 5; INTERNAL_ERROR; received from peer``."""
    text = f"stream error: stream ID {stream}; {code_name(code)}"
    return text if why is None else f"{text}; {why}"


def unpadded(payload: memoryview, flags: int) -> memoryview:
    """The payload of a DATA frame without its padding."""
    if not flags & PADDED:
        return payload
    if not payload:
        raise ConnectionFault("unexpected EOF")
    padding = payload[0]
    payload = payload[1:]
    if padding > len(payload):
        raise connection_fault(PROTOCOL_ERROR)
    return payload[: len(payload) - padding]


def header_fragment(payload: memoryview, flags: int, stream: int) -> bytes:
    """The header block fragment of a HEADERS frame."""
    padding = 0
    if flags & PADDED:
        if not payload:
            raise ConnectionFault("unexpected EOF")
        padding = payload[0]
        payload = payload[1:]
    if flags & PRIORITIZED:
        if len(payload) < 5:
            raise ConnectionFault("unexpected EOF")
        payload = payload[5:]
    if padding > len(payload):
        raise StreamFault(stream, PROTOCOL_ERROR)
    return bytes(payload[: len(payload) - padding])


def settings_of(payload: memoryview, flags: int, stream: int) -> list[tuple[int, int]]:
    """The pairs of a SETTINGS frame, judged as Go does."""
    if flags & ACK and payload:
        raise connection_fault(FRAME_SIZE_ERROR)
    if stream:
        raise connection_fault(PROTOCOL_ERROR)
    if len(payload) % 6:
        raise connection_fault(FRAME_SIZE_ERROR)
    pairs: list[tuple[int, int]] = list(struct.iter_unpack(">HL", payload))
    for key, value in pairs:
        if key == SETTING_WINDOW and value > (1 << 31) - 1:
            raise connection_fault(FLOW_CONTROL_ERROR)
        if key in (SETTING_PUSH, SETTING_CONNECT) and value > 1:
            raise connection_fault(PROTOCOL_ERROR)
        if key == SETTING_FRAME and not MAX_FRAME_BYTES <= value < 1 << 24:
            raise connection_fault(PROTOCOL_ERROR)
    return pairs


def check_order(kind: int, stream: int, open_block: int) -> None:
    """CONTINUATION follows its HEADERS at once and stands nowhere else (Go checkFrameOrder)."""
    if open_block and (kind != CONTINUATION or stream != open_block):
        raise connection_fault(PROTOCOL_ERROR)
    if not open_block and kind == CONTINUATION:
        raise connection_fault(PROTOCOL_ERROR)


# Go refreshes from 4 KiB on (http2inflowMinRefresh): a frame for nearly every read. Each is a TLS record and a system
# call, which cost a third of the receiving time here; 128 KiB of a 4 MiB window slow no sender down.
_REFRESH_BYTES = 128 << 10


class Inflow:
    """Our receive window: Go's http2inflow, but for the size from which an update is sent."""

    def __init__(self, available: int) -> None:
        self.available = available
        self.unsent = 0

    def take(self, amount: int) -> bool:
        if amount > self.available:
            return False
        self.available -= amount
        return True

    def add(self, amount: int) -> int:
        """Give ``amount`` back; the size of the WINDOW_UPDATE to send now, or 0."""
        self.unsent += amount
        if self.unsent < _REFRESH_BYTES and self.unsent < self.available:
            return 0
        update = self.unsent
        self.available += update
        self.unsent = 0
        return update


def check_size(payload: memoryview, size: int, *, stream_zero: bool) -> None:
    """A frame of a fixed size, on the right kind of stream."""
    if len(payload) != size:
        raise connection_fault(FRAME_SIZE_ERROR)
    if not stream_zero:
        raise connection_fault(PROTOCOL_ERROR)


def too_large(header: bytes) -> ConnectionFault:
    """A frame over 16 KiB: Go says so when it looks like an answer in HTTP/1.1."""
    text = "http2: frame too large"
    if header == LOOKS_LIKE_HTTP1:
        text = (
            f"http2: failed reading the frame payload: {text}, "
            "note that the frame header looked like an HTTP/1.1 header"
        )
    return ConnectionFault(text)
