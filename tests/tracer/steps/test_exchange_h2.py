"""HTTP/2 exchanges on one connection: bodies, resets, GOAWAY and a dead link, as go's transport takes them."""

from collections.abc import Awaitable, Callable

import h2.connection
import h2.events
import pytest
import trio
import trio.testing
from h2.errors import ErrorCodes
from tests.sim.http_servers import H2Handler, Script, h2_server, run
from tests.sim.links import MemoryLink, link_pair

from modtrace.tracer.steps.exchange_h2 import H2Connection, H2Exchange
from modtrace.tracer.steps.httptypes import ExchangeBroken, Request

Peer = h2.connection.H2Connection
Asked = h2.events.RequestReceived
REQUEST = Request(url="https://p.test/x", scheme="https", host="p.test", port=443, authority="p.test", target="/x")


def with_peer(script: Script, act: Callable[[H2Connection], Awaitable[None]]) -> None:
    async def main(nursery: trio.Nursery) -> None:
        ours, theirs = link_pair()
        connection = H2Connection(1, ours)
        nursery.start_soon(script, theirs)
        nursery.start_soon(connection.run)
        await act(connection)

    run(main)


async def sent(connection: H2Connection) -> H2Exchange:
    exchange = connection.start(REQUEST)
    exchange.prepare()
    await exchange.send()
    return exchange


async def body_of(exchange: H2Exchange) -> bytes:
    body = b""
    while (data := await exchange.chunk()) is not None:
        body += data
    return body


def ok(peer: Peer, event: Asked) -> None:
    peer.send_headers(event.stream_id, [(":status", "200"), ("content-length", "2")])
    peer.send_data(event.stream_id, b"ok", end_stream=True)


def test_requests_share_a_connection_each_with_its_own_stream() -> None:
    async def act(connection: H2Connection) -> None:
        first, second = await sent(connection), await sent(connection)
        assert (first.stream, second.stream) == (1, 3)
        assert (first.was_reused, second.was_reused) == (False, True)
        for exchange in (second, first):
            head = await exchange.head()
            assert (head.protocol, head.status, head.status_text) == ("HTTP/2.0", 200, "200 OK")
            assert (head.length, head.is_gzip) == (2, False)
            assert await body_of(exchange) == b"ok"
        assert connection.can_take_request
        frames = connection.facts()["h2_frames"]
        assert isinstance(frames, dict)
        assert (frames["sent HEADERS"], frames["received HEADERS"]) == (2, 2)

    with_peer(h2_server(ok), act)


def test_each_exchange_knows_when_its_request_left_and_its_head_arrived() -> None:
    async def act(connection: H2Connection) -> None:
        link = connection.link
        assert isinstance(link, MemoryLink)
        times: list[tuple[int, int]] = []
        for number in (1, 2):
            link.leaves_after_s, link.received_at_ns = 0.5, number * 7
            exchange = await sent(connection)
            await exchange.head()
            link.sent_at_ns = link.received_at_ns = 0  # another task's
            times.append((exchange.sent_at_ns, exchange.head_at_ns))
        assert times == [(500_000_000, 7), (1_000_000_000, 14)]

    with_peer(h2_server(ok), act)


def test_a_gzip_body_has_no_known_length_and_an_empty_one_is_not_gzip() -> None:
    def encoded(peer: Peer, event: Asked) -> None:
        headers = [(":status", "200"), ("content-encoding", "gzip"), ("content-length", "9")]
        peer.send_headers(
            event.stream_id, headers if event.stream_id == 1 else headers[:2], end_stream=event.stream_id == 3
        )

    async def act(connection: H2Connection) -> None:
        head = await (await sent(connection)).head()
        assert (head.length, head.is_gzip) == (-1, True)
        assert not (await (await sent(connection)).head()).is_gzip

    with_peer(h2_server(encoded), act)


def resetting(code: ErrorCodes, *, in_body: bool = False) -> H2Handler:
    def handle(peer: Peer, event: Asked) -> None:
        if in_body:
            peer.send_headers(event.stream_id, [(":status", "200")])
        peer.reset_stream(event.stream_id, code)

    return handle


@pytest.mark.parametrize(
    ("code", "in_body", "retry"),
    [
        (ErrorCodes.REFUSED_STREAM, False, "refused"),
        (ErrorCodes.PROTOCOL_ERROR, False, "redial"),
        (ErrorCodes.INTERNAL_ERROR, False, None),
        (ErrorCodes.REFUSED_STREAM, True, None),
    ],
)
def test_a_reset_is_retried_by_its_code_and_never_within_a_body(
    code: ErrorCodes, in_body: bool, retry: str | None
) -> None:
    async def act(connection: H2Connection) -> None:
        exchange = await sent(connection)
        if in_body:
            await exchange.head()
        with pytest.raises(ExchangeBroken) as caught:
            await (exchange.chunk() if in_body else exchange.head())
        assert caught.value.text == f"stream error: stream ID 1; {code.name}; received from peer"
        assert (caught.value.cause, caught.value.retry) == ("http.h2_stream_reset", retry)

    with_peer(h2_server(resetting(code, in_body=in_body)), act)


@pytest.mark.parametrize(("in_body", "cause"), [(False, "http.malformed"), (True, "body.truncated")])
def test_an_end_of_the_link_reaches_every_open_stream_and_finishes_the_connection(in_body: bool, cause: str) -> None:
    def half(peer: Peer, event: Asked) -> None:
        if in_body:
            peer.send_headers(event.stream_id, [(":status", "200")])

    async def act(connection: H2Connection) -> None:
        exchange = await sent(connection)
        if in_body:
            await exchange.head()
        with pytest.raises(ExchangeBroken) as caught:
            await (exchange.chunk() if in_body else exchange.head())
        assert (caught.value.text, caught.value.cause) == ("unexpected EOF", cause)
        await exchange.abandon()
        assert connection.is_finished
        with pytest.raises(ExchangeBroken) as caught:
            connection.start(REQUEST).prepare()
        assert (caught.value.text, caught.value.retry) == ("http2: client conn not usable", "redial")

    async def closing(link: MemoryLink) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(h2_server(half), link)
            await trio.sleep(1)  # virtual: everything was read and acknowledged
            await link.aclose()

    with_peer(closing, act)


def test_an_abandoned_stream_is_cancelled_at_the_peer() -> None:
    received: list[bytes] = []

    async def listen(link: MemoryLink) -> None:
        while data := await link.receive():
            received.append(data)

    async def act(connection: H2Connection) -> None:
        exchange = await sent(connection)
        await exchange.abandon()
        await trio.testing.wait_all_tasks_blocked()
        assert b"".join(received).endswith(b"\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x08")
        assert connection.can_take_request

    with_peer(listen, act)
