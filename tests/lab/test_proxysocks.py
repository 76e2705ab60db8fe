"""The SOCKS5 proxy of the lab, spoken to in raw bytes and by curl."""

import shutil
import subprocess

import pytest
from tests.lab.proxytalker import GET_INFO, HELLO, INFO, ROUTES, Talker, before_a_server

from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyscript import Say
from modtrace.lab.proxysocks import DOMAIN, IPV6, reply

pytestmark = pytest.mark.loopback
GREETING, GREETING_2 = b"\5\1\0", b"\5\2\0\2"
AUTH = b"\1\1x\1y"
NAME = b"\5\1\0\3\x0cgoproxy.test\0\x50"
SUCCEEDED = b"\5\0\0\1\0\0\0\0\0\0"


def socks(**more: object) -> Proxy:
    return Proxy(name="p", kind="socks5", **{"routes": ROUTES, **more})  # type: ignore[arg-type]  # a Proxy's own fields


def test_a_name_an_ipv4_and_an_ipv6_address_are_reached() -> None:
    ipv6 = bytes.fromhex("20010db8000000000000000000000001")
    for request in (NAME, b"\5\1\0\1\x0a\x09\x08\x07\0\x50", b"\5\1\0\4" + ipv6 + b"\0\x50"):
        with before_a_server(socks()) as live, Talker(live) as talk:
            talk.say(GREETING)
            assert talk.read(2) == b"\5\0"
            talk.say(request)
            assert talk.read(10) == SUCCEEDED
            talk.say(GET_INFO)
            assert talk.until(HELLO.info).endswith(HELLO.info)
            assert [(one.stage, one.data) for one in live.journal.heard] == [
                ("greeting", GREETING),
                ("request", request),
            ]


def test_it_takes_a_conversation_byte_by_byte_and_all_at_once() -> None:
    said = GREETING_2 + AUTH + NAME
    for pieces in ([said], [bytes([byte]) for byte in said]):
        with before_a_server(socks(credentials=("x", "y"))) as live, Talker(live) as talk:
            for piece in pieces:
                talk.say(piece)
            assert talk.read(14) == b"\5\2" + b"\1\0" + SUCCEEDED
            assert [one.data for one in live.journal.heard] == [GREETING_2, AUTH, NAME]


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (GREETING, b"\5\xff"),
        (GREETING_2 + b"\1\1x\1z", b"\5\2\1\1"),
    ],
)
def test_credentials_are_insisted_on(said: bytes, answers: bytes) -> None:
    with before_a_server(socks(credentials=("x", "y"))) as live, Talker(live) as talk:
        talk.say(said)
        assert talk.read(len(answers)) == answers
        talk.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk.read(1)


@pytest.mark.parametrize(
    ("routes", "request_", "code"),
    [
        ({}, NAME, 4),
        ({"*": "127.0.0.1:1"}, NAME, 5),
        (ROUTES, NAME.replace(b"\5\1\0\3", b"\5\2\0\3"), 7),
    ],
)
def test_refusals_by_code(routes: dict[str, str], request_: bytes, code: int) -> None:
    with before_a_server(socks(routes=routes)) as live, Talker(live) as talk:
        talk.say(GREETING + request_)
        assert talk.read(12) == b"\5\0" + reply(code)


def test_replies_of_every_shape() -> None:
    assert reply(0) == SUCCEEDED
    assert reply(3, version=4, reserved=7) == b"\4\3\7\1\0\0\0\0\0\0"
    assert reply(0, kind=DOMAIN, address=b"\4test") == b"\5\0\0\3\4test\0\0"
    assert len(reply(0, kind=IPV6, address=b"\0" * 16)) == 22


def test_a_script_speaks_at_each_stage() -> None:
    script = {"greeting": Say(data=b"\5\2"), "auth": Say(data=b"\1\0"), "request": Say(data=b"zzz", then="close")}
    with before_a_server(socks(script=script)) as live, Talker(live) as talk:
        talk.say(GREETING)
        assert talk.read(2) == b"\5\2"
        talk.say(AUTH)
        assert talk.read(2) == b"\1\0"
        talk.say(NAME)
        assert talk.read(4) == b"zzz"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", [("greeting", b"GET / HTTP/1.1\r\n\r\n")]),
        (GREETING + b"\4\1\0\3", [("greeting", GREETING), ("request", b"\4\1\0\3")]),
        (b"", []),
    ],
)
def test_what_is_not_socks5_is_written_down_and_hung_up_on(said: bytes, kept: list[tuple[str, bytes]]) -> None:
    with before_a_server(socks()) as live, Talker(live) as talk:
        talk.say(said)
        if not said:
            talk.socket.shutdown(1)
        talk.until(b"never said")
        assert [(one.stage, one.data) for one in live.journal.heard] == kept


def test_curl_goes_through_it() -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("needs curl")
    with before_a_server(socks(credentials=("x", "y"))) as live:
        proxy = live.urls["p"].replace("socks5://", "socks5h://x:y@")
        command = [curl, "-sS", "--noproxy", "", "-x", proxy, f"http://goproxy.test{INFO}"]
        assert subprocess.run(command, capture_output=True, timeout=20, check=True).stdout == HELLO.info
