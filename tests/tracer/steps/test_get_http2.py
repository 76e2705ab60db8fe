"""cmd/go's web.Get over HTTP/2: what streams and GOAWAYs make of it."""

import trio
from tests.sim.http_servers import h2_server
from tests.tracer.steps.getting import fetch

from modtrace.record.failures import Failure
from modtrace.tracer.steps.get import GetResult


def respond(status: str, body: bytes = b"", *headers: tuple[str, str]):
    def handle(peer, event) -> None:
        peer.send_headers(event.stream_id, [(":status", status), *headers])
        peer.send_data(event.stream_id, body, end_stream=True)

    return handle


def test_http2_carries_the_same_fetch_with_gos_header_order() -> None:
    seen: list = []

    def handle(peer, event) -> None:
        seen.append(event.headers)
        respond("200", b"ok")(peer, event)

    result, bench = fetch("https://p.test/m?x=1", h2_server(handle), alpn="h2")
    assert isinstance(result, GetResult)
    assert result.body == b"ok"
    assert [tuple(map(str, pair)) for pair in seen[0]] == [
        (":authority", "p.test"),
        (":method", "GET"),
        (":path", "/m?x=1"),
        (":scheme", "https"),
        ("accept-encoding", "gzip"),
        ("user-agent", "Go-http-client/2.0"),
    ]
    assert bench.closed("http.request")[0].attributes["stream"] == 1


def test_http2_asks_a_4xx_twice_on_one_connection_and_shows_gos_phrase() -> None:
    seen: list = []

    def handle(peer, event) -> None:
        seen.append(event.stream_id)
        respond("404", b"no\n", ("content-type", "text/plain"))(peer, event)

    result, bench = fetch("https://p.test/m", h2_server(handle), alpn="h2")
    assert isinstance(result, Failure)
    assert result.go_text == "reading https://p.test/m: 404 Not Found\n\tserver response: no"
    assert (seen, len(bench.dials)) == ([1, 3], 1)


def test_a_stream_reset_in_the_body_is_told_as_go_tells_it() -> None:
    def handle(peer, event) -> None:
        peer.send_headers(event.stream_id, [(":status", "200")])
        peer.send_data(event.stream_id, b"half")
        peer.reset_stream(event.stream_id, 2)

    result, _ = fetch("https://p.test/m", h2_server(handle), alpn="h2")
    assert isinstance(result, Failure)
    assert result.go_text == "stream error: stream ID 1; INTERNAL_ERROR; received from peer"
    assert (result.cause, result.details["stage"]) == ("http.h2_stream_reset", "body")


def test_refused_streams_are_tried_eight_times_over_63_seconds() -> None:
    times: list[float] = []

    def handle(peer, event) -> None:
        times.append(trio.current_time())
        peer.reset_stream(event.stream_id, 7)

    result, bench = fetch("https://p.test/m", h2_server(handle), alpn="h2")
    assert isinstance(result, Failure)
    assert result.go_text == ('Get "https://p.test/m": stream error: stream ID 15; REFUSED_STREAM; received from peer')
    assert [round(later - times[0]) for later in times] == [0, 0, 1, 3, 7, 15, 31, 63]
    assert len(bench.dials) == 1


def test_the_goaway_hot_loop_of_go_is_bounded_and_said_to_hang() -> None:
    def handle(peer, event) -> None:
        peer.close_connection(0, last_stream_id=0)

    result, bench = fetch("https://p.test/m", h2_server(handle), alpn="h2")
    assert isinstance(result, Failure)
    assert (result.cause, result.hangs, result.limit) == ("http.h2_goaway", True, "H2_ATTEMPTS_COUNT")
    assert len(bench.dials) == 8


def test_a_connection_that_ends_after_goaway_names_it() -> None:
    def handle(peer, event) -> None:
        peer.send_headers(event.stream_id, [(":status", "200")])
        peer.send_data(event.stream_id, b"half")
        peer.close_connection(2, additional_data=b"bye", last_stream_id=1)

    result, _ = fetch("https://p.test/m", h2_server(handle, closes_after=1), alpn="h2")
    assert isinstance(result, Failure)
    assert result.go_text == (
        'http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=INTERNAL_ERROR, debug="bye"'
    )
    assert result.cause == "http.h2_goaway"


def test_a_silent_http2_server_ends_at_the_patience_as_a_hang() -> None:
    result, bench = fetch("https://p.test/m", h2_server(lambda peer, event: None), alpn="h2")
    assert isinstance(result, Failure)
    assert (result.cause, result.hangs, result.go_text) == ("http.head_stalled", True, None)
    assert bench.closed("http.first_byte")[0].at_ns == 30_000_000_000
