"""HTTP/1.1, server side: h11 reads the requests; answers are written by hand, because many of them are to be wrong."""

import h11
import trio

from modtrace.lab import streams
from modtrace.lab.behaviour import ENDLESS_BYTES, PIECE_BYTES, Answer, Desk
from modtrace.lab.journal import Request

_RECEIVE_BYTES = 16 << 10
# net/http/server.go answers so what is no HTTP request, a ClientHello for one
_NOT_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
)


async def serve(stream: trio.abc.Stream, desk: Desk) -> None:
    """Requests one after another until the client goes, or an answer ends the connection."""
    try:
        await _serve(stream, desk)
    except h11.RemoteProtocolError:
        await stream.send_all(_NOT_HTTP)
        await streams.vanish(stream)


async def _serve(stream: trio.abc.Stream, desk: Desk) -> None:
    left = b""
    while True:
        head, left = await _next_head(stream, left)
        if head is None:
            return
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers.raw_items())
        known, answer = desk.asked("HTTP/1.1", head.method.decode("latin-1"), head.target.decode("latin-1"), headers)
        await trio.sleep(answer.how.delay_s)
        if not await _answer(stream, desk, known, answer):
            return


async def _next_head(stream: trio.abc.Stream, left: bytes) -> tuple[h11.Request | None, bytes]:
    """One h11 connection per request, fed with what the last one left over: our answers never pass through h11."""
    connection = h11.Connection(h11.SERVER)
    if left:
        connection.receive_data(left)
    head: h11.Request | None = None
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.EndOfMessage):
            return head, bytes(connection.trailing_data[0])
        elif event is h11.NEED_DATA:
            connection.receive_data(bytes(await stream.receive_some(_RECEIVE_BYTES)))
        elif not isinstance(event, h11.Data):
            return None, b""


async def _answer(stream: trio.abc.Stream, desk: Desk, known: Request, answer: Answer) -> bool:
    """False when the connection is over."""
    fault = answer.how.fault
    if fault == "stall_before_head":
        await streams.until_gone(stream)
        return False
    if fault in ("close_before_head", "reset_before_head") or (
        fault in ("rst_stream", "goaway") and answer.how.after_bytes is None
    ):
        desk.answered(known, None)
        await (streams.vanish(stream) if fault in ("close_before_head", "goaway") else streams.reset(stream))
        return False
    if fault == "endless_headers":
        await _endless(stream, _status_line(answer), b"X-Endless: " + b"x" * 8000 + b"\r\n")
        return False
    if fault == "endless_body":
        await _endless(stream, _head(answer), b"\0" * PIECE_BYTES)
        return False
    return await _body(stream, desk, known, answer)


async def _body(stream: trio.abc.Stream, desk: Desk, known: Request, answer: Answer) -> bool:
    fault = answer.how.fault
    first, *more = answer.pieces or [b""]
    pieces = [_head(answer) + first, *more]  # one send: who reacts to the head alone must not overtake the note
    for number, piece in enumerate(pieces):
        if fault == "none" and number == len(pieces) - 1:
            desk.answered(known, answer.status)
        await stream.send_all(piece)
        await trio.sleep(answer.how.drip_s)
    if fault == "stall_in_body":
        await streams.until_gone(stream)
        return False
    if fault != "none":
        desk.answered(known, answer.status)
        await (streams.reset(stream) if fault == "rst_stream" else streams.vanish(stream))
        return False
    return _is_framed(answer)


async def _endless(stream: trio.abc.Stream, start: bytes, piece: bytes) -> None:
    await stream.send_all(start)
    sent = 0
    while sent < ENDLESS_BYTES:
        await stream.send_all(piece)
        sent += len(piece)


def _is_framed(answer: Answer) -> bool:
    """Can the client find the end of the body without our closing the connection?"""
    if answer.how.content_length == "right":
        return True
    return answer.how.content_length == len(answer.body)


def _status_line(answer: Answer) -> bytes:
    return f"HTTP/1.1 {answer.status} {answer.reason}\r\n".encode("latin-1")


def _head(answer: Answer) -> bytes:
    headers = answer.headers if _is_framed(answer) else (*answer.headers, ("Connection", "close"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return _status_line(answer) + lines.encode("latin-1") + b"\r\n"
