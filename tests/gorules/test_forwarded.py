"""Whose answer came through a forwarding proxy, and what a proxy's own answer stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.forwarded import ProxyWords, own_words, proxy_words, refusal_cause


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (407, [("Proxy-Authenticate", "Basic")], ProxyWords("status 407 with Proxy-Authenticate: Basic", True)),
        (407, [], ProxyWords("status 407, which only proxies give", True)),
        (403, [("X-Squid-Error", "ERR_ACCESS_DENIED 0")], ProxyWords("X-Squid-Error: ERR_ACCESS_DENIED 0", True)),
        (502, [("Server", "tinyproxy/1.11")], ProxyWords("Server: tinyproxy/1.11", False)),
        (403, [("Server", "Squid")], ProxyWords("Server: Squid", False)),
        (
            502,
            [("Proxy-Status", "near.test; error=dns_timeout; rcode=1")],
            ProxyWords("Proxy-Status names its own error dns_timeout", False),
        ),
    ],
)
def test_a_proxy_that_speaks_for_itself_is_known_by_its_marks(
    status: int, headers: list[tuple[str, str]], words: ProxyWords
) -> None:
    assert proxy_words(status, headers) == words


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, []),
        (401, [("Www-Authenticate", "Basic")]),
        (403, [("Proxy-Authenticate", "Basic")]),
        (403, [("Server", "nginx")]),
        (403, [("Server", "squidlike")]),
        (403, [("Server", "nginx"), ("Server", "squid")]),
        (502, [("Proxy-Status", "near.test; received-status=502")]),
        (502, [("Proxy-Status", "far.test; error=dns_error, near.test; received-status=502")]),
        (502, [("Proxy-Status", "far.test; error=dns_error"), ("Proxy-Status", "near.test")]),
        (502, [("Proxy-Status", 'near.test; details="; error=x"')]),
        (502, [("Via", "1.1 squid")]),
    ],
)
def test_what_both_could_have_said_is_nobodys_word(status: int, headers: list[tuple[str, str]]) -> None:
    assert proxy_words(status, headers) is None


def test_a_comma_in_quotes_ends_no_member_of_proxy_status() -> None:
    words = proxy_words(502, [("Proxy-Status", 'near.test; error=tls_protocol_error; details="a, b\\", c"')])
    assert words == ProxyWords("Proxy-Status names its own error tls_protocol_error", False)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (200, "proxy.not_a_proxy"),
        (100, "proxy.not_a_proxy"),
        (204, "proxy.not_a_proxy"),
        (302, "proxy.denied"),
        (401, "proxy.auth_required"),
        (403, "proxy.denied"),
        (407, "proxy.auth_required"),
        (429, "proxy.denied"),
        (500, "proxy.upstream_failed"),
        (504, "proxy.upstream_failed"),
        (999, "proxy.upstream_failed"),
    ],
)
def test_every_status_has_its_cause(status: int, cause: str) -> None:
    assert refusal_cause(status, sends_credentials=False) == cause
    sent = refusal_cause(status, sends_credentials=True)
    assert sent == ("proxy.auth_failed" if status in (401, 407) else cause)


def test_what_a_proxy_says_of_its_refusal_is_quoted_in_the_order_sent() -> None:
    headers = [
        ("Via", "x"),
        ("X-Squid-Error", "ERR_DNS_FAIL 0"),
        ("Proxy-Status", "p; error=dns_error"),
        ("Server", "s"),
    ]
    assert own_words(headers) == "X-Squid-Error: ERR_DNS_FAIL 0; Proxy-Status: p; error=dns_error"
    assert own_words([]) == ""


NAMES = ["Server", "Proxy-Status", "X-Squid-Error", "Proxy-Authenticate"]


@given(st.integers(0, 999), st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=60)), max_size=5))
def test_any_response_is_judged(status: int, headers: list[tuple[str, str]]) -> None:
    words = proxy_words(status, headers)
    assert words is None or words.evidence
