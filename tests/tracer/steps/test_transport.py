"""The pool, the retries and the limits of the transport, over memory links and in virtual time."""

import pytest
import trio
import trio.testing
from tests.sim.http_servers import Bench, answers, h2_server, run
from tests.sim.links import MemoryLink

from modtrace.record.failures import StepFailed
from modtrace.tracer.steps.get import get
from modtrace.tracer.steps.httpbody import Curve
from modtrace.tracer.steps.httptypes import Forward, PoolKey
from modtrace.tracer.steps.transport import Transport, own_key

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def fetched(transport: Transport, bench: Bench, path: str = "/x", scheme: str = "http") -> bytes:
    url = f"{scheme}://p.test{path}"
    result = await get(transport, url, parent=bench.root, source="s", limit=1 << 30, limit_name="L")
    return result.body


def test_an_idle_connection_is_used_again_and_said_to_be() -> None:
    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, answers(OK, OK))
        async with Transport(bench.dial) as transport:
            await fetched(transport, bench)
            await fetched(transport, bench)
        assert len(bench.dials) == 1
        assert [span.attributes["was_reused"] for span in bench.closed("http.request")] == [False, True]

    run(main)


def test_an_idle_connection_that_the_server_closed_is_replaced() -> None:
    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, answers(OK, closes=True))
        async with Transport(bench.dial) as transport:
            assert await fetched(transport, bench) == b"ok"
            assert await fetched(transport, bench) == b"ok"
        assert len(bench.dials) == 2

    run(main)


def test_a_reused_connection_that_ends_on_the_request_is_retried_once_on_a_new_one() -> None:
    async def first(link: MemoryLink) -> None:
        await link.receive()
        await link.send(OK)
        await link.receive()
        await link.aclose()

    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, first, answers(OK))
        async with Transport(bench.dial) as transport:
            await fetched(transport, bench)
            assert await fetched(transport, bench) == b"ok"
        assert len(bench.dials) == 2
        assert [span.outcome for span in bench.closed("http.request")] == ["ok", "failed", "ok"]

    run(main)


def test_an_idle_connection_is_dropped_after_ninety_seconds() -> None:
    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, answers(OK, OK))
        async with Transport(bench.dial) as transport:
            await fetched(transport, bench)
            await trio.sleep(91)
            await fetched(transport, bench)
        assert len(bench.dials) == 2

    run(main)


def test_connection_close_and_unasked_bytes_end_a_connection() -> None:
    for reply in (OK.replace(b"200 OK\r\n", b"200 OK\r\nConnection: close\r\n"), OK + b"extra"):

        async def main(nursery: trio.Nursery, reply: bytes = reply) -> None:
            bench = Bench(nursery, answers(reply))
            async with Transport(bench.dial) as transport:
                await fetched(transport, bench)
                await fetched(transport, bench)
            assert len(bench.dials) == 2

        run(main)


def test_a_reset_is_told_with_both_addresses() -> None:
    async def serve(link: MemoryLink) -> None:
        await link.receive()
        link.reset()

    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, serve)
        async with Transport(bench.dial) as transport:
            with pytest.raises(StepFailed) as caught:
                await fetched(transport, bench)
        failure = caught.value.failure
        assert failure.go_text == (
            'Get "http://p.test/x": read tcp 192.0.2.10:40000->192.0.2.1:443: read: connection reset by peer'
        )
        assert (failure.cause, failure.errno) == ("tcp.reset", "ECONNRESET")

    run(main)


def test_parallel_first_requests_dial_in_parallel_and_keep_one_http2_connection() -> None:
    def handle(peer, event) -> None:
        peer.send_headers(event.stream_id, [(":status", "200")])
        peer.send_data(event.stream_id, b"ok", end_stream=True)

    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, h2_server(handle), alpn="h2")
        bodies: list[bytes] = []

        async def one() -> None:
            bodies.append(await fetched(transport, bench, scheme="https"))

        async with Transport(bench.dial) as transport:
            async with trio.open_nursery() as inner:
                for _ in range(5):
                    inner.start_soon(one)
            await fetched(transport, bench, scheme="https")
        assert bodies == [b"ok"] * 5
        assert len(bench.dials) == 5
        assert {span.attributes["connection"] for span in bench.closed("http.request")} == {1}

    run(main)


def test_a_large_http2_body_keeps_the_windows_open() -> None:
    size = 12 << 20

    async def serve(link: MemoryLink) -> None:
        frame = b"\x00\x40\x00\x00\x00\x00\x00\x00\x01" + bytes(16384)
        await link.receive()
        await link.send(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        await link.send(b"\x00\x00\x01\x01\x04\x00\x00\x00\x01\x88")
        for _ in range(size // 16384):
            await link.send(frame)
        await link.send(b"\x00\x00\x00\x00\x01\x00\x00\x00\x01")

    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, serve, alpn="h2")
        async with Transport(bench.dial) as transport:
            assert len(await fetched(transport, bench, scheme="https")) == size

    run(main)


def test_a_curve_keeps_its_ends_within_its_points() -> None:
    now = [0]
    curve = Curve(lambda: now[0])
    for step in range(10000):
        now[0] = step * 1_000_000
        curve.add(step)
    points = curve.points()
    assert len(points) <= 65
    assert points[-1] == [9.999, 9999]
    assert curve.longest_gap_s == 0.001


def test_targets_with_one_key_share_a_connection_and_others_do_not() -> None:
    async def main(nursery: trio.Nursery) -> None:
        seen: list[bytes] = []
        bench = Bench(nursery, answers(OK, OK, OK, seen=seen), forward=Forward("http://proxy.test:1", "Basic dTpw"))
        keys = {"a.test": ("forward", "http://proxy.test:1", 0), "b.test": ("forward", "http://proxy.test:1", 0)}

        def key_of(scheme: str, host: str, port: int) -> PoolKey:
            return keys.get(host, (scheme, host, port))

        async with Transport(bench.dial, key_of=key_of) as transport:
            for host in ("a.test", "b.test", "c.test"):
                await get(transport, f"http://{host}/x", parent=bench.root, source="s", limit=9, limit_name="L")
        assert bench.dials == [("http", "a.test", 80), ("http", "c.test", 80)]
        assert [request.split(b"\r\n")[0] for request in seen] == [
            b"GET http://a.test/x HTTP/1.1",
            b"GET http://b.test/x HTTP/1.1",
            b"GET http://c.test/x HTTP/1.1",
        ]
        spans = bench.closed("http.request")
        assert [span.attributes["was_reused"] for span in spans] == [False, True, False]
        assert {str(span.attributes["forwarded_by"]) for span in spans} == {"http://proxy.test:1"}
        assert "dTpw" not in repr(bench.events)

    run(main)


def test_without_a_key_each_scheme_host_and_port_has_its_own_connections() -> None:
    assert own_key("http", "a.test", 80) == ("http", "a.test", 80)
    assert (
        len({own_key(*key) for key in (("http", "a.test", 80), ("http", "a.test", 81), ("https", "a.test", 80))}) == 3
    )


def test_an_idle_connection_that_is_looked_at_when_all_ends_is_closed() -> None:
    async def main(nursery: trio.Nursery) -> None:
        ends: list[bytes] = []

        async def serve(link: MemoryLink) -> None:
            await link.receive()
            await link.send(OK)
            ends.append(await link.receive())

        bench = Bench(nursery, serve)
        async with Transport(bench.dial) as transport:
            await fetched(transport, bench)
            with trio.CancelScope() as scope:
                scope.cancel()
                await fetched(transport, bench)
            await trio.testing.wait_all_tasks_blocked()
            assert ends == [b""], "closed before the transport is"

    run(main)
