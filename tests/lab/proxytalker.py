"""A client of the lab's proxies that says and reads raw bytes, and the module server behind them."""

import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from modtrace.lab.modules import Library, hello
from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyserver import LiveProxies, running_proxies
from modtrace.lab.server import Place, Server, running

HELLO = hello()
INFO = "/lab.test/hello/@v/v1.0.0.info"
ROUTES: Mapping[str, str] = {"goproxy.test:80": "a", "10.9.8.7:80": "a", "[2001:db8::1]:80": "a"}
GET_INFO = f"GET {INFO} HTTP/1.1\r\nHost: goproxy.test\r\n\r\n".encode()


@contextmanager
def before_a_server(*proxies: Proxy) -> Generator[LiveProxies]:
    """The proxies, with the module server ``a`` behind them."""
    server = Server(places=(Place(name="a", site=Library(HELLO).get),))
    with running(server) as live, running_proxies(proxies, live.ports) as known:
        yield known


class Talker:
    """One connection to a proxy. Use as ``with Talker(live) as talk``."""

    def __init__(self, live: LiveProxies, name: str = "p") -> None:
        self.socket = socket.create_connection(("127.0.0.1", live.ports[name]), timeout=10)

    def __enter__(self) -> "Talker":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, count: int) -> bytes:
        """So many bytes, or fewer at the end of the stream."""
        got = b""
        while len(got) < count and (data := self.socket.recv(count - len(got))):
            got += data
        return got

    def until(self, mark: bytes) -> bytes:
        """Up to and with ``mark``, or all there is."""
        got = b""
        while mark not in got and (data := self.socket.recv(1)):
            got += data
        return got

    def is_over(self) -> bool:
        """The proxy has closed, without a reset."""
        return self.socket.recv(1) == b""
