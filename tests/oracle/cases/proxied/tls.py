"""HTTPS proxies: TLS to the proxy first, with its own certificate and its own ALPN; then CONNECT inside of it."""

from typing import Any

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
    through,
)
from tests.oracle.harness import authority, certificate

from modtrace.lab.authority import Authority, Issued
from modtrace.lab.proxyhttp import ESTABLISHED, reply

_STRANGER = Authority("somebody else's lab")
_ADDRESS = "127.0.0.1"
_SETTINGS = b"\0\0\0\4\0\0\0\0\0"
_GOAWAY = b"\0\0\x08\7\0\0\0\0\0" + b"\0\0\0\0\0\0\0\1"


def _https(name: str, cause: str | None, *, issued: Issued | None = None, **more: Any) -> Proxied:
    kept = {key: more.pop(key) for key in ("env", "places", "goproxy", "where", "hosts") if key in more}
    return through(name, proxy(issued=issued or certificate(), **more), cause=cause, **kept)


_PROXY_CERTIFICATES = (
    _https("https-proxy", None),
    _https(
        "https-proxy-by-name", None, env={"HTTPS_PROXY": "https://localhost:{p_port}"}, hosts={"localhost": _ADDRESS}
    ),
    _https("https-proxy-wrong-host", "proxy.certificate", issued=authority().wrong_host()),
    _https(
        "https-proxy-wrong-address",
        "proxy.certificate",
        issued=authority().leaf("proxy.test"),
    ),
    _https("https-proxy-self-signed", "proxy.certificate", issued=authority().self_signed(_ADDRESS)),
    _https("https-proxy-expired", "proxy.certificate", issued=authority().expired(_ADDRESS)),
    _https("https-proxy-not-yet-valid", "proxy.certificate", issued=authority().future(_ADDRESS)),
    _https("https-proxy-unknown-authority", "proxy.certificate", issued=_STRANGER.leaf(_ADDRESS)),
    _https("https-proxy-no-intermediate", "proxy.certificate", issued=authority().without_intermediate(_ADDRESS)),
)

_ALPN = (
    _https("https-proxy-picks-h1", None, alpn=("http/1.1",)),
    _https("https-proxy-picks-h2", None, alpn=("h2",)),
    _https(
        "https-proxy-speaks-h2",
        "proxy.not_a_proxy",
        alpn=("h2",),
        script=at("head", _SETTINGS + _GOAWAY, then="close"),
    ),
)

_WRONG_PORT = (
    through("https-at-an-http-proxy", proxy(), cause="proxy.not_a_proxy", env={"HTTPS_PROXY": "https://{p_host}"}),
    through(
        "https-at-a-talking-port",
        proxy(script=at("accept", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", then="hold")),
        cause="proxy.not_a_proxy",
        env={"HTTPS_PROXY": "https://{p_host}"},
    ),
    _https("http-at-an-https-proxy", "proxy.closed", env={"HTTPS_PROXY": "http://{p_host}"}),
    through(
        "https-proxy-closes-on-hello",
        proxy(script=at("head", b"", then="close")),
        cause="proxy.closed",
        env={"HTTPS_PROXY": "https://{p_host}"},
    ),
    through(
        "https-proxy-closes-at-accept",
        proxy(script=at("accept", b"", then="close")),
        cause="proxy.closed",
        env={"HTTPS_PROXY": "https://{p_host}"},
    ),
    through(
        "https-proxy-resets-on-hello",
        proxy(script=at("accept", b"", then="reset")),
        cause="proxy.reset",
        env={"HTTPS_PROXY": "https://{p_host}"},
    ),
    through(
        "https-proxy-refused",
        proxy(),
        cause="proxy.unreachable.refused",
        env={"HTTPS_PROXY": "https://{closed}"},
        where="closed",
    ),
)

_USERINFO = {"HTTPS_PROXY": f"https://{USERINFO}@{{p_host}}"}
_CONNECT = (
    _https("https-proxy-403", "proxy.denied", script=answer("403 Forbidden")),
    _https("https-proxy-502", "proxy.upstream_failed", script=answer("502 Bad Gateway")),
    _https("https-proxy-407", "proxy.auth_required", credentials=(USER, PASSWORD)),
    _https("https-proxy-407-wrong", "proxy.auth_failed", credentials=("x", "y"), env=_USERINFO),
    _https("https-proxy-credentials", None, credentials=(USER, PASSWORD), env=_USERINFO),
    _https("https-proxy-closes", "proxy.closed", script=at("head", b"", then="close")),
    _https("https-proxy-resets", "proxy.reset", script=at("head", b"", then="reset")),
    _https("https-proxy-tunnel-closed", "proxy.tunnel_closed", script=at("head", ESTABLISHED, then="close")),
    _https("https-proxy-tunnel-http", "tls.not_tls", script=at("tunnel", reply("502 Bad Gateway"), then="hold")),
    _https(
        "https-proxy-http-target",
        None,
        env={"HTTP_PROXY": "{p}"},
        goproxy=f"http://{HOST}",
        places=(plain_target(),),
    ),
)

CASES = (*_PROXY_CERTIFICATES, *_ALPN, *_WRONG_PORT, *_CONNECT)
