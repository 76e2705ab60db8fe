"""GOAUTH's list, its commands' output, and which prefix a request falls under."""

import pytest

from modtrace.gorules.goauth import (
    GoauthOutputError,
    cannot_stat,
    command_argv,
    command_environ,
    entries_of,
    not_a_directory,
    parse_entry,
    parse_git_credential,
    parse_goauth,
    parse_user_auth,
    response_stdin,
)
from modtrace.gorules.settings import Setting
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
        ("netrc;", "GOAUTH encountered an empty command (GOAUTH=netrc;)"),
        ("netrc;off", "GOAUTH=off cannot be combined with other authentication commands (GOAUTH=netrc;off)"),
        ("git", "GOAUTH=git dir method requires an absolute path to the git working directory"),
        (
            "git ./here",
            "GOAUTH=git dir method requires an absolute path to the git working directory, dir is not absolute",
        ),
    ],
)
def test_what_go_ends_with_at_once(value: str, text: str) -> None:
    with pytest.raises(GoRuleError) as refused:
        parse_goauth(value)
    assert refused.value.text == text


def test_a_bad_entry_is_found_when_its_turn_comes() -> None:
    assert [parse_entry(entry, "off;helper").kind for entry in entries_of("off;helper")[:1]] == ["command"]
    with pytest.raises(GoRuleError):
        parse_entry("off", "off;helper")


def test_a_directory_that_git_cannot_work_in() -> None:
    assert str(cannot_stat("/x", "no such file or directory")) == (
        "GOAUTH=git encountered an error; cannot stat /x: stat /x: no such file or directory"
    )
    assert str(not_a_directory()).endswith("git working directory, dir is not a directory")


def setting(name: str, value: str) -> tuple[str, Setting]:
    return name, Setting(name=name, value=value, origin="go env file")


def test_a_command_finds_gos_settings_and_no_prompts_in_its_environment() -> None:
    environ = {"HOME": "/h", "GOPROXY": "old", "GIT_TERMINAL_PROMPT": "", "GCM_INTERACTIVE": "always", "PWD": "/here"}
    settings = dict(
        [setting("GOPROXY", "new"), setting("GOVCS", ""), setting("HTTPS_PROXY", "x"), setting("GOAUTH", "c")]
    )
    assert command_environ(environ, settings) == {
        "HOME": "/h",
        "GOPROXY": "new",
        "GOAUTH": "c",
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "always",
        "PWD": "/here",
    }
    assert command_environ(environ, settings, directory="/d")["PWD"] == "/d"


def test_a_command_is_split_with_quotes_and_given_the_url_on_the_retry() -> None:
    assert command_argv("'my helper' -x") == ("my helper", "-x")
    assert command_argv("helper", "https://x.test/a") == ("helper", "https://x.test/a")
    with pytest.raises(GoauthOutputError, match="cannot parse GOAUTH command 'x: unterminated ' string"):
        command_argv("'x")


def test_the_answer_is_shown_to_the_command() -> None:
    assert response_stdin("HTTP/2.0", "401 Unauthorized", [("A", "1"), ("B", "x"), ("A", "2")]) == (
        "HTTP/2.0 401 Unauthorized\nA: 1, 2\nB: x\n\n"
    )


def test_output_of_several_blocks() -> None:
    output = "https://a.test/x\nhttps://b.test\n\nauthorization: Bearer t\nX-two: 2 \n\nhttps://c.test\n\nA: 1\n\n"
    headers = (("Authorization", "Bearer t"), ("X-Two", "2"))
    assert parse_user_auth(output) == {"a.test/x": headers, "b.test": headers, "c.test": (("A", "1"),)}


def test_a_fragment_is_part_of_the_path_or_of_the_query() -> None:
    assert list(parse_user_auth("https://a.test/x#y?q#r\n\nA: 1\n\n")) == ["a.test/x%23y?q#r"]


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
