"""What comes after a proxy's refusal, and what else goes through it: lists of sources, the checksum database."""

from typing import Any

import msgspec
from tests.oracle.cases.proxied.building import (
    HOST,
    Proxied,
    answer,
    plain_target,
    proxy,
    socks5,
    target,
    through,
)
from tests.oracle.cases.smalldb import NAME
from tests.oracle.cases.sums import DATABASE

from modtrace.lab.behaviour import text
from modtrace.lab.proxyhttp import reply
from modtrace.lab.proxyscript import Say
from modtrace.lab.proxysocks import reply as socks_reply

_TWO = (target(), target("b"))
_FIRST, _SECOND = f"https://{HOST}", "https://second.test"
_REFUSED = {"head": (Say(data=reply("403 Forbidden"), then="hold"), Say())}


def _list(name: str, separator: str, cause: str | None, **more: Any) -> Proxied:
    whole = {"goproxy": f"{_FIRST}{separator}{_SECOND}", "places": _TWO, **more}
    given = whole.pop("given", proxy())
    return through(f"list-{name}", given, cause=cause, **whole)


_LISTS = (
    _list("403-comma", ",", "proxy.denied", given=proxy(script=_REFUSED)),
    _list("403-pipe", "|", None, given=proxy(script=_REFUSED)),
    _list("403-always-pipe", "|", "proxy.denied", given=proxy(script=answer("403 Forbidden"))),
    _list("403-pipe-off", "|", "proxy.denied", given=proxy(script=answer("403 Forbidden")), goproxy=f"{_FIRST}|off"),
    _list("404-of-the-proxy-comma", ",", "proxy.denied", given=proxy(script=answer("404 Not Found"))),
    _list("404-of-the-source-comma", ",", None, places=(target(faults={"*": text(404, "no")}), target("b"))),
    _list("404-of-the-source-pipe", "|", None, places=(target(faults={"*": text(404, "no")}), target("b"))),
    _list("407-pipe", "|", "proxy.auth_required", given=proxy(credentials=("a", "b"))),
    _list("unknown-name-pipe", "|", None, given=proxy(routes={"second.test:443": "b"})),
    _list("unknown-name-comma", ",", "proxy.upstream_failed", given=proxy(routes={"second.test:443": "b"})),
    _list(
        "refused-proxy-pipe", "|", "proxy.unreachable.refused", env={"HTTPS_PROXY": "http://{closed}"}, where="closed"
    ),
    _list("socks-refused-pipe", "|", None, given=socks5(routes={"second.test:443": "b"}), env={"HTTPS_PROXY": "{p}"}),
    _list(
        "socks-refused-comma",
        ",",
        "proxy.socks.not_allowed",
        given=socks5(script={"request": (Say(data=socks_reply(2), then="hold"), Say())}),
    ),
    _list(
        "second-is-local",
        "|",
        None,
        given=proxy(script=answer("403 Forbidden")),
        goproxy=f"{_FIRST}|https://127.0.0.1:{{b_port}}",
    ),
    _list(
        "second-in-no-proxy",
        "|",
        None,
        given=proxy(script=answer("403 Forbidden")),
        goproxy=f"{_FIRST}|https://second.test:{{b_port}}",
        env={"NO_PROXY": "second.test"},
        hosts={"second.test": "127.0.0.1"},
    ),
    _list(
        "http-second",
        "|",
        None,
        given=proxy(script=_REFUSED),
        goproxy=f"{_FIRST}|http://{HOST}",
        places=(target(), plain_target()),
        env={"HTTP_PROXY": "{p}"},
    ),
)

_KEY = DATABASE.verifier_key


_SOURCE = msgspec.structs.replace(target(), databases={f"/sumdb/{NAME}": DATABASE.get})
_OWN = msgspec.structs.replace(target("sum", host=NAME), databases={"": DATABASE.get})


def _sums(name: str, cause: str | None, *, sumdb: str = f"{_KEY} https://{NAME}", **more: Any) -> Proxied:
    """``sumdb`` with an address: go does not ask the source whether it has the database too."""
    given = more.pop("given", proxy())
    env = {"GOSUMDB": sumdb, **more.pop("env", {})}
    return through(f"sums-{name}", given, cause=cause, env=env, **{"places": (target(), _OWN), **more})


_DATABASE_REFUSED = {"head": (Say(), Say(data=reply("403 Forbidden"), then="hold"))}
_SUMS = (
    _sums("by-source", None, places=(_SOURCE,), sumdb=_KEY),
    _sums("by-source-socks", None, places=(_SOURCE,), sumdb=_KEY, given=socks5()),
    _sums("by-source-not-supported", "sumdb.unreachable", sumdb=_KEY, given=proxy(routes={f"{HOST}:443": "a"})),
    _sums("own-address", None),
    _sums("own-address-socks", None, given=socks5()),
    _sums("own-address-refused", "sumdb.unreachable", given=proxy(script=_DATABASE_REFUSED)),
    _sums("own-address-unknown", "sumdb.unreachable", given=proxy(routes={f"{HOST}:443": "a"})),
    _sums("own-address-socks-unknown", "sumdb.unreachable", given=socks5(routes={f"{HOST}:443": "a"})),
    _sums(
        "own-address-no-proxy",
        None,
        sumdb=f"{_KEY} https://{NAME}:{{sum_port}}",
        env={"NO_PROXY": NAME},
        hosts={NAME: "127.0.0.1"},
    ),
)

CASES = (*_LISTS, *_SUMS)
