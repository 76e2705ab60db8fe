"""GOPROXY's list, its refusals in go's words, the URLs below an entry, and which failure go prints."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.goproxy import GoproxyEntry, ProxyTrial, check_usable, file_path, parse_goproxy, proxy_url
from modtrace.record.failures import GoRuleError

A = GoproxyEntry(kind="url", url="https://a.test")
A_BAR = GoproxyEntry(kind="url", url="https://a.test", falls_through_on_any_error=True)
DIRECT = GoproxyEntry(kind="direct", url="direct")
OFF = GoproxyEntry(kind="off", url="off")
NOPROXY = GoproxyEntry(kind="noproxy", url="noproxy")


@pytest.mark.parametrize(
    ("value", "gonoproxy", "expected"),
    [
        ("https://a.test", "", (A,)),
        ("a.test", "", (A,)),
        ("https://a.test,direct", "", (A, DIRECT)),
        ("https://a.test|direct", "", (A_BAR, DIRECT)),
        (" a.test | direct ", "", (A_BAR, DIRECT)),
        (",,a.test,,", "", (A,)),
        ("a.test|,off", "", (A_BAR, OFF)),
        ("direct,a.test", "", (DIRECT,)),
        ("off,ftp://never-looked.at", "", (OFF,)),
        ("off", "x", (NOPROXY, OFF)),
        ("direct", "x", (DIRECT,)),
        ("a.test,direct", "x", (NOPROXY, A, DIRECT)),
        ("file:///srv/proxy", "", (GoproxyEntry(kind="url", url="file:///srv/proxy"),)),
    ],
)
def test_a_list_is_its_entries(value: str, gonoproxy: str, expected: tuple[GoproxyEntry, ...]) -> None:
    assert parse_goproxy(value, gonoproxy) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "GOPROXY list is not the empty string, but contains no entries"),
        (" , |", "GOPROXY list is not the empty string, but contains no entries"),
        ("foo", "invalid proxy URL missing scheme: foo"),
        ("/abs", "invalid proxy URL missing scheme: /abs"),
        ("a.test,foo", "invalid proxy URL missing scheme: foo"),
        ("ftp://u:pw@h.test", "invalid proxy URL scheme (must be https, http, file): ftp://u:xxxxx@h.test"),
        ("file://h/x", "invalid file:// proxy URL with non-path elements: file://h/x"),
        ("file:///x?q=1", "invalid file:// proxy URL with non-path elements: file:///x?q=1"),
        ("file:///x#f", "invalid file:// proxy URL with non-path elements: file:///x#f"),
        ("file:/x", "invalid file:// proxy URL with non-path elements: file:/x"),
        ("https://%zz", 'parse "https://%zz": invalid URL escape "%zz"'),
        ("http://h.test:bad", 'parse "http://h.test:bad": invalid port ":bad" after host'),
    ],
)
@pytest.mark.parametrize("gonoproxy", ["", "x"])
def test_one_unusable_entry_makes_the_list_unusable(value: str, gonoproxy: str, text: str) -> None:
    with pytest.raises(GoRuleError) as refusal:
        parse_goproxy(value, gonoproxy)
    assert (refusal.value.cause, refusal.value.text) == ("config.goproxy_invalid", text)


@given(st.lists(st.sampled_from(["a.test", "b.test", "https://c.test/x"]), min_size=1), st.data())
def test_entries_keep_their_order_and_their_separator(words: list[str], data: st.DataObject) -> None:
    marks = [data.draw(st.sampled_from(",|")) for _ in words]
    entries = parse_goproxy("".join(word + mark for word, mark in zip(words, marks, strict=True)))
    assert [entry.url.removeprefix("https://") for entry in entries] == [
        word.removeprefix("https://") for word in words
    ]
    assert [entry.falls_through_on_any_error for entry in entries] == [mark == "|" for mark in marks]


def test_credentials_never_go_over_http() -> None:
    (entry,) = parse_goproxy("http://u:secret@a.test/x")
    with pytest.raises(GoRuleError) as refusal:
        check_usable(entry)
    assert refusal.value.text == "refusing to pass credentials to insecure URL: http://u:xxxxx@a.test/x"


@pytest.mark.parametrize("url", ["https://u:p@a.test", "http://a.test", "file:///x"])
def test_other_entries_are_usable(url: str) -> None:
    check_usable(parse_goproxy(url)[0])


@pytest.mark.parametrize(
    ("base", "module", "tail", "expected"),
    [
        ("https://a.test", "x.test/m", "@v/list", "https://a.test/x.test/m/@v/list"),
        ("https://a.test/", "x.test/m", "@latest", "https://a.test/x.test/m/@latest"),
        ("https://a.test/p/q/", "x.test/!m", "@v/v1.0.0.info", "https://a.test/p/q/x.test/%21m/@v/v1.0.0.info"),
        ("https://u:p@a.test/p?t=1", "x.test/m", "@v/list", "https://u:p@a.test/p/x.test/m/@v/list?t=1"),
        ("https://a.test/p%2Fq", "x.test/m", "@v/list", "https://a.test/p%2Fq/x.test/m/@v/list"),
        ("https://a.test/a/../b", "x.test/m", "@v/list", "https://a.test/b/x.test/m/@v/list"),
        ("file:///srv/p", "x.test/m", "@v/list", "file:///srv/p/x.test/m/@v/list"),
    ],
)
def test_a_modules_url_is_below_the_entry(base: str, module: str, tail: str, expected: str) -> None:
    assert proxy_url(base, module, tail) == expected


@pytest.mark.parametrize(("url", "path"), [("file:///srv/p", "/srv/p"), ("file:///a%20b/%21", "/a b/!")])
def test_a_file_url_is_its_path(url: str, path: str) -> None:
    assert file_path(url) == path


@pytest.mark.parametrize(("url", "text"), [("file://", "file URL missing path"), ("file:x", "path is not absolute")])
def test_a_file_url_without_a_rooted_path_is_none(url: str, text: str) -> None:
    with pytest.raises(GoRuleError) as refusal:
        file_path(url)
    assert refusal.value.text == text


Fed = tuple[GoproxyEntry, Literal["not exist", "other"]]


@pytest.mark.parametrize(
    ("fed", "goes_on", "shown"),
    [
        ([(A, "not exist")], [True], 0),
        ([(A, "other")], [False], 0),
        ([(A_BAR, "other")], [True], 0),
        ([(A, "not exist"), (A, "not exist")], [True, True], 1),
        ([(A_BAR, "other"), (A, "not exist")], [True, True], 0),
        ([(A_BAR, "other"), (A, "other")], [True, False], 1),
        ([(A, "not exist"), (A, "other")], [True, False], 1),
        ([(A_BAR, "other"), (DIRECT, "not exist")], [True, True], 1),
        ([(A, "not exist"), (DIRECT, "other")], [True, False], 1),
        ([(NOPROXY, "other"), (A_BAR, "other")], [False, True], 0),
        ([(A, "not exist"), (OFF, "not exist")], [True, True], 1),
        ([(A_BAR, "other"), (OFF, "not exist")], [True, True], 0),
    ],
)
def test_the_trial_says_who_is_next_and_whose_failure_is_printed(
    fed: list[Fed], goes_on: list[bool], shown: int
) -> None:
    trial = ProxyTrial()
    said = [trial.goes_on(entry, is_not_exist=how == "not exist") for entry, how in fed]
    assert (said, trial.shown) == (goes_on, shown)


def test_a_module_that_is_not_private_is_refused_by_noproxy_in_passing() -> None:
    trial = ProxyTrial()
    assert trial.goes_on(NOPROXY, is_not_exist=True, was_excluded=True)
    assert not trial.goes_on(A, is_not_exist=False)
    assert trial.shown == 1
