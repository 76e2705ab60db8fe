"""One HTTP/1.1 exchange over a memory link: head, body, what ends a connection, and every broken one in go's words."""

import pytest
import trio
from tests.sim.http_servers import run
from tests.sim.links import MemoryLink, link_pair

from modtrace.tracer.steps.exchange_h1 import H1Connection, H1Exchange
from modtrace.tracer.steps.httptypes import ExchangeBroken, Forward, Request, ResponseHead
from modtrace.tracer.wire.tlsfaults import TlsBroken, TlsFault, remote_alert

REQUEST = Request(url="http://p.test/x", scheme="http", host="p.test", port=80, authority="p.test", target="/x")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ENDS = "192.0.2.10:40000->192.0.2.1:443"
CONNECTION_BROKEN = "net/http: HTTP/1.x transport connection broken: "


async def finished(exchange: H1Exchange) -> tuple[ResponseHead, bytes]:
    exchange.prepare()
    await exchange.send()
    head, body = await exchange.head(), b""
    while (data := await exchange.chunk()) is not None:
        body += data
    return head, body


def broken(reply: bytes, *, end: str, is_reused: bool = False, error: OSError | None = None) -> ExchangeBroken:
    """How an exchange breaks when the server sends ``reply``, then closes or resets (or ``error`` comes)."""
    out: list[ExchangeBroken] = []

    async def main(nursery: trio.Nursery) -> None:
        async def serve(link: MemoryLink) -> None:
            await link.receive()
            await link.send(reply)
            if end == "reset":
                link.reset(error)
            await link.aclose()

        ours, theirs = link_pair()
        nursery.start_soon(serve, theirs)
        connection = H1Connection(1, ours)
        connection.requests_count = int(is_reused)
        with pytest.raises(ExchangeBroken) as caught:
            await finished(connection.start(REQUEST))
        out.append(caught.value)

    run(main)
    return out[0]


def test_an_exchange_knows_when_its_request_left_and_its_head_arrived() -> None:
    async def main(nursery: trio.Nursery) -> None:
        ours, theirs = link_pair()

        async def serve(link: MemoryLink) -> None:
            await link.receive()
            ours.received_at_ns = 800_000_000
            await link.send(OK[:-1])
            await trio.sleep(1)
            ours.received_at_ns = 1_800_000_000
            await link.send(OK[-1:])

        nursery.start_soon(serve, theirs)
        ours.leaves_after_s = 0.5
        exchange = H1Connection(1, ours).start(REQUEST)
        await finished(exchange)
        assert (exchange.sent_at_ns, exchange.head_at_ns) == (500_000_000, 800_000_000)

    run(main)


def test_a_request_is_sent_and_its_response_read_across_any_cuts() -> None:
    async def main(nursery: trio.Nursery) -> None:
        ours, theirs = link_pair()

        async def serve(link: MemoryLink) -> None:
            assert (await link.receive()).startswith(b"GET /x HTTP/1.1\r\nHost: p.test\r\n")
            for byte in b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK:
                await link.send(bytes([byte]))

        nursery.start_soon(serve, theirs)
        connection = H1Connection(1, ours)
        exchange = connection.start(REQUEST)
        head, body = await finished(exchange)
        assert (head.status, head.status_text, head.length, head.is_gzip) == (200, "200 OK", 2, False)
        assert (body, exchange.interims, exchange.rest_bytes) == (b"ok", [103], 0)
        assert exchange.is_reusable
        assert (exchange.was_reused, connection.start(REQUEST).was_reused) == (False, True)

    run(main)


@pytest.mark.parametrize(
    ("reply", "rest"),
    [(OK + b"junk", 4), (OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), 0)],
)
def test_bytes_after_the_body_or_a_wish_to_close_end_the_connection(reply: bytes, rest: int) -> None:
    async def main(nursery: trio.Nursery) -> None:
        ours, theirs = link_pair()
        await theirs.send(reply)
        exchange = H1Connection(1, ours).start(REQUEST)
        assert (await finished(exchange))[1] == b"ok"
        assert exchange.rest_bytes == rest
        assert not exchange.is_reusable

    run(main)


def test_an_idle_connection_lives_until_it_ends_speaks_or_is_ninety_seconds_old() -> None:
    async def main(nursery: trio.Nursery) -> None:
        for change, alive in (("nothing", True), ("end", False), ("speech", False), ("reset", False), ("age", False)):
            ours, theirs = link_pair()
            connection = H1Connection(1, ours)
            connection.idle_since_s = trio.current_time()
            if change == "end":
                await theirs.aclose()
            elif change == "speech":
                await theirs.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
            elif change == "reset":
                theirs.reset()
            elif change == "age":
                await trio.sleep(90)
            assert await connection.is_alive() is alive, change

    run(main)


@pytest.mark.parametrize("is_reused", [False, True])
def test_only_a_reused_connection_that_ends_before_any_byte_is_retried(is_reused: bool) -> None:
    closed = broken(b"", end="close", is_reused=is_reused)
    assert (closed.text, closed.retry) == ("EOF", "reused" if is_reused else None)
    reset = broken(b"", end="reset", is_reused=is_reused)
    assert reset.text == f"read tcp {ENDS}: read: connection reset by peer"
    assert (reset.cause, reset.errno, reset.retry) == ("tcp.reset", "ECONNRESET", "reused" if is_reused else None)
    assert broken(b"HTTP/1.1 2", end="reset", is_reused=is_reused).retry is None


@pytest.mark.parametrize(
    ("reply", "end", "text", "cause"),
    [
        (b"HTTP/1.1 200", "reset", f"{CONNECTION_BROKEN}unexpected EOF", "tcp.reset"),
        (b"HTTP/1.1 200 OK\r\n", "reset", f"{CONNECTION_BROKEN}unexpected EOF", "tcp.reset"),
        (b"HTTP/1.1 200 OK\r\nA: b", "reset", f"{CONNECTION_BROKEN}unexpected EOF", "tcp.reset"),
        (
            b"HTTP/1.1 200 OK\r\nAb",
            "reset",
            f'{CONNECTION_BROKEN}malformed MIME header: missing colon: "Ab"',
            "tcp.reset",
        ),
        (b"GARB", "reset", f'{CONNECTION_BROKEN}malformed HTTP response "GARB"', "tcp.reset"),
        (
            b"HTTP/1.1 103 Early\r\n\r\n",
            "reset",
            f"{CONNECTION_BROKEN}read tcp {ENDS}: read: connection reset by peer",
            "tcp.reset",
        ),
        (OK[:-1], "close", "unexpected EOF", "body.truncated"),
        (OK[:-1], "reset", f"read tcp {ENDS}: read: connection reset by peer", "body.reset"),
        (b"SSH-2.0-x\r\n", "close", f'{CONNECTION_BROKEN}malformed HTTP response "SSH-2.0-x"', "http.malformed"),
    ],
)
def test_every_later_break_has_its_own_cause(reply: bytes, end: str, text: str, cause: str) -> None:
    found = broken(reply, end=end)
    assert (found.text, found.cause, found.retry) == (text, cause, None)


@pytest.mark.parametrize(
    ("reply", "text", "cause"),
    [
        (b"", "remote error: tls: certificate required", "tls.client_certificate_required"),
        (b"HT", 'net/http: HTTP/1.x transport connection broken: malformed HTTP response "HT"', None),
        (OK[:-1], "remote error: tls: certificate required", "tls.client_certificate_required"),
    ],
)
def test_what_tls_says_stands_alone(reply: bytes, text: str, cause: str | None) -> None:
    found = broken(reply, end="reset", error=TlsBroken(remote_alert(116)))
    assert found.text == text
    assert cause in (None, found.cause)


def test_an_end_inside_a_tls_record_is_an_end() -> None:
    fault = TlsFault("tls.closed", "the stream ended in the middle of a TLS record", "unexpected EOF")
    for reply, cause in ((b"", "http.malformed"), (OK[:-1], "body.truncated")):
        found = broken(reply, end="reset", error=TlsBroken(fault))
        assert (found.text, found.cause) == ("unexpected EOF", cause)


@pytest.mark.parametrize("is_reused", [False, True])
def test_a_request_of_which_nothing_could_be_written_is_told_as_such(is_reused: bool) -> None:
    async def main(nursery: trio.Nursery) -> None:
        ours, theirs = link_pair()
        connection = H1Connection(1, ours)
        connection.requests_count = int(is_reused)
        exchange = connection.start(REQUEST)
        exchange.prepare()
        await theirs.aclose()
        with pytest.raises(ExchangeBroken) as caught:
            await exchange.send()
        assert caught.value.text == f"write tcp {ENDS}: write: broken pipe"
        assert caught.value.retry == ("reused" if is_reused else None)

    run(main)


def test_a_proxy_gets_the_url_whole_and_the_server_its_path() -> None:
    async def main(nursery: trio.Nursery) -> None:
        for forward, first in (
            (None, b"GET /x HTTP/1.1\r\n"),
            (Forward("http://proxy.test:1", None), b"GET http://p.test/x HTTP/1.1\r\n"),
        ):
            ours, theirs = link_pair()
            await theirs.send(OK)
            connection = H1Connection(1, ours, forward)
            await finished(connection.start(REQUEST))
            sent = await theirs.receive()
            assert sent.startswith(first + b"Host: p.test\r\n")
            assert b"Proxy-Authorization" not in sent
        ours, theirs = link_pair()
        await theirs.send(OK)
        await finished(H1Connection(1, ours, Forward("http://proxy.test:1", "Basic dTpw")).start(REQUEST))
        assert (await theirs.receive()).endswith(b"Accept-Encoding: gzip\r\nProxy-Authorization: Basic dTpw\r\n\r\n")

    run(main)
