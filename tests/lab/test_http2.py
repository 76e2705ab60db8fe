"""The HTTP/2 server in memory, spoken to by h2's client."""

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
import trio
import trio.testing
from tests.lab.desk import BODY, TestDesk

from modtrace.lab import http2
from modtrace.lab.behaviour import Fault, Reply


class Seen:
    """What the client was told, by stream."""

    def __init__(self) -> None:
        self.heads: dict[int, dict[str, str]] = {}
        self.bodies: dict[int, bytes] = {}
        self.ended: list[int] = []
        self.resets: dict[int, int] = {}
        self.goodbye: tuple[int, int | None] | None = None
        self.was_closed = False
        self.was_reset = False

    def take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            self.heads[event.stream_id or 0] = {name.decode(): value.decode() for name, value in event.headers or ()}
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id or 0] = self.bodies.get(event.stream_id or 0, b"") + (event.data or b"")
        elif isinstance(event, h2.events.StreamEnded):
            self.ended.append(event.stream_id or 0)
        elif isinstance(event, h2.events.StreamReset):
            self.resets[event.stream_id or 0] = int(event.error_code or 0)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goodbye = (int(event.error_code or 0), event.last_stream_id)


def talk(
    desk: TestDesk,
    *paths: str,
    window: int = 65535,
    acknowledges: bool = True,
    seconds: float = 60,
    method: str = "GET",
) -> Seen:
    """All ``paths`` asked at once on streams 1, 3, …; then ``seconds`` pass (the mock clock's)."""
    seen = Seen()

    async def main() -> None:
        ours, theirs = trio.testing.memory_stream_pair()
        wire = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding=None))
        wire.local_settings = h2.settings.Settings(
            initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
        )
        wire.initiate_connection()
        for number, path in enumerate(paths):
            head = [(":method", method), (":scheme", "https"), (":authority", "a.test"), (":path", path)]
            wire.send_headers(2 * number + 1, head, end_stream=True)

        async def receive() -> None:
            try:
                while data := await ours.receive_some(65536):
                    for event in wire.receive_data(data):
                        seen.take(event)
                        if isinstance(event, h2.events.DataReceived) and acknowledges:
                            wire.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
                    if seen.goodbye is None:
                        await ours.send_all(wire.data_to_send())
                seen.was_closed = True
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                seen.was_reset = True

        async def serve() -> None:
            try:
                await http2.serve(theirs, desk)
            except* (trio.ClosedResourceError, trio.BrokenResourceError):
                pass  # as the server does, who closes the socket then
            await theirs.aclose()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            await ours.send_all(wire.data_to_send())
            nursery.start_soon(receive)
            await trio.sleep(seconds)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return seen


def test_an_answer_is_head_body_and_end() -> None:
    desk = TestDesk()
    seen = talk(desk, "/x?y")
    assert seen.heads == {1: {":status": "200", "content-type": "text/plain", "content-length": "10"}}
    assert (seen.bodies, seen.ended) == ({1: BODY}, [1])
    (request,) = desk.journal.requests
    assert (request.protocol, request.method, request.target, request.host) == ("HTTP/2", "GET", "/x?y", "a.test")
    assert request.status == 200


def test_an_empty_answer_ends_with_its_head() -> None:
    seen = talk(TestDesk({"/x": Reply(status=404)}), "/x")
    assert seen.heads[1][":status"] == "404"
    assert (seen.bodies, seen.ended) == ({}, [1])


def test_a_head_gets_the_head_only() -> None:
    seen = talk(TestDesk(), "/x", method="HEAD")
    assert (seen.heads[1]["content-length"], seen.bodies, seen.ended) == ("10", {}, [1])


def test_a_slow_answer_is_overtaken() -> None:
    seen = talk(TestDesk({"/slow": Reply(delay_s=5)}), "/slow", "/x", "/y")
    assert seen.ended[-1] == 1
    assert sorted(seen.ended) == [1, 3, 5]


def test_the_clients_window_is_respected() -> None:
    body = bytes(range(256)) * 400
    assert talk(TestDesk({"/x": Reply(body=body)}), "/x").bodies == {1: body}
    narrow = TestDesk({"/x": Reply(body=body)})
    seen = talk(narrow, "/x", window=1000, acknowledges=False)
    assert seen.bodies == {1: body[:1000]}
    assert seen.ended == []


def test_another_stream_is_served_while_one_waits_for_its_window() -> None:
    seen = talk(TestDesk({"/x": Reply(body=bytes(5000))}), "/x", "/y", window=1000, acknowledges=False)
    assert seen.ended == [3]
    assert len(seen.bodies[1]) == 1000


@pytest.mark.parametrize(("after", "body"), [(None, None), (0, None), (4, BODY[:4])])
def test_a_stream_is_reset_at_its_point_and_the_connection_stays(after: int | None, body: bytes | None) -> None:
    desk = TestDesk({"/x": Reply(fault="rst_stream", after_bytes=after, error_code=2)})
    seen = talk(desk, "/x", "/y")
    assert seen.resets == {1: 2}
    assert seen.bodies.get(1) == body
    assert (1 in seen.heads) is (after is not None)
    assert seen.ended == [3]
    assert seen.goodbye is None
    assert desk.statuses == [None if after is None else 200, 200]


@pytest.mark.parametrize(("after", "last"), [(None, 0), (4, 1)])
def test_a_goodbye_says_which_stream_was_the_last(after: int | None, last: int) -> None:
    seen = talk(TestDesk({"/x": Reply(fault="goaway", after_bytes=after, error_code=11)}), "/x")
    assert seen.goodbye == (11, last)
    assert seen.bodies.get(1) == (None if after is None else BODY[:4])
    assert seen.ended == []


@pytest.mark.parametrize(("fault", "body"), [("stall_before_head", None), ("stall_in_body", BODY[:4])])
def test_a_stall_lasts_and_holds_up_its_own_stream_only(fault: Fault, body: bytes | None) -> None:
    desk = TestDesk({"/x": Reply(fault=fault, after_bytes=4)})
    seen = talk(desk, "/x", "/y", seconds=3600)
    assert (seen.bodies.get(1), seen.ended) == (body, [3])
    assert (seen.was_closed, seen.was_reset) == (False, False)
    assert desk.statuses == [None, 200]


def test_a_reset_before_the_head_ends_the_connection() -> None:
    desk = TestDesk({"/x": Reply(fault="reset_before_head")})
    seen = talk(desk, "/x")
    assert (seen.heads, seen.was_closed or seen.was_reset) == ({}, True)
    assert desk.statuses == [None]


def test_an_endless_body_goes_on_and_never_ends() -> None:
    seen = talk(TestDesk({"/x": Reply(fault="endless_body")}), "/x", acknowledges=False)
    assert len(seen.bodies[1]) == 65535
    assert "content-length" not in seen.heads[1]
    assert seen.ended == []


def test_endless_headers_are_more_than_go_takes_and_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = http2._HUGE_HEADERS
    assert sum(len(name) + len(value) for name, value in whole) > 10 << 20
    monkeypatch.setattr(http2, "_HUGE_HEADERS", whole[:5])
    seen = talk(TestDesk({"/x": Reply(fault="endless_headers")}), "/x")
    assert [name for name in seen.heads[1] if name.startswith("x-")] == [f"x-endless-{number}" for number in range(5)]
    assert seen.ended == []


def test_drips_change_the_time_only() -> None:
    seen = talk(TestDesk({"/x": Reply(drip_bytes=3, drip_s=1)}), "/x")
    assert (seen.bodies, seen.ended) == ({1: BODY}, [1])
