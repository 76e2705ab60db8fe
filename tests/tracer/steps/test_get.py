"""cmd/go's web.Get over scripted servers: counts, headers, texts and causes."""

import gzip

import pytest
from tests.sim.http_servers import answers
from tests.tracer.steps.getting import fetch, reply

from modtrace.record.failures import Failure
from modtrace.tracer.steps.get import GetResult
from modtrace.tracer.steps.httptypes import Forward

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_plain_get_sends_what_go_sends_and_returns_the_body() -> None:
    seen: list[bytes] = []
    result, bench = fetch("http://p.test/m/@v/list", answers(OK, seen=seen))
    assert isinstance(result, GetResult)
    assert result.body == b"ok"
    assert seen == [
        b"GET /m/@v/list HTTP/1.1\r\nHost: p.test\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n\r\n"
    ]
    assert [span.outcome for span in bench.closed("http.request")] == ["ok"]
    assert bench.closed("body.receive")[0].attributes["bytes"] == 2


@pytest.mark.parametrize(("scheme", "count"), [("http", 1), ("https", 2)])
def test_a_4xx_is_asked_twice_over_https_only(scheme: str, count: int) -> None:
    seen: list[bytes] = []
    gone = reply("404 Nope", b"not found: m\n", Content_Type="text/plain")
    result, bench = fetch(f"{scheme}://p.test/x", answers(gone, seen=seen))
    assert isinstance(result, Failure)
    assert len(seen) == count
    assert len(bench.dials) == count  # an unread body closes an HTTP/1.1 connection
    assert result.go_text == f"reading {scheme}://p.test/x: 404 Nope\n\tserver response: not found: m"
    assert (result.cause, result.is_not_exist) == ("http.not_found", True)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ("410 Gone", "http.gone"),
        ("403 Forbidden", "http.forbidden"),
        ("429 Slow", "http.rate_limited"),
        ("451 Law", "http.unavailable_for_legal_reasons"),
        ("500 X", "http.server_error"),
        ("502 X", "http.bad_gateway"),
        ("504 X", "http.gateway_timeout"),
        ("302 Found", "http.malformed"),
        ("206 Partial", "http.malformed"),
    ],
)
def test_every_status_but_200_fails_in_gos_words(status: str, cause: str) -> None:
    result, _ = fetch("http://p.test/x", answers(reply(status, b"<html>", Content_Type="text/html")))
    assert isinstance(result, Failure)
    assert result.go_text == f"reading http://p.test/x: {status}"
    assert result.cause == cause


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_on_the_same_connection_with_a_referer(status: int) -> None:
    seen: list[bytes] = []
    result, bench = fetch("http://p.test/a", answers(reply(f"{status} R", Location="/b"), OK, seen=seen))
    assert isinstance(result, GetResult)
    assert result.final_url == "http://p.test/b"
    assert seen[1] == (
        b"GET /b HTTP/1.1\r\nHost: p.test\r\nUser-Agent: Go-http-client/1.1\r\n"
        b"Referer: http://p.test/a\r\nAccept-Encoding: gzip\r\n\r\n"
    )
    assert len(bench.dials) == 1
    assert [span.outcome for span in bench.closed("http.redirect")] == ["ok"]


def test_a_loop_stops_after_ten_requests_and_shows_the_raw_location() -> None:
    seen: list[bytes] = []
    result, _ = fetch("http://p.test/a", answers(*[reply("302 F", Location="/a")] * 12, seen=seen))
    assert isinstance(result, Failure)
    assert len(seen) == 10
    assert result.go_text == 'Get "/a": stopped after 10 redirects'
    assert result.cause == "http.redirect_loop"


def test_a_redirect_from_https_to_http_is_refused() -> None:
    result, _ = fetch("https://p.test/a", answers(reply("302 F", Location="http://q.test/b")))
    assert isinstance(result, Failure)
    want = 'Get "http://q.test/b": redirected from secure URL https://p.test/a to insecure URL http://q.test/b'
    assert result.go_text == want
    assert result.cause == "http.redirect_insecure"


class Given:
    """Credentials by the number of the asking; what was asked stands in ``asked``."""

    def __init__(self, *rows: list[tuple[str, str]]) -> None:
        self._rows = rows
        self.asked: list[tuple[str, int | None]] = []

    async def headers_for(self, url, transport, *, parent, answer=None):
        self.asked.append((url, answer and answer.status))
        return list(self._rows[min(len(self.asked), len(self._rows)) - 1])

    def account(self, url, answered):
        return {"from": "test", "sent": [name for name, _ in answered.sent]}


def test_credentials_stay_with_the_host_and_its_subdomains() -> None:
    seen: list[bytes] = []
    hops = [reply("302 F", Location="https://cdn.p.test/b"), reply("302 F", Location="https://q.test/c"), OK]
    scripts = [answers(hop, seen=seen) for hop in hops]
    result, bench = fetch("https://p.test/a", *scripts, credentials=Given([("Authorization", "Basic c2VjcmV0")]))
    assert isinstance(result, GetResult)
    assert [b"Authorization" in request for request in seen] == [True, True, False]
    assert "c2VjcmV0" not in str(bench.events)


def test_the_second_request_carries_what_was_found_after_the_refusal() -> None:
    seen: list[bytes] = []
    given = Given([], [("Authorization", "Bearer one"), ("X", "1"), ("X", "0")])
    result, _ = fetch("https://p.test/a", answers(reply("401 No"), OK, seen=seen), credentials=given)
    assert isinstance(result, GetResult)
    assert given.asked == [("https://p.test/a", None), ("https://p.test/a", 401)]
    assert b"Authorization" not in seen[0]
    assert b"Authorization: Bearer one\r\nX: 1\r\nX: 0\r\n" in seen[1]


@pytest.mark.parametrize(("scheme", "asked"), [("https", 2), ("http", 0)])
@pytest.mark.parametrize(("status", "is_told"), [(401, True), (403, True), (404, False), (429, False)])
def test_a_refusal_tells_of_its_credentials(scheme: str, asked: int, status: int, is_told: bool) -> None:
    given = Given([("X", "1")])
    result, _ = fetch(f"{scheme}://p.test/a", answers(*[reply(f"{status} No")] * 2), credentials=given)
    assert isinstance(result, Failure)
    assert len(given.asked) == asked
    told = {"from": "test", "sent": ["X"] if asked else []}
    assert result.details.get("credentials") == (told if is_told else None)


def test_userinfo_travels_as_basic_and_is_masked_in_errors() -> None:
    seen: list[bytes] = []
    result, _ = fetch("https://u:secret@p.test/a", answers(reply("500 X"), seen=seen))
    assert isinstance(result, Failure)
    assert b"Authorization: Basic dTpzZWNyZXQ=\r\n" in seen[0]
    assert result.go_text == "reading https://u:xxxxx@p.test/a: 500 X"


def test_credentials_over_http_and_foreign_schemes_are_refused_before_any_packet() -> None:
    result, bench = fetch("http://u:p@h.test/", answers(OK))
    assert isinstance(result, Failure)
    assert result.go_text == "refusing to pass credentials to insecure URL: http://u:xxxxx@h.test/"
    assert bench.dials == []
    result, _ = fetch("ftp://h.test/", answers(OK))
    assert isinstance(result, Failure)
    assert result.go_text == "unsupported scheme: ftp://h.test/"


@pytest.mark.parametrize(
    ("raw", "closes", "go_text", "cause", "stage"),
    [
        (b"", True, 'Get "http://p.test/x": EOF', "http.malformed", "head"),
        (
            b"SSH-2.0-x\r\n",
            True,
            'Get "http://p.test/x": net/http: HTTP/1.x transport connection broken: '
            'malformed HTTP response "SSH-2.0-x"',
            "http.malformed",
            "head",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", True, "unexpected EOF", "body.truncated", "body"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            False,
            "invalid byte in chunk length",
            "http.malformed",
            "body",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", False, None, "body.stalled", "body"),
        (b"HTTP/1.1 200 OK\r\nContent-", False, None, "http.head_stalled", "head"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot gzip....",
            False,
            "gzip: invalid header",
            "body.undecodable",
            "body",
        ),
    ],
)
def test_broken_exchanges_end_in_gos_words(raw: bytes, closes: bool, go_text, cause: str, stage: str) -> None:
    result, bench = fetch("http://p.test/x", answers(raw, closes=closes))
    assert isinstance(result, Failure)
    assert (result.go_text, result.cause, result.details["stage"]) == (go_text, cause, stage)
    assert result.hangs == (go_text is None)
    assert [span.outcome for span in bench.closed("http.request")] == ["failed"]


def test_gzip_is_decoded_and_other_encodings_are_not() -> None:
    packed = gzip.compress(b"x" * 10000)
    result, _ = fetch("http://p.test/x", answers(reply("200 OK", packed, Content_Encoding="GZIP")))
    assert isinstance(result, GetResult)
    assert result.body == b"x" * 10000
    assert result.body_bytes == len(packed)
    result, _ = fetch("http://p.test/x", answers(reply("200 OK", b"raw", Content_Encoding="deflate")))
    assert isinstance(result, GetResult)
    assert result.body == b"raw"


def test_a_gzip_bomb_ends_at_the_callers_limit_by_name() -> None:
    packed = gzip.compress(bytes(50 << 20))
    result, _ = fetch("http://p.test/x", answers(reply("200 OK", packed, Content_Encoding="gzip")))
    assert isinstance(result, Failure)
    assert (result.cause, result.limit) == ("body.too_large", "L")


# --- behind a forwarding proxy ---------------------------------------------------------------------------------------

PROXY = Forward("http://proxy.test:3128", None)


@pytest.mark.parametrize(
    ("status", "headers", "cause", "side", "where", "words"),
    [
        ("403 Forbidden", {}, "http.forbidden", "unknown", "p.test", None),
        ("502 Bad Gateway", {}, "http.bad_gateway", "unknown", "p.test", None),
        (
            "407 Proxy Authentication Required",
            {"Proxy_Authenticate": "Basic realm=x"},
            "proxy.auth_required",
            "proxy",
            "http://proxy.test:3128",
            "status 407 with Proxy-Authenticate: Basic realm=x",
        ),
        (
            "403 Forbidden",
            {"X_Squid_Error": "ERR_ACCESS_DENIED 0"},
            "proxy.denied",
            "proxy",
            "http://proxy.test:3128",
            "X-Squid-Error: ERR_ACCESS_DENIED 0",
        ),
        (
            "503 Service Unavailable",
            {"Server": "tinyproxy/1.11"},
            "proxy.upstream_failed",
            "proxy",
            "http://proxy.test:3128",
            "Server: tinyproxy/1.11",
        ),
    ],
)
def test_a_refusal_behind_a_proxy_is_the_proxys_only_if_it_says_so(
    status: str, headers: dict[str, str], cause: str, side: str, where: str, words: str | None
) -> None:
    result, _ = fetch("http://p.test/x", answers(reply(status, b"no", **headers)), forward=PROXY)
    assert isinstance(result, Failure)
    assert (result.cause, result.side, result.where) == (cause, side, where)
    assert result.go_text == f"reading http://p.test/x: {status}", "go blames the module server either way"
    assert result.details["proxy"] == "http://proxy.test:3128"
    assert result.details.get("proxy_words") == words
    who = "the proxy http://proxy.test:3128" if words else "http://proxy.test:3128, or p.test behind it,"
    assert result.text.startswith(who)


def test_a_407_after_credentials_were_sent_refuses_those() -> None:
    seen: list[bytes] = []
    script = answers(reply("407 Auth", b"no"), seen=seen)
    result, _ = fetch("http://p.test/x", script, forward=Forward("http://proxy.test:3128", "Basic dTpw"))
    assert isinstance(result, Failure)
    assert result.cause == "proxy.auth_failed"
    assert seen[0].startswith(b"GET http://p.test/x HTTP/1.1\r\nHost: p.test\r\n")
    assert b"\r\nProxy-Authorization: Basic dTpw\r\n" in seen[0]


def test_without_a_proxy_the_same_answer_is_the_servers() -> None:
    result, _ = fetch("http://p.test/x", answers(reply("403 Forbidden", b"no", X_Squid_Error="ERR 0")))
    assert isinstance(result, Failure)
    assert (result.cause, result.side, result.where) == ("http.forbidden", "source", "p.test")
    assert "proxy" not in result.details


def test_what_is_not_there_behind_a_proxy_lets_go_ask_the_next_source() -> None:
    for headers in ({}, {"X_Squid_Error": "ERR_DNS_FAIL 0"}):
        result, _ = fetch("http://p.test/x", answers(reply("404 Not Found", b"no", **headers)), forward=PROXY)
        assert isinstance(result, Failure)
        assert result.is_not_exist


# --- HTTP/2 --------------------------------------------------------------------------------------------------------


def test_an_empty_error_is_cheap_and_an_unread_html_error_costs_go_nothing() -> None:
    raw = b"HTTP/1.1 500 X\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<html>"
    result, bench = fetch("http://p.test/x", answers(raw))
    assert isinstance(result, Failure)
    assert result.go_text == "reading http://p.test/x: 500 X"
    assert result.details["body"] == "<html>"
    assert bench.closed("http.request")[0].at_ns == 1_000_000_000
