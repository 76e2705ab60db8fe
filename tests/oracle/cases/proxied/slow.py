"""Configurations in which go waits: for its own limits (10, 30 and 60 s), or for ever. All are started together."""

from typing import Any

from tests.oracle.cases.proxied.building import (
    HOST,
    PASSWORD,
    USER,
    USERINFO,
    Proxied,
    at,
    plain_target,
    proxy,
    socks5,
    target,
    through,
)
from tests.oracle.harness import certificate

from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyhttp import ESTABLISHED, reply
from modtrace.lab.proxyscript import Say
from modtrace.lab.proxysocks import reply as socks_reply

WATCH_S = 66.0  # longer than any limit that go has on a proxy's answer
PATIENCE_S = 4
LIMIT_S = 120.0
_PATIENTLY = ("--patience", str(PATIENCE_S))
_LOCKED = (USER, PASSWORD)
_CREDENTIALS = f"socks5://{USERINFO}@{{p_host}}"


def _slow(name: str, given: Proxy, cause: str | None, **more: Any) -> Proxied:
    return through(f"slow-{name}", given, cause=cause, limit_s=LIMIT_S, **more)


def _hanging(name: str, given: Proxy, cause: str, **more: Any) -> Proxied:
    return _slow(name, given, cause, hangs=True, go_waits_s=WATCH_S, options=_PATIENTLY, **more)


_CONNECT = (
    _slow("connect-silent", proxy(script=at("head", b"", then="hold")), "proxy.silent"),
    _slow("connect-silent-at-accept", proxy(script=at("accept", b"", then="hold")), "proxy.silent"),
    _slow("connect-silent-in-status-line", proxy(script=at("head", b"HTTP/1.1 20", then="hold")), "proxy.silent"),
    _slow(
        "connect-silent-in-headers",
        proxy(script=at("head", b"HTTP/1.1 200 OK\r\nVia: a\r\n", then="hold")),
        "proxy.silent",
    ),
    _slow(
        "connect-byte-per-second",
        proxy(script=at("head", reply("200 OK", "Via: " + "a" * 90), piece_bytes=1, pause_s=1.0)),
        "proxy.silent",
    ),
    _slow("connect-h2-settings", proxy(script=at("head", b"\0\0\0\4\0\0\0\0\0", then="hold")), "proxy.silent"),
    _slow(
        "connect-silent-with-patience",
        proxy(script=at("head", b"", then="hold")),
        "proxy.silent",
        options=("--patience", "90"),
    ),
    _slow("https-connect-silent", proxy(issued=certificate(), script=at("head", b"", then="hold")), "proxy.silent"),
    _slow(
        "socks-scheme-at-a-waiting-socks-port",
        socks5(script=at("accept", b"", then="hold")),
        "config.proxy_scheme_unsupported",
        env={"HTTPS_PROXY": "socks://{p_host}"},
    ),
)

_TLS = (
    _slow("tunnel-silent", proxy(script=at("head", ESTABLISHED, then="hold")), "proxy.tunnel_silent"),
    _slow("tunnel-silent-socks", socks5(script=at("request", socks_reply(0), then="hold")), "proxy.tunnel_silent"),
    _slow(
        "tunnel-silent-https",
        proxy(issued=certificate(), script=at("head", ESTABLISHED, then="hold")),
        "proxy.tunnel_silent",
    ),
    _slow(
        "https-proxy-silent",
        proxy(script=at("accept", b"", then="hold")),
        "proxy.silent",
        env={"HTTPS_PROXY": "https://{p_host}"},
    ),
    _slow(
        "tunnel-silent-pipe",
        proxy(script={"head": (Say(data=ESTABLISHED, then="hold"), Say())}),
        None,
        goproxy=f"https://{HOST}|https://second.test",
        places=(target(), target("b")),
    ),
)

_DIAL = (
    _slow("proxy-unanswered", proxy(is_unanswered=True), "proxy.unreachable.unanswered"),
    _slow("socks-unanswered", socks5(is_unanswered=True), "proxy.unreachable.unanswered"),
    _slow(
        "http-target-proxy-unanswered",
        proxy(is_unanswered=True),
        "proxy.unreachable.unanswered",
        goproxy=f"http://{HOST}",
        env={"HTTP_PROXY": "{p}"},
        places=(plain_target(),),
    ),
)

_HANGING = (
    _hanging("socks-silent-accept", socks5(script=at("accept", b"", then="hold")), "proxy.silent"),
    _hanging("socks-silent-greeting", socks5(script=at("greeting", b"", then="hold")), "proxy.silent"),
    _hanging("socks-silent-after-version", socks5(script=at("greeting", b"\5", then="hold")), "proxy.silent"),
    _hanging(
        "socks-silent-auth",
        socks5(credentials=_LOCKED, script=at("auth", b"", then="hold")),
        "proxy.silent",
        env={"HTTPS_PROXY": _CREDENTIALS},
    ),
    _hanging("socks-silent-request", socks5(script=at("request", b"", then="hold")), "proxy.silent"),
    _hanging("socks-silent-in-reply", socks5(script=at("request", b"\5\0\0\1\0", then="hold")), "proxy.silent"),
    _hanging("socks-silent-in-domain", socks5(script=at("request", b"\5\0\0\3\x09some", then="hold")), "proxy.silent"),
    _hanging("socks-at-a-waiting-http-proxy", proxy(), "proxy.silent", env={"HTTPS_PROXY": "socks5://{p_host}"}),
    _hanging(
        "http-target-silent",
        proxy(script=at("head", b"", then="hold")),
        "http.head_stalled",
        goproxy=f"http://{HOST}",
        env={"HTTP_PROXY": "{p}"},
        places=(plain_target(),),
    ),
)

CASES = (*_CONNECT, *_TLS, *_DIAL, *_HANGING)
