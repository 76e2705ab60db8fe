"""Canaries as a proxy's user and password: none comes out, whatever the proxy answers, however badly they are written.

Beside ``test_secrets.py``: what was typed into a proxy variable or ``--via`` stands in no stream and no file of the
bundle, raw, percent-encoded or in base64, though it did travel to the proxy. A proxy that repeats the user alone is
quoted: user names are words (``test``, ``example``) that can't be masked in every text.
"""

import base64
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.end_to_end.ground import Done, Ground, ground, honest
from tests.end_to_end.test_secrets import forms, leaks
from tests.oracle.cases.proxied.building import HOST, certificate
from tests.oracle.harness import fill

from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyhttp import ESTABLISHED, reply
from modtrace.lab.proxyscript import Say, Script
from modtrace.lab.proxyserver import LiveProxies, running_proxies
from modtrace.lab.proxysocks import DOMAIN
from modtrace.lab.proxysocks import reply as socks_reply

pytestmark = pytest.mark.loopback

USER, PASSWORD = "c4n4ry+us@r", "c4n4ry/pa ss%w:rd"
USERINFO = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
PAIR = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_ECHO = f"{USER} {PASSWORD} {PAIR} {USERINFO} {quote(PASSWORD)}"
_ECHOED = reply(
    f"407 No {_ECHO}",
    f"X-Echo: {_ECHO}",
    f"Proxy-Authenticate: Basic realm={PAIR}",
    f"Location: http://{USERINFO}@portal.test/?password={quote(PASSWORD)}",
    "Content-Type: text/plain",
    body=f"you sent {_ECHO}\n".encode(),
)
HTTP_SCRIPTS: dict[str, Script] = {
    "honest": {},
    "echo": {"head": Say(data=_ECHOED, then="hold")},
    "echo-garbage": {"head": Say(data=f"{_ECHO}\r\n\r\n".encode(), then="close")},
    "echo-interim": {"head": Say(data=f"HTTP/1.1 100 {_ECHO}\r\nX-Echo: {PAIR}\r\n\r\n".encode(), then="hold")},
    "echo-in-the-tunnel": {"head": Say(data=ESTABLISHED), "tunnel": Say(data=_ECHO.encode(), then="hold")},
    "closed": {"head": Say(data=b"", then="close")},
    "reset": {"head": Say(data=b"", then="reset")},
}
SOCKS_SCRIPTS: dict[str, Script] = {
    "honest": {},
    "echo-method": {"greeting": Say(data=PASSWORD.encode(), then="close")},
    "echo-auth": {"auth": Say(data=_ECHO.encode(), then="close")},
    "echo-bound": {
        "request": Say(
            data=socks_reply(0, kind=DOMAIN, address=bytes([len(PASSWORD)]) + PASSWORD.encode()), then="close"
        )
    },
    "auth-failed": {"auth": Say(data=b"\1\1", then="close")},
    "refused": {"request": Say(data=socks_reply(5), then="close")},
}


@contextmanager
def behind(folder: Path, given: Proxy, *, tls: bool = True) -> Generator[tuple[Ground, LiveProxies]]:
    """The module server, reachable through the proxy only."""
    scheme, port = ("https", 443) if tls else ("http", 80)
    place = honest(tls=tls)
    if tls:
        place = type(place)(name="a", site=place.site, issued=certificate())
    routes = {f"{HOST}:{port}": "a"}
    with ground(folder, place, goproxy=f"{scheme}://{HOST}") as here:
        assert here.live is not None
        known = Proxy(name="p", kind=given.kind, issued=given.issued, script=given.script, routes=routes)
        with running_proxies((known,), here.live.ports) as proxies:
            yield here, proxies


def url(proxies: LiveProxies, userinfo: str = USERINFO) -> str:
    return proxies.urls["p"].replace("://", f"://{userinfo}@")


def spilled(here: Ground, done: Done, name: str = "") -> list[str]:
    secrets = (PASSWORD,) if name.startswith("echo") else (PASSWORD, USER)
    return [leak for secret in secrets for leak in leaks(here, done, secret, USER)]


def travelled(proxies: LiveProxies) -> bool:
    heard = b"".join(one.data for one in proxies.journal.heard)
    return any(form in heard for form in forms(PASSWORD, USER))


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)])
@pytest.mark.parametrize("name", HTTP_SCRIPTS)
def test_credentials_of_an_http_proxy(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    with behind(tmp_path, Proxy(name="p", script=HTTP_SCRIPTS[name])) as (here, proxies):
        done = here.fetch(*options, env={"HTTPS_PROXY": url(proxies)})
        assert done.code == (0 if name == "honest" else 1), done.err
        assert travelled(proxies)
        assert spilled(here, done, name) == []


@pytest.mark.parametrize("name", ["honest", "echo"])
def test_credentials_of_an_https_proxy(name: str, tmp_path: Path) -> None:
    given = Proxy(name="p", script=HTTP_SCRIPTS[name], issued=certificate())
    with behind(tmp_path, given) as (here, proxies):
        done = here.fetch("--json", "--keep-keys", env={"HTTPS_PROXY": url(proxies)})
        assert travelled(proxies)
        assert spilled(here, done, name) == []


@pytest.mark.parametrize("name", ["honest", "echo", "echo-garbage", "closed"])
def test_credentials_of_a_proxy_that_gets_the_request_itself(name: str, tmp_path: Path) -> None:
    with behind(tmp_path, Proxy(name="p", script=HTTP_SCRIPTS[name]), tls=False) as (here, proxies):
        done = here.fetch("--json", env={"HTTP_PROXY": url(proxies)})
        assert travelled(proxies)
        assert spilled(here, done, name) == []


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)])
@pytest.mark.parametrize("name", SOCKS_SCRIPTS)
def test_credentials_of_a_socks_proxy(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    script = {"greeting": Say(data=b"\5\2"), **SOCKS_SCRIPTS[name]}
    with behind(tmp_path, Proxy(name="p", kind="socks5", script=script)) as (here, proxies):
        done = here.fetch(*options, env={"HTTPS_PROXY": url(proxies)})
        assert travelled(proxies) == (name != "echo-method")
        assert spilled(here, done, name) == []


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_credentials_of_a_chain(kind: str, tmp_path: Path) -> None:
    given = Proxy(name="p", kind=kind, script={"greeting": Say(data=b"\5\2")})  # type: ignore[arg-type]  # one of the two
    with behind(tmp_path, given) as (here, proxies):
        done = here.fetch("--json", "--via", url(proxies))
        assert done.code == 0, done.err
        assert travelled(proxies)
        assert spilled(here, done) == []


# Read by nobody as it was meant: go ignores them, or takes something else for the host.
_BADLY_WRITTEN: Mapping[str, str] = {
    "bad-escape": "http://c4n4ry-us3r:c4n4ry%zz-pass@{p}",
    "hash": "http://c4n4ry-us3r:c4n4ry#pass@{p}",
    "slash": "http://c4n4ry-us3r:c4n4ry/pass@{p}",
    "question-mark": "http://c4n4ry-us3r:c4n4ry?pass@{p}",
    "blank": "http://c4n4ry-us3r:c4n4ry pass@{p}",
    "at": "http://c4n4ry-us3r:c4n4ry@pass@{p}",
    "no-scheme": "c4n4ry-us3r:c4n4ry-pass@{p}",
    "no-scheme-slash": "someone:c4n4ry/pass@{p}",
    "one-slash": "http:/c4n4ry-us3r:c4n4ry-pass@{p}",
    "quoted": "'http://c4n4ry-us3r:c4n4ry-pass@{p}'",
    "scheme-twice": "http://http://c4n4ry-us3r:c4n4ry-pass@{p}",
    "bad-port": "http://c4n4ry-us3r:c4n4ry-pass@127.0.0.1:bad",
    "unknown-scheme": "socks4://c4n4ry-us3r:c4n4ry-pass@{p}",
    "newline": "http://c4n4ry-us3r:c4n4ry-pass@{p}\n",
    "user-only": "http://c4n4ry-us3r@{p}",
}


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("name", _BADLY_WRITTEN)
def test_a_badly_written_variable_gives_nothing_away(name: str, variable: str, tmp_path: Path) -> None:
    with behind(tmp_path, Proxy(name="p")) as (here, proxies):
        address = proxies.urls["p"].partition("://")[2]
        env = {variable: fill(_BADLY_WRITTEN[name], {"p": address})}
        for options in (("--json",), ("-v", "--force")):
            done = here.fetch(*options, "--timeout", "20", env=env)
            assert _canaries(here, done) == []


@pytest.mark.parametrize("name", _BADLY_WRITTEN)
def test_a_badly_written_via_gives_nothing_away(name: str, tmp_path: Path) -> None:
    with behind(tmp_path, Proxy(name="p")) as (here, proxies):
        address = proxies.urls["p"].partition("://")[2]
        done = here.fetch("--json", "--via", fill(_BADLY_WRITTEN[name], {"p": address}))
        assert _canaries(here, done) == []


def _canaries(here: Ground, done: Done) -> list[str]:
    """Every trace of the word that all these secrets begin with, and of base64 that begins with one of them."""
    marks = [b"c4n4ry", base64.b64encode(b"c4n4ry-us3r").rstrip(b"=")[:-1], base64.b64encode(b"c4n4ry")[:-1]]
    places = {"stdout": done.out.encode(), "stderr": done.err.encode()}
    places |= {str(path): path.read_bytes() for path in here.bundle.rglob("*") if path.is_file()}
    return [
        f"{name}: {data[max(0, at - 60) : at + 60]!r}"
        for name, data in places.items()
        for mark in marks
        if (at := data.find(mark)) >= 0
    ]
