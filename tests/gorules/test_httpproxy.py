"""Go's choice of a network proxy, rule by rule."""

import pytest

from modtrace.gorules import gourl
from modtrace.gorules.httpproxy import ProxyChoice, parse_no_proxy, parse_proxy, proxy_for_url, warnings
from modtrace.record.failures import GoRuleError

HTTPS = {"HTTPS_PROXY": "http://proxy.test:3128"}


def choose(environ: dict[str, str], url: str = "https://goproxy.example/") -> ProxyChoice:
    return proxy_for_url(environ, gourl.parse(url))


def chosen(environ: dict[str, str], url: str = "https://goproxy.example/") -> str | None:
    choice = choose(environ, url)
    return None if choice.url is None else str(choice.url)


def test_nothing_set_is_a_direct_connection() -> None:
    assert choose({}).url is None
    assert choose({}).rule == "HTTPS_PROXY is not set: direct connection"


def test_the_scheme_of_the_request_chooses_the_variable_and_nothing_falls_over() -> None:
    assert chosen({"HTTP_PROXY": "http://a.test"}) is None
    assert chosen({"HTTP_PROXY": "http://a.test"}, "http://x.test/") == "http://a.test"
    assert chosen({"ALL_PROXY": "http://a.test"}) is None
    assert chosen(HTTPS, "ftp://x.test/") is None


def test_upper_case_wins_and_empty_counts_as_unset() -> None:
    assert chosen({"HTTPS_PROXY": "http://a.test", "https_proxy": "http://b.test"}) == "http://a.test"
    assert chosen({"HTTPS_PROXY": "", "https_proxy": "http://b.test"}) == "http://b.test"


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("proxy.test:3128", "http://proxy.test:3128"),
        ("proxy.test", "http://proxy.test"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("socks5://u:p@proxy.test", "socks5://u:p@proxy.test"),
        ("ftp://127.0.0.1:1", "ftp://127.0.0.1:1"),
    ],
)
def test_a_value_without_a_scheme_is_an_http_proxy(value: str, read_as: str) -> None:
    assert str(parse_proxy(value)) == read_as


def test_a_value_that_cannot_be_parsed_means_a_direct_connection_and_a_warning() -> None:
    environ = {"HTTPS_PROXY": "http://user:p%zz@proxy.test:1"}
    assert chosen(environ) is None
    (warning,) = warnings(environ)
    assert warning.cause == "config.proxy_url_invalid"
    assert warning.shown == "http://xxxxx@proxy.test:1"
    assert "p%zz" not in warning.text


def test_a_misread_value_names_the_host_that_go_will_look_up() -> None:
    environ = {"HTTPS_PROXY": "http://user:p#ss@proxy.test:3128"}
    choice = choose(environ)
    assert choice.url is not None
    assert choice.url.hostname == "http"
    (warning,) = warnings(environ)
    assert "host is 'http'" in warning.text
    assert "p#ss" not in warning.shown


@pytest.mark.parametrize("scheme", ["ftp", "socks", "socks4"])
def test_an_unknown_scheme_is_used_like_an_http_proxy_with_a_warning(scheme: str) -> None:
    environ = {"HTTPS_PROXY": f"{scheme}://proxy.test:1080"}
    assert chosen(environ) == f"{scheme}://proxy.test:1080"
    assert [warning.cause for warning in warnings(environ)] == ["config.proxy_scheme_unsupported"]


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("http://proxy.test", True),
        ("proxy.test", True),
        ("https://p.test", False),
        ("socks5://p.test", False),
        ("http://proxy.test:80", False),
    ],
)
def test_a_missing_port_is_told_as_a_guess(value: str, is_told: bool) -> None:
    found = warnings({"HTTPS_PROXY": value})
    assert [(warning.cause, warning.is_sure) for warning in found] == [("config.proxy_url_invalid", False)] * is_told


@pytest.mark.parametrize("value", ["http:/127.0.0.1:3128", "http://http://p.test:3128", "http://", "socks5:/p.test"])
def test_a_scheme_that_go_takes_for_the_host_is_a_warning(value: str) -> None:
    (warning,) = warnings({"HTTPS_PROXY": value})
    assert warning.cause == "config.proxy_url_invalid"
    assert f"host is {value.partition(':')[0]!r}" in warning.text


@pytest.mark.parametrize("value", ["https://p.test:", "p.test:3128/", "http://p.test:1/a//b", ":3128"])
def test_unusual_values_that_go_reads_as_meant_warn_of_nothing(value: str) -> None:
    assert warnings({"HTTPS_PROXY": value}) == ()


def test_good_values_warn_of_nothing() -> None:
    assert warnings({**HTTPS, "NO_PROXY": "10.0.0.0/8,x.test:443,*.y.test,2001:db8::/32"}) == ()
    assert warnings({}) == ()


def test_in_a_cgi_environment_the_http_proxy_is_refused_in_gos_words() -> None:
    environ = {"HTTP_PROXY": "http://a.test", "REQUEST_METHOD": "GET", **HTTPS}
    with pytest.raises(GoRuleError, match="refusing to use HTTP_PROXY value in CGI environment") as refused:
        choose(environ, "http://localhost/")
    assert refused.value.origin == "HTTP_PROXY"
    assert chosen(environ) == "http://proxy.test:3128"


@pytest.mark.parametrize(
    "url", ["https://localhost/", "https://127.9.9.9:1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"]
)
def test_localhost_and_loopback_literals_are_never_proxied(url: str) -> None:
    assert chosen(HTTPS, url) is None


@pytest.mark.parametrize("url", ["https://sub.localhost/", "https://localhost.test/", "https://LOCALHOST/"])
def test_names_that_only_look_local_are_proxied(url: str) -> None:
    assert chosen(HTTPS, url) is not None


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_bypassed"),
    [
        ("*", "https://x.test/", True),
        ("a.test,*", "https://x.test/", True),
        ("x.test", "https://x.test/", True),
        ("x.test", "https://y.x.test/", True),
        ("x.test", "https://yx.test/", False),
        ("test", "https://proxy.test/", True),
        (".x.test", "https://x.test/", False),
        (".x.test", "https://y.x.test/", True),
        ("*.x.test", "https://x.test/", False),
        ("*.x.test", "https://y.x.test/", True),
        ("X.TEST", "https://x.Test/", True),
        (" x.test ", "https://x.test/", True),
        ("x.test:8443", "https://x.test/", False),
        ("x.test:443", "https://x.test/", True),
        ("x.test:8443", "https://x.test:8443/", True),
        ("a.test x.test", "https://x.test/", False),
        ("https://x.test", "https://x.test/", False),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.0.0.0/8", "https://[::ffff:10.1.2.3]/", True),
        ("10.0.0.0/8", "https://ten.test/", False),
        ("::/0", "https://10.1.2.3/", False),
        ("2001:db8::/32", "https://[2001:db8::1]/", True),
        ("1.2.3.4", "https://1.2.3.4/", True),
        ("1.2.3.4:80", "https://1.2.3.4/", False),
        ("[2001:db8::1]:443", "https://[2001:db8::1]/", True),
        ("2001:db8::1", "https://[2001:db8::1]/", True),
        ("é.test", "https://é.test/", True),
        (":443", "https://x.test/", False),
        (",,", "https://x.test/", False),
    ],
)
def test_no_proxy_forms(no_proxy: str, url: str, is_bypassed: bool) -> None:
    choice = choose({**HTTPS, "NO_PROXY": no_proxy}, url)
    assert (choice.url is None) is is_bypassed
    assert choice.rule.startswith("NO_PROXY entry") is is_bypassed


def test_a_star_makes_the_other_entries_pointless() -> None:
    assert [entry.text for entry in parse_no_proxy("a.test, * ,b.test")] == ["*"]


@pytest.mark.parametrize("item", ["a.test b.test", "https://x.test"])
def test_no_proxy_entries_that_match_nothing_are_named(item: str) -> None:
    (warning,) = warnings({"no_proxy": item})
    assert warning.variable == "no_proxy"
    assert warning.shown == item
    assert "matches nothing" in warning.text


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("proxy.test", "proxy.test:80"),
        ("https://proxy.test", "proxy.test:443"),
        ("socks5h://proxy.test", "proxy.test:1080"),
        ("http://[2001:db8::1]:3128", "[2001:db8::1]:3128"),
        ("ftp://proxy.test", "proxy.test:"),
    ],
)
def test_the_address_that_go_dials(value: str, address: str) -> None:
    assert choose({"HTTPS_PROXY": value}).address == address


def test_a_direct_connection_has_no_proxy_address() -> None:
    assert choose({}).address is None


@pytest.mark.parametrize(
    ("value", "port"), [("//p.test:9", "80"), ("http:p.test:9", "80"), ("/x", "80"), ("me:s3c/ret@p.test:9", "0")]
)
def test_a_value_without_a_host_sends_go_to_this_machine(value: str, port: str) -> None:
    (warning,) = warnings({"HTTPS_PROXY": value})
    assert warning.cause == "config.proxy_url_invalid"
    assert warning.text == f"go finds no host in HTTPS_PROXY: it connects to this machine, port {port}"
    assert "s3c" not in warning.text + warning.shown
