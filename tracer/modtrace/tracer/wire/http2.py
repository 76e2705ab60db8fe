"""The only door to hyperframe and hpack (h2's own parts): one HTTP/2 client connection as Go has it, without any I/O.

Go 1.26 net/http/h2_bundle.go: http2Transport.newClientConn, http2clientConnReadLoop, http2Framer.

h2's ``H2Connection`` is not used on this side: it costs three times our loop on DATA, refuses what Go accepts
(``connection`` headers, frames on closed streams) and judges in its own words, while here every refusal has to be Go's.
Frames are read in place; header blocks go through hpack, our own frames through hyperframe. h2 is the peer in tests.
"""

import re
from collections.abc import Iterable

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

from modtrace.record.limits import (
    H2_CONTROL_FRAMES_WITHOUT_PROGRESS_COUNT,
    H2_UNSENT_ACKS_BYTES,
    HTTP_RESPONSE_HEADER_BYTES,
)
from modtrace.tracer.wire import h2frames as f
from modtrace.tracer.wire.h2events import (
    Data,
    End,
    Event,
    GoAway,
    Head,
    Ping,
    Settings,
    StreamFailed,
    WindowUpdate,
)
from modtrace.tracer.wire.http1head import Headers, canonical, text_of

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
STREAM_WINDOW_BYTES = 4 << 20  # Go http2transportDefaultStreamFlow
CONNECTION_WINDOW_BYTES = 1 << 30  # Go http2transportDefaultConnFlow
_FRAMES_LOGGED_COUNT = 512
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_WIRE_NAME = re.compile(rb"[0-9a-z!#$%&'*+.^_`|~-]+")
_STATUS = re.compile(r"[+-]?[0-9]+")
_FROM_PEER = "received from peer"
_TOO_LARGE = "http2: response header list larger than advertised limit"


class _Stream:
    """What we know of one request's stream."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.inflow = f.Inflow(STREAM_WINDOW_BYTES)
        self.past_headers = False
        self.past_trailers = False
        self.interim_bytes = 0
        self.left = -1
        self.sent_bytes = 0


class Http2Connection:
    """Feed it what the link gives; it answers with events, and holds what to send (:meth:`take_output`)."""

    def __init__(self) -> None:
        self._buffer = b""
        self._output: list[bytes] = []
        self._output_bytes = 0
        self._encoder = hpack.Encoder()
        self._decoder = hpack.Decoder(max_header_list_size=HTTP_RESPONSE_HEADER_BYTES)
        self._streams: dict[int, _Stream] = {}
        self._inflow = f.Inflow(CONNECTION_WINDOW_BYTES + 65535)
        self._block: tuple[int, bool, bytearray] | None = None
        self._wants_settings_ack = True
        self._without_progress = 0
        self._frames_read = 0
        self.next_stream = 1
        self.max_streams = 100  # Go http2initialMaxConcurrentStreams
        self.max_send_frame_bytes = f.MAX_FRAME_BYTES
        self.has_settings = False
        self.goaway: GoAway | None = None
        self.is_broken = False
        self.do_not_reuse = False
        self.frames: list[f.FrameSeen] = []
        self.frames_count = 0
        self._send_preface()

    # --- what we send ------------------------------------------------------------------------------------------------
    def take_output(self) -> bytes:
        """Everything to be written now."""
        data = b"".join(self._output)
        self._output.clear()
        self._output_bytes = 0
        return data

    @property
    def open_streams(self) -> int:
        return len(self._streams)

    @property
    def is_usable(self) -> bool:
        """True when a further request may be sent here (Go isUsableLocked)."""
        return self.goaway is None and not self.is_broken and not self.do_not_reuse and self.next_stream < 1 << 31

    def request(self, authority: str, path: str, scheme: str, headers: Headers) -> int:
        """Queue a GET; the number of its stream."""
        fields = [(":authority", authority), (":method", "GET"), (":path", path), (":scheme", scheme)]
        fields += [(name.lower(), value) for name, value in headers]
        fields += [("accept-encoding", "gzip"), ("user-agent", "Go-http-client/2.0")]
        block = self._encoder.encode([(n.encode(), v.encode("utf-8", "surrogateescape")) for n, v in fields])
        number = self.next_stream
        self.next_stream += 2
        self._streams[number] = _Stream(number)
        size = self.max_send_frame_bytes
        pieces = [block[start : start + size] for start in range(0, len(block), size)]
        for index, piece in enumerate(pieces):
            frame: HeadersFrame | ContinuationFrame
            frame = ContinuationFrame(number, data=piece) if index else HeadersFrame(number, data=piece)
            if not index:
                frame.flags.add("END_STREAM")
            if index == len(pieces) - 1:
                frame.flags.add("END_HEADERS")
            self._send(frame)
        return number

    def consumed(self, stream: int, amount: int) -> None:
        """The caller has taken ``amount`` body bytes: give their room back, as Go does on Read."""
        self._refund(self._streams.get(stream), amount)

    def cancel(self, stream: int) -> None:
        """Give up a stream that still runs; later frames of it are ignored."""
        if self._streams.pop(stream, None) is not None and not self.is_broken:
            self._send(RstStreamFrame(stream, error_code=f.CANCEL))

    def window(self, stream: int) -> int:
        """How many bytes the peer may still send on a stream; 0 once the connection's own window is used up."""
        known = self._streams.get(stream)
        return 1 if known is None else min(known.inflow.available, self._inflow.available)

    def stream_is_open(self, stream: int) -> bool:
        return stream in self._streams

    def _send_preface(self) -> None:
        self._output.append(PREFACE)
        settings = {
            f.SETTING_PUSH: 0,
            f.SETTING_WINDOW: STREAM_WINDOW_BYTES,
            f.SETTING_FRAME: f.MAX_FRAME_BYTES,
            f.SETTING_HEADER_LIST: HTTP_RESPONSE_HEADER_BYTES,
        }
        self._send(SettingsFrame(0, settings=settings))
        self._send(WindowUpdateFrame(0, window_increment=CONNECTION_WINDOW_BYTES))

    def _send(self, frame: Frame) -> None:
        raw = frame.serialize()
        self._output.append(raw)
        self._output_bytes += len(raw)
        self._log(True, raw[3], raw[4], frame.stream_id, len(raw) - f.HEADER_BYTES)

    def _log(self, is_ours: bool, kind: int, flags: int, stream: int, length: int) -> None:
        self.frames_count += 1
        if len(self.frames) < _FRAMES_LOGGED_COUNT:
            self.frames.append(f.FrameSeen(is_ours, f.type_name(kind), flags, stream, length))

    def _refund(self, stream: _Stream | None, amount: int) -> None:
        update = self._inflow.add(amount)
        if update:
            self._send(WindowUpdateFrame(0, window_increment=update))
        if stream is not None:
            update = stream.inflow.add(amount)
            if update:
                self._send(WindowUpdateFrame(stream.number, window_increment=update))

    # --- what we receive ---------------------------------------------------------------------------------------------
    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes. A fault of the connection ends every open stream."""
        if self.is_broken:
            return []
        events: list[Event] = []
        try:
            self._frames(self._buffer + data if self._buffer else data, events)
        except f.ConnectionFault as fault:
            self._break(fault, events)
        return events

    def eof(self, error_text: str | None = None) -> list[Event]:
        """The stream has ended; ``error_text`` is go's text of a failed read, ``None`` for a plain end."""
        if self.is_broken:
            return []
        events: list[Event] = []
        text = error_text or "unexpected EOF"
        if self.goaway is not None and (error_text is not None or not self._buffer):
            text = self.goaway.text
        self._break(f.ConnectionFault(text), events)
        return events

    def _break(self, fault: f.ConnectionFault, events: list[Event]) -> None:
        self.is_broken = True
        if fault.code is not None:
            self._send(GoAwayFrame(0, error_code=fault.code))
        for number in list(self._streams):
            del self._streams[number]
            events.append(
                StreamFailed(number, fault.text, fault.code, is_connection=True, limit=fault.limit, from_peer=False)
            )

    def _frames(self, data: bytes, events: list[Event]) -> None:
        view = memoryview(data)
        position = 0
        total = len(data)
        while total - position >= f.HEADER_BYTES:
            high, low, kind, flags, stream = f.HEADER.unpack_from(data, position)
            length = high << 8 | low
            if length > f.MAX_FRAME_BYTES:
                raise self._too_large(data[position : position + f.HEADER_BYTES])
            stream &= 0x7FFFFFFF
            f.check_order(kind, stream, self._block[0] if self._block else 0)
            end = position + f.HEADER_BYTES + length
            if end > total:
                break
            self._log(False, kind, flags, stream, length)
            payload = view[position + f.HEADER_BYTES : end]
            position = end
            try:
                self._frame(kind, flags, stream, payload, events)
            except f.StreamFault as fault:
                self._fail(fault.stream, fault.code, fault.why, events)
            self._guard()
        self._buffer = data[position:]

    def _too_large(self, header: bytes) -> f.ConnectionFault:
        text = "http2: frame too large"
        if header == f.LOOKS_LIKE_HTTP1:
            text = (
                f"http2: failed reading the frame payload: {text}, "
                "note that the frame header looked like an HTTP/1.1 header"
            )
        return f.ConnectionFault(text)

    def _guard(self) -> None:
        """Go answers floods for ever; we stop at a limit and say so."""
        if self._without_progress > H2_CONTROL_FRAMES_WITHOUT_PROGRESS_COUNT:
            name = "H2_CONTROL_FRAMES_WITHOUT_PROGRESS_COUNT"
            raise f.ConnectionFault("a flood of control frames", f.PROTOCOL_ERROR, limit=name)
        if self._output_bytes > H2_UNSENT_ACKS_BYTES:
            raise f.ConnectionFault("a flood of control frames", f.PROTOCOL_ERROR, limit="H2_UNSENT_ACKS_BYTES")

    def _frame(self, kind: int, flags: int, stream: int, payload: memoryview, events: list[Event]) -> None:
        self._without_progress += 1
        if not self.has_settings and kind not in (f.SETTINGS, f.CONTINUATION):
            raise f.connection_fault(f.PROTOCOL_ERROR)
        if kind == f.DATA:
            self._data(flags, stream, payload, events)
        elif kind in (f.HEADERS, f.CONTINUATION):
            self._header_block(kind, flags, stream, payload, events)
        elif kind == f.SETTINGS:
            self._settings(f.settings_of(payload, flags, stream), flags, events)
        elif kind == f.PUSH_PROMISE:
            raise f.connection_fault(f.PROTOCOL_ERROR)
        else:
            self._control(kind, flags, stream, payload, events)

    def _control(self, kind: int, flags: int, stream: int, payload: memoryview, events: list[Event]) -> None:
        if kind == f.PING:
            _check_size(payload, 8, stream_zero=stream == 0)
            if not flags & f.ACK:
                self._send(PingFrame(0, opaque_data=bytes(payload), flags=("ACK",)))
            events.append(Ping(bool(flags & f.ACK)))
        elif kind == f.GOAWAY:
            self._goaway(stream, payload, events)
        elif kind == f.RST_STREAM:
            _check_size(payload, 4, stream_zero=stream != 0)
            code = int.from_bytes(payload)
            if code == f.PROTOCOL_ERROR and stream in self._streams:
                self.do_not_reuse = True
            if self._streams.pop(stream, None) is not None:
                events.append(_reset(stream, code))
        elif kind == f.WINDOW_UPDATE:
            _check_size(payload, 4, stream_zero=True)
            increment = int.from_bytes(payload) & 0x7FFFFFFF
            if not increment:
                raise f.StreamFault(stream, f.PROTOCOL_ERROR) if stream else f.connection_fault(f.PROTOCOL_ERROR)
            events.append(WindowUpdate(stream, increment))
        elif kind == f.PRIORITY:
            _check_size(payload, 5, stream_zero=stream != 0)

    def _data(self, flags: int, number: int, payload: memoryview, events: list[Event]) -> None:
        if number == 0:
            raise f.connection_fault(f.PROTOCOL_ERROR)
        length = len(payload)
        data = f.unpadded(payload, flags)
        stream = self._streams.get(number)
        if stream is None:
            if number >= self.next_stream:
                raise f.connection_fault(f.PROTOCOL_ERROR)
            if not self._inflow.take(length):
                raise f.connection_fault(f.FLOW_CONTROL_ERROR)
            self._refund(None, length)
            return
        if not stream.past_headers:
            raise f.StreamFault(number, f.PROTOCOL_ERROR)
        if not self._inflow.take(length) or not stream.inflow.take(length):
            raise f.connection_fault(f.FLOW_CONTROL_ERROR)
        if length != len(data):
            self._refund(stream, length - len(data))
        if data:
            self._without_progress = 0
            self._body(stream, data, events)
        if flags & f.END_STREAM and number in self._streams:
            self._end(stream, [], events)

    def _body(self, stream: _Stream, data: memoryview, events: list[Event]) -> None:
        stream.sent_bytes += len(data)
        if stream.left < 0:
            events.append(Data(stream.number, data))
            return
        keep = data[: stream.left]
        stream.left -= len(keep)
        if keep:
            events.append(Data(stream.number, keep))
        if len(keep) < len(data):
            text = "net/http: server replied with more than declared Content-Length; truncated"
            self.cancel(stream.number)
            events.append(StreamFailed(stream.number, text, None, is_connection=False, limit=None, from_peer=False))

    def _end(self, stream: _Stream, trailers: Headers, events: list[Event]) -> None:
        self._streams.pop(stream.number, None)
        if stream.left > 0:
            text = "unexpected EOF"
            events.append(StreamFailed(stream.number, text, None, is_connection=False, limit=None, from_peer=False))
        else:
            events.append(End(stream.number, trailers))

    def _fail(self, number: int, code: int, why: str | None, events: list[Event]) -> None:
        """A stream error of our finding: told to the peer, and the end of that stream."""
        if self._streams.pop(number, None) is None:
            return
        self._send(RstStreamFrame(number, error_code=code))
        text = f.stream_error_text(number, code, why)
        events.append(StreamFailed(number, text, code, is_connection=False, limit=None, from_peer=False))

    def _settings(self, pairs: list[tuple[int, int]], flags: int, events: list[Event]) -> None:
        if flags & f.ACK:
            if not self._wants_settings_ack:
                raise f.connection_fault(f.PROTOCOL_ERROR)
            self._wants_settings_ack = False
            self.has_settings = True
            return
        values = dict(pairs)
        if f.SETTING_TABLE_SIZE in values:
            self._encoder.header_table_size = min(values[f.SETTING_TABLE_SIZE], 4096)
        self.max_send_frame_bytes = values.get(f.SETTING_FRAME, self.max_send_frame_bytes)
        if f.SETTING_STREAMS in values:
            self.max_streams = values[f.SETTING_STREAMS]
        elif not self.has_settings:
            self.max_streams = 1000  # Go http2defaultMaxConcurrentStreams
        self.has_settings = True
        self._send(SettingsFrame(0, flags=("ACK",)))
        events.append(Settings(pairs))

    def _goaway(self, stream: int, payload: memoryview, events: list[Event]) -> None:
        if stream:
            raise f.connection_fault(f.PROTOCOL_ERROR)
        if len(payload) < 8:
            raise f.connection_fault(f.FRAME_SIZE_ERROR)
        last = int.from_bytes(payload[:4]) & 0x7FFFFFFF
        code = int.from_bytes(payload[4:8])
        debug = text_of(bytes(payload[8:]))
        if self.goaway is not None:
            debug = self.goaway.debug or debug
            code = self.goaway.code or code
        self.goaway = GoAway(last, code, debug)
        events.append(self.goaway)
        for number in [number for number in self._streams if number > last]:
            del self._streams[number]
            events.append(_refused_by_goaway(number, code))

    def _header_block(self, kind: int, flags: int, number: int, payload: memoryview, events: list[Event]) -> None:
        if kind == f.HEADERS:
            if number == 0:
                raise f.connection_fault(f.PROTOCOL_ERROR)
            fragment = f.header_fragment(payload, flags, number)
            block, ends = bytearray(fragment), bool(flags & f.END_STREAM)
        else:
            assert self._block is not None
            _, ends, block = self._block
            block += payload
        if len(block) > 2 * HTTP_RESPONSE_HEADER_BYTES:
            raise f.connection_fault(f.PROTOCOL_ERROR)
        if not flags & f.END_HEADERS:
            self._block = (number, ends, block)
            return
        self._block = None
        fields = self._decode(bytes(block), number)
        stream = self._streams.get(number)
        if stream is not None:
            _check_fields(number, fields)
            self._headers(stream, fields, ends, events)

    def _decode(self, block: bytes, number: int) -> list[tuple[bytes, bytes]]:
        try:
            decoded: Iterable[tuple[bytes, bytes]] = self._decoder.decode(block, raw=True)
            return [(bytes(name), bytes(value)) for name, value in decoded]
        except hpack.OversizedHeaderListError as error:
            self.do_not_reuse = True  # the table may have stopped half-way
            raise f.StreamFault(number, f.PROTOCOL_ERROR, _TOO_LARGE) from error
        except hpack.HPACKError as error:
            raise f.connection_fault(f.COMPRESSION_ERROR) from error

    def _headers(self, stream: _Stream, fields: list[tuple[bytes, bytes]], ends: bool, events: list[Event]) -> None:
        regular = [(canonical(name), text_of(value)) for name, value in fields if not name.startswith(b":")]
        if stream.past_headers:
            if stream.past_trailers or not ends or len(regular) < len(fields):
                raise f.connection_fault(f.PROTOCOL_ERROR)
            stream.past_trailers = True
            self._end(stream, regular, events)
            return
        status_text = text_of(next((value for name, value in fields if name == b":status"), b""))
        status = _status(stream.number, status_text)
        if 100 <= status <= 199:
            self._interim(stream, fields, ends)
            return
        stream.past_headers = True
        self._without_progress = 0
        length = _length(regular)
        if length < 0 and ends and not any(name == "Content-Length" for name, _ in regular):
            length = 0
        stream.left = length
        events.append(Head(stream.number, status, status_text, regular, length, ends))
        if ends:
            self._end(stream, [], events)

    def _interim(self, stream: _Stream, fields: list[tuple[bytes, bytes]], ends: bool) -> None:
        if ends:
            raise f.StreamFault(stream.number, f.PROTOCOL_ERROR, "1xx informational response with END_STREAM flag")
        stream.interim_bytes += sum(len(name) + len(value) + 32 for name, value in fields)
        if stream.interim_bytes > HTTP_RESPONSE_HEADER_BYTES:
            raise f.StreamFault(stream.number, f.PROTOCOL_ERROR, "header list too large")


def _check_size(payload: memoryview, size: int, *, stream_zero: bool) -> None:
    if len(payload) != size:
        raise f.connection_fault(f.FRAME_SIZE_ERROR)
    if not stream_zero:
        raise f.connection_fault(f.PROTOCOL_ERROR)


def _reset(stream: int, code: int) -> StreamFailed:
    text = f.stream_error_text(stream, code, _FROM_PEER)
    return StreamFailed(stream, text, code, is_connection=False, limit=None, from_peer=True)


def _refused_by_goaway(stream: int, code: int) -> StreamFailed:
    if stream == 1 and code != f.NO_ERROR:
        text = f"http2: Transport received GOAWAY from server ErrCode:{f.code_name(code)}"
        return StreamFailed(stream, text, code, is_connection=False, limit=None, from_peer=True)
    text = "http2: Transport received Server's graceful shutdown GOAWAY"
    return StreamFailed(stream, text, code, is_connection=False, limit=None, from_peer=True, is_goaway_retry=True)


def _status(stream: int, text: str) -> int:
    if not text:
        why = "malformed response from server: missing status pseudo header"
        raise f.StreamFault(stream, f.PROTOCOL_ERROR, why)
    if not _STATUS.fullmatch(text) or len(text) > 18:
        why = "malformed response from server: malformed non-numeric status pseudo header"
        raise f.StreamFault(stream, f.PROTOCOL_ERROR, why)
    return int(text)


def _length(headers: Headers) -> int:
    found = [value for name, value in headers if name == "Content-Length"]
    if len(found) != 1 or not re.fullmatch("[0-9]{1,19}", found[0]) or int(found[0]) >= 1 << 63:
        return -1
    return int(found[0])


def _check_fields(stream: int, fields: list[tuple[bytes, bytes]]) -> None:
    """Names, values and pseudo headers as Go's readMetaFrame and checkPseudos judge them."""
    saw_regular = False
    seen: set[bytes] = set()
    for name, value in fields:
        why: str | None = None
        if _BAD_VALUE.search(value):
            why = f'invalid header field value for "{text_of(name)}"'
        if name.startswith(b":"):
            if saw_regular:
                why = "pseudo header field after regular"
            elif name not in (b":status", b":method", b":path", b":scheme", b":authority", b":protocol"):
                why = f'invalid pseudo-header "{text_of(name)}"'
            elif name in seen:
                why = f'duplicate pseudo-header "{text_of(name)}"'
            elif (name != b":status" and b":status" in seen) or (name == b":status" and seen):
                why = "mix of request and response pseudo headers"
            seen.add(name)
        else:
            saw_regular = True
            if not _WIRE_NAME.fullmatch(name):
                why = f'invalid header field name "{text_of(name)}"'
        if why is not None:
            raise f.StreamFault(stream, f.PROTOCOL_ERROR, why)
