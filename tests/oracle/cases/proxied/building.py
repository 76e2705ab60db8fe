"""What the proxied configurations share: a module server that only the proxy can find, and the proxy in front of it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from tests.oracle.cases.places import plain, secure
from tests.oracle.harness import Case, authority

from modtrace.lab.authority import Issued
from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyhttp import reply
from modtrace.lab.proxyscript import Say, Script, Stage
from modtrace.lab.server import Place

HOST = "goproxy.test"  # no machine knows this name: the proxy's table does
ROUTES = {f"{HOST}:443": "a", f"{HOST}:80": "plain", f"{HOST}:8443": "a", "sum.test:443": "sum", "second.test:443": "b"}
OURSELVES = "0.0.0.0"
DIRECTLY = {HOST: "127.0.0.1"}  # hosts of a configuration that goes round its proxy
USER, PASSWORD = "carol", "pa ss/w%rd"
USERINFO = "carol:pa%20ss%2Fw%25rd"


class Proxied(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration, and what modtrace must make of it.

    ``cause`` of the verdict: ``None`` when go fetches, ``*`` where it belongs to another layer's tests. ``where``:
    the proxy that the verdict must name.
    """

    case: Case
    cause: str | None
    where: str = "p"
    hangs: bool = False

    @property
    def name(self) -> str:
        return self.case.name


@cache
def certificate() -> Issued:
    """For every name that the lab's proxies know."""
    return authority().leaf(HOST, "*.test", OURSELVES, "127.0.0.1", "::", "::1")


def target(name: str = "a", *, host: str = HOST, **more: Any) -> Place:
    """The module server behind the proxy."""
    return msgspec.structs.replace(secure(name, host=host, **more), issued=certificate())


def plain_target(**more: Any) -> Place:
    return msgspec.structs.replace(plain("plain", **more), host=HOST)


def proxy(name: str = "p", script: Script | None = None, **more: Any) -> Proxy:
    """An HTTP proxy, unless told otherwise."""
    return Proxy(name=name, script=script or {}, **{"routes": ROUTES, **more})


def socks5(name: str = "p", script: Script | None = None, **more: Any) -> Proxy:
    return proxy(name, script, kind="socks5", **more)


def through(
    name: str, *proxies: Proxy, cause: str | None, env: Mapping[str, str] | None = None, **more: Any
) -> Proxied:
    """The module server behind proxy ``p``, which HTTPS_PROXY names unless ``env`` does otherwise."""
    own = {key: more.pop(key) for key in ("where", "hangs") if key in more}
    merged = {"HTTPS_PROXY": "{p}", **(env or {})}
    whole = {"goproxy": f"https://{HOST}", "places": (target(),), **more}
    return Proxied(case=Case(name=name, proxies=proxies, env=merged, **whole), cause=cause, **own)


def at(stage: Stage, data: bytes | None = None, **more: Any) -> Script:
    """A script of one line."""
    return {stage: Say(data=data, **more)}


def answer(status: str, *headers: str, body: bytes = b"") -> Script:
    """Every request is answered so, and the connection held."""
    return at("head", reply(status, *headers, body=body), then="hold")
