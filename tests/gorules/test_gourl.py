"""Go's net/url: parts, refusals in go's words, what is shown of secrets, and references."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modtrace.gorules import gourl
from modtrace.gorules.gourl import (
    Url,
    UrlError,
    parse,
    parse_request_uri,
    redacted,
    resolve_location,
    resolve_reference,
)

PIECES = st.lists(
    st.sampled_from(
        ["http", "https", "file", ":", "//", "/", "@", "u", "p:w", "%41", "%zz", "%2f", "é", "[::1]", "h.test", ":80",
         ":x", "?", "q=1", "#", "f", "..", ".", "!", " ", "\\", "*", "[", "]", "\x7f", '"', "::", ";", "&"]
    ),
    max_size=8,
)  # fmt: skip


def refusal(raw: str) -> str:
    with pytest.raises(UrlError) as raised:
        parse(raw)
    return str(raised.value)


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("https://u:p%40@h.test:8443/a%2fb?q=1#f", Url("https", "u", "p@", "h.test:8443", "/a%2fb", "q=1", "f")),
        ("HTTP://h.test", Url("http", None, None, "h.test", "", None, "")),
        ("http://h.test?", Url("http", None, None, "h.test", "", "", "")),
        ("http://u@h.test/", Url("http", "u", None, "h.test", "/", None, "")),
        ("http://u:@h.test/", Url("http", "u", "", "h.test", "/", None, "")),
        ("http://[fe80::1%25en0]:1/", Url("http", None, None, "[fe80::1%en0]:1", "/", None, "")),
        ("http://h.test/a b", Url("http", None, None, "h.test", "/a%20b", None, "")),
        ("http://h.test/é", Url("http", None, None, "h.test", "/%C3%A9", None, "")),
        ("//h.test/x", Url("", None, None, "h.test", "/x", None, "")),
        ("///x", Url("", None, None, "", "///x", None, "")),
        ("mailto:a@b.test?x", Url("mailto", None, None, "", "", "x", "", opaque="a@b.test")),
        ("file:/x", Url("file", None, None, "", "/x", None, "", omit_host=True)),
        ("file:///x", Url("file", None, None, "", "/x", None, "")),
        ("a/b:c", Url("", None, None, "", "a/b:c", None, "")),
        ("*", Url("", None, None, "", "*", None, "")),
        ("", Url("", None, None, "", "", None, "")),
    ],
)
def test_the_parts(raw: str, url: Url) -> None:
    assert parse(raw) == url


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("http://h.test/\x7f", 'parse "http://h.test/\\x7f": net/url: invalid control character in URL'),
        ("http://h.test/\n", 'parse "http://h.test/\\n": net/url: invalid control character in URL'),
        (":x", 'parse ":x": missing protocol scheme'),
        ("1:x", 'parse "1:x": first path segment in URL cannot contain colon'),
        ("http://h.test:80:80/", 'parse "http://h.test:80:80/": invalid port ":80:80" after host'),
        ("http://h.test:x/", 'parse "http://h.test:x/": invalid port ":x" after host'),
        ("http://[::1/", "parse \"http://[::1/\": missing ']' in host"),
        ("http://[::1]x/", 'parse "http://[::1]x/": invalid port "x" after host'),
        ("http://[1.2.3.4]/", 'parse "http://[1.2.3.4]/": invalid IP-literal'),
        ("http://x[::1]/", 'parse "http://x[::1]/": invalid IP-literal'),
        ("http://h%zz/", 'parse "http://h%zz/": invalid URL escape "%zz"'),
        ("http://a b/", 'parse "http://a b/": invalid character " " in host name'),
        ("http://u p@h.test/", 'parse "http://u p@h.test/": net/url: invalid userinfo'),
        ("http://h.test/%zz#x", 'parse "http://h.test/%zz": invalid URL escape "%zz"'),
        ("http://h.test/#%zz", 'parse "http://h.test/#%zz": invalid URL escape "%zz"'),
    ],
)
def test_a_refusal_is_in_gos_words(raw: str, reason: str) -> None:
    assert refusal(raw) == reason


@given(PIECES)
@example(["u", "@", "h.test", ":80", "/", "%2f", "?", "#", "f"])
def test_what_is_printed_of_a_url_with_a_host_is_parsed_as_the_same(pieces: list[str]) -> None:
    """Without a host it need not be: Go prints the path ``/%2f é`` as ``//%20%C3%A9``."""
    try:
        url = parse("http://" + "".join(pieces))
    except UrlError:
        return
    if url.host:
        assert str(parse(str(url))) == str(url)


@given(st.sampled_from(["https", "http"]), st.text(min_size=1), st.text(min_size=6))
def test_userinfo_survives_and_its_password_does_not_show(scheme: str, user: str, password: str) -> None:
    try:
        (user + password).encode()
    except UnicodeEncodeError:
        return
    url = Url(scheme, user, password, "h.test", "/", None, "")
    assert parse(str(url)) == url
    assert url.redacted == str(url._replace(password="xxxxx"))
    assert url.redacted.endswith(":xxxxx@h.test/")


def test_secrets_are_masked_in_both_of_gos_ways() -> None:
    url = parse("https://u%40x:secret@h.test/?p=1")
    assert url.redacted == "https://u%40x:xxxxx@h.test/?p=1"
    assert url.password_stripped == "https://u@x:***@h.test/?p=1"
    assert str(url.without_userinfo) == "https://h.test/?p=1"
    assert parse("https://u@h.test/").redacted == parse("https://u@h.test/").password_stripped == "https://u@h.test/"
    assert redacted("https://u:secret@h.test/%zz") == "https://u:secret@h.test/%zz"
    assert redacted("https://u:secret@h.test/") == "https://u:xxxxx@h.test/"


@pytest.mark.parametrize(
    ("raw", "hostname", "port_text", "port", "target"),
    [
        ("https://h.test", "h.test", "", 443, "/"),
        ("http://h.test:8080/a?b", "h.test", "8080", 8080, "/a?b"),
        ("http://h.test:?", "h.test", "", 80, "/?"),
        ("http://[::1]:81/", "::1", "81", 81, "/"),
        ("https://[fe80::1%25lo]", "fe80::1%lo", "", 443, "/"),
        ("ftp://h.test/x", "h.test", "", 0, "/x"),
        ("http:a/b?c", "", "", 80, "a/b?c"),
        ("https://h.test/a%2fb/c", "h.test", "", 443, "/a%2fb/c"),
        ("https://h.test/a%2fb/é", "h.test", "", 443, "/a/b/%C3%A9"),
    ],
)
def test_where_it_goes_and_what_is_asked(raw: str, hostname: str, port_text: str, port: int, target: str) -> None:
    url = parse(raw)
    assert (url.hostname, url.port_text, url.port, url.request_target) == (hostname, port_text, port, target)


def test_the_path_is_decoded_on_request() -> None:
    assert parse("https://h.test/a%2Fb%20c").decoded_path == "/a/b c"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", 'parse "": empty url'),
        ("x", 'parse "x": invalid URI for request'),
        ("http://h.test/\0", 'parse "http://h.test/\\x00": net/url: invalid control character in URL'),
    ],
)
def test_a_request_needs_an_absolute_uri(raw: str, reason: str) -> None:
    with pytest.raises(UrlError) as raised:
        parse_request_uri(raw)
    assert str(raised.value) == reason


def test_a_request_knows_no_fragment_and_no_bare_host() -> None:
    assert parse_request_uri("/a#b").path == "/a%23b"
    assert parse_request_uri("//h.test/x").host == ""
    assert parse_request_uri("http://h.test/x").host == "h.test"


BASE = "http://a/b/c/d;p?q"
RFC_3986 = {
    "g:h": "g:h", "g": "http://a/b/c/g", "./g": "http://a/b/c/g", "g/": "http://a/b/c/g/", "/g": "http://a/g",
    "//g": "http://g", "?y": "http://a/b/c/d;p?y", "g?y": "http://a/b/c/g?y", "#s": "http://a/b/c/d;p?q#s",
    "g#s": "http://a/b/c/g#s", "g?y#s": "http://a/b/c/g?y#s", ";x": "http://a/b/c/;x", "g;x": "http://a/b/c/g;x",
    "": "http://a/b/c/d;p?q", ".": "http://a/b/c/", "./": "http://a/b/c/", "..": "http://a/b/", "../": "http://a/b/",
    "../g": "http://a/b/g", "../..": "http://a/", "../../": "http://a/", "../../g": "http://a/g",
    "../../../g": "http://a/g", "/./g": "http://a/g", "/../g": "http://a/g", "g.": "http://a/b/c/g.",
    "..g": "http://a/b/c/..g", "./../g": "http://a/b/g", "./g/.": "http://a/b/c/g/", "g/./h": "http://a/b/c/g/h",
    "g/../h": "http://a/b/c/h", "g;x=1/../y": "http://a/b/c/y", "g?y/../x": "http://a/b/c/g?y/../x",
}  # fmt: skip


@pytest.mark.parametrize(("reference", "expected"), RFC_3986.items())
def test_references_are_resolved_as_rfc_3986_section_5_4_shows(reference: str, expected: str) -> None:
    assert str(resolve_reference(parse(BASE), reference)) == expected


def test_a_reference_keeps_its_bases_credentials_on_the_same_host_only() -> None:
    base = parse("https://u:p@h.test/x")
    assert str(resolve_reference(base, "/y")) == "https://u:p@h.test/y"
    assert str(resolve_reference(base, "//o.test/y")) == "https://o.test/y"


def test_an_unusable_location_is_told_as_net_http_tells_it() -> None:
    assert resolve_location(parse(BASE), "/x") == gourl.parse("http://a/x")
    with pytest.raises(UrlError) as raised:
        resolve_location(parse(BASE), "http://h.test:x/")
    inner = 'parse "http://h.test:x/": invalid port ":x" after host'
    assert str(raised.value) == f'failed to parse Location header "http://h.test:x/": {inner}'
