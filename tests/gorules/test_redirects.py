"""Redirects and URLs as net/http treats them."""

import pytest

from modtrace.gorules.redirects import Chain, basic_authorization, is_redirect, redacted, stripped, target_of
from modtrace.record.failures import GoRuleError

SECRET = [("Authorization", "Basic eA=="), ("X", "1"), ("X", "2")]


@pytest.mark.parametrize(
    ("first", "location", "url", "keeps"),
    [
        ("https://p.test/a/b", "c", "https://p.test/a/c", True),
        ("https://p.test/a", "//q.test/c", "https://q.test/c", False),
        ("https://p.test/a", "https://s.p.test/c", "https://s.p.test/c", True),
        ("https://p.test/a", "https://xp.test/c", "https://xp.test/c", False),
        ("https://p.test/a", "https://p.test:8443/c", "https://p.test:8443/c", True),
        ("https://[::1]/a", "https://[::2]/c", "https://[::2]/c", False),
        ("https://s.p.test/a", "https://p.test/c", "https://p.test/c", False),
        ("https://p.test/a?q", "?r", "https://p.test/a?r", True),
        ("https://p.test/a", "/with space", "https://p.test/with%20space", True),
    ],
)
def test_credentials_follow_to_the_same_host_and_below(first: str, location: str, url: str, keeps: bool) -> None:
    went, headers = Chain(first, SECRET).follow(location)
    assert went == url
    assert headers == [*(SECRET if keeps else SECRET[1:]), ("Referer", first)]


def test_credentials_once_dropped_stay_dropped() -> None:
    chain = Chain("https://p.test/", SECRET)
    chain.follow("https://q.test/")
    assert chain.follow("https://p.test/")[1][0] == ("X", "1")


def test_the_referer_has_no_userinfo_and_none_goes_from_https_to_http() -> None:
    assert Chain("https://u:p@p.test/a", []).follow("/b") == (
        "https://u:p@p.test/b",
        [("Referer", "https://p.test/a")],
    )
    assert Chain("https://p.test/a", [("Referer", "mine")]).follow("/b")[1] == [("Referer", "mine")]
    chain = Chain("http://p.test/", [])
    chain.follow("https://p.test/")
    assert chain.follow("http://p.test/c")[1] == []


@pytest.mark.parametrize(
    ("first", "location", "cause", "text"),
    [
        (
            "https://p.test/a",
            "http://p.test/b",
            "http.redirect_insecure",
            'Get "http://p.test/b": redirected from secure URL https://p.test/a to insecure URL http://p.test/b',
        ),
        (
            "https://u:p@p.test/a",
            "/%zz",
            "http.malformed",
            'Get "https://u:***@p.test/a": failed to parse Location header "/%zz": parse "/%zz": '
            'invalid URL escape "%zz"',
        ),
        (
            "http://p.test/a",
            "/\x01",
            "http.malformed",
            r'Get "http://p.test/a": failed to parse Location header "/\x01": parse "/\x01": '
            "net/url: invalid control character in URL",
        ),
    ],
)
def test_refusals_are_in_gos_words(first: str, location: str, cause: str, text: str) -> None:
    with pytest.raises(GoRuleError) as caught:
        Chain(first, []).follow(location)
    assert (caught.value.cause, caught.value.text) == (cause, text)


def test_the_tenth_redirect_is_refused_with_its_raw_location() -> None:
    chain = Chain("http://p.test/", [])
    for _ in range(9):
        chain.follow("/x")
    with pytest.raises(GoRuleError, match='Get "/x": stopped after 10 redirects'):
        chain.follow("/x")


def test_urls_are_shown_as_go_shows_them() -> None:
    assert redacted("https://u:p@h.test/a@b") == "https://u:xxxxx@h.test/a@b"
    assert stripped("https://u:p@h.test/") == "https://u:***@h.test/"
    assert redacted("https://u@h.test/") == "https://u@h.test/"
    assert basic_authorization("u:p%40") == "Basic dTpwQA=="
    assert is_redirect(303)
    assert not is_redirect(304)


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://h.test", "h.test", 443, "/"),
        ("http://H.test:81/a b?x=1#f", "H.test", 81, "/a%20b?x=1"),
        ("https://[::1]:9/%2f!", "::1", 9, "/%2f!"),
    ],
)
def test_targets_are_taken_apart(url: str, host: str, port: int, target: str) -> None:
    found = target_of(url)
    assert (found.host, found.port, found.target) == (host, port, target)


@pytest.mark.parametrize(
    ("url", "host", "authority"),
    [
        ("https://H.test:81/", "H.test", "H.test:81"),
        ("https://h.test:/", "h.test", "h.test"),
        ("https://u:p@b%C3%BCcher.test:8/", "xn--bcher-kva.test", "xn--bcher-kva.test:8"),
        ("https://bücher.test/", "xn--bcher-kva.test", "xn--bcher-kva.test"),
        ("https://[2001:DB8::1]:8/", "2001:DB8::1", "[2001:DB8::1]:8"),
        ("https://[fe80::1%25eth0]:8/", "fe80::1%eth0", "[fe80::1]:8"),
        ("https://[::1]/", "::1", "[::1]"),
        ("https://h%0d%0aevil.test/", "h%0d%0aevil.test", "h%0d%0aevil.test"),
    ],
)
def test_a_host_is_looked_up_and_sent_in_ascii(url: str, host: str, authority: str) -> None:
    found = target_of(url)
    assert (found.host, found.authority) == (host, authority)


@pytest.mark.parametrize("url", ["ftp://h.test/", "https:///x", "https://h.test:99999/"])
def test_urls_without_a_request_are_refused(url: str) -> None:
    with pytest.raises(GoRuleError):
        target_of(url)
