"""net/http's Client.do over scripted servers; its redirects are also tested by way of ``get``."""

import pytest
import trio
from tests.sim.http_servers import Bench, Script, answers, h2_server, run

from modtrace.record.failures import Failure, StepFailed
from modtrace.tracer.steps.client import Answered, Client, Method
from modtrace.tracer.steps.httptypes import BodyPlan, ResponseHead
from modtrace.tracer.steps.transport import Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"


def read(_: ResponseHead) -> BodyPlan:
    return BodyPlan("read", 100, "L")


def skip(_: ResponseHead) -> BodyPlan:
    return BodyPlan("skip")


def done(
    url: str, *scripts: Script, method: Method = "GET", alpn: str | None = None, times: int = 1, **headers: str
) -> tuple[list[Answered | Failure], Client, Bench]:
    out: list[Answered | Failure] = []
    parts: list[tuple[Client, Bench]] = []

    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, *scripts, alpn=alpn)
        async with Transport(bench.dial) as transport:
            client = Client(transport, source="s")
            parts.append((client, bench))
            for _ in range(times):
                try:
                    plan = skip if method == "HEAD" else read
                    out.append(await client.do(method, url, list(headers.items()), parent=bench.root, plan=plan))
                except StepFailed as failed:
                    out.append(failed.failure)

    run(main)
    return (out, *parts[0])


def test_a_head_has_no_body_and_leaves_its_connection_to_the_next() -> None:
    seen: list[bytes] = []
    results, client, bench = done("https://p.test", answers(OK, OK, seen=seen), method="HEAD", times=2, A="1")
    assert [result.response.head.length for result in results if isinstance(result, Answered)] == [0, 0]
    assert seen == [b"HEAD / HTTP/1.1\r\nHost: p.test\r\nUser-Agent: Go-http-client/1.1\r\nA: 1\r\n\r\n"] * 2
    assert (client.requests_count, len(bench.dials)) == (2, 1)


def test_a_head_over_http2() -> None:
    seen: list[list[tuple[str, str]]] = []

    def handle(peer, event) -> None:
        seen.append(event.headers)
        peer.send_headers(event.stream_id, [(":status", "401"), ("content-length", "9")], end_stream=True)

    results, _, bench = done("https://p.test/", h2_server(handle), method="HEAD", alpn="h2", times=2)
    assert [result.response.head.status for result in results if isinstance(result, Answered)] == [401, 401]
    assert [tuple(map(str, pair)) for pair in seen[0]][:2] == [(":authority", "p.test"), (":method", "HEAD")]
    assert "accept-encoding" not in dict(seen[0])
    assert len(bench.dials) == 1


def test_a_redirected_head_stays_a_head() -> None:
    seen: list[bytes] = []
    moved = b"HTTP/1.1 303 S\r\nLocation: /b\r\nContent-Length: 5\r\n\r\n"
    (result,), client, _ = done("https://p.test/a", answers(moved, OK, seen=seen), method="HEAD")
    assert isinstance(result, Answered)
    assert (result.url, client.requests_count) == ("https://p.test/b", 2)
    assert [request.split(b" ", 1)[0] for request in seen] == [b"HEAD", b"HEAD"]


def test_a_head_that_fails_is_told_with_its_own_verb() -> None:
    (result,), _, _ = done("https://p.test/", answers(b"nonsense\r\n\r\n"), method="HEAD")
    assert isinstance(result, Failure)
    assert (
        result.go_text
        == 'Head "https://p.test/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "nonsense"'
    )


@pytest.mark.parametrize(
    ("given", "sent"),
    [({}, [("Authorization", "Basic dTpw")]), ({"Authorization": "Bearer t"}, [("Authorization", "Bearer t")])],
)
def test_what_was_sent_last_is_told_userinfo_included(given: dict[str, str], sent: list[tuple[str, str]]) -> None:
    (result,), _, _ = done("https://u:p@p.test/", answers(OK + b"ok"), **given)
    assert isinstance(result, Answered)
    assert result.sent == sent


def test_userinfo_is_for_its_own_url_only() -> None:
    seen: list[bytes] = []
    away = b"HTTP/1.1 302 F\r\nLocation: https://p.test/b\r\nContent-Length: 0\r\n\r\n"
    (result,), _, _ = done("https://u:p@p.test/", answers(away, OK + b"ok", seen=seen))
    assert isinstance(result, Answered)
    assert [b"Authorization" in request for request in seen] == [True, False]
    assert result.sent == [("Referer", "https://p.test/")]
