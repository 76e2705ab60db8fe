"""An http:// GOPROXY through a proxy: absolute form for HTTP proxies, a SOCKS tunnel otherwise."""

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
    socks5,
    target,
    through,
)

from modtrace.lab.behaviour import redirect
from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyhttp import reply
from modtrace.lab.proxyscript import Say
from modtrace.lab.server import Place

_LOCKED = (USER, PASSWORD)
_200 = b"HTTP/1.1 200 OK\r\n"


def _http(name: str, cause: str | None, given: Proxy | None = None, **more: Any) -> Proxied:
    whole = {"goproxy": f"http://{HOST}", "places": (plain_target(),), "env": {"HTTP_PROXY": "{p}"}, **more}
    return through(name, given or proxy(), cause=cause, **whole)


_HONEST = (
    _http("http-target", None),
    _http("http-target-with-port", None, goproxy=f"http://{HOST}:80"),
    _http("http-target-folder", "http.not_found", goproxy=f"http://{HOST}/folder"),
    _http("http-target-lower-case-variable", None, env={"HTTP_PROXY": "", "http_proxy": "{p}"}),
    _http(
        "http-target-https-variable-does-not-count",
        "dns.hosts_file",
        env={"HTTP_PROXY": "(unset)", "HTTPS_PROXY": "{p}"},
    ),
    _http(
        "http-target-credentials", None, proxy(credentials=_LOCKED), env={"HTTP_PROXY": f"http://{USERINFO}@{{p_host}}"}
    ),
    _http("http-target-module-404", "http.not_found", argument="lab.test/none@v1.0.0"),
    _http("http-target-goproxy-userinfo", "config.goproxy_invalid", goproxy=f"http://a:b@{HOST}"),
    _http("http-target-refused", "proxy.unreachable.refused", env={"HTTP_PROXY": "http://{closed}"}, where="closed"),
)

_ANSWERS = (
    _http("http-target-407", "proxy.auth_required", proxy(credentials=_LOCKED)),
    _http(
        "http-target-407-wrong",
        "proxy.auth_failed",
        proxy(credentials=_LOCKED),
        env={"HTTP_PROXY": "http://a:b@{p_host}"},
    ),
    _http("http-target-403", "http.forbidden", proxy(script=answer("403 Forbidden", body=b"no\n"))),
    _http(
        "http-target-403-via",
        "proxy.denied",
        proxy(script=answer("403 Forbidden", "Via: 1.1 box", "X-Squid-Error: ERR_ACCESS_DENIED 0")),
    ),
    _http("http-target-404", "http.not_found", proxy(script=answer("404 Not Found"))),
    _http("http-target-502", "http.bad_gateway", proxy(routes={})),
    _http("http-target-504", "http.gateway_timeout", proxy(script=answer("504 Gateway Timeout"))),
    _http(
        "http-target-portal",
        "module.info_invalid",
        proxy(
            script={
                "head": (
                    Say(data=reply("302 Found", "Location: http://portal.test/login")),
                    Say(data=reply("200 OK", "Content-Type: text/html", body=b"<p>Log in.\n")),
                )
            }
        ),
    ),
    _http(
        "http-target-page",
        "module.info_invalid",
        proxy(script=answer("200 OK", "Content-Type: text/html", body=b"<p>Log in.\n")),
    ),
    _http(
        "http-target-interim",
        None,
        proxy(
            script={
                "head": (
                    Say(data=b"HTTP/1.1 102 Processing\r\n\r\n" + reply("200 OK", body=b'{"Version":"v1.0.0"}')),
                    Say(),
                )
            }
        ),
    ),
    _http("http-target-closed", "proxy.closed", proxy(script=at("head", b"", then="close"))),
    _http("http-target-reset", "proxy.reset", proxy(script=at("head", b"", then="reset"))),
    _http(
        "http-target-garbage", "proxy.not_a_proxy", proxy(script=at("head", b"SSH-2.0-OpenSSH_9.2p1\r\n", then="hold"))
    ),
    _http(
        "http-target-cut-body",
        "body.truncated",
        proxy(script=at("head", _200 + b"Content-Length: 99\r\n\r\n{", then="close")),
    ),
)

_SOCKS = (
    _http("http-target-socks", None, socks5()),
    _http("http-target-socks-refused", "proxy.socks.refused", socks5(routes={"*": "127.0.0.1:1"})),
    _http(
        "http-target-socks-credentials",
        None,
        socks5(credentials=_LOCKED),
        env={"HTTP_PROXY": f"socks5://{USERINFO}@{{p_host}}"},
    ),
)


def _redirected(name: str, cause: str | None, location: str, *, other: Place | None = None, **more: Any) -> Proxied:
    place = target(faults={"*.info": redirect(location)})
    return through(name, proxy(), cause=cause, places=(place, other or target("b")), **more)


_PATH = "/lab.test/hello/@v/v1.0.0.info"
_REDIRECTS = (
    through(
        "redirect-http-to-https",
        proxy(),
        proxy("q"),
        cause=None,
        goproxy=f"http://{HOST}",
        places=(plain_target(faults={"*.info": redirect(f"https://second.test{_PATH}")}), target("b")),
        env={"HTTP_PROXY": "{p}", "HTTPS_PROXY": "{q}"},
    ),
    _redirected("redirect-both-proxied", None, f"https://second.test{_PATH}"),
    _redirected(
        "redirect-into-no-proxy",
        None,
        "{b}" + _PATH,
        other=target("b", host="second.test"),
        env={"NO_PROXY": "second.test"},
        hosts={"second.test": "127.0.0.1"},
    ),
    _redirected("redirect-to-loopback", None, "{b}" + _PATH, other=target("b", host="127.0.0.1")),
    _redirected("redirect-to-unknown", "proxy.upstream_failed", "https://third.test/x"),
    _redirected("redirect-to-http", "http.redirect_insecure", f"http://{HOST}{_PATH}"),
)

CASES = (*_HONEST, *_ANSWERS, *_SOCKS, *_REDIRECTS)
