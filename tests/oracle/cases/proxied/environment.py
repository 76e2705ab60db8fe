"""Which proxy, if any: every rule of HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and every value that go reads oddly."""

from typing import Any

from tests.oracle.cases.proxied.building import (
    DIRECTLY,
    HOST,
    OURSELVES,
    Proxied,
    plain_target,
    proxy,
    target,
    through,
)

_UNSET = "(unset)"
_DIRECT = f"https://{HOST}:{{a_port}}"  # as good through the proxy as round it: only the journals tell
_LITERAL = f"https://{OURSELVES}:{{a_port}}"


def _either(
    name: str, env: dict[str, str], *, cause: str | None = None, goproxy: str = _DIRECT, **more: Any
) -> Proxied:
    """The module server can be reached both ways."""
    routes = {"*": "a"}
    whole = {"hosts": DIRECTLY, **more}
    return through(
        name, proxy(routes=routes), proxy("q", routes=routes), cause=cause, env=env, goproxy=goproxy, **whole
    )


def _no_proxy(name: str, value: str, **more: Any) -> Proxied:
    return _either(f"no-proxy-{name}", {"NO_PROXY": value, **more.pop("env", {})}, **more)


_VARIABLES = (
    _either("upper-case-only", {"HTTPS_PROXY": "{p}"}),
    _either("lower-case-only", {"HTTPS_PROXY": _UNSET, "https_proxy": "{p}"}),
    _either("upper-beats-lower", {"HTTPS_PROXY": "{p}", "https_proxy": "{q}"}),
    _either("upper-empty", {"HTTPS_PROXY": "", "https_proxy": "{q}"}),
    _either("both-empty", {"HTTPS_PROXY": "", "https_proxy": ""}),
    _either("unset", {"HTTPS_PROXY": _UNSET}),
    _either("http-proxy-is-not-for-https", {"HTTPS_PROXY": _UNSET, "HTTP_PROXY": "{p}"}),
    _either("all-proxy", {"HTTPS_PROXY": _UNSET, "ALL_PROXY": "{p}", "all_proxy": "{p}"}),
    _either("mixed-case", {"HTTPS_PROXY": _UNSET, "Https_Proxy": "{p}"}),
    _either("go-env-file", {"HTTPS_PROXY": _UNSET}, go_env="HTTPS_PROXY={p}\nHTTP_PROXY={p}\n"),
    _either("go-env-file-and-variable", {"HTTPS_PROXY": "{q}"}, go_env="HTTPS_PROXY={p}\nNO_PROXY=*\n"),
    _either("cgi-and-https", {"HTTPS_PROXY": "{p}", "REQUEST_METHOD": "GET"}),
    through(
        "cgi-and-http",
        proxy(),
        cause="config.proxy_url_invalid",
        env={"HTTP_PROXY": "{p}", "REQUEST_METHOD": "GET"},
        goproxy=f"http://{HOST}",
        places=(plain_target(),),
        where="",
    ),
    through(
        "cgi-and-lower-case-http",
        proxy(),
        cause="config.proxy_url_invalid",
        env={"HTTP_PROXY": _UNSET, "http_proxy": "{p}", "REQUEST_METHOD": "GET"},
        goproxy=f"http://{HOST}",
        places=(plain_target(),),
        where="",
    ),
)

_NAMES = (
    _no_proxy("name", HOST),
    _no_proxy("parent", "test"),
    _no_proxy("leading-dot", ".test"),
    _no_proxy("leading-dot-itself", f".{HOST}"),
    _no_proxy("wildcard-domain", "*.test"),
    _no_proxy("wildcard-domain-itself", f"*.{HOST}"),
    _no_proxy("star", "*"),
    _no_proxy("star-among-others", "other.test, * ,x.test"),
    _no_proxy("star-in-a-name", "go*.test"),
    _no_proxy("suffix-without-dot", "proxy.test"),
    _no_proxy("upper-case", "GoProxy.TEST"),
    _no_proxy("trailing-dot", f"{HOST}."),
    _no_proxy("port", f"{HOST}:{{a_port}}"),
    _no_proxy("other-port", f"{HOST}:1"),
    _no_proxy("blanks", f" other.test ,  {HOST}  "),
    _no_proxy("blank-separated", f"other.test {HOST}"),
    _no_proxy("semicolon-separated", f"other.test;{HOST}"),
    _no_proxy("url", f"https://{HOST}"),
    _no_proxy("empty", ""),
    _no_proxy("commas-only", ",,"),
    _no_proxy("lower-case-variable", "", env={"no_proxy": HOST}),
    _no_proxy("upper-beats-lower", "other.test", env={"no_proxy": HOST}),
    _no_proxy("address-of-the-name", "127.0.0.1"),
    _no_proxy("block-of-the-name", "127.0.0.0/8"),
)

_LITERALS = (
    _no_proxy("literal", OURSELVES, goproxy=_LITERAL),
    _no_proxy("literal-port", f"{OURSELVES}:{{a_port}}", goproxy=_LITERAL),
    _no_proxy("literal-other-port", f"{OURSELVES}:1", goproxy=_LITERAL),
    _no_proxy("literal-block", "0.0.0.0/8", goproxy=_LITERAL),
    _no_proxy("literal-other-block", "192.0.2.0/24", goproxy=_LITERAL),
    _no_proxy("literal-block-of-everything", "0.0.0.0/0", goproxy=_LITERAL),
    _no_proxy("literal-block-v6", "::/0", goproxy=_LITERAL),
    _no_proxy("literal-bad-block", "0.0.0.0/99", goproxy=_LITERAL),
    _no_proxy("literal-beginning", "0.0.", goproxy=_LITERAL),
    _no_proxy("literal-mapped", "::ffff:0.0.0.0", goproxy=_LITERAL),
)

_LOOPBACK = (
    _either("loopback-literal", {}, goproxy="https://127.0.0.1:{a_port}"),
    _either(
        "localhost", {}, goproxy="https://localhost:{a_port}", hosts={"localhost": "127.0.0.1"}, cause="tls.wrong_host"
    ),
    _either("name-of-loopback", {}),
    _either("under-localhost", {}, goproxy="https://x.localhost:{a_port}", cause="tls.wrong_host"),
)

_WORKING = (
    _either("value-without-scheme", {"HTTPS_PROXY": "{p_host}"}),
    _either("value-without-host", {"HTTPS_PROXY": ":{p_port}"}),
    _either("value-by-name", {"HTTPS_PROXY": "http://proxy.test:{p_port}"}, hosts={"proxy.test": "127.0.0.1"}),
    _either("value-localhost", {"HTTPS_PROXY": "localhost:{p_port}"}, hosts={"localhost": "127.0.0.1"}),
    _either("value-with-slash", {"HTTPS_PROXY": "http://{p_host}/"}),
    _either("value-with-path", {"HTTPS_PROXY": "http://{p_host}/a/b?c=d#e"}),
    _either("value-upper-case-scheme", {"HTTPS_PROXY": "HTTP://{p_host}"}),
    _either("value-ftp", {"HTTPS_PROXY": "ftp://{p_host}"}),
    _either("value-socks4", {"HTTPS_PROXY": "socks4://{p_host}"}),
    _either("value-user", {"HTTPS_PROXY": "http://carol@{p_host}"}),
    _either("value-user-escaped", {"HTTPS_PROXY": "http://c%40r%3Al:%25%2F@{p_host}"}),
    _either("value-user-without-scheme", {"HTTPS_PROXY": "carol:secret@{p_host}"}),
    _either("value-two-ats", {"HTTPS_PROXY": "http://carol:a@b@{p_host}"}),
)

_IGNORED = (
    _either("value-bad-escape", {"HTTPS_PROXY": "http://carol:50%zz@{p_host}"}),
    _either("value-blank-in-front", {"HTTPS_PROXY": " http://{p_host}"}),
    _either("value-newline", {"HTTPS_PROXY": "http://{p_host}\n"}),
    _either("value-bad-host-escape", {"HTTPS_PROXY": "http://p%zz:1"}),
    _either("value-control-character", {"HTTPS_PROXY": "http://{p_host}\x7f"}),
)


def _lost(name: str, value: str, cause: str = "config.proxy_url_invalid") -> Proxied:
    """go takes something else than the proxy's address for it."""
    return _either(f"value-{name}", {"HTTPS_PROXY": value}, cause=cause, where="")


_LOST = (
    _lost("hash-in-password", "http://carol:a#b@{p_host}"),
    _lost("question-mark-in-password", "http://carol:a?b@{p_host}"),
    _lost("slash-in-password", "http://carol:a/b@{p_host}"),
    _lost("blank-in-password", "http://carol:a b@{p_host}"),
    _lost("blank-after", "http://{p_host} "),
    _lost("quoted", '"http://{p_host}"'),
    _lost("bad-ipv6", "http://[::1:{p_port}"),
    _lost("bad-port", "http://127.0.0.1:bad"),
    _lost("scheme-only", "http://"),
    _lost("scheme-twice", "http://http://{p_host}"),
    _lost("comma-list", "http://{p_host},http://{q_host}"),
    _lost("one-slash", "http:/{p_host}"),
    _lost("word", "none", "proxy.unresolved"),
    _lost("unknown-name", "http://proxy.test:3128", "proxy.unresolved"),
    _lost("port-too-big", "http://127.0.0.1:99999"),
    _lost("port-missing", "socks5://127.81.82.83", "proxy.unreachable.refused"),
    _lost("ftp-port-missing", "ftp://127.81.82.83", "config.proxy_scheme_unsupported"),
)

_PER_SCHEME = (
    through(
        "each-scheme-its-proxy",
        proxy(),
        proxy("q"),
        cause=None,
        env={"HTTPS_PROXY": "{p}", "HTTP_PROXY": "{q}"},
        goproxy=f"https://{HOST}/none,http://{HOST}",
        places=(target(), plain_target()),
    ),
)

CASES = (*_VARIABLES, *_NAMES, *_LITERALS, *_LOOPBACK, *_WORKING, *_IGNORED, *_LOST, *_PER_SCHEME)
