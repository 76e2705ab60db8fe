"""What curl would do: its order of variables, its NO_PROXY, its default ports (the oracle asks curl itself)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules import gourl
from modtrace.gorules.curlproxy import curl_choice, curl_port

PROXY = "http://p.test:1"


@pytest.mark.parametrize(
    ("environ", "scheme", "why"),
    [
        ({}, "https", None),
        ({"HTTP_PROXY": PROXY}, "http", None),
        ({"http_proxy": PROXY, "HTTP_PROXY": "x"}, "http", "http_proxy"),
        ({"http_proxy": PROXY}, "https", None),
        ({"HTTPS_PROXY": PROXY}, "https", "HTTPS_PROXY"),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "x"}, "https", "https_proxy"),
        ({"https_proxy": "", "HTTPS_PROXY": PROXY}, "https", "HTTPS_PROXY"),
        ({"all_proxy": PROXY, "ALL_PROXY": "x"}, "http", "all_proxy"),
        ({"HTTP_PROXY": "x", "ALL_PROXY": PROXY}, "http", "ALL_PROXY"),
        ({"HTTPS_PROXY": PROXY, "all_proxy": "x"}, "https", "HTTPS_PROXY"),
    ],
)
def test_lower_case_wins_and_the_upper_case_http_proxy_is_never_read(
    environ: dict[str, str], scheme: str, why: str | None
) -> None:
    choice = curl_choice(environ, scheme, "x.test")
    assert choice.value == (None if why is None else PROXY)
    assert choice.why == (why or "no variable that curl reads is set")


@pytest.mark.parametrize(
    ("no_proxy", "host", "entry"),
    [
        ("*", "x.test", "*"),
        (" *", "x.test", None),
        ("a.test,*", "x.test", None),
        ("x.test", "x.test", "x.test"),
        ("x.test", "Y.X.Test.", "x.test"),
        (".x.test", "x.test", ".x.test"),
        (".X.TEST.", "x.test", ".X.TEST."),
        ("..x.test", "x.test", None),
        ("*.x.test", "y.x.test", None),
        ("x.test", "ax.test", None),
        ("x.test:443", "x.test", None),
        ("a.test , x.test", "x.test", "x.test"),
        ("a.test x.test", "x.test", "x.test, to curl before 8.9"),
        ("a.test\tb.test,x.test", "x.test", "x.test, to curl before 8.9"),
        ("a\nx.test", "x.test", None),
        (",, ,", "x.test", None),
        (".", "x.test", None),
        ("localhost", "a.localhost", "localhost"),
        ("10.0.0.0/8", "10.1.2.3", "10.0.0.0/8"),
        ("10.0.0.0/8", "10.1.2.3.", None),
        ("10.1.2.3", "10.1.2.3", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3.", "10.1.2.3"),
        ("10.1.2.3/", "10.1.2.3", "10.1.2.3/"),
        ("10.1.2.3/32", "10.1.2.3", "10.1.2.3/32"),
        ("10.0.0.0/8x", "10.1.2.3", "10.0.0.0/8x"),
        ("10.0.0.0/0", "10.1.2.3", None),
        ("10.1.2.3/33", "10.1.2.3", None),
        ("10.1.2.3/-1", "10.1.2.3", None),
        ("10.1.2.3:443", "10.1.2.3", None),
        ("2.3", "10.1.2.3", None),
        ("2001:db8::1", "2001:DB8::1", "2001:db8::1"),
        ("2001:db8::/32", "2001:db8::1", None),
        ("[2001:db8::1]", "2001:db8::1", None),
        ("10.1.2.3", "::ffff:10.1.2.3", None),
    ],
)
def test_no_proxy_as_curl_reads_it(no_proxy: str, host: str, entry: str | None) -> None:
    choice = curl_choice({"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}, "https", host)
    assert choice.value == (PROXY if entry is None else None)
    assert choice.why == (
        "HTTPS_PROXY" if entry is None else "NO_PROXY=*" if entry == "*" else f"NO_PROXY entry {entry}"
    )


def test_the_lower_case_no_proxy_wins_unless_it_is_empty() -> None:
    for lower, entry in (("x.test", "no_proxy entry x.test"), ("y.test", None), ("", "NO_PROXY entry x.test")):
        environ = {"HTTPS_PROXY": PROXY, "no_proxy": lower, "NO_PROXY": "x.test"}
        assert curl_choice(environ, "https", "x.test").why == (entry or "HTTPS_PROXY")


@pytest.mark.parametrize(
    ("value", "port"),
    [
        ("http://p.test", "1080"),
        ("https://p.test", "443"),
        ("socks5://p.test", "1080"),
        ("socks4a://p.test", "1080"),
        ("http://p.test:80", "80"),
        ("ftp://p.test:80", None),
    ],
)
def test_curls_default_port_is_another_than_gos(value: str, port: str | None) -> None:
    assert curl_port(gourl.parse(value)) == port


@given(st.text(max_size=40), st.sampled_from(["x.test", "10.1.2.3", "::1", "localhost.", "."]))
def test_any_no_proxy_is_a_choice(no_proxy: str, host: str) -> None:
    choice = curl_choice({"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}, "https", host)
    assert choice.value in (None, PROXY)
