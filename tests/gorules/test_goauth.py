"""GOAUTH's list, its commands' output, and which prefix a request falls under."""

import pytest

from modtrace.gorules.goauth import (
    Credentials,
    GoauthOutputError,
    basic_authorization,
    command_argv,
    parse_git_credential,
    parse_goauth,
    parse_user_auth,
    response_stdin,
)
from modtrace.gorules.netrc import NetrcLine
from modtrace.record.failures import GoRuleError


def test_the_list_runs_in_reverse() -> None:
    commands = parse_goauth("netrc; git /srv/repo ;helper --flag")
    assert [(one.kind, one.text) for one in commands] == [
        ("command", "helper --flag"),
        ("git", "git /srv/repo"),
        ("netrc", "netrc"),
    ]
    assert commands[1].directory == "/srv/repo"


def test_off_alone_is_off() -> None:
    assert [one.kind for one in parse_goauth(" off ")] == ["off"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("netrc;", "go: GOAUTH encountered an empty command (GOAUTH=netrc;)"),
        ("netrc;off", "go: GOAUTH=off cannot be combined with other authentication commands (GOAUTH=netrc;off)"),
        ("git", "go: GOAUTH=git dir method requires an absolute path to the git working directory"),
        (
            "git ./here",
            "go: GOAUTH=git dir method requires an absolute path to the git working directory, dir is not absolute",
        ),
    ],
)
def test_what_go_ends_with_at_once(value: str, text: str) -> None:
    with pytest.raises(GoRuleError) as refused:
        parse_goauth(value)
    assert refused.value.text == text


def test_a_command_is_split_with_quotes_and_given_the_url_on_the_retry() -> None:
    assert command_argv("'my helper' -x") == ("my helper", "-x")
    assert command_argv("helper", "https://x.test/a") == ("helper", "https://x.test/a")
    with pytest.raises(GoauthOutputError, match="cannot parse GOAUTH command 'x: unterminated ' string"):
        command_argv("'x")


def test_the_answer_is_shown_to_the_command() -> None:
    assert response_stdin("HTTP/2.0", "401 Unauthorized", {"A": ["1", "2"]}) == "HTTP/2.0 401 Unauthorized\nA: 1, 2\n\n"


def test_output_of_several_blocks() -> None:
    output = "https://a.test/x\nhttps://b.test\n\nauthorization: Bearer t\nX-two: 2 \n\nhttps://c.test\n\nA: 1\n\n"
    headers = (("Authorization", "Bearer t"), ("X-Two", "2"))
    assert parse_user_auth(output) == {"a.test/x": headers, "b.test": headers, "c.test": (("A", "1"),)}


def test_no_output_is_no_credential() -> None:
    assert parse_user_auth("") == {}


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("https://a.test", "invalid format: missing empty line after URLs"),
        ("https://a.test\n\nA: 1\n", "invalid format: missing empty line after headers"),
        ("https://a.test\n\nA:1\n\n", "invalid format: invalid header line"),
        ("https://a.test\n\nA b: 1\n\n", "invalid format: invalid header line"),
        ("https://a.test\n\nA: \x01\n\n", "invalid format: invalid header line"),
        ("a.test\n\nA: 1\n\n", 'could not parse URL a.test: parse "a.test": invalid URI for request'),
    ],
)
def test_output_that_go_cannot_read(output: str, text: str) -> None:
    with pytest.raises(GoauthOutputError) as refused:
        parse_user_auth(output)
    assert str(refused.value) == text


def test_git_credential_output() -> None:
    output = "protocol=https\nhost=x.test:8443\npath=/a\nusername=u\npassword=p=q\nnoise\n"
    assert parse_git_credential(output) == ("https://x.test:8443/a", "u", "p=q")
    assert parse_git_credential("protocol=http\nhost=y.test\nurl=https://x.test/a\n").prefix == "https://x.test/a"
    assert parse_git_credential("").prefix == ""


def test_the_longest_prefix_in_whole_elements_is_used() -> None:
    store = Credentials()
    store.store("https://x.test/a/", (("A", "deep"),))
    store.store("x.test", (("A", "host"),))
    assert store.load("https://x.test/a/b/@v/list") == (("A", "deep"),)
    assert store.load("https://x.test/ab") == (("A", "host"),)
    assert store.load("https://y.test/") == ()


def test_the_port_and_the_userinfo_are_part_of_the_key() -> None:
    store = Credentials()
    store.store("localhost", (("A", "1"),))
    assert store.load("https://localhost:7003/m") == ()
    assert store.load("https://u:p@localhost/m") == ()
    store.store("localhost:7003", (("A", "2"),))
    assert store.load("https://localhost:7003/m") == (("A", "2"),)


def test_no_headers_take_a_prefix_out() -> None:
    store = Credentials()
    store.store("x.test", (("A", "1"),))
    store.store("https://x.test/", ())
    store.store("never.test", ())
    assert store.load("https://x.test/") == ()


def test_the_first_netrc_line_of_a_machine_wins() -> None:
    store = Credentials()
    store.store_netrc(NetrcLine(machine="x.test", login="u", password=word) for word in ("first", "second"))
    assert store.load("https://x.test/m") == basic_authorization("u", "first")
    assert basic_authorization("u", "p") == (("Authorization", "Basic dTpw"),)
