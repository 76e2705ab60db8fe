"""The HTTP/1.1 server in memory: exact bytes, honest and faulty."""

from typing import Literal

import pytest
import trio
import trio.testing
from tests.lab.desk import TestDesk

from modtrace.lab import http1
from modtrace.lab.behaviour import Fault, Reply

GET = b"GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n"
WHOLE = HEAD + b"0123456789"


def talk(desk: TestDesk, *sent: bytes) -> tuple[bytes, bool]:
    """What came back until nothing more does, and whether the server was then done with the connection."""
    got = bytearray()

    async def main() -> bool:
        ours, theirs = trio.testing.memory_stream_pair()
        is_done = trio.Event()

        async def serve() -> None:
            await http1.serve(theirs, desk)
            is_done.set()

        async def receive() -> None:
            while data := await ours.receive_some(65536):
                got.extend(data)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            nursery.start_soon(receive)
            for piece in sent:
                await ours.send_all(piece)
                await trio.testing.wait_all_tasks_blocked()
            await trio.sleep(60)
            nursery.cancel_scope.cancel()
        return is_done.is_set()

    done = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return bytes(got), done


def test_an_answer_is_framed_by_its_length_and_the_connection_stays() -> None:
    desk = TestDesk()
    assert talk(desk, GET, GET) == (WHOLE * 2, False)
    assert desk.paths == ["/x", "/x"]
    assert desk.statuses == [200, 200]


def test_a_head_gets_the_head_only() -> None:
    assert talk(TestDesk(), GET.replace(b"GET", b"HEAD"), GET) == (HEAD + WHOLE, False)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_requests_may_come_in_any_pieces(size: int) -> None:
    both = GET + GET.replace(b"/x", b"/y")
    desk = TestDesk()
    got, _ = talk(desk, *(both[at : at + size] for at in range(0, len(both), size)))
    assert got == WHOLE * 2
    assert desk.paths == ["/x", "/y"]


def test_the_head_is_written_down_as_sent() -> None:
    desk = TestDesk()
    talk(desk, b"PUT /a?b HTTP/1.1\r\nHost: a.test\r\nX-Mixed: \xe9\r\nContent-Length: 3\r\n\r\nabc" + GET)
    first, second = desk.journal.requests
    assert (first.protocol, first.method, first.target) == ("HTTP/1.1", "PUT", "/a?b")
    assert first.headers == (("Host", "a.test"), ("X-Mixed", "é"), ("Content-Length", "3"))
    assert second.target == "/x", "the body was read over"


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nbad\r\n\r\n"]
)
def test_what_is_no_http_gets_gos_400(sent: bytes) -> None:
    got, _ = talk(TestDesk(), sent)
    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert got.endswith(b"\r\n\r\n400 Bad Request")


@pytest.mark.parametrize(
    ("fault", "after", "got", "statuses"),
    [
        ("close_before_head", None, b"", [None]),
        ("reset_before_head", None, b"", [None]),
        ("rst_stream", None, b"", [None]),
        ("goaway", None, b"", [None]),
        ("cut_in_body", 4, HEAD + b"0123", [200]),
        ("cut_in_body", None, HEAD, [200]),
        ("rst_stream", 4, HEAD + b"0123", [200]),
        ("goaway", 4, HEAD + b"0123", [200]),
    ],
)
def test_a_fault_ends_the_connection_at_its_point(
    fault: Fault, after: int | None, got: bytes, statuses: list[int | None]
) -> None:
    desk = TestDesk({"/x": Reply(fault=fault, after_bytes=after)})
    assert talk(desk, GET) == (got, True)
    assert desk.statuses == statuses


@pytest.mark.parametrize(("fault", "got"), [("stall_before_head", b""), ("stall_in_body", HEAD + b"0123")])
def test_a_stall_lasts_as_long_as_the_client(fault: Fault, got: bytes) -> None:
    desk = TestDesk({"/x": Reply(fault=fault, after_bytes=4)})
    assert talk(desk, GET) == (got, False)
    assert desk.journal.requests[0].answered_s is None


@pytest.mark.parametrize(
    ("fault", "start"),
    [("endless_headers", b"HTTP/1.1 200 OK\r\nX-Endless: xxx"), ("endless_body", b"HTTP/1.1 200 OK\r\nContent-Type")],
)
def test_endless_answers_go_on_to_their_bound(fault: Fault, start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "ENDLESS_BYTES", 1 << 18)
    got, done = talk(TestDesk({"/x": Reply(fault=fault)}), GET)
    assert got.startswith(start)
    assert 1 << 18 <= len(got) < 1 << 19
    assert done
    assert (b"\r\n\r\n" in got) is (fault == "endless_body")


@pytest.mark.parametrize(
    ("length", "said"), [("none", b""), (3, b"Content-Length: 3\r\n"), (99, b"Content-Length: 99\r\n")]
)
def test_without_a_true_length_the_connection_is_the_frame(length: int | Literal["none"], said: bytes) -> None:
    got, done = talk(TestDesk({"/x": Reply(content_length=length)}), GET)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + said + b"Connection: close\r\n\r\n"
    assert (got, done) == (head + b"0123456789", True)


def test_drips_and_delays_change_the_time_only() -> None:
    reply = Reply(drip_bytes=3, drip_s=1, delay_s=5)
    assert talk(TestDesk({"/x": reply}), GET) == (WHOLE, False)


def test_a_status_line_may_be_anything() -> None:
    got, _ = talk(TestDesk({"/x": Reply(status=299, reason="Möglich", headers=(("X", "ü"),))}), GET)
    assert got.startswith("HTTP/1.1 299 Möglich\r\nContent-Length: 0\r\nX: ü\r\n".encode("latin-1"))
