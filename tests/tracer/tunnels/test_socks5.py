"""SOCKS5 over memory links: opened, refused, silent, closed and reset at every stage, in go's words."""

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sim.links import MemoryLink
from tests.tracer.tunnels.opening import ENDS, PROXY, Opened, Script, opened

from modtrace.record.limits import PATIENCE_S
from modtrace.tracer.tunnels.interface import Request
from modtrace.tracer.tunnels.socks5 import negotiate

NO_AUTH = b"\x05\x00"
USER_PASSWORD = b"\x05\x02"
LET_IN = b"\x01\x00"
GRANTED = b"\x05\x00\x00\x01\xc0\x00\x02\x09\x04\x38"
VIA, VIA_USER = "socks5://p.test", "socks5://me:s3cret@p.test:1081"
GO = f"socks connect tcp {PROXY}->target.test:443: "


def saying(*answers: bytes, then: str = "silence", pause_s: float = 0.0, size: int = 1000) -> Script:
    """One answer per message of the client, in pieces of ``size``, a pause before each; then silence, end or reset."""

    async def play(link: MemoryLink) -> None:
        for answer in answers:
            await link.receive()
            for at in range(0, len(answer), size):
                await trio.sleep(pause_s)
                await link.send(answer[at : at + size])
        if then == "close":
            await link.receive()
            await link.aclose()
        elif then == "reset":
            await link.receive()
            link.reset()

    return play


# --- opened -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_byte_behind_the_reply_stays_in_the_link(size: int) -> None:
    outcome = opened(negotiate, saying(NO_AUTH, GRANTED + b"\x16", size=size), via=VIA)
    assert outcome.failure is None
    assert outcome.tail == b"\x16"
    assert outcome.attributes == {
        "method": "SOCKS5 CONNECT",
        "sends_credentials": False,
        "resolves": "proxy",
        "socks_method": "none",
        "reply": 0,
        "reply_name": "succeeded",
        "bound": "192.0.2.9:1080",
        "round_trip_us": 0,
    }
    assert outcome.noted("socks") == [
        {"stage": "greeting", "sent_bytes": 3},
        {"stage": "request", "sent_bytes": 18},
    ]


def test_both_answers_in_one_piece_are_taken_one_after_the_other() -> None:
    async def play(link: MemoryLink) -> None:
        await link.send(NO_AUTH + GRANTED + b"TAIL")
        await trio.sleep_forever()

    assert opened(negotiate, play, via="socks5h://p.test").tail == b"TAIL"


def test_user_and_password_open_it_and_are_never_recorded() -> None:
    got: list[bytes] = []

    async def play(link: MemoryLink) -> None:
        for answer in (USER_PASSWORD, LET_IN, b"\x05\x00\x00\x03\x06s3cret\x00\x50"):
            got.append(await link.receive())
            await link.send(answer)

    outcome = opened(negotiate, play, via=VIA_USER)
    assert outcome.failure is None
    assert got[:2] == [b"\x05\x02\x00\x02", b"\x01\x02me\x06s3cret"]
    assert (outcome.attributes["socks_method"], outcome.attributes["sends_credentials"]) == ("user and password", True)
    assert [note["stage"] for note in outcome.noted("socks")] == ["greeting", "authentication", "request"]
    assert outcome.attributes["bound"] == "xxxxx:80", "a proxy that repeats the password is not repeated"
    assert "s3cret" not in repr(outcome.events)


@pytest.mark.parametrize(
    ("tail", "shown"),
    [
        (b"\x04" + bytes.fromhex("20010db8000000000000000000000001") + b"\x00\x50", "[2001:db8::1]:80"),
        (b"\x03\x02\xff\x1b\x00\x50", "\udcff\x1b:80"),
        (b"\x03\x00\x00\x00", ":0"),
    ],
)
def test_the_bound_address_is_recorded_whatever_it_says(tail: bytes, shown: str) -> None:
    outcome = opened(negotiate, saying(NO_AUTH, b"\x05\x00\x00" + tail), via=VIA)
    assert outcome.attributes["bound"] == shown


# --- refused ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("reply", "cause", "words"),
    [
        (1, "general_failure", "unknown error general SOCKS server failure"),
        (2, "not_allowed", "unknown error connection not allowed by ruleset"),
        (3, "net_unreachable", "unknown error network unreachable"),
        (4, "host_unreachable", "unknown error host unreachable"),
        (5, "refused", "unknown error connection refused"),
        (6, "ttl_expired", "unknown error TTL expired"),
        (7, "command_unsupported", "unknown error command not supported"),
        (8, "address_unsupported", "unknown error address type not supported"),
        (9, "protocol", "unknown error unknown code: 9"),
        (255, "protocol", "unknown error unknown code: 255"),
    ],
)
def test_every_reply_but_zero_fails_in_gos_words(reply: int, cause: str, words: str) -> None:
    for size in (1, 1000):
        failure = opened(negotiate, saying(NO_AUTH, bytes([5, reply, 0, 1]) + bytes(6), size=size), via=VIA).refusal
        assert (failure.cause, failure.go_text, failure.side) == (f"proxy.socks.{cause}", GO + words, "proxy")
        assert (failure.where, failure.hangs) == ("socks5://p.test:1080", False)
        assert failure.details == {
            "proxy": "socks5://p.test:1080",
            "target": "target.test:443",
            "stage": "request",
            "received": (NO_AUTH + bytes([5, reply, 0, 1])).hex(),
            "reply": reply,
        }


@pytest.mark.parametrize(
    ("answers", "cause", "words"),
    [
        ((b"\x05\xff",), "proxy.socks.no_method", "no acceptable authentication methods"),
        ((b"\x05\x01",), "proxy.socks.protocol", "unsupported authentication method 1"),
        ((USER_PASSWORD, b"\x01\x01"), "proxy.socks.auth_failed", "username/password authentication failed"),
        ((USER_PASSWORD, b"\x05\x00"), "proxy.socks.protocol", "invalid username/password version"),
        ((NO_AUTH, b"\x05\x00\x01\x01"), "proxy.socks.protocol", "non-zero reserved field"),
        ((NO_AUTH, b"\x05\x00\x00\x02"), "proxy.socks.protocol", "unknown address type 2"),
        ((NO_AUTH, b"\x04\x00\x00\x01"), "proxy.socks.protocol", "unexpected protocol version 4"),
    ],
)
def test_every_other_refusal_has_its_words(answers: tuple[bytes, ...], cause: str, words: str) -> None:
    for size in (1, 1000):
        failure = opened(negotiate, saying(*answers, size=size), via=VIA_USER).refusal
        assert (failure.cause, failure.go_text, failure.side) == (cause, GO + words, "proxy")


@pytest.mark.parametrize(
    ("answer", "version", "hint"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", 72, "is this the port of an HTTP proxy"),
        (b"SSH-2.0-x\r\n", 83, "an SSH server"),
        (b"\x00\x5b\x00\x00", 0, "SOCKS4"),
        (b"\x15\x03\x01\x00\x02", 21, "a TLS alert"),
        (b"\x07\x07", 7, None),
    ],
)
def test_what_speaks_another_protocol_is_named(answer: bytes, version: int, hint: str | None) -> None:
    failure = opened(negotiate, saying(answer), via=VIA).refusal
    assert (failure.cause, failure.go_text) == ("proxy.socks.protocol", f"{GO}unexpected protocol version {version}")
    assert (hint or "the answer is not SOCKS5") in failure.text
    assert failure.details["received"] == answer[:2].hex(), "go reads no more than it needs"
    assert "reply" not in failure.details


@pytest.mark.parametrize(
    ("host", "port", "via", "go_text"),
    [
        ("a" * 256, 443, VIA, f"socks connect tcp {PROXY}->{'a' * 256}:443: FQDN too long"),
        ("target.test", 70000, VIA, "socks connect tcp: port number out of range 70000"),
        ("target.test", 0, VIA, "socks connect tcp: port number out of range 0"),
        ("target.test", 443, f"socks5://{'u' * 256}@p.test", f"{GO}invalid username/password"),
    ],
)
def test_what_cannot_be_asked_for_is_ours(host: str, port: int, via: str, go_text: str) -> None:
    failure = opened(negotiate, saying(USER_PASSWORD if "@" in via else NO_AUTH), via=via, host=host, port=port).refusal
    assert (failure.side, failure.go_text) == ("local", go_text)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("2001:DB8:0::1", "[2001:db8::1]:443"),
        ("::ffff:192.0.2.7", "192.0.2.7:443"),
        ("192.0.2.7", "192.0.2.7:443"),
        ("UPPER.test", "UPPER.test:443"),
    ],
)
def test_go_shows_an_address_in_its_canonical_form(host: str, shown: str) -> None:
    failure = opened(negotiate, saying(b"\x05\xff"), via=VIA, host=host).refusal
    assert failure.go_text == f"socks connect tcp {PROXY}->{shown}: no acceptable authentication methods"


# --- silent, closed, reset --------------------------------------------------------------------------------------------
STAGES = [
    ((), "the method", False),
    ((b"\x05",), "the method", True),
    ((USER_PASSWORD,), "the answer to user and password", False),
    ((USER_PASSWORD, b"\x01"), "the answer to user and password", True),
    ((USER_PASSWORD, LET_IN), "the reply to the request", False),
    ((USER_PASSWORD, LET_IN, b"\x05\x00"), "the reply to the request", True),
    ((USER_PASSWORD, LET_IN, b"\x05\x00\x00\x03"), "the reply to the request", False),
    ((USER_PASSWORD, LET_IN, b"\x05\x00\x00\x03\x09"), "the reply to the request", False),
    ((USER_PASSWORD, LET_IN, b"\x05\x00\x00\x01\x7f\x00"), "the reply to the request", True),
]


@pytest.mark.parametrize(("answers", "awaited", "is_part"), STAGES)
def test_silence_at_any_stage_ends_at_the_patience_as_a_hang_of_gos(
    answers: tuple[bytes, ...], awaited: str, is_part: bool
) -> None:
    outcome = opened(negotiate, saying(*answers), via=VIA_USER)
    failure = outcome.refusal
    assert outcome.seconds == pytest.approx(PATIENCE_S)
    assert (failure.cause, failure.go_text, failure.hangs, failure.limit) == ("proxy.silent", None, True, "PATIENCE_S")
    assert awaited in failure.text
    assert "go would wait without a limit" in failure.text


@pytest.mark.parametrize(("answers", "awaited", "is_part"), STAGES)
def test_an_end_at_any_stage_is_gos_eof(answers: tuple[bytes, ...], awaited: str, is_part: bool) -> None:
    async def play(link: MemoryLink) -> None:
        await saying(*answers)(link)
        await trio.sleep(1)
        await link.aclose()

    failure = opened(negotiate, play, via=VIA_USER).refusal
    assert (failure.cause, failure.hangs) == ("proxy.closed", False)
    assert failure.go_text == GO + ("unexpected EOF" if is_part else "EOF")
    assert f"instead of sending {awaited}" in failure.text


@pytest.mark.parametrize(("answers", "awaited", "is_part"), STAGES)
def test_a_reset_at_any_stage_is_a_reset(answers: tuple[bytes, ...], awaited: str, is_part: bool) -> None:
    async def play(link: MemoryLink) -> None:
        await saying(*answers)(link)
        await trio.sleep(1)
        link.reset()

    failure = opened(negotiate, play, via=VIA_USER).refusal
    assert (failure.cause, failure.errno) == ("proxy.reset", "ECONNRESET")
    assert failure.go_text == f"{GO}read tcp {ENDS}: read: connection reset by peer"


def test_the_patience_counts_from_each_piece_anew() -> None:
    outcome = opened(negotiate, saying(NO_AUTH, GRANTED, pause_s=29.0, size=1), via=VIA)
    assert outcome.failure is None
    assert outcome.seconds == pytest.approx(29.0 * 12)
    late = opened(negotiate, saying(NO_AUTH, GRANTED, pause_s=29.0, size=1), via=VIA, patience_s=28.0)
    assert (late.refusal.cause, late.seconds) == ("proxy.silent", pytest.approx(28.0))


def test_a_proxy_that_is_gone_when_it_is_to_be_asked_is_a_reset() -> None:
    async def play(link: MemoryLink) -> None:
        await link.aclose()

    async def late(link: MemoryLink, request: Request, span: object) -> None:
        await trio.sleep(1)
        await negotiate(link, request, span)  # type: ignore[arg-type]  # passed on as it came

    failure = opened(late, play, via=VIA).refusal  # type: ignore[arg-type]  # a narrower link
    assert (failure.cause, failure.errno) == ("proxy.reset", "EPIPE")
    assert failure.go_text == f"{GO}write tcp {ENDS}: write: broken pipe"


def test_a_proxy_that_never_reads_is_silent_too() -> None:
    class Stuck(MemoryLink):
        async def send(self, data: "bytes | memoryview", *, is_timed: bool = False) -> None:
            await trio.sleep_forever()

    async def through_stuck(link: MemoryLink, request: Request, span: object) -> None:
        link.__class__ = Stuck
        await negotiate(link, request, span)  # type: ignore[arg-type]  # passed on as it came

    outcome = opened(through_stuck, saying(), via=VIA)  # type: ignore[arg-type]  # a narrower link
    assert (outcome.refusal.cause, outcome.seconds) == ("proxy.silent", pytest.approx(PATIENCE_S))


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.binary(min_size=1, max_size=12), max_size=5),
    st.sampled_from([(), (NO_AUTH,), (USER_PASSWORD,), (USER_PASSWORD, LET_IN)]),
    st.sampled_from(["silence", "close", "reset"]),
    st.integers(1, 20),
)
def test_any_bytes_end_in_a_tunnel_or_in_a_failure_of_the_proxy(
    junk: list[bytes], first: tuple[bytes, ...], then: str, size: int
) -> None:
    outcome: Opened = opened(negotiate, saying(*first, *junk, then=then, size=size), via=VIA_USER)
    if outcome.failure is None:
        assert outcome.attributes["reply"] == 0
    else:
        assert outcome.failure.cause.startswith("proxy.")
        assert (outcome.failure.go_text is None) == outcome.failure.hangs
