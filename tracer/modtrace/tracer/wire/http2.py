"""One HTTP/2 client connection as Go has it, without any I/O.

Go 1.26 net/http/h2_bundle.go: http2Transport.newClientConn, http2clientConnReadLoop, http2Framer.

h2's ``H2Connection`` is not used on this side: it costs three times our loop on DATA, refuses what Go accepts
(``connection`` headers, frames on closed streams) and judges in its own words, while here every refusal has to be Go's.
Frames are read in place; header blocks go through hpack (``http2headers``), our own frames
through hyperframe (``http2send``). h2 is the peer in tests.
"""

from modtrace.gorules.requestheaders import on_http2
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
    refused_by_goaway,
    reset_by_peer,
)
from modtrace.tracer.wire.http1head import Headers, canonical, text_of
from modtrace.tracer.wire.http2headers import Fields, HeaderDecoder, check_fields, length_of, status_of
from modtrace.tracer.wire.http2send import CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES, Outbox


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
        self._out = Outbox()
        self._decoder = HeaderDecoder()
        self._streams: dict[int, _Stream] = {}
        self._inflow = f.Inflow(CONNECTION_WINDOW_BYTES + 65535)
        self._block: tuple[int, bool, bytearray] | None = None
        self._wants_settings_ack = True
        self._without_progress = 0
        self.next_stream = 1
        self.max_streams = 100  # Go http2initialMaxConcurrentStreams
        self.has_settings = False
        self.goaway: GoAway | None = None
        self.is_broken = False
        self.do_not_reuse = False

    # --- what we send ------------------------------------------------------------------------------------------------
    def take_output(self) -> bytes:
        """Everything to be written now."""
        return self._out.take()

    @property
    def owes(self) -> bool:
        """True when :meth:`take_output` has something to write."""
        return self._out.owes

    @property
    def frames(self) -> list[f.FrameSeen]:
        """The first frames of both directions; :attr:`frames_count` says how many there were."""
        return self._out.frames

    @property
    def frames_count(self) -> int:
        return self._out.frames_count

    @property
    def open_streams(self) -> int:
        return len(self._streams)

    @property
    def is_usable(self) -> bool:
        """True when a further request may be sent here (Go isUsableLocked)."""
        is_sound = not self.is_broken and not self.do_not_reuse and not self._decoder.is_damaged
        return self.goaway is None and is_sound and self.next_stream < 1 << 31

    def request(self, authority: str, path: str, scheme: str, headers: Headers, *, method: str = "GET") -> int:
        """Queue a request without a body; the number of its stream."""
        fields = [(":authority", authority), (":method", method), (":path", path), (":scheme", scheme)]
        fields += on_http2(method, headers)
        number = self.next_stream
        self.next_stream += 2
        self._streams[number] = _Stream(number)
        self._out.headers(number, fields)
        return number

    def consumed(self, stream: int, amount: int) -> None:
        """The caller has taken ``amount`` body bytes: give their room back, as Go does on Read."""
        self._refund(self._streams.get(stream), amount)

    def cancel(self, stream: int) -> None:
        """Give up a stream that still runs; later frames of it are ignored."""
        if self._streams.pop(stream, None) is not None and not self.is_broken:
            self._out.reset(stream, f.CANCEL)

    def window(self, stream: int) -> int:
        """How many bytes the peer may still send on a stream; 0 once the connection's own window is used up."""
        known = self._streams.get(stream)
        return 1 if known is None else min(known.inflow.available, self._inflow.available)

    def stream_is_open(self, stream: int) -> bool:
        return stream in self._streams

    def _refund(self, stream: _Stream | None, amount: int) -> None:
        update = self._inflow.add(amount)
        if update:
            self._out.window_update(0, update)
        if stream is not None:
            update = stream.inflow.add(amount)
            if update:
                self._out.window_update(stream.number, update)

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
            self._out.goaway(fault.code)
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
                raise f.too_large(data[position : position + f.HEADER_BYTES])
            stream &= 0x7FFFFFFF
            f.check_order(kind, stream, self._block[0] if self._block else 0)
            end = position + f.HEADER_BYTES + length
            if end > total:
                break
            self._out.log(False, kind, flags, stream, length)
            payload = view[position + f.HEADER_BYTES : end]
            position = end
            try:
                self._frame(kind, flags, stream, payload, events)
            except f.StreamFault as fault:
                self._fail(fault.stream, fault.code, fault.why, events)
            self._guard()
        self._buffer = data[position:]

    def _guard(self) -> None:
        """Go answers floods for ever; we stop at a limit and say so."""
        if self._without_progress > H2_CONTROL_FRAMES_WITHOUT_PROGRESS_COUNT:
            name = "H2_CONTROL_FRAMES_WITHOUT_PROGRESS_COUNT"
            raise f.ConnectionFault("a flood of control frames", f.PROTOCOL_ERROR, limit=name)
        if self._out.waiting_bytes > H2_UNSENT_ACKS_BYTES:
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
            f.check_size(payload, 8, stream_zero=stream == 0)
            if not flags & f.ACK:
                self._out.ping_ack(bytes(payload))
            events.append(Ping(bool(flags & f.ACK)))
        elif kind == f.GOAWAY:
            self._goaway(stream, payload, events)
        elif kind == f.RST_STREAM:
            f.check_size(payload, 4, stream_zero=stream != 0)
            code = int.from_bytes(payload)
            if code == f.PROTOCOL_ERROR and stream in self._streams:
                self.do_not_reuse = True
            if self._streams.pop(stream, None) is not None:
                events.append(reset_by_peer(stream, code))
        elif kind == f.WINDOW_UPDATE:
            f.check_size(payload, 4, stream_zero=True)
            increment = int.from_bytes(payload) & 0x7FFFFFFF
            if not increment:
                raise f.StreamFault(stream, f.PROTOCOL_ERROR) if stream else f.connection_fault(f.PROTOCOL_ERROR)
            events.append(WindowUpdate(stream, increment))
        elif kind == f.PRIORITY:
            f.check_size(payload, 5, stream_zero=stream != 0)

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
        self._out.reset(number, code)
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
            self._out.use_table_size(values[f.SETTING_TABLE_SIZE])
        self._out.max_frame_bytes = values.get(f.SETTING_FRAME, self._out.max_frame_bytes)
        if f.SETTING_STREAMS in values:
            self.max_streams = values[f.SETTING_STREAMS]
        elif not self.has_settings:
            self.max_streams = 1000  # Go http2defaultMaxConcurrentStreams
        self.has_settings = True
        self._out.settings_ack()
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
            events.append(refused_by_goaway(number, code))

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
        fields = self._decoder.decode(bytes(block), number)
        stream = self._streams.get(number)
        if stream is not None:
            check_fields(number, fields)
            self._headers(stream, fields, ends, events)

    def _headers(self, stream: _Stream, fields: Fields, ends: bool, events: list[Event]) -> None:
        regular = [(canonical(name), text_of(value)) for name, value in fields if not name.startswith(b":")]
        if stream.past_headers:
            if stream.past_trailers or not ends or len(regular) < len(fields):
                raise f.connection_fault(f.PROTOCOL_ERROR)
            stream.past_trailers = True
            self._end(stream, regular, events)
            return
        status_text = text_of(next((value for name, value in fields if name == b":status"), b""))
        status = status_of(stream.number, status_text)
        if 100 <= status <= 199:
            self._interim(stream, fields, ends)
            return
        stream.past_headers = True
        self._without_progress = 0
        length = length_of(regular)
        if length < 0 and ends and not any(name == "Content-Length" for name, _ in regular):
            length = 0
        stream.left = length
        events.append(Head(stream.number, status, status_text, regular, length, ends))
        if ends:
            self._end(stream, [], events)

    def _interim(self, stream: _Stream, fields: Fields, ends: bool) -> None:
        if ends:
            raise f.StreamFault(stream.number, f.PROTOCOL_ERROR, "1xx informational response with END_STREAM flag")
        stream.interim_bytes += sum(len(name) + len(value) + 32 for name, value in fields)
        if stream.interim_bytes > HTTP_RESPONSE_HEADER_BYTES:
            raise f.StreamFault(stream.number, f.PROTOCOL_ERROR, "header list too large")
