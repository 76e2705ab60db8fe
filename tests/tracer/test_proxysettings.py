"""Before any packet: which secrets are known, which way each source goes, and what a person should know of it."""

import base64
from urllib.parse import quote

import pytest

from modtrace.gorules.goproxy import GoproxyEntry
from modtrace.gorules.proxyroute import parse_via
from modtrace.record.redaction import MASK, Redactor
from modtrace.tracer.proxysettings import VARIABLES, Remark, learn_secrets, remarks, routes

SERVER = GoproxyEntry(kind="url", url="https://goproxy.example")
PLAIN = GoproxyEntry(kind="url", url="http://plain.example:8080/x")


def entries(*urls: str) -> list[GoproxyEntry]:
    return [GoproxyEntry(kind="url", url=url) for url in urls]


# --- secrets ----------------------------------------------------------------------------------------------------------
def masked(environ: dict[str, str], *secrets: str, via: tuple[str, ...] = ()) -> None:
    """Each secret, in every form that a proxy may send it back in, is masked."""
    redactor = Redactor()
    learn_secrets(environ, [parse_via(url) for url in via], redactor)
    for secret in secrets:
        raw = secret.encode()
        for form in (
            secret,
            quote(secret, safe=""),
            quote(secret),
            quote(secret, safe="").lower(),
            base64.b64encode(raw).decode(),
            base64.urlsafe_b64encode(raw).decode(),
            "".join(f"%{byte:02x}" for byte in raw),
        ):
            shown = redactor.text(f"<p>they said {form} to us</p>")
            assert form not in shown, form
            assert MASK in shown, form


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_password_is_known_whichever_variable_holds_it_and_whether_go_reads_it_or_not(variable: str) -> None:
    masked({variable: "http://me:s3cret%2Fp%40ss@p.test:3128"}, "s3cret/p@ss", "me:s3cret/p@ss")


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("me:s3cret@p.test:3128", "s3cret"),
        ("me:s3c/ret@p.test:3128", "s3c/ret"),
        ("socks5://me:s3cret@p.test", "s3cret"),
        ("ftp://me:s3cret@p.test", "s3cret"),
        ("http://:s3cret@p.test", "s3cret"),
        ("http://:s%33cret@p.test", "s3cret"),
        ("http://me:s3cret%zz@p.test", "s3cret%zz"),
        ("http://me:s3c ret@p.test", "s3c ret"),
        ("http://me:s3c/ret@p.test:3128", "s3c/ret"),
        ("http://me:s3c#ret@p.test:3128", "s3c#ret"),
        ("http://me:s3c?ret@p.test:3128", "s3c?ret"),
        ("http://me:s3c@ret@p.test:3128", "s3c@ret"),
        ("http://me:s3c:ret@p.test:3128", "s3c:ret"),
        ('http://me:s3c"ret@p.test:3128', 's3c"ret'),
        (" http://me:s3cret@p.test", "s3cret"),
        ("//me:s3cret@p.test", "s3cret"),
        ("http:/me:s3cret@p.test", "s3cret"),
        ("http:me:s3cret@p.test", "s3cret"),
        ("http://me:s3cret@p.test:bad", "s3cret"),
        ("http://me:s3cret@[::1", "s3cret"),
        ("http://me:s\u00e9cret@p.test", "s\u00e9cret"),
    ],
)
def test_a_password_is_known_however_badly_its_url_is_written(value: str, secret: str) -> None:
    masked({"HTTPS_PROXY": value}, secret)
    redactor = Redactor()
    learn_secrets({"HTTPS_PROXY": value}, [], redactor)
    assert secret not in redactor.text(value)


def test_the_pair_is_known_as_it_travels() -> None:
    redactor = Redactor()
    learn_secrets({}, [parse_via("http://me:s3cret@p.test"), parse_via("socks5://you:0ther@q.test")], redactor)
    for pair in (b"me:s3cret", b"you:0ther"):
        assert redactor.text(f"Basic {base64.b64encode(pair).decode()}") == f"Basic {MASK}"


def test_a_lone_user_part_is_a_token_when_it_is_long_and_a_name_when_it_is_not() -> None:
    token = "abcdefgh12345678"
    for environ, via in (({"HTTPS_PROXY": f"http://{token}@p.test"}, ()), ({}, (f"http://{token}:@p.test",))):
        masked(environ, token, f"{token}:", via=via)
    redactor = Redactor()
    learn_secrets({"HTTPS_PROXY": "http://someone@p.test"}, [], redactor)
    assert redactor.text("someone was here") == "someone was here"


def test_nothing_is_learnt_of_a_value_without_userinfo() -> None:
    redactor = Redactor()
    learn_secrets({"HTTPS_PROXY": "http://p.test:3128", "http_proxy": "%zz", "ALL_PROXY": ""}, [], redactor)
    assert redactor.text("http://p.test:3128 %zz") == "http://p.test:3128 %zz"


# --- routes -----------------------------------------------------------------------------------------------------------
def test_every_source_that_is_a_server_has_its_way_once() -> None:
    environ = {"HTTPS_PROXY": "http://me:s3cret@p.test:1", "NO_PROXY": "v6.example"}
    sources = [
        SERVER,
        PLAIN,
        SERVER,
        *entries("https://[2001:db8::1]/", "https://v6.example", "file:///x", "https://h:bad"),
        GoproxyEntry(kind="direct", url="direct"),
    ]
    assert routes(environ, (), sources) == [
        {
            "target": "https://goproxy.example:443",
            "through": ["http://p.test:1"],
            "rule": "HTTPS_PROXY names the proxy of https URLs",
        },
        {
            "target": "http://plain.example:8080",
            "through": [],
            "rule": "HTTP_PROXY is not set: direct connection",
        },
        {
            "target": "https://[2001:db8::1]:443",
            "through": ["http://p.test:1"],
            "rule": "HTTPS_PROXY names the proxy of https URLs",
        },
        {"target": "https://v6.example:443", "through": [], "rule": "NO_PROXY entry v6.example matches"},
    ]


def test_a_chain_is_shown_hop_by_hop_and_a_refusal_with_its_words() -> None:
    chain = [parse_via("http://u:pw@a.test:1"), parse_via("socks5://b.test")]
    (found,) = routes({}, chain, [SERVER])
    assert isinstance(found, dict)
    assert found["through"] == ["http://a.test:1", "socks5://b.test:1080"]
    (refused,) = routes({"HTTP_PROXY": "http://p.test", "REQUEST_METHOD": "GET"}, (), [PLAIN])
    assert isinstance(refused, dict)
    assert "CGI environment" in str(refused["rule"])
    assert refused["through"] == []


# --- remarks ----------------------------------------------------------------------------------------------------------
def test_a_chain_makes_the_variables_meaningless() -> None:
    environ = {"HTTPS_PROXY": "http://p%zz", "ALL_PROXY": "http://q.test"}
    assert remarks(environ, [parse_via("a.test:1")], [SERVER]) == []


def test_what_go_ignores_or_misreads_has_a_cause() -> None:
    found = remarks({"HTTPS_PROXY": "http://me:s3cret%zz@p.test", "http_proxy": "socks://q.test"}, (), [])
    assert [(remark.variable, remark.cause) for remark in found] == [
        ("http_proxy", "config.proxy_scheme_unsupported"),
        ("HTTPS_PROXY", "config.proxy_url_invalid"),
    ]
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(
    ("environ", "source", "text"),
    [
        (
            {"ALL_PROXY": "http://q.test:1"},
            SERVER,
            "for https://goproxy.example go connects directly (HTTPS_PROXY is not set: direct connection), "
            "curl would go through http://q.test:1 (ALL_PROXY)",
        ),
        (
            {"HTTP_PROXY": "http://q.test:1"},
            PLAIN,
            "for http://plain.example go goes through http://q.test:1 (HTTP_PROXY names the proxy of http URLs), "
            "curl would connect directly (no variable that curl reads is set)",
        ),
        (
            {"HTTPS_PROXY": "http://a.test:1", "https_proxy": "http://b.test:1"},
            SERVER,
            "for https://goproxy.example go goes through http://a.test:1 (HTTPS_PROXY names the proxy of https URLs), "
            "curl would go through http://b.test:1 (https_proxy)",
        ),
        (
            {"HTTPS_PROXY": "http://q.test:1", "NO_PROXY": ".goproxy.example"},
            SERVER,
            "for https://goproxy.example go goes through http://q.test:1 (HTTPS_PROXY names the proxy of https URLs), "
            "curl would connect directly (NO_PROXY entry .goproxy.example)",
        ),
        (
            {"HTTPS_PROXY": "http://q.test"},
            SERVER,
            "for https://goproxy.example go goes through http://q.test:80 (HTTPS_PROXY names the proxy of https URLs), "
            "curl would go through http://q.test:1080 (HTTPS_PROXY)",
        ),
        (
            {"HTTPS_PROXY": "ftp://q.test:1"},
            SERVER,
            "for https://goproxy.example go goes through ftp://q.test:1 (HTTPS_PROXY names the proxy of https URLs), "
            "curl would refuse the scheme ftp (HTTPS_PROXY)",
        ),
        (
            {"HTTPS_PROXY": "http://me:s3cret%zz@q.test:1"},
            SERVER,
            "for https://goproxy.example go connects directly (HTTPS_PROXY cannot be parsed, go ignores it: "
            "direct connection), curl does not ignore that value (HTTPS_PROXY)",
        ),
    ],
)
def test_where_curl_would_go_another_way_both_ways_are_told(
    environ: dict[str, str], source: GoproxyEntry, text: str
) -> None:
    found = [remark for remark in remarks(environ, (), [source]) if remark.cause is None]
    assert [remark.text for remark in found] == [text]


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"HTTPS_PROXY": "http://q.test:1"},
        {"https_proxy": "http://me:s3cret@q.test:1", "no_proxy": "a.test,10.0.0.0/8"},
        {"HTTPS_PROXY": "https://q.test"},
        {"HTTPS_PROXY": "socks5://q.test"},
        {"HTTPS_PROXY": "q.test:1", "NO_PROXY": "goproxy.example"},
        {"HTTPS_PROXY": "http://[2001:db8::1]:1"},
    ],
)
def test_where_both_go_the_same_way_nothing_is_said(environ: dict[str, str]) -> None:
    assert remarks(environ, (), [SERVER]) == []


def test_the_same_remark_is_made_once_and_a_refused_variable_is_the_fetchs_own_failure() -> None:
    environ = {"ALL_PROXY": "http://q.test:1"}
    assert len(remarks(environ, (), entries("https://a.test", "https://a.test:443/x"))) == 1
    assert len(remarks(environ, (), entries("https://a.test", "https://b.test"))) == 2
    cgi = {"HTTP_PROXY": "http://q.test:1", "REQUEST_METHOD": "GET"}
    assert remarks(cgi, (), [PLAIN]) == []


def test_a_remark_names_the_variable_that_decided() -> None:
    (remark,) = remarks({"HTTPS_PROXY": "http://a.test:1", "https_proxy": "http://b.test:1"}, (), [SERVER])
    assert isinstance(remark, Remark)
    assert remark.variable == "HTTPS_PROXY"
    (other,) = remarks({"ALL_PROXY": "http://q.test:1"}, (), [SERVER])
    assert other.variable == "ALL_PROXY"
