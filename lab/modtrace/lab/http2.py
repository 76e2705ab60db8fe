"""HTTP/2, server side: every stream is answered in its own task, as a real server would, so answers may overtake."""

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import trio

from modtrace.lab import streams
from modtrace.lab.behaviour import ENDLESS_BYTES, PIECE_BYTES, Answer, Desk
from modtrace.lab.journal import Headers, Request

_RECEIVE_BYTES = 64 << 10
_HUGE_HEADERS: Headers = tuple((f"x-endless-{number}", "x" * 8000) for number in range(1400))  # above Go's 10 MiB


async def serve(stream: trio.abc.Stream, desk: Desk) -> None:
    """One connection until the client goes or an answer ends it."""
    await _Http2(stream, desk).run()


class _Http2:
    def __init__(self, stream: trio.abc.Stream, desk: Desk) -> None:
        self._stream = stream
        self._desk = desk
        self._lock = trio.Lock()
        self._windows_moved = trio.Event()
        self._has_said_goodbye = False
        self._wire = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))

    async def run(self) -> None:
        self._wire.initiate_connection()
        await self._flush()
        async with trio.open_nursery() as nursery:
            while data := await self._stream.receive_some(_RECEIVE_BYTES):
                if self._has_said_goodbye:
                    continue  # h2 takes nothing more after a GOAWAY; closing now would cut off what the client reads
                for event in self._wire.receive_data(data):
                    self._handle(event, nursery)
                await self._flush()
            nursery.cancel_scope.cancel()

    def _handle(self, event: h2.events.Event, nursery: trio.Nursery) -> None:
        if isinstance(event, h2.events.RequestReceived):
            headers = tuple((_text(name), _text(value)) for name, value in event.headers or ())
            words = dict(headers)
            known, answer = self._desk.asked("HTTP/2", words.get(":method", ""), words.get(":path", ""), headers)
            nursery.start_soon(self._answer, event.stream_id or 0, known, answer)
        elif isinstance(event, h2.events.DataReceived):
            self._wire.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            self._windows_moved.set()
            self._windows_moved = trio.Event()

    async def _answer(self, stream_id: int, known: Request, answer: Answer) -> None:
        await trio.sleep(answer.how.delay_s)
        try:
            if not await self._fault_before_head(stream_id, known, answer):
                await self._head_and_body(stream_id, known, answer)
        except (h2.exceptions.ProtocolError, trio.BrokenResourceError, trio.ClosedResourceError):
            return  # the client has reset the stream, or has gone

    async def _fault_before_head(self, stream_id: int, known: Request, answer: Answer) -> bool:
        fault, how = answer.how.fault, answer.how
        if fault == "stall_before_head":
            return True
        if fault in ("close_before_head", "reset_before_head"):
            self._desk.answered(known, None)
            await (streams.finish(self._stream) if fault == "close_before_head" else streams.reset(self._stream))
            return True
        if fault in ("rst_stream", "goaway") and how.after_bytes is None:
            self._desk.answered(known, None)
            await self._end(stream_id, how.fault, how.error_code, last_stream_id=0)
            return True
        return False

    async def _head_and_body(self, stream_id: int, known: Request, answer: Answer) -> None:
        fault = answer.how.fault
        more = _HUGE_HEADERS if fault == "endless_headers" else ()
        head = [(":status", str(answer.status)), *((name.lower(), value) for name, value in answer.headers + more)]
        pieces = answer.pieces
        empty = fault == "none" and not pieces
        if empty:
            self._desk.answered(known, answer.status)
        self._wire.send_headers(stream_id, head, end_stream=empty)
        if not pieces:
            await self._flush()  # else with the first piece: who reacts to the head must not overtake the note
        for number, piece in enumerate(pieces):
            last = fault == "none" and number == len(pieces) - 1
            if last:
                self._desk.answered(known, answer.status)
            await self._send(stream_id, piece, end_stream=last)
            await trio.sleep(answer.how.drip_s)
        await self._fault_after_body(stream_id, known, answer)

    async def _fault_after_body(self, stream_id: int, known: Request, answer: Answer) -> None:
        fault = answer.how.fault
        if fault in ("rst_stream", "goaway"):
            self._desk.answered(known, answer.status)
            await self._end(stream_id, fault, answer.how.error_code, last_stream_id=stream_id)
        elif fault == "cut_in_body":
            self._desk.answered(known, answer.status)
            await streams.finish(self._stream)
        elif fault == "endless_body":
            for _ in range(ENDLESS_BYTES // PIECE_BYTES):
                await self._send(stream_id, b"\0" * PIECE_BYTES, end_stream=False)

    async def _end(self, stream_id: int, fault: str, error_code: int, *, last_stream_id: int) -> None:
        if fault == "rst_stream":
            self._wire.reset_stream(stream_id, error_code)
            await self._flush()
            return
        self._has_said_goodbye = True
        self._wire.close_connection(error_code, last_stream_id=last_stream_id)
        await self._flush()
        if last_stream_id:  # else the client closes; GOAWAY with a FIN at its heels is a race inside the client
            await streams.finish(self._stream)

    async def _send(self, stream_id: int, data: bytes, *, end_stream: bool) -> None:
        """As the client's windows allow."""
        while data:
            room = min(self._wire.local_flow_control_window(stream_id), self._wire.max_outbound_frame_size)
            if room <= 0:
                await self._windows_moved.wait()
                continue
            piece, data = data[:room], data[room:]
            self._wire.send_data(stream_id, piece, end_stream=end_stream and not data)
            await self._flush()

    async def _flush(self) -> None:
        async with self._lock:
            if data := self._wire.data_to_send():
                await self._stream.send_all(data)


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
