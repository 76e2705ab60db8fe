"""Routes: the environment's one proxy or the ordered chain, hops as go dials them, and what --via refuses."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.httpproxy import parse_proxy
from modtrace.gorules.proxyroute import Hop, Route, hop_of, parse_via, route_for
from modtrace.record.failures import GoRuleError

PROXY = {"HTTPS_PROXY": "http://u:s3cret@p.test:3128", "HTTP_PROXY": "https://h.test"}


def hop(value: str) -> Hop:
    url = parse_proxy(value)
    assert url is not None
    return hop_of(url)


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("p.test:3128", "http", "http://p.test:3128"),
        ("http://p.test", "http", "http://p.test:80"),
        ("https://p.test", "https", "https://p.test:443"),
        ("socks5://p.test", "socks5", "socks5://p.test:1080"),
        ("socks5h://u:pw@p.test", "socks5", "socks5h://p.test:1080"),
        ("SOCKS5://p.test", "socks5", "socks5://p.test:1080"),
        ("socks://p.test", "http", "socks://p.test:"),
        ("socks4://p.test:9", "http", "socks4://p.test:9"),
        ("ftp://p.test:1", "http", "ftp://p.test:1"),
        ("http://[2001:db8::1]", "http", "http://[2001:db8::1]:80"),
        ("http://é.test:1", "http", "http://xn--9ca.test:1"),
        ("http://p.test:", "http", "http://p.test:80"),
    ],
)
def test_a_proxy_is_spoken_to_by_its_scheme_and_shown_without_credentials(value: str, kind: str, shown: str) -> None:
    found = hop(value)
    assert (found.kind, found.shown) == (kind, shown)
    assert found.shown == f"{found.scheme}://{found.address}"


@pytest.mark.parametrize(
    ("port", "number"),
    [("", 0), ("0", 0), ("80", 80), ("000080", 80), ("65535", 65535), ("65536", 65536), ("9" * 5000, 65536)],
)
def test_a_port_is_a_number_whatever_its_digits(port: str, number: int) -> None:
    assert Hop(kind="http", scheme="http", host="p", port=port).port_number == number


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        ("http://p.test", None),
        ("http://@p.test", b":"),
        ("http://u@p.test", b"u:"),
        ("http://u:@p.test", b"u:"),
        ("http://:pw@p.test", b":pw"),
        ("http://me:s%3Acr%20t@p.test", b"me:s:cr t"),
        ("http://m%C3%A9:%FF@p.test", b"m\xc3\xa9:\xff"),
    ],
)
def test_credentials_are_those_of_the_url_decoded(value: str, pair: bytes | None) -> None:
    want = None if pair is None else "Basic " + base64.b64encode(pair).decode()
    assert hop(value).authorization == want


# --- routes -----------------------------------------------------------------------------------------------------------
def test_the_environment_gives_one_hop_and_the_rule_that_decided() -> None:
    route = route_for(PROXY, (), "https", "goproxy.example", 443)
    assert [one.shown for one in route.hops] == ["http://p.test:3128"]
    assert (route.rule, route.variable) == ("HTTPS_PROXY names the proxy of https URLs", "HTTPS_PROXY")
    assert route_for(PROXY, (), "http", "goproxy.example", 80).hops[0].kind == "https"


@pytest.mark.parametrize(
    ("environ", "host", "port", "rule"),
    [
        ({}, "x.test", 443, "HTTPS_PROXY is not set: direct connection"),
        ({**PROXY, "NO_PROXY": "x.test:8443"}, "x.test", 8443, "NO_PROXY entry x.test:8443 matches"),
        ({**PROXY, "NO_PROXY": "[2001:db8::1]:443"}, "2001:db8::1", 443, "NO_PROXY entry [2001:db8::1]:443 matches"),
        (PROXY, "localhost", 443, "localhost is never proxied"),
        (PROXY, "::1", 443, "the loopback address ::1 is never proxied"),
        (
            {"HTTPS_PROXY": "http://p%zz"},
            "x.test",
            443,
            "HTTPS_PROXY cannot be parsed, go ignores it: direct connection",
        ),
    ],
)
def test_a_direct_connection_says_why(environ: dict[str, str], host: str, port: int, rule: str) -> None:
    route = route_for(environ, (), "https", host, port)
    assert (route.hops, route.rule) == ((), rule)
    assert not route.forwards("http")


def test_a_cgi_environment_is_refused_as_go_refuses_it_but_not_with_a_chain() -> None:
    environ = {**PROXY, "REQUEST_METHOD": "GET"}
    with pytest.raises(GoRuleError, match="CGI environment"):
        route_for(environ, (), "http", "x.test", 80)
    assert route_for(environ, (parse_via("p.test:1"),), "http", "x.test", 80).hops


def test_an_ordered_chain_stands_whatever_the_environment_and_the_target_say() -> None:
    chain = (parse_via("http://a.test:1"), parse_via("socks5://b.test"))
    for host in ("x.test", "localhost", "127.0.0.1"):
        route = route_for({**PROXY, "NO_PROXY": "*"}, chain, "https", host, 443)
        assert (route.hops, route.rule, route.variable) == (chain, "--via names the chain", "--via")


@pytest.mark.parametrize(
    ("last", "scheme", "forwards"),
    [
        ("http://a.test", "http", True),
        ("https://a.test", "http", True),
        ("socks5://a.test", "http", False),
        ("http://a.test", "https", False),
        ("https://a.test", "https", False),
    ],
)
def test_plain_http_is_forwarded_by_the_last_proxy_unless_it_speaks_socks(
    last: str, scheme: str, forwards: bool
) -> None:
    hops = (parse_via("socks5://first.test"), parse_via(last))
    assert Route(hops=hops, rule="x").forwards(scheme) is forwards


# --- --via ------------------------------------------------------------------------------------------------------------
def test_via_takes_what_go_takes() -> None:
    found = parse_via("me:s%40cret@p.test:3128")
    assert (found.kind, found.shown, found.user, found.password) == ("http", "http://p.test:3128", "me", "s@cret")
    assert parse_via("socks5h://[::1]").shown == "socks5h://[::1]:1080"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("ftp://me:s3cret@p.test", "config.proxy_scheme_unsupported"),
        ("socks4://me:s3cret@p.test", "config.proxy_scheme_unsupported"),
        ("http://me:s3cret%zz@p.test", "config.proxy_url_invalid"),
        ("http://me:s3cret/x@p.test:1", "config.proxy_url_invalid"),
        ("http://me:s3cret @p.test", "config.proxy_url_invalid"),
        ("http://me:s3cret@p.test:0", "config.proxy_url_invalid"),
        ("http://me:s3cret@p.test:65536", "config.proxy_url_invalid"),
        ("http://me:s3cret@p.test:" + "9" * 5000, "config.proxy_url_invalid"),
        ("http://me:s3cret@", "config.proxy_url_invalid"),
        ("http://me:s3cret@:80", "config.proxy_url_invalid"),
        ("http:///s3cret", "config.proxy_url_invalid"),
        ("", "config.proxy_url_invalid"),
        ("://s3cret", "config.proxy_url_invalid"),
    ],
)
def test_via_refuses_what_go_would_misread_and_repeats_no_secret(text: str, cause: str) -> None:
    with pytest.raises(GoRuleError) as refused:
        parse_via(text)
    assert (refused.value.cause, refused.value.origin) == (cause, "--via")
    assert refused.value.text.startswith("--via: ")
    assert "s3cret" not in refused.value.text
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@given(st.text(max_size=60))
def test_any_text_is_a_hop_or_refused(text: str) -> None:
    try:
        found = parse_via(text)
    except GoRuleError:
        return
    assert found.host
    assert 0 < found.port_number < 65536
    assert found.shown.endswith(found.address)
