"""curlproxy.py against the real curl: which of six listening proxies does it connect to, or the target itself?

``--connect-to`` sends every direct connection to a listener of our own, whatever the URL names: nothing leaves loopback
and no name is looked up.
"""

import os
import selectors
import shutil
import socket
import subprocess
from collections.abc import Generator, Mapping

import pytest

from modtrace.gorules import gourl
from modtrace.gorules.curlproxy import curl_choice, curl_port
from modtrace.gorules.httpproxy import parse_proxy

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
DIRECT = "direct"


class Curl:
    """The program and a listener for each variable; the value of a variable is its listener's address."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._listeners = {name: socket.create_server(("127.0.0.1", 0)) for name in (*VARIABLES, DIRECT)}
        self._selector = selectors.DefaultSelector()
        for name, listener in self._listeners.items():
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, name)

    def close(self) -> None:
        self._selector.close()
        for listener in self._listeners.values():
            listener.close()

    def value(self, name: str) -> str:
        return f"http://127.0.0.1:{self._port(name)}"

    def _port(self, name: str) -> int:
        return int(self._listeners[name].getsockname()[1])

    def environ(self, *names: str, **more: str) -> dict[str, str]:
        return {name: self.value(name) for name in names} | more

    def connects_to(self, environ: Mapping[str, str], url: str) -> str:
        """The variable whose proxy curl connects to, or ``direct``."""
        words = ("-q", "-s", "-o", os.devnull, "--max-time", "10", "--connect-to", f"::127.0.0.1:{self._port(DIRECT)}")
        child = subprocess.Popen(
            [self._program, *words, url],
            env={"PATH": os.environ["PATH"], **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            (key, _), *others = self._selector.select(10)
            connection, _ = self._listeners[key.data].accept()
            connection.close()
            assert others == []
        finally:
            child.kill()
            child.wait()
        return str(key.data)

    def complains(self, proxy: str) -> str:
        """What curl says of a proxy that refuses the connection, or that it can't use."""
        done = subprocess.run(
            [self._program, "-q", "-sS", "-v", "--max-time", "10", "https://x.test/"],
            env={"PATH": os.environ["PATH"], "https_proxy": proxy},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stderr


@pytest.fixture(scope="module", name="curl")
def _curl() -> Generator[Curl]:
    found = shutil.which("curl")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("needs curl")
        pytest.skip("needs curl")
    curl = Curl(found)
    yield curl
    curl.close()


def ours(curl: Curl, environ: Mapping[str, str], url: str) -> str:
    parsed = gourl.parse(url)
    value = curl_choice(environ, parsed.scheme, parsed.hostname).value
    return DIRECT if value is None else next(name for name in VARIABLES if curl.value(name) == value)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "names",
    [
        (),
        *((name,) for name in VARIABLES),
        ("http_proxy", "HTTP_PROXY"),
        ("https_proxy", "HTTPS_PROXY"),
        ("all_proxy", "ALL_PROXY"),
        ("http_proxy", "all_proxy"),
        ("HTTP_PROXY", "ALL_PROXY"),
        ("HTTPS_PROXY", "all_proxy"),
        VARIABLES,
    ],
    ids=" ".join,
)
def test_curl_takes_the_variable_that_is_predicted(curl: Curl, names: tuple[str, ...], scheme: str) -> None:
    environ = curl.environ(*names)
    url = f"{scheme}://x.test/"
    assert curl.connects_to(environ, url) == ours(curl, environ, url)


@pytest.mark.parametrize(
    ("names", "more", "url"),
    [
        (("all_proxy",), {"http_proxy": ""}, "http://x.test/"),
        (("HTTPS_PROXY",), {"https_proxy": ""}, "https://x.test/"),
        (("HTTPS_PROXY",), {"no_proxy": "", "NO_PROXY": "x.test"}, "https://x.test/"),
        (("HTTPS_PROXY",), {"no_proxy": "y.test", "NO_PROXY": "x.test"}, "https://x.test/"),
        (("all_proxy",), {"NO_PROXY": "x.test"}, "http://x.test/"),
    ],
)
def test_an_empty_variable_is_none_to_curl_too(
    curl: Curl, names: tuple[str, ...], more: dict[str, str], url: str
) -> None:
    environ = curl.environ(*names, **more)
    assert curl.connects_to(environ, url) == ours(curl, environ, url)


NO_PROXIES = (
    ("*", ("x.test", "10.1.2.3")),
    (" *", ("x.test",)),
    ("a.test,*", ("x.test",)),
    ("x.test", ("x.test", "X.Test", "y.x.test", "ax.test", "x.test.")),
    (".X.test", ("x.test", "y.x.test")),
    ("..x.test", ("x.test",)),
    ("x.test.", ("x.test", "x.test.")),
    ("*.x.test", ("y.x.test",)),
    ("test", ("x.test",)),
    ("x.test:443", ("x.test",)),
    (" a.test , x.test ", ("x.test",)),
    ("a\nx.test", ("x.test",)),
    ("https://x.test", ("x.test",)),
    ("localhost", ("localhost", "a.localhost", "127.0.0.1")),
    ("127.0.0.0/8", ("127.0.0.1", "localhost")),
    ("10.0.0.0/8", ("10.1.2.3", "11.1.2.3", "10.1.2.3.")),
    ("10.0.0.0/8x", ("10.1.2.3",)),
    ("10.0.0.0/0", ("10.1.2.3",)),
    ("10.1.2.3", ("10.1.2.3", "[::ffff:10.1.2.3]")),
    ("10.1.2.3/", ("10.1.2.3",)),
    ("10.1.2.3/33", ("10.1.2.3",)),
    ("10.1.2.3/-1", ("10.1.2.3",)),
    ("10.1.2.3:443", ("10.1.2.3",)),
    ("2001:db8::1", ("[2001:db8::1]", "[2001:DB8::1]")),
    ("[2001:db8::1]", ("[2001:db8::1]",)),
    ("2001:db8::/32", ("[2001:db8::1]",)),
    ("::1", ("[::1]",)),
)


@pytest.mark.parametrize(
    ("no_proxy", "host"), [(no_proxy, host) for no_proxy, hosts in NO_PROXIES for host in hosts], ids=repr
)
def test_curl_goes_round_its_proxy_where_it_is_predicted(curl: Curl, no_proxy: str, host: str) -> None:
    environ = curl.environ("HTTPS_PROXY", NO_PROXY=no_proxy)
    url = f"https://{host}/"
    assert curl.connects_to(environ, url) == ours(curl, environ, url)


def test_blanks_separate_entries_for_older_curls_only(curl: Curl) -> None:
    environ = curl.environ("HTTPS_PROXY", NO_PROXY="a.test x.test")
    found = curl.connects_to(environ, "https://x.test/")
    choice = curl_choice(environ, "https", "x.test")
    assert (choice.value, choice.why) == (None, "NO_PROXY entry x.test, to curl before 8.9")
    version = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    is_older = tuple(int(part) for part in version.split(".")[:2]) < (8, 9)
    assert found == (DIRECT if is_older else "HTTPS_PROXY")


@pytest.mark.parametrize(
    "proxy",
    [
        "127.0.0.9",
        "http://127.0.0.9",
        "https://127.0.0.9",
        "socks5h://127.0.0.9",
        "socks4a://127.0.0.9",
        "http://127.0.0.9:9",
        "ftp://127.0.0.9",
    ],
)
def test_curls_default_ports_and_schemes_are_those_predicted(curl: Curl, proxy: str) -> None:
    url = parse_proxy(proxy)
    assert url is not None
    port = curl_port(url)
    said = curl.complains(proxy)
    assert f"Trying 127.0.0.9:{port}..." in said if port else "Unsupported proxy scheme" in said
