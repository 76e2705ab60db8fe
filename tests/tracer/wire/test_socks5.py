"""SOCKS5 without I/O: what is sent, what each answer means, in any pieces, and not a byte more than an answer has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.record.causes import CAUSES
from modtrace.tracer.wire.socks5 import METHODS, REPLIES, Bound, Socks5Dialogue, SocksRefused

NO_AUTH = b"\x05\x00"
GRANTED = b"\x05\x00\x00\x01\xc0\x00\x02\x09\x04\x38"
USER = {"user": "me", "password": "s3cret"}


class Played:
    """A dialogue with a proxy that says ``said`` in pieces of ``size``, never more than was asked for."""

    def __init__(
        self, said: bytes, *, size: int = 1000, host: str = "target.test", port: int = 443, **more: str
    ) -> None:
        self.talk = Socks5Dialogue(host, port, **more)
        self.sent: list[bytes] = []
        self.refusal: SocksRefused | None = None
        self.rest = said
        try:
            self._play(size)
        except SocksRefused as refusal:
            self.refusal = refusal

    def _play(self, size: int) -> None:
        self._keep(self.talk.start())
        while not self.talk.is_done and self.rest:
            assert self.talk.needs > 0
            piece = self.rest[: min(size, self.talk.needs)]
            self.rest = self.rest[len(piece) :]
            self._keep(self.talk.feed(piece))

    def _keep(self, due: bytes) -> None:
        if due:
            self.sent.append(due)

    @property
    def refused(self) -> SocksRefused:
        assert self.refusal is not None
        assert not self.talk.is_done
        return self.refusal


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_shortest_conversation_names_the_target_for_the_proxy_to_resolve(size: int) -> None:
    played = Played(NO_AUTH + GRANTED + b"TAIL", size=size)
    assert played.sent == [b"\x05\x01\x00", b"\x05\x01\x00\x03\x0btarget.test\x01\xbb"]
    assert played.talk.is_done
    assert (played.talk.method, played.talk.reply, played.talk.bound) == (0, 0, Bound("192.0.2.9", 1080))
    assert (played.rest, played.talk.received) == (b"TAIL", NO_AUTH + GRANTED)
    assert not played.talk.has_part_of_an_answer


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", b"\x01\xc0\x00\x02\x07"),
        ("2001:db8::1", b"\x04" + bytes.fromhex("20010db8000000000000000000000001")),
        ("::ffff:192.0.2.7", b"\x01\xc0\x00\x02\x07"),
        ("fe80::1%eth0", b"\x03\x0cfe80::1%eth0"),
        ("192.0.2.07", b"\x03\x0a192.0.2.07"),
        ("UPPER.test", b"\x03\x0aUPPER.test"),
        ("a" * 255, b"\x03\xff" + b"a" * 255),
    ],
)
def test_a_literal_is_sent_as_an_address_and_everything_else_as_a_name(host: str, address: bytes) -> None:
    assert Played(NO_AUTH, host=host, port=8443).sent[1] == b"\x05\x01\x00" + address + b"\x20\xfb"


def test_a_name_that_is_too_long_is_refused_when_its_turn_comes() -> None:
    played = Played(NO_AUTH, host="a" * 256)
    assert played.sent == [b"\x05\x01\x00"]
    assert (played.refused.go_text, played.refused.is_ours) == ("FQDN too long", True)


@pytest.mark.parametrize("port", [0, -1, 65536, 70000])
def test_a_port_that_is_none_is_refused_before_a_byte_is_sent(port: int) -> None:
    played = Played(NO_AUTH, port=port)
    assert (played.sent, played.refused.go_text) == ([], f"port number out of range {port}")
    assert (played.refused.cause, played.refused.is_ours) == ("config.goproxy_invalid", True)


# --- authentication ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [1, 1000])
def test_user_and_password_are_sent_when_the_proxy_asks_for_them(size: int) -> None:
    played = Played(b"\x05\x02\x01\x00" + GRANTED, size=size, **USER)
    assert played.sent[:2] == [b"\x05\x02\x00\x02", b"\x01\x02me\x06s3cret"]
    assert played.talk.is_done
    assert METHODS[played.talk.method or 0] == "user and password"


def test_credentials_stay_here_when_the_proxy_wants_none() -> None:
    played = Played(NO_AUTH + GRANTED, **USER)
    assert played.talk.is_done
    assert b"s3cret" not in b"".join(played.sent)


@pytest.mark.parametrize(
    ("said", "cause", "go_text"),
    [
        (b"\x05\xff", "proxy.socks.no_method", "no acceptable authentication methods"),
        (b"\x05\x02\x01\x01", "proxy.socks.auth_failed", "username/password authentication failed"),
        (b"\x05\x02\x01\xff", "proxy.socks.auth_failed", "username/password authentication failed"),
        (b"\x05\x02\x05\x00", "proxy.socks.protocol", "invalid username/password version"),
        (b"\x05\x01", "proxy.socks.protocol", "unsupported authentication method 1"),
        (b"\x05\x80", "proxy.socks.protocol", "unsupported authentication method 128"),
    ],
)
def test_refused_authentication_is_told_in_gos_words(said: bytes, cause: str, go_text: str) -> None:
    refusal = Played(said + b"TAIL", **USER).refused
    assert (refusal.cause, refusal.go_text, refusal.is_ours) == (cause, go_text, False)


def test_without_credentials_any_method_but_ff_counts_as_none() -> None:
    for method in (1, 2, 0x80, 0xFE):
        played = Played(bytes([5, method]) + GRANTED)
        assert played.talk.is_done
        assert played.talk.method == method
    assert Played(b"\x05\xff").refused.cause == "proxy.socks.no_method"


@pytest.mark.parametrize(
    ("user", "password", "is_sent"),
    [
        ("", "pw", False),
        ("u" * 256, "pw", False),
        ("u", "p" * 256, False),
        ("u" * 255, "p" * 255, True),
        ("u", "", True),
    ],
)
def test_credentials_that_do_not_fit_are_ours_to_blame(user: str, password: str, is_sent: bool) -> None:
    played = Played(b"\x05\x02", user=user, password=password)
    if is_sent:
        assert played.refusal is None
        assert played.sent[1][:2] == bytes([1, len(user)])
    else:
        assert (played.refused.go_text, played.refused.is_ours) == ("invalid username/password", True)
        assert len(played.sent) == 1


def test_credentials_of_any_bytes_are_sent_as_they_are() -> None:
    assert Played(b"\x05\x02", user="é", password="\udcff").sent[1] == b"\x01\x02\xc3\xa9\x01\xff"


# --- the reply --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reply", range(1, 9))
def test_every_reply_has_gos_words_and_a_cause_of_its_own(reply: int) -> None:
    words, cause = REPLIES[reply]
    played = Played(NO_AUTH + bytes([5, reply, 0, 1]) + bytes(6))
    assert (played.refused.cause, played.refused.go_text) == (cause, f"unknown error {words}")
    assert played.refused.ours == f"the proxy answers with reply {reply}: {words}"
    assert played.rest == bytes(6), "go leaves the address of a refusal unread"
    assert (played.talk.reply, played.talk.bound) == (reply, None)


def test_the_replies_are_those_of_the_rfc_and_of_the_contract() -> None:
    assert [words for words, _ in REPLIES.values()] == [
        "general SOCKS server failure",
        "connection not allowed by ruleset",
        "network unreachable",
        "host unreachable",
        "connection refused",
        "TTL expired",
        "command not supported",
        "address type not supported",
    ]
    causes = [cause for _, cause in REPLIES.values()]
    assert len(set(causes)) == 8
    assert set(causes) <= set(CAUSES)


@pytest.mark.parametrize("reply", [9, 0x5A, 0xFF])
def test_replies_beyond_the_rfc_are_told_by_number(reply: int) -> None:
    refusal = Played(NO_AUTH + bytes([5, reply, 0, 1]) + bytes(6)).refused
    assert (refusal.cause, refusal.go_text) == ("proxy.socks.protocol", f"unknown error unknown code: {reply}")


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    ("tail", "bound"),
    [
        (b"\x01\x00\x00\x00\x00\x00\x00", Bound("0.0.0.0", 0)),
        (b"\x04" + bytes.fromhex("20010db8000000000000000000000001") + b"\x00\x50", Bound("2001:db8::1", 80)),
        (b"\x03\x05p.abc\xff\xff", Bound("p.abc", 65535)),
        (b"\x03\x00\x00\x50", Bound("", 80)),
        (b"\x03\x02\xff\x00\x00\x50", Bound("\udcff\x00", 80)),
        (b"\x03\xff" + b"x" * 255 + b"\x00\x50", Bound("x" * 255, 80)),
    ],
)
def test_the_bound_address_is_read_to_its_last_byte_and_no_further(tail: bytes, bound: Bound, size: int) -> None:
    played = Played(NO_AUTH + b"\x05\x00\x00" + tail + b"\x16\x03\x03", size=size)
    assert played.talk.is_done
    assert (played.talk.bound, played.rest) == (bound, b"\x16\x03\x03")


@pytest.mark.parametrize(
    ("said", "go_text", "ours"),
    [
        (b"HT", "unexpected protocol version 72", "HTTP"),
        (b"\x04\x5a", "unexpected protocol version 4", "not SOCKS5"),
        (b"\x00\x00", "unexpected protocol version 0", "not SOCKS5"),
        (NO_AUTH + b"\x04\x00\x00\x01", "unexpected protocol version 4", "not SOCKS5"),
        (NO_AUTH + b"\x05\x00\x01\x01", "non-zero reserved field", "non-zero reserved field"),
        (NO_AUTH + b"\x05\x00\x00\x00", "unknown address type 0", "unknown address type 0"),
        (NO_AUTH + b"\x05\x00\x00\x02", "unknown address type 2", "unknown address type 2"),
        (NO_AUTH + b"\x05\x00\x00\xff", "unknown address type 255", "unknown address type 255"),
    ],
)
def test_what_is_not_socks5_is_told_in_gos_words(said: bytes, go_text: str, ours: str) -> None:
    refusal = Played(said).refused
    assert (refusal.cause, refusal.go_text) == ("proxy.socks.protocol", go_text)
    assert ours in refusal.ours


def test_what_is_not_socks5_is_not_recorded_as_a_method_or_a_reply() -> None:
    assert Played(b"HT").talk.method is None
    played = Played(NO_AUTH + b"\x04\x01\x00\x01")
    assert (played.talk.method, played.talk.reply) == (0, None)


@pytest.mark.parametrize(
    ("said", "stage", "is_part"),
    [
        (b"", "greeting", False),
        (b"\x05", "greeting", True),
        (b"\x05\x02", "authentication", False),
        (b"\x05\x02\x01", "authentication", True),
        (b"\x05\x02\x01\x00", "request", False),
        (b"\x05\x02\x01\x00\x05\x00", "request", True),
        (b"\x05\x02\x01\x00\x05\x00\x00\x03", "request", False),
        (b"\x05\x02\x01\x00\x05\x00\x00\x03\x05", "request", False),
        (b"\x05\x02\x01\x00\x05\x00\x00\x03\x05p.a", "request", True),
    ],
)
def test_a_conversation_that_stops_is_told_by_its_stage(said: bytes, stage: str, is_part: bool) -> None:
    for size in (1, 1000):
        talk = Played(said, size=size, **USER).talk
        assert (talk.stage, talk.has_part_of_an_answer, talk.is_done) == (stage, is_part, False)
        assert talk.needs > 0


@given(st.binary(max_size=300), st.booleans(), st.integers(1, 9))
def test_any_bytes_end_in_a_tunnel_a_refusal_or_a_wait_and_never_depend_on_the_pieces(
    said: bytes, with_user: bool, size: int
) -> None:
    more = USER if with_user else {}
    whole, pieces = Played(said, **more), Played(said, size=size, **more)
    assert whole.sent == pieces.sent
    assert str(whole.refusal) == str(pieces.refusal)
    assert (whole.talk.is_done, whole.talk.received, whole.rest) == (
        pieces.talk.is_done,
        pieces.talk.received,
        pieces.rest,
    )
    assert len(whole.talk.received) <= 2 + 2 + 4 + 1 + 255 + 2
    assert whole.talk.received + whole.rest == said


@given(st.sampled_from([NO_AUTH, b"\x05\x02\x01\x00"]), st.integers(0, 30), st.binary(max_size=3))
def test_mutated_conversations_never_raise_anything_else(start: bytes, at: int, junk: bytes) -> None:
    said = start + b"\x05\x00\x00\x03\x05p.abc\x00\x50"
    played = Played(said[:at] + junk + said[at + 1 :], **USER)
    if played.refusal is not None:
        assert played.refusal.cause.startswith("proxy.socks.")
