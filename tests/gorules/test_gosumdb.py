"""GOSUMDB: whether a database is asked, which, and over which base URL."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gorules.sumdb_loop import refused

from modtrace.gorules.gosumdb import (
    KNOWN_KEYS,
    AskSupported,
    SumdbBase,
    SumdbConfig,
    SumdbEntry,
    cache_path,
    decide_base,
    is_file_goproxy_only,
    join_url,
    latest_path,
    parse_gosumdb,
    remote_url,
    uses_sumdb,
)
from modtrace.lab.sumdb import Database
from modtrace.record.failures import Failure, GoRuleError, StepFailed

KEY = Database().verifier_key
CONFIG = parse_gosumdb(KEY)
A, B = "https://a.goproxy.example", "https://b.goproxy.example/x"


def key_of(name: str) -> str:
    return Database(name=name).verifier_key


def refusal(value: str) -> str:
    with pytest.raises(GoRuleError) as caught:
        parse_gosumdb(value)
    assert (caught.value.cause, caught.value.origin) == ("config.gosumdb_invalid", "GOSUMDB")
    return caught.value.text


def entries(*urls: str) -> list[SumdbEntry]:
    """``url|`` falls back on any error."""
    return [SumdbEntry(url.removesuffix("|"), url.endswith("|")) for url in urls]


def status(code: int) -> Failure:
    return refused(f"{A}/sumdb/sum.test/supported", code, b"")


@pytest.mark.parametrize(
    ("value", "name", "url"),
    [
        ("sum.golang.org", "sum.golang.org", None),
        ("sum.golang.google.cn", "sum.golang.org", "https://sum.golang.google.cn"),
        ("sum.golang.org https://mirror.test/db", "sum.golang.org", "https://mirror.test/db"),
        (KEY, "sum.test", None),
        (f"\t{KEY}\u2003 http://127.0.0.1:1 ", "sum.test", "http://127.0.0.1:1"),
        (key_of("sum.test/db"), "sum.test/db", None),
        (key_of("sum.test:8443"), "sum.test:8443", None),
    ],
)
def test_a_database_is_named(value: str, name: str, url: str | None) -> None:
    config = parse_gosumdb(value)
    assert (config.name, config.direct_url, config.is_off) == (name, url, False)
    assert config.verifier_key.startswith(f"{name}+")


def test_the_one_known_name_stands_for_its_key() -> None:
    assert parse_gosumdb("sum.golang.org").verifier_key == KNOWN_KEYS["sum.golang.org"]


def test_off_is_off() -> None:
    assert parse_gosumdb("off").is_off


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" ", "missing GOSUMDB"),
        ("a b c", "invalid GOSUMDB: too many fields"),
        ("off x", "invalid GOSUMDB: malformed verifier id"),
        ("sum.golang.google.cn x", "invalid GOSUMDB: malformed verifier id"),
        ("foo.example", "invalid GOSUMDB: malformed verifier id"),
        (f"x{KEY}", "invalid GOSUMDB: invalid verifier hash"),
        (f"{KEY} ://x", 'invalid GOSUMDB URL: parse "://x": missing protocol scheme'),
        (f"{KEY} http://a:b", 'invalid GOSUMDB URL: parse "http://a:b": invalid port ":b" after host'),
        (key_of("sum.test:x"), "panic: runtime error: invalid memory address or nil pointer dereference"),
        (
            key_of("u@sum.test/a%2fb?x#y"),
            "invalid sumdb name (must be host[/path]): u@sum.test/a%2fb?x#y {Scheme:https Opaque: User:u Host:sum.test "
            "Path:/a/b Fragment:y RawQuery:x RawPath:/a%2fb RawFragment: ForceQuery:false OmitHost:false}",
        ),
    ],
)
def test_a_refusal_is_in_gos_words(value: str, text: str) -> None:
    assert refusal(value) == text


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(value: str) -> None:
    try:
        parse_gosumdb(value)
    except GoRuleError:
        return


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_no_url_breaks_the_parser(url: str) -> None:
    try:
        config = parse_gosumdb(f"{KEY} {url}")
    except GoRuleError:
        return
    if config.direct_url is not None:
        remote_url(SumdbBase(config.direct_url), "/lookup/lab.test/!a@v1.0.0")


@pytest.mark.parametrize(
    ("module", "is_off", "matches", "expected"),
    [
        ("lab.test/m", False, False, True),
        ("lab.test/m", True, False, False),
        ("lab.test/m", False, True, False),
        ("golang.org/toolchain", True, True, True),
    ],
)
def test_toolchains_are_always_checked(module: str, is_off: bool, matches: bool, expected: bool) -> None:
    assert uses_sumdb(module, is_off=is_off, matches_gonosumdb=matches) is expected


@pytest.mark.parametrize("exception", ["is_file_goproxy_only", "is_go_proxy_itself"])
def test_two_exceptions_free_the_toolchain(exception: str) -> None:
    flags = {"is_off": True, "matches_gonosumdb": False, exception: True}
    assert not uses_sumdb("golang.org/toolchain", **flags)


@pytest.mark.parametrize(
    ("goproxy", "expected"), [("file:///x", True), ("file:///x,direct", False), ("file:///x|off", False), (A, False)]
)
def test_a_lone_file_url_is_a_distpack(goproxy: str, expected: bool) -> None:
    assert is_file_goproxy_only(goproxy) is expected


def test_a_url_in_gosumdb_bypasses_every_proxy() -> None:
    config = SumdbConfig(name="sum.test", verifier_key=KEY, direct_url="http://127.0.0.1:1")
    assert decide_base(config, entries(A), []) == SumdbBase("http://127.0.0.1:1")


def test_each_entry_is_asked_in_its_turn() -> None:
    listed = entries("noproxy", A, B)
    assert decide_base(CONFIG, listed, []) == AskSupported(1, f"{A}/sumdb/sum.test/supported")
    assert decide_base(CONFIG, listed, [status(404)]) == AskSupported(2, f"{B}/sumdb/sum.test/supported")
    found = decide_base(CONFIG, listed, [status(410), None])
    assert isinstance(found, SumdbBase)
    assert (found.url, found.entry) == (f"{B}/sumdb/sum.test", 2)


@pytest.mark.parametrize(
    ("listed", "results"),
    [
        ([], []),
        (["noproxy"], []),
        (["direct"], []),
        (["off"], []),
        ([A], [404]),
        ([A, "direct"], [404]),
        ([A, "off"], [410]),
        ([f"{A}|", "direct"], [500]),
        ([A, B], [404, 410]),
    ],
)
def test_without_a_relay_the_database_is_spoken_to_directly(listed: list[str], results: list[int]) -> None:
    assert decide_base(CONFIG, entries(*listed), [status(code) for code in results]) == SumdbBase("https://sum.test")


@pytest.mark.parametrize(
    ("listed", "results", "told"),
    [
        ([A, B], [500], 500),
        ([f"{A}|", B], [500, 404], 500),
        ([f"{A}|", f"{B}|"], [500, 503], 503),
        ([f"{A}|", "off"], [502], 502),
        ([A, "direct"], [403], 403),
    ],
)
def test_another_error_is_the_end(listed: Sequence[str], results: Sequence[int], told: int) -> None:
    with pytest.raises(StepFailed) as caught:
        decide_base(CONFIG, entries(*listed), [status(code) for code in results])
    assert caught.value.failure == status(told)


@pytest.mark.parametrize(
    ("base", "joined"),
    [
        ("https://h", "https://h/lookup/!x"),
        ("https://h/", "https://h/lookup/!x"),
        ("https://h/db", "https://h/db/lookup/%21x"),
        ("https://h/db//", "https://h/db//lookup/%21x"),
        ("https://h/a%2fb", "https://h/a%2fb/lookup/!x"),
        ("https://h/(a)", "https://h/(a)/lookup/!x"),
        ("https://h/%20", "https://h/%20/lookup/%21x"),
        ("https://h/ä", "https://h/%C3%A4/lookup/%21x"),
        ("https://u:p@h/db?x=1#y", "https://u:p@h/db/lookup/%21x?x=1#y"),
    ],
)
def test_a_bang_is_escaped_below_a_base_with_a_path(base: str, joined: str) -> None:
    assert join_url(base, "/lookup/!x") == joined


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        (A, f"{A}/sumdb/sum.test/lookup/!x"),
        (f"{A}/", f"{A}/sumdb/sum.test/lookup/!x"),
        (B, f"{B}/sumdb/sum.test/lookup/%21x"),
    ],
)
def test_a_relay_is_spoken_to_below_its_entry(entry: str, url: str) -> None:
    base = decide_base(CONFIG, entries(entry), [None])
    assert isinstance(base, SumdbBase)
    assert remote_url(base, "/lookup/!x", entry_url=entry) == url


def test_files_lie_below_the_databases_name() -> None:
    assert latest_path(CONFIG) == "sum.test/latest"
    assert cache_path(CONFIG, "/tile/8/0/000") == "sum.test/tile/8/0/000"
