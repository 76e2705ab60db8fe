"""The HTTP proxy of the lab, spoken to in raw bytes and by curl."""

import shutil
import subprocess
from contextlib import suppress

import pytest
from tests.lab.proxytalker import HELLO, INFO, ROUTES, Talker, before_a_server

from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyhttp import HEAD_BYTES, reply
from modtrace.lab.proxyscript import Say

pytestmark = pytest.mark.loopback
CONNECT = b"CONNECT goproxy.test:80 HTTP/1.1\r\nHost: goproxy.test:80\r\n\r\n"
FORWARD = (
    f"GET http://goproxy.test{INFO} HTTP/1.1\r\nHost: goproxy.test\r\nProxy-Authorization: Basic eDp5\r\n\r\n".encode()
)


def asked(proxy: Proxy, data: bytes, mark: bytes = b"\r\n\r\n") -> bytes:
    with before_a_server(proxy) as live, Talker(live) as talk:
        talk.say(data)
        return talk.until(mark)


def test_connect_opens_a_tunnel_and_is_written_down() -> None:
    with before_a_server(Proxy(name="p", routes=ROUTES)) as live, Talker(live) as talk:
        talk.say(CONNECT)
        assert talk.until(b"\r\n\r\n") == b"HTTP/1.1 200 Connection established\r\n\r\n"
        (heard,) = live.journal.heard
    assert (heard.proxy, heard.stage, heard.data) == ("p", "head", CONNECT)


@pytest.mark.parametrize(("routes", "words"), [({}, b"is not known here"), ({"*": "127.0.0.1:1"}, b"can't be reached")])
def test_a_target_that_is_not_to_be_had_is_a_502(routes: dict[str, str], words: bytes) -> None:
    said = asked(Proxy(name="p", routes=routes), CONNECT, words)
    assert said.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert said.endswith(words)


def test_credentials_are_asked_for_and_taken() -> None:
    proxy = Proxy(name="p", routes=ROUTES, credentials=("x", "y"))
    refused = asked(proxy, CONNECT)
    assert refused.startswith(b"HTTP/1.1 407 ")
    assert b'Proxy-Authenticate: Basic realm="lab"\r\n' in refused
    right = CONNECT.replace(b"\r\n\r\n", b"\r\nProxy-Authorization: Basic eDp5\r\n\r\n")
    assert asked(proxy, right).startswith(b"HTTP/1.1 200 ")


def test_absolute_form_is_forwarded_without_the_hops_own_headers() -> None:
    with before_a_server(Proxy(name="p", routes=ROUTES)) as live, Talker(live) as talk:
        for _ in range(2):  # on one connection
            talk.say(FORWARD)
            assert talk.until(HELLO.info).startswith(b"HTTP/1.1 200 OK\r\n")
        assert [one.line[1] for one in live.journal.heard] == [f"http://goproxy.test{INFO}"] * 2
        assert live.journal.heard[0].header("Proxy-Authorization") == "Basic eDp5"


def test_a_script_answers_requests_one_after_another() -> None:
    lines = (Say(data=reply("403 Forbidden", "Via: 1.1 lab", body=b"no\n")), Say())
    with before_a_server(Proxy(name="p", routes=ROUTES, script={"head": lines})) as live, Talker(live) as talk:
        talk.say(FORWARD)
        assert talk.until(b"no\n") == b"HTTP/1.1 403 Forbidden\r\nVia: 1.1 lab\r\nContent-Length: 3\r\n\r\nno\n"
        talk.say(FORWARD)
        assert talk.until(HELLO.info).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /path HTTP/1.1\r\nHost: goproxy.test\r\n\r\n", b"400"),
        (b"GET http://other.test/ HTTP/1.1\r\n\r\n", b"502"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
    ],
)
def test_what_it_does_not_forward(data: bytes, status: bytes) -> None:
    assert asked(Proxy(name="p", routes=ROUTES), data).startswith(b"HTTP/1.1 " + status)


def test_a_head_without_an_end_is_dropped() -> None:
    with before_a_server(Proxy(name="p", routes=ROUTES)) as live, Talker(live) as talk:
        with suppress(ConnectionError):
            talk.say(b"x" * (HEAD_BYTES * 4))
            assert talk.read(1) == b""
        assert live.journal.heard == ()


def test_curl_goes_both_ways_through_it() -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("needs curl")
    with before_a_server(Proxy(name="p", routes=ROUTES, credentials=("x", "y"))) as live:
        proxy = live.urls["p"].replace("://", "://x:y@")
        for more in ((), ("--proxytunnel",)):
            command = [curl, "-sS", "--noproxy", "", "-x", proxy, *more, f"http://goproxy.test{INFO}"]
            assert subprocess.run(command, capture_output=True, timeout=20, check=True).stdout == HELLO.info
        assert [one.line[0] for one in live.journal.heard] == ["GET", "CONNECT"]
