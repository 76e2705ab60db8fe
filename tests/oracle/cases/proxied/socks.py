"""SOCKS5 as RFC 1928 and RFC 1929 foresee it: methods, credentials, every reply code, every kind of address."""

from typing import Any

from tests.oracle.cases.proxied.building import (
    HOST,
    OURSELVES,
    PASSWORD,
    USER,
    USERINFO,
    Proxied,
    at,
    plain_target,
    socks5,
    through,
)

from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyhttp import reply as http_reply
from modtrace.lab.proxysocks import DOMAIN, IPV6, NONE_ACCEPTABLE, reply

_CREDENTIALS = f"socks5://{USERINFO}@{{p_host}}"
_LOCKED = (USER, PASSWORD)


def via(name: str, cause: str | None, given: Proxy | None = None, *, url: str = "{p}", **more: Any) -> Proxied:
    return through(name, given or socks5(), cause=cause, env={"HTTPS_PROXY": url, **more.pop("env", {})}, **more)


_CODES = (
    (1, "proxy.socks.general_failure"),
    (2, "proxy.socks.not_allowed"),
    (3, "proxy.socks.net_unreachable"),
    (4, "proxy.socks.host_unreachable"),
    (5, "proxy.socks.refused"),
    (6, "proxy.socks.ttl_expired"),
    (7, "proxy.socks.command_unsupported"),
    (8, "proxy.socks.address_unsupported"),
    (9, "proxy.socks.protocol"),
    (0x5B, "proxy.socks.protocol"),
    (0xFF, "proxy.socks.protocol"),
)
_REPLIES = tuple(
    via(f"socks-reply-{code:02x}", cause, socks5(script=at("request", reply(code), then="hold")))
    for code, cause in _CODES
)
_REPLIES_AND_END = tuple(
    via(f"socks-reply-{code:02x}-closed", cause, socks5(script=at("request", reply(code), then="close")))
    for code, cause in _CODES[:2]
)

_METHODS = (
    via("socks", None),
    via("socks5h", None, url="socks5h://{p_host}"),
    via("socks-upper-case-scheme", None, url="SOCKS5://{p_host}"),
    via("socks-credentials", None, socks5(credentials=_LOCKED), url=_CREDENTIALS),
    via("socks-credentials-unasked", None, url=_CREDENTIALS),
    via("socks-credentials-missing", "proxy.socks.no_method", socks5(credentials=_LOCKED)),
    via("socks-credentials-wrong", "proxy.socks.auth_failed", socks5(credentials=_LOCKED), url="socks5://a:b@{p_host}"),
    via("socks-user-only", "proxy.socks.auth_failed", socks5(credentials=_LOCKED), url="socks5://carol@{p_host}"),
    via("socks-user-only-accepted", None, socks5(credentials=(USER, "")), url="socks5://carol@{p_host}"),
    via("socks-user-empty", "proxy.socks.auth_failed", socks5(credentials=("", "b")), url="socks5://:b@{p_host}"),
    via(
        "socks-user-255",
        None,
        socks5(credentials=("u" * 255, "p" * 255)),
        url=f"socks5://{'u' * 255}:{'p' * 255}@{{p_host}}",
    ),
    via(
        "socks-user-256",
        "proxy.socks.auth_failed",
        socks5(credentials=_LOCKED),
        url=f"socks5://{'u' * 256}:p@{{p_host}}",
    ),
    via(
        "socks-password-256",
        "proxy.socks.auth_failed",
        socks5(credentials=_LOCKED),
        url=f"socks5://u:{'p' * 256}@{{p_host}}",
    ),
    via(
        "socks-credentials-not-ascii",
        None,
        socks5(credentials=("jürgen", "päss")),
        url="socks5://j%C3%BCrgen:p%C3%A4ss@{p_host}",
    ),
    via(
        "socks-no-method",
        "proxy.socks.no_method",
        socks5(script=at("greeting", bytes((5, NONE_ACCEPTABLE)), then="hold")),
    ),
    via(
        "socks-no-method-with-credentials",
        "proxy.socks.no_method",
        socks5(script=at("greeting", bytes((5, NONE_ACCEPTABLE)), then="close")),
        url=_CREDENTIALS,
    ),
    via("socks-method-not-offered", "proxy.closed", socks5(script=at("greeting", b"\5\2"))),
    via("socks-method-gssapi", None, socks5(script=at("greeting", b"\5\1"))),
    via(
        "socks-method-gssapi-with-credentials",
        "proxy.socks.protocol",
        socks5(script=at("greeting", b"\5\1")),
        url=_CREDENTIALS,
    ),
    via(
        "socks-auth-failed",
        "proxy.socks.auth_failed",
        socks5(credentials=_LOCKED, script=at("auth", b"\1\1", then="close")),
        url=_CREDENTIALS,
    ),
    via(
        "socks-auth-failed-ff",
        "proxy.socks.auth_failed",
        socks5(credentials=_LOCKED, script=at("auth", b"\1\xff", then="hold")),
        url=_CREDENTIALS,
    ),
)

_LONG = ".".join(["a" * 60] * 4)  # 243 bytes; a SOCKS name has at most 255
_TARGETS = (
    via("socks-literal-ipv4", None, socks5(routes={f"{OURSELVES}:443": "a"}), goproxy=f"https://{OURSELVES}"),
    via("socks-literal-ipv6", None, socks5(routes={"[::]:443": "a"}), goproxy="https://[::]"),
    via("socks-literal-mapped", None, socks5(routes={"*": "a"}), goproxy="https://[::ffff:0.0.0.0]"),
    via("socks-other-port", None, goproxy=f"https://{HOST}:8443"),
    via("socks-unknown-name", "proxy.socks.host_unreachable", socks5(routes={})),
    via("socks-refused-behind", "proxy.socks.refused", socks5(routes={"*": "127.0.0.1:1"})),
    via("socks-name-of-255", "tls.wrong_host", socks5(routes={"*": "a"}), goproxy=f"https://{_LONG}.bbbbbb.test"),
    via(
        "socks-name-of-256",
        "config.goproxy_invalid",
        socks5(routes={"*": "a"}),
        goproxy=f"https://{_LONG}.bbbbbbb.test",
    ),
    via("socks-upper-case-name", None, socks5(routes={"*": "a"}), goproxy="https://GOPROXY.Test"),
    via("socks-name-with-dot", None, socks5(routes={"*": "a"}), goproxy=f"https://{HOST}."),
    via("socks-module-404", "http.not_found", argument="lab.test/none@v1.0.0"),
)

_BOUND = (
    via("socks-bound-ipv6", None, socks5(script=at("request", reply(0, kind=IPV6, address=b"\0" * 16)))),
    via("socks-bound-domain", None, socks5(script=at("request", reply(0, kind=DOMAIN, address=b"\x09some.test")))),
    via("socks-bound-domain-empty", None, socks5(script=at("request", reply(0, kind=DOMAIN, address=b"\0")))),
    via(
        "socks-bound-domain-255",
        None,
        socks5(script=at("request", reply(0, kind=DOMAIN, address=b"\xff" + b"x" * 255))),
    ),
    via("socks-bound-nonsense", None, socks5(script=at("request", reply(0, kind=DOMAIN, address=b"\x05\0\x1b[31")))),
)

_TUNNELS = (
    via("socks-tunnel-closed", "proxy.tunnel_closed", socks5(script=at("request", reply(0), then="close"))),
    via("socks-tunnel-closed-on-hello", "proxy.tunnel_closed", socks5(script=at("tunnel", b"", then="close"))),
    via("socks-tunnel-reset-on-hello", "proxy.tunnel_closed", socks5(script=at("tunnel", b"", then="reset"))),
    via("socks-tunnel-http", "tls.not_tls", socks5(script=at("tunnel", http_reply("502 Bad Gateway"), then="hold"))),
    via("socks-tunnel-to-plain-http", "tls.not_tls", socks5(routes={"*": "plain"}), places=(plain_target(),)),
    via("socks-proxy-refused", "proxy.unreachable.refused", url="socks5://{closed}", where="closed"),
    via("socks-proxy-unknown-name", "proxy.unresolved", url="socks5://proxy.test:1080", where=""),
)

CASES = (*_REPLIES, *_REPLIES_AND_END, *_METHODS, *_TARGETS, *_BOUND, *_TUNNELS)
