"""What an HTTP proxy answers to CONNECT, as the protocol foresees: each status class, credentials, the tunnel's end."""

import msgspec
from tests.oracle.cases.places import H1_ONLY
from tests.oracle.cases.proxied.building import (
    HOST,
    PASSWORD,
    USER,
    USERINFO,
    Proxied,
    answer,
    at,
    plain_target,
    proxy,
    target,
    through,
)
from tests.oracle.harness import authority, certificate

from modtrace.lab.authority import Issued
from modtrace.lab.behaviour import Reply
from modtrace.lab.proxyhttp import ESTABLISHED, reply
from modtrace.lab.proxyscript import Say

_PAGE = b"<html><title>Access denied</title>\n<p>Policy 7 of the office.\n"
_STATUS = (
    ("101 Switching Protocols", "proxy.not_a_proxy"),
    ("201 Created", "proxy.not_a_proxy"),
    ("202 Accepted", "proxy.not_a_proxy"),
    ("204 No Content", "proxy.not_a_proxy"),
    ("206 Partial Content", "proxy.not_a_proxy"),
    ("300 Multiple Choices", "proxy.denied"),
    ("301 Moved Permanently", "proxy.denied"),
    ("302 Found", "proxy.denied"),
    ("304 Not Modified", "proxy.denied"),
    ("307 Temporary Redirect", "proxy.denied"),
    ("400 Bad Request", "proxy.denied"),
    ("401 Unauthorized", "proxy.auth_required"),
    ("403 Forbidden", "proxy.denied"),
    ("404 Not Found", "proxy.denied"),
    ("405 Method Not Allowed", "proxy.denied"),
    ("408 Request Timeout", "proxy.denied"),
    ("429 Too Many Requests", "proxy.denied"),
    ("451 Unavailable For Legal Reasons", "proxy.denied"),
    ("500 Internal Server Error", "proxy.upstream_failed"),
    ("501 Not Implemented", "proxy.upstream_failed"),
    ("502 Bad Gateway", "proxy.upstream_failed"),
    ("503 Service Unavailable", "proxy.upstream_failed"),
    ("504 Gateway Timeout", "proxy.upstream_failed"),
    ("511 Network Authentication Required", "proxy.upstream_failed"),
    ("599 Whatever", "proxy.upstream_failed"),
    ("600 Beyond", "proxy.upstream_failed"),
)


def _bodyless(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\n\r\n".encode()


_STATUSES = tuple(
    through(f"connect-{status[:3]}", proxy(script=at("head", _bodyless(status), then="hold")), cause=cause)
    for status, cause in _STATUS
)

_PAGES = (
    through(
        "connect-403-page", proxy(script=answer("403 Forbidden", "Via: 1.1 box", body=_PAGE)), cause="proxy.denied"
    ),
    through(
        "connect-302-portal",
        proxy(script=answer("302 Found", "Location: http://portal.test/login", body=_PAGE)),
        cause="proxy.denied",
    ),
    through(
        "connect-503-squid",
        proxy(script=answer("503 Service Unavailable", "X-Squid-Error: ERR_DNS_FAIL 0", "Via: 1.1 box", body=_PAGE)),
        cause="proxy.upstream_failed",
    ),
    through(
        "connect-403-closed",
        proxy(script=at("head", reply("403 Forbidden", "Connection: close", body=_PAGE), then="close")),
        cause="proxy.denied",
    ),
)

_SCHEMES = ("Negotiate", "NTLM", 'Digest realm="lab", nonce="1", qop="auth"', 'Basic realm="lab"')
_LOCKED = proxy(credentials=(USER, PASSWORD))


def _with_userinfo(userinfo: str) -> dict[str, str]:
    return {"HTTPS_PROXY": f"http://{userinfo}@{{p_host}}"}


_CREDENTIALS = (
    through("connect-407", _LOCKED, cause="proxy.auth_required"),
    through(
        "connect-407-many-schemes",
        proxy(script=answer("407 Proxy Authentication Required", *(f"Proxy-Authenticate: {one}" for one in _SCHEMES))),
        cause="proxy.auth_required",
    ),
    through(
        "connect-407-no-challenge",
        proxy(script=answer("407 Proxy Authentication Required")),
        cause="proxy.auth_required",
    ),
    through("connect-407-wrong", _LOCKED, cause="proxy.auth_failed", env=_with_userinfo("carol:guess")),
    through("connect-407-user-only", _LOCKED, cause="proxy.auth_failed", env=_with_userinfo("carol")),
    through("connect-407-empty-userinfo", _LOCKED, cause="proxy.auth_failed", env=_with_userinfo("")),
    through("connect-407-colon-only", _LOCKED, cause="proxy.auth_failed", env=_with_userinfo(":")),
    through("connect-credentials", _LOCKED, cause=None, env=_with_userinfo(USERINFO)),
    through(
        "connect-credentials-not-ascii",
        proxy(credentials=("jürgen", "päss")),
        cause=None,
        env=_with_userinfo("j%C3%BCrgen:p%C3%A4ss"),
    ),
    through("connect-credentials-unasked", proxy(), cause=None, env=_with_userinfo(USERINFO)),
    through(
        "connect-netrc-is-not-for-proxies", _LOCKED, cause="proxy.auth_required", netrc="default login a password b"
    ),
)

_TUNNELS = (
    through("connect", proxy(), cause=None),
    through("connect-http1", proxy(), cause=None, places=(target(alpn=H1_ONLY),)),
    through("connect-other-port", proxy(), cause=None, goproxy=f"https://{HOST}:8443"),
    through("connect-unknown-name", proxy(routes={}), cause="proxy.upstream_failed"),
    through("connect-refused-behind", proxy(routes={"*": "127.0.0.1:1"}), cause="proxy.upstream_failed"),
    through("connect-module-404", proxy(), cause="http.not_found", argument="lab.test/none@v1.0.0"),
    through(
        "connect-once-per-request",
        proxy(),
        cause=None,
        places=(target(alpn=H1_ONLY, faults={"*": Reply(content_length="none")}),),
    ),
    through(
        "connect-second-refused",
        proxy(script={"head": (Say(), Say(data=reply("403 Forbidden"), then="hold"))}),
        cause="proxy.denied",
        places=(target(alpn=H1_ONLY, faults={"*": Reply(content_length="none")}),),
    ),
    through("tunnel-closed", proxy(script=at("head", ESTABLISHED, then="close")), cause="proxy.tunnel_closed"),
    through("tunnel-closed-on-hello", proxy(script=at("tunnel", b"", then="close")), cause="proxy.tunnel_closed"),
    through("tunnel-reset-on-hello", proxy(script=at("tunnel", b"", then="reset")), cause="proxy.tunnel_closed"),
    through("tunnel-garbage", proxy(script=at("tunnel", b"\0" * 64, then="hold")), cause="tls.not_tls"),
    through("tunnel-http", proxy(script=at("tunnel", reply("502 Bad Gateway"), then="hold")), cause="tls.not_tls"),
    through("tunnel-to-plain-http", proxy(routes={"*": "plain"}), cause="tls.not_tls", places=(plain_target(),)),
    through("tunnel-alert", proxy(script=at("tunnel", b"\x15\3\3\0\2\2\x28", then="hold")), cause="tls.alert"),
)


def _with_certificate(name: str, issued: Issued, cause: str) -> Proxied:
    return through(name, proxy(), cause=cause, places=(msgspec.structs.replace(target(), issued=issued),))


_CERTIFICATES = (
    _with_certificate("tunnel-wrong-host", certificate(), "tls.wrong_host"),
    _with_certificate("tunnel-self-signed", authority().self_signed(HOST), "tls.self_signed"),
    _with_certificate("tunnel-expired", authority().expired(HOST), "tls.expired"),
)

_UNREACHABLE = (
    through(
        "proxy-refused",
        proxy(),
        cause="proxy.unreachable.refused",
        env={"HTTPS_PROXY": "http://{closed}"},
        where="closed",
    ),
    through(
        "proxy-ipv6-refused",
        proxy(),
        cause="proxy.unreachable.refused",
        env={"HTTPS_PROXY": "http://[::1]:{closed_port}"},
        where="",
    ),
)

CASES = (*_STATUSES, *_PAGES, *_CREDENTIALS, *_TUNNELS, *_CERTIFICATES, *_UNREACHABLE)
