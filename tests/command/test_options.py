"""``fetch``'s options as checked values, and what is refused in one line."""

from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.command.options import FetchOptions

GIVEN: dict[str, object] = {
    "module_at_version": "lab.test/hello@v1.0.0",
    "output": None,
    "as_json": False,
    "timeout": None,
    "patience": 30.0,
    "goproxy": None,
    "gosumdb": None,
    "capture": "auto",
    "probe": "auto",
    "vantage": "",
    "accept": (),
    "header": (),
    "keep_keys": False,
    "via": (),
    "force": False,
    "no_color": False,
    "quiet": False,
    "verbose": 0,
}


def options(**more: Any) -> FetchOptions:
    return FetchOptions.from_command_line({**GIVEN, **more})


def refusal(**more: Any) -> str:
    with pytest.raises(click.ClickException) as raised:
        options(**more)
    return raised.value.format_message()


def test_clicks_names_become_ours() -> None:
    found = options(timeout=2.5, patience=7.0, vantage="desk", verbose=2)
    assert (found.module, found.version) == ("lab.test/hello", "v1.0.0")
    assert (found.timeout_s, found.patience_s, found.vantage, found.verbose) == (2.5, 7.0, "desk", 2)
    assert (found.accepted, found.headers) == (frozenset(), ())


@pytest.mark.parametrize(
    ("text", "module", "version"),
    [
        ("m@latest", "m", "latest"),
        ("m@", "m", ""),
        ("@v1", "", "v1"),
        ("m@<v1.2@x", "m", "<v1.2@x"),
    ],
)
def test_the_first_at_divides_module_and_version(text: str, module: str, version: str) -> None:
    found = options(module_at_version=text)
    assert (found.module, found.version) == (module, version)


def test_without_an_at_there_is_no_version() -> None:
    assert refusal(module_at_version="lab.test/hello").startswith("'lab.test/hello' is not MODULE@VERSION")


@pytest.mark.parametrize(
    ("given_names", "accepted"),
    [
        (("tls.intercepted.trusted",), {"tls.intercepted.trusted"}),
        (("tls.intercepted",), {"tls.intercepted"}),
        (("tls", "http.forbidden"), {"tls", "http.forbidden"}),
        (("tls.intercepted.trusted, sumdb.inconsistent",), {"tls.intercepted.trusted", "sumdb.inconsistent"}),
        (("",), set()),
    ],
)
def test_known_causes_may_be_accepted(given_names: tuple[str, ...], accepted: set[str]) -> None:
    assert options(accept=given_names).accepted == accepted


@pytest.mark.parametrize("word", ["tls.intercept", "TLS", "nonsense", "tls.intercepted.trusted.more"])
def test_a_cause_that_does_not_exist_is_no_cause_to_accept(word: str) -> None:
    assert refusal(accept=("tls", word)) == f"--accept {word}: there is no such cause"


def test_headers_are_trimmed_and_keep_their_order() -> None:
    assert options(header=("X-One: 1 ", "x-one:a:b", "Empty:")).headers == (
        ("X-One", "1"),
        ("x-one", "a:b"),
        ("Empty", ""),
    )


@pytest.mark.parametrize("text", ["no colon", ": value", " : value", "X: a\r\nY: b", "X: a\nY: b", "X: \0"])
def test_what_is_no_header_is_refused(text: str) -> None:
    assert refusal(header=("X: 1", text)).endswith("is not 'Name: value'")


@pytest.mark.parametrize(
    "words", [("http://u:pw@a.test:1", "socks5h://b.test"), ("http://u:pw@a.test:1 socks5h://b.test",)]
)
def test_a_chain_is_given_hop_by_hop_or_on_one_line(words: tuple[str, ...]) -> None:
    found = options(via=words).via
    assert [hop.shown for hop in found] == ["http://a.test:1", "socks5h://b.test:1080"]
    assert (found[0].user, found[0].password) == ("u", "pw")
    assert options().via == ()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("ftp://me:s3cret@a.test", "the scheme ftp is none of http, https, socks5, socks5h"),
        ("http://me:s3cret%zz@a.test", "not a URL that go can parse"),
        ("http://me:s3/cret@a.test:1", "not a URL that go can parse"),
        ("http://me:s3cret@a.test:0", "it needs a host and a port from 1 to 65535"),
        ("http://me:s3cret@", "it needs a host and a port from 1 to 65535"),
    ],
)
def test_a_hop_that_go_would_misread_is_refused_without_its_password(word: str, said: str) -> None:
    message = refusal(via=("http://ok.test:1", word))
    assert message == f"--via: {said}"
    for secret in ("s3cret", "s3/cret", "s3"):
        assert secret not in message


def test_the_bundle_is_named_after_the_module_unless_told() -> None:
    assert options(output="there").directory() == Path("there")
    name = str(options(module_at_version="lab.test/../Hello@<v1").directory())
    assert name.startswith("modtrace-lab.test_.._Hello-_v1-20")


@given(st.text(), st.text())
def test_the_directorys_name_stays_below_the_working_directory(module: str, version: str) -> None:
    directory = options(module_at_version=f"{module.replace('@', '')}@{version}").directory()
    assert len(directory.parts) == 1
    assert directory.name.startswith("modtrace-")
    assert len(directory.name) <= 200
    assert not any(char in directory.name for char in " /\\\0\n")
