"""HTTP CONNECT over memory links: what opens it, every way in which it fails, when, and in go's words."""

import errno

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.links import MemoryLink
from tests.tracer.tunnels.opening import ENDS, Opened, Script, opened, request_head

from modtrace.gorules.proxyroute import Hop
from modtrace.record.failures import Failure
from modtrace.record.limits import CONNECT_REPLY_S, HTTP_ERROR_BODY_KEPT_BYTES, PROXY_EVIDENCE_S
from modtrace.tracer.tunnels.connect import connect
from modtrace.tracer.wire.tlsfaults import TlsBroken, TlsFault, remote_alert

OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
AUTH = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"


def saying(*pieces: bytes, then: str = "silence", every_s: float = 0.0, error: OSError | None = None) -> Script:
    """The request is read, the pieces come ``every_s``; then silence, an end or a reset."""

    async def play(link: MemoryLink) -> None:
        await request_head(link)
        for piece in pieces:
            await trio.sleep(every_s)
            await link.send(piece)
        if then == "close":
            await link.aclose()
        elif then == "reset":
            await trio.sleep(0.1)
            link.reset(error)

    return play


def refused(
    *pieces: bytes, then: str = "silence", error: OSError | None = None, via: str = "http://p.test:1"
) -> Failure:
    return opened(connect, saying(*pieces, then=then, error=error), via=via).refusal


# --- opened -----------------------------------------------------------------------------------------------------------
def test_a_200_opens_the_tunnel_and_takes_nothing_of_what_comes_later() -> None:
    heads: list[bytes] = []

    async def play(link: MemoryLink) -> None:
        heads.append(await request_head(link))
        await link.send(OPENED)
        await trio.sleep(0.0005)
        await link.send(b"\x16\x03\x03 the target speaks")

    outcome = opened(connect, play, host="2001:db8::1", port=8443)
    assert outcome.failure is None
    assert outcome.tail == b"\x16\x03\x03 the target speaks"
    assert heads[0].startswith(b"CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n")
    assert outcome.attributes == {
        "method": "CONNECT",
        "sends_credentials": False,
        "status": 200,
        "status_text": "200 Connection established",
        "protocol": "HTTP/1.1",
        "response_headers": [],
    }
    assert outcome.noted("bytes_behind_200") == []


@pytest.mark.parametrize("raw", [OPENED, b"HTTP/1.0 200\n\n", b"HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 7\r\n\r\n"])
def test_a_200_opens_the_tunnel_in_any_pieces(raw: bytes) -> None:
    for pieces in ((raw,), tuple(raw[at : at + 1] for at in range(len(raw))), (raw[:20], raw[20:])):
        assert opened(connect, saying(*pieces, every_s=0.1)).failure is None


def test_bytes_behind_a_200_are_lost_as_far_as_gos_buffer_reaches_and_said_to_be() -> None:
    outcome = opened(connect, saying(OPENED + b"x" * 5000))
    assert outcome.failure is None
    assert outcome.noted("bytes_behind_200") == [{"bytes": 4096 - len(OPENED)}]
    assert outcome.tail == b"x" * (5000 - 4096 + len(OPENED))


def test_credentials_are_sent_once_and_never_recorded() -> None:
    heads: list[bytes] = []

    async def play(link: MemoryLink) -> None:
        heads.append(await request_head(link))
        await link.send(
            AUTH + b"Proxy-Authorization: Basic bWU6czNjcmV0\r\nX-Echo: s3cret s%33cret bWU6czNjcmV0\r\n\r\n"
        )

    outcome = opened(connect, play, via="http://me:s3cret@proxy.test:3128")
    assert heads[0].count(b"Proxy-Authorization: Basic bWU6czNjcmV0\r\n") == 1
    assert outcome.refusal.cause == "proxy.auth_failed"
    assert outcome.attributes["sends_credentials"] is True
    for secret in ("s3cret", "s%33cret", "bWU6czNjcmV0"):
        assert secret not in repr(outcome.events)


def test_an_empty_user_is_sent_too() -> None:
    heads: list[bytes] = []

    async def play(link: MemoryLink) -> None:
        heads.append(await request_head(link))
        await link.send(OPENED)

    hop = Hop(kind="http", scheme="http", host="p.test", port="1", user="", password=None)
    assert opened(connect, play, via=hop).failure is None
    assert b"\r\nProxy-Authorization: Basic Og==\r\n" in heads[0]


# --- refused ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "cause", "go_text", "words"),
    [
        ("407 Proxy Authentication Required", "proxy.auth_required", "Proxy Authentication Required", "no scheme"),
        ("403 Forbidden", "proxy.denied", "Forbidden", "with 403 Forbidden"),
        ("403", "proxy.denied", "unknown status code", "with 403"),
        ("403 ", "proxy.denied", "", "with 403"),
        ("401 Unauthorized", "proxy.auth_required", "Unauthorized", "no scheme in particular"),
        ("302 Found", "proxy.denied", "Found", "with 302"),
        ("502 Bad Gateway", "proxy.upstream_failed", "Bad Gateway", "with 502"),
        ("504 Gateway Timeout", "proxy.upstream_failed", "Gateway Timeout", "with 504"),
        ("201 Created", "proxy.not_a_proxy", "Created", "go takes nothing but 200"),
        ("204 No Content", "proxy.not_a_proxy", "No Content", "go takes nothing but 200"),
        ("100 Continue", "proxy.not_a_proxy", "Continue", "with 100"),
        ("103 Early Hints", "proxy.not_a_proxy", "Early Hints", "with 103"),
    ],
)
def test_every_status_but_200_fails_with_its_phrase(line: str, cause: str, go_text: str, words: str) -> None:
    failure = refused(f"HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n".encode())
    assert (failure.cause, failure.go_text, failure.side, failure.hangs) == (cause, go_text, "proxy", False)
    assert (failure.where, failure.details["proxy"], failure.details["target"]) == (
        "http://p.test:1",
        "http://p.test:1",
        "target.test:443",
    )
    assert words in failure.text
    assert failure.details["status"] == int(line[:3])


@pytest.mark.parametrize(
    ("fields", "schemes"),
    [
        ([], []),
        (['Basic realm="a, Fake b"'], ["Basic"]),
        (["Negotiate", "NTLM", 'Basic realm="x"'], ["Negotiate", "NTLM", "Basic"]),
        (["Negotiate, NTLM"], ["Negotiate", "NTLM"]),
        (['Digest realm="a", qop="auth", nonce =b, Basic realm=c'], ["Digest", "Basic"]),
        (["Negotiate oYG2MIGz=="], ["Negotiate"]),
        (['Basic realm="never ended, Fake b'], ["Basic"]),
        (["", ",", "=", '"x"'], []),
        (["A " * 100_000], ["A"]),
        (["A,"] * 50, ["A"] * 20),
    ],
)
def test_a_407_names_its_challenges(fields: list[str], schemes: list[str]) -> None:
    raw = AUTH + b"".join(f"Proxy-Authenticate: {field}\r\n".encode() for field in fields) + b"\r\n"
    failure = refused(raw)
    assert failure.details["challenges"] == schemes
    assert (" or ".join(schemes) or "no scheme in particular") in failure.text
    assert failure.text.endswith("; no credentials were sent")
    assert refused(raw, via="http://u:pw@p.test:1").text.endswith("; credentials were sent")


def test_a_401_asks_for_credentials_too_with_a_servers_challenge() -> None:
    reply = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
    failure = refused(reply)
    assert (failure.cause, failure.details["challenges"]) == ("proxy.auth_required", ["Basic"])
    assert failure.details["proxy_words"] == "Www-Authenticate: Basic realm=x"
    assert refused(reply, via="http://u:pw@p.test:1").cause == "proxy.auth_failed"


def test_a_refusals_body_is_quoted_as_far_as_it_comes_within_a_moment() -> None:
    for pieces, then, body, seconds in (
        ([b"HTTP/1.1 403 No\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nno!"], "silence", "no!", 0.5),
        (
            [b"HTTP/1.1 403 No\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nno!\xff"],
            "silence",
            "no!\ufffd",
            0.0,
        ),
        ([b"HTTP/1.1 403 No\r\nContent-Type: text/html\r\n\r\n", b"no!"], "close", "no!", 0.0),
        ([b"HTTP/1.1 403 No\r\nContent-Type: text/html\r\n\r\n", b"no!"], "reset", "no!", 0.1),
        (
            [b"HTTP/1.1 403 No\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n"],
            "silence",
            "no!",
            0.0,
        ),
    ):
        outcome = opened(connect, saying(*pieces, then=then))
        assert (outcome.refusal.go_text, outcome.refusal.details["body"]) == ("No", body)
        assert outcome.refusal.details["content_type"] == "text/html"
        assert outcome.seconds == pytest.approx(seconds)


def test_an_endless_body_ends_at_its_limit() -> None:
    async def play(link: MemoryLink) -> None:
        await request_head(link)
        await link.send(b"HTTP/1.1 403 No\r\n\r\n")
        while not link.is_closed:
            await link.send(b"x" * 65536)

    outcome = opened(connect, play)
    assert len(str(outcome.refusal.details["body"])) == HTTP_ERROR_BODY_KEPT_BYTES
    assert outcome.seconds < PROXY_EVIDENCE_S


# --- no reply ---------------------------------------------------------------------------------------------------------
def dripping(every_s: float, byte: bytes = b"x", first: bytes = b"HTTP/1.1 200 OK\r\nA: ") -> Script:
    async def play(link: MemoryLink) -> None:
        await request_head(link)
        await link.send(first)
        while True:
            await trio.sleep(every_s)
            await link.send(byte)

    return play


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (saying(), "no byte came back in 60 s"),
        (saying(b"HTTP/1.1 200"), "12 bytes of a head without its end came back in 60 s"),
        (saying(b"HTTP/1.1 200 OK\r\nA: b\r\n"), "23 bytes of a head"),
        (dripping(1.0), "bytes of a head without its end"),
        (dripping(0.25, b"A: b\r\n", b"HTTP/1.1 200 OK\r\n"), "bytes of a head without its end"),
    ],
)
def test_a_reply_that_is_not_there_within_a_minute_ends_the_phase_whatever_drips(script: Script, words: str) -> None:
    outcome = opened(connect, script, patience_s=1)
    failure = outcome.refusal
    assert outcome.seconds == pytest.approx(CONNECT_REPLY_S)
    assert (failure.cause, failure.go_text, failure.limit, failure.hangs) == (
        "proxy.silent",
        "context deadline exceeded",
        "CONNECT_REPLY_S",
        False,
    )
    assert words in failure.text


def test_a_proxy_that_never_reads_ends_the_phase_too() -> None:
    class Stuck(MemoryLink):
        async def send(self, data: "bytes | memoryview", *, is_timed: bool = False) -> None:
            await trio.sleep_forever()

    async def through_stuck(link: MemoryLink, request: object, span: object) -> None:
        link.__class__ = Stuck
        await connect(link, request, span)  # type: ignore[arg-type]  # passed on as they came

    async def play(link: MemoryLink) -> None:
        await trio.sleep_forever()

    outcome = opened(through_stuck, play)  # type: ignore[arg-type]  # a narrower link
    assert (outcome.refusal.cause, outcome.seconds) == ("proxy.silent", pytest.approx(60.0))


@pytest.mark.parametrize(
    ("reply", "go_text", "words"),
    [
        (b"", "unexpected EOF", "without a reply"),
        (b"HTTP/1.1 4", 'malformed HTTP status code "4"', "in the middle of its reply"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", "unexpected EOF", "in the middle of its reply"),
    ],
)
def test_a_proxy_that_closes_before_its_reply_is_over(reply: bytes, go_text: str, words: str) -> None:
    failure = refused(reply, then="close")
    assert (failure.cause, failure.go_text, failure.limit) == ("proxy.closed", go_text, None)
    assert words in failure.text


@pytest.mark.parametrize(
    ("reply", "go_text"),
    [
        (b"", f"read tcp {ENDS}: read: connection reset by peer"),
        (b"HTTP/1.1 200 O", "unexpected EOF"),
        (b"HTTP/1.1 200 OK\r\n", "unexpected EOF"),
        (b"HTTP/1.1 403 No\r\nA: b", "unexpected EOF"),
        (b"HTTP/1.1 403 No\r\nAb", 'malformed MIME header: missing colon: "Ab"'),
        (b"GARB", 'malformed HTTP response "GARB"'),
    ],
)
def test_a_reset_has_gos_words_which_forget_it_once_a_byte_has_come(reply: bytes, go_text: str) -> None:
    failure = refused(reply, then="reset")
    assert (failure.cause, failure.errno, failure.go_text) == ("proxy.reset", "ECONNRESET", go_text)
    assert "Connection reset by peer" in failure.text


def test_another_error_of_the_link_is_an_end() -> None:
    failure = refused(then="reset", error=OSError(errno.EHOSTUNREACH, "No route to host"))
    assert (failure.cause, failure.errno) == ("proxy.closed", "EHOSTUNREACH")
    assert failure.go_text == f"read tcp {ENDS}: read: no route to host"


@pytest.mark.parametrize(
    ("fault", "go_text"),
    [
        (remote_alert(80), "remote error: tls: internal error"),
        (TlsFault("tls.closed", "the stream ended in a TLS record", "unexpected EOF"), "unexpected EOF"),
    ],
)
def test_tls_with_the_proxy_that_breaks_says_so_itself(fault: TlsFault, go_text: str) -> None:
    failure = refused(then="reset", error=TlsBroken(fault))
    assert (failure.cause, failure.go_text, failure.errno) == ("proxy.closed", go_text, None)


def test_a_request_that_cannot_be_written_is_a_reset() -> None:
    async def play(link: MemoryLink) -> None:
        await link.aclose()

    async def late(link: MemoryLink, request: object, span: object) -> None:
        await trio.sleep(1)
        await connect(link, request, span)  # type: ignore[arg-type]  # passed on as they came

    failure = opened(late, play).refusal  # type: ignore[arg-type]  # a narrower link
    assert (failure.cause, failure.errno) == ("proxy.reset", "EPIPE")
    assert failure.go_text == f"write tcp {ENDS}: write: broken pipe"


# --- not HTTP ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("reply", "go_text", "hint"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", 'malformed HTTP response "SSH-2.0-OpenSSH_9"', "an SSH server"),
        (b"220 mail.test ESMTP\r\n", 'malformed HTTP status code "mail.test"', "a mail or FTP server"),
        (b"\x05\x00\n", r'malformed HTTP response "\x05\x00"', "try socks5://"),
        (b"\x15\x03\x01\x00\x02\x02\x46\n", r'malformed HTTP response "\x15\x03\x01\x00\x02\x02F"', "https://"),
        (b"<html>\n", 'malformed HTTP response "<html>"', "a web page"),
        (b"HTTP/1.1 junk\r\n", 'malformed HTTP status code "junk"', "HTTP"),
        (b"hello\n", 'malformed HTTP response "hello"', None),
    ],
)
def test_what_is_not_http_is_not_a_proxy(reply: bytes, go_text: str, hint: str | None) -> None:
    outcome = opened(connect, saying(reply))
    failure = outcome.refusal
    assert (failure.cause, failure.go_text) == ("proxy.not_a_proxy", go_text)
    assert failure.details["first_bytes"] == reply.hex() == outcome.attributes["first_bytes"]
    assert (hint or "as go reads it") in failure.text
    assert failure.text.endswith(")") is (hint is not None)


def test_a_head_without_end_names_its_limit() -> None:
    async def play(link: MemoryLink) -> None:
        await request_head(link)
        await link.send(b"HTTP/1.1 200 OK\r\n")
        while not link.is_closed:
            await link.send(b"A: " + b"x" * 65531 + b"\r\n")

    failure = opened(connect, play).refusal
    assert (failure.cause, failure.limit) == ("proxy.not_a_proxy", "HTTP_RESPONSE_HEADER_BYTES")
    assert "a head without end" in failure.text


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.binary(max_size=60), max_size=4),
    st.sampled_from([b"", OPENED, b"HTTP/1.1 407 A\r\n", b"HTTP/1.1 200 OK\r\nA"]),
    st.sampled_from(["silence", "close", "reset"]),
)
def test_any_bytes_end_in_a_tunnel_or_in_a_failure_of_the_proxy(junk: list[bytes], first: bytes, then: str) -> None:
    outcome: Opened = opened(connect, saying(first, *junk, then=then, every_s=0.01))
    assert outcome.seconds <= CONNECT_REPLY_S + 1e-6
    if outcome.failure is None:
        assert outcome.attributes["status"] == 200
    else:
        assert outcome.failure.cause.startswith("proxy.")
        assert outcome.failure.go_text is not None


@pytest.mark.parametrize("cut", [1, 30, 1000])
def test_what_follows_a_1xx_is_evidence_that_go_never_saw(cut: int) -> None:
    raw = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OPENED
    failure = refused(raw[:cut], raw[cut:], then="close")
    assert failure.go_text == "Continue"
    assert "behind it came 102 Processing, 200 Connection established" in failure.text


def test_the_final_reply_behind_a_1xx_is_kept_with_headers_and_body() -> None:
    raw = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\nX-Why: policy\r\nContent-Length: 4\r\n\r\nnope"
    outcome = opened(connect, saying(raw))
    assert outcome.noted("later_reply") == [
        {"status_text": "403 No", "headers": [["X-Why", "policy"], ["Content-Length", "4"]]}
    ]
    assert outcome.refusal.details["body"] == "nope"


def test_1xx_for_ever_is_counted_to_five() -> None:
    failure = refused(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
    assert failure.text.count("100 Continue") == 6


def test_a_tunnel_lasts_from_the_requests_leaving_to_the_replys_arrival() -> None:
    outcome = opened(connect, saying(OPENED, every_s=0.5))
    assert outcome.failure is None
    assert outcome.seconds == pytest.approx(0.5)
