"""A proxy's own resolver and credentials, and bytes through its tunnel."""

import socket

import pytest
import trio
from tests.lab.proxytalker import GET_INFO, HELLO, ROUTES, Talker, before_a_server

from modtrace.lab.authority import Authority
from modtrace.lab.proxybooth import Booth, Proxy
from modtrace.lab.proxyjournal import ProxyJournal
from modtrace.lab.proxyscript import Prompter, Say

pytestmark = pytest.mark.loopback


def test_schemes_and_credentials() -> None:
    issued = Authority().leaf("proxy.test")
    assert [Proxy(name="p").scheme, Proxy(name="p", issued=issued).scheme] == ["http", "https"]
    assert Proxy(name="p", kind="socks5", issued=issued).scheme == "socks5"
    assert Proxy(name="p").basic is None
    assert Proxy(name="p", credentials=("ä", "b:c")).basic == "Basic w6Q6Yjpj"


@pytest.mark.parametrize(
    ("target", "port"),
    [("named.test:80", "a"), ("literal.test:80", "a"), ("else.test:1", "star"), ("gone.test:1", None)],
)
def test_names_are_found_in_the_table_only(target: str, port: str | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = {"a": one.getsockname()[1], "star": other.getsockname()[1]}
        routes = {"named.test:80": "a", "literal.test:80": f"127.0.0.1:{ports['a']}"}
        if port == "star":
            routes["*"] = "star"

        async def main() -> int | None:
            booth = Booth(Proxy(name="p", routes=routes), Prompter({}), ports, ProxyJournal(), 0)
            stream = await booth.dial(target)
            if stream is None:
                return None
            peer: int = stream.socket.getpeername()[1]
            booth.hang_up()
            with pytest.raises(trio.ClosedResourceError):
                await stream.send_all(b"x")
            return peer

        assert trio.run(main) == (ports[port] if port else None)


def test_a_tunnel_carries_bytes_both_ways_and_its_end() -> None:
    with before_a_server(Proxy(name="p", routes=ROUTES)) as live, Talker(live) as talk:
        talk.say(b"CONNECT goproxy.test:80 HTTP/1.1\r\n\r\n")
        assert talk.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        talk.say(GET_INFO)
        assert talk.until(HELLO.info).endswith(HELLO.info)
        talk.socket.shutdown(socket.SHUT_WR)
        assert talk.is_over()


def test_what_came_with_the_request_goes_through_the_tunnel() -> None:
    with before_a_server(Proxy(name="p", routes=ROUTES)) as live, Talker(live) as talk:
        talk.say(b"CONNECT goproxy.test:80 HTTP/1.1\r\n\r\n" + GET_INFO)
        assert talk.until(HELLO.info).endswith(HELLO.info)


def test_a_script_may_speak_inside_the_tunnel_once_the_client_has() -> None:
    script = {"tunnel": Say(data=b"inside", then="reset")}
    with before_a_server(Proxy(name="p", routes=ROUTES, script=script)) as live, Talker(live) as talk:
        talk.say(b"CONNECT goproxy.test:80 HTTP/1.1\r\n\r\n")
        talk.until(b"\r\n\r\n")
        talk.say(b"hello")
        with pytest.raises(ConnectionResetError):
            talk.read(100)


def test_a_tunnel_to_nowhere_swallows_all() -> None:
    script = {"head": Say(data=b"HTTP/1.1 200 OK\r\n\r\n")}
    with before_a_server(Proxy(name="p", script=script)) as live, Talker(live) as talk:
        talk.say(b"CONNECT nowhere.test:80 HTTP/1.1\r\n\r\n")
        talk.until(b"\r\n\r\n")
        talk.say(b"hello")
        talk.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk.read(1)
