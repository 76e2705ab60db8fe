"""Running proxies: their ports, TLS in front of them, chains of them, and what ends a connection before a word."""

import socket
import ssl  # noqa: TID251 - the standard library's client, as a stranger
from contextlib import suppress

import pytest
from tests.lab.proxytalker import GET_INFO, HELLO, ROUTES, Talker, before_a_server

from modtrace.lab.authority import Authority, pem
from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyscript import Say
from modtrace.lab.proxyserver import running_proxies

pytestmark = pytest.mark.loopback
LAB = Authority()
CONNECT = b"CONNECT goproxy.test:80 HTTP/1.1\r\n\r\n"


def test_urls_are_as_a_variable_would_name_them() -> None:
    proxies = (
        Proxy(name="p"),
        Proxy(name="q", kind="socks5", host="proxy.test"),
        Proxy(name="r", issued=LAB.leaf("127.0.0.1")),
    )
    with running_proxies(proxies, {}) as live:
        assert live.urls["p"] == f"http://127.0.0.1:{live.ports['p']}"
        assert live.urls["q"] == f"socks5://proxy.test:{live.ports['q']}"
        assert live.urls["r"] == f"https://127.0.0.1:{live.ports['r']}"


def test_an_https_proxy_speaks_tls_first_and_writes_it_down() -> None:
    proxy = Proxy(name="p", issued=LAB.leaf("proxy.test"), alpn=("h2",), routes=ROUTES)
    context = ssl.create_default_context(cadata=pem(LAB.root).decode())
    context.set_alpn_protocols(["h2", "http/1.1"])
    with before_a_server(proxy) as live, Talker(live) as talk:
        talk.socket = context.wrap_socket(talk.socket, server_hostname="proxy.test")
        talk.say(CONNECT)
        assert talk.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        talk.say(GET_INFO)
        assert talk.until(HELLO.info).endswith(HELLO.info)
        (connection,) = live.journal.connections
    assert (connection.place, connection.sni, connection.alpn) == ("p", "proxy.test", "h2")


def test_a_proxy_may_lead_to_another() -> None:
    first = Proxy(name="p", routes={"next.test:1080": "q"})
    second = Proxy(name="q", kind="socks5", routes=ROUTES)
    with before_a_server(first, second) as live, Talker(live) as talk:
        talk.say(b"CONNECT next.test:1080 HTTP/1.1\r\n\r\n")
        talk.until(b"\r\n\r\n")
        talk.say(b"\5\1\0")
        assert talk.read(2) == b"\5\0"
        talk.say(b"\5\1\0\3\x0cgoproxy.test\0\x50")
        assert talk.read(10)[1] == 0
        talk.say(GET_INFO)
        assert talk.until(HELLO.info).endswith(HELLO.info)
        assert [one.proxy for one in live.journal.heard] == ["p", "q", "q"]


def test_it_may_speak_before_the_client_does() -> None:
    script = {"accept": Say(data=b"SSH-2.0-x\r\n", then="close")}
    with running_proxies((Proxy(name="p", script=script),), {}) as live, Talker(live) as talk:
        assert talk.until(b"\n") == b"SSH-2.0-x\r\n"
        assert talk.is_over()


def test_a_reset_at_accept_waits_for_the_clients_first_byte() -> None:
    script = {"accept": Say(data=b"", then="reset")}
    with running_proxies((Proxy(name="p", script=script),), {}) as live, Talker(live) as talk:
        talk.say(b"x")
        with pytest.raises(ConnectionResetError):
            talk.read(1)


def test_an_unanswered_port_answers_no_syn() -> None:
    with running_proxies((Proxy(name="p", is_unanswered=True),), {}) as live, pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", live.ports["p"]), timeout=0.5)


def test_every_connection_ends_with_the_block() -> None:
    with running_proxies((Proxy(name="p"),), {}) as live:
        talk = Talker(live)
        talk.say(b"CONNECT ")
    with talk, suppress(ConnectionResetError):
        assert talk.read(1) == b""
