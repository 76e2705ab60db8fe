"""Which value of a setting is in force, and where it came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.settings import FALLBACK_GOPROXY, FALLBACK_GOSUMDB, GoSettings, resolve_settings

GOROOT = {"GOPROXY": "https://goproxy.example,direct", "GOSUMDB": "sum.example", "GOTOOLCHAIN": "local"}
VALUES = st.dictionaries(st.just("GOPROXY"), st.sampled_from(["", "direct", "off"]))


def told(settings: GoSettings, name: str) -> tuple[str, str]:
    return settings.value(name), settings.origin(name)


@pytest.mark.parametrize(
    ("environ", "user_file", "goroot", "options", "expected"),
    [
        ({}, {}, GOROOT, {}, ("https://goproxy.example,direct", "goroot")),
        ({}, {"GOPROXY": "direct"}, GOROOT, {}, ("direct", "go env file")),
        ({"GOPROXY": "off"}, {"GOPROXY": "direct"}, GOROOT, {}, ("off", "environment")),
        ({"GOPROXY": "off"}, {"GOPROXY": "direct"}, GOROOT, {"GOPROXY": "x"}, ("x", "option")),
        ({"GOPROXY": "off"}, {}, GOROOT, {"GOPROXY": ""}, ("", "option")),
        ({"GOPROXY": ""}, {"GOPROXY": "direct"}, GOROOT, {}, ("direct", "go env file")),
        ({"GOPROXY": ""}, {}, GOROOT, {}, ("https://goproxy.example,direct", "goroot")),
        ({}, {"GOPROXY": ""}, GOROOT, {}, ("", "built-in")),
        ({}, {}, {}, {}, ("", "built-in")),
        ({}, {}, None, {}, (FALLBACK_GOPROXY, "built-in")),
        ({}, {"GOPROXY": ""}, None, {}, ("", "built-in")),
    ],
)
def test_the_first_place_that_says_something_counts(
    environ: dict[str, str],
    user_file: dict[str, str],
    goroot: dict[str, str] | None,
    options: dict[str, str],
    expected: tuple[str, str],
) -> None:
    assert told(resolve_settings(environ, user_file, goroot, options=options), "GOPROXY") == expected


@given(VALUES, VALUES, VALUES)
def test_the_environment_when_not_empty_hides_both_files(
    environ: dict[str, str], user_file: dict[str, str], goroot: dict[str, str]
) -> None:
    settings = resolve_settings(environ, user_file, goroot)
    if environ.get("GOPROXY"):
        assert told(settings, "GOPROXY") == (environ["GOPROXY"], "environment")
    else:
        assert settings == resolve_settings({}, user_file, goroot)


def test_without_a_toolchain_the_fallbacks_are_for_two_settings_only() -> None:
    settings = resolve_settings({}, {}, None)
    assert told(settings, "GOSUMDB") == (FALLBACK_GOSUMDB, "built-in")
    assert FALLBACK_GOPROXY.endswith(",direct")
    assert settings.value("GOTOOLCHAIN") == ""
    assert told(settings, "GOAUTH") == ("netrc", "built-in")


@pytest.mark.parametrize("name", ["GONOPROXY", "GONOSUMDB"])
def test_goprivate_stands_in_with_its_own_origin(name: str) -> None:
    user_file = {"GOPRIVATE": "corp.example"}
    settings = resolve_settings({}, user_file, GOROOT)
    assert told(settings, name) == ("corp.example", "go env file")
    assert settings.by_name[name].name == name
    assert told(resolve_settings({name: "none"}, user_file, GOROOT), name) == ("none", "environment")
    assert resolve_settings({"GOPRIVATE": "x"}, {}, GOROOT).value("GOINSECURE") == ""


@pytest.mark.parametrize(
    ("environ", "gopath", "cache"),
    [
        ({"HOME": "/home/u"}, "/home/u/go", "/home/u/go/pkg/mod"),
        ({"HOME": "/home/u/"}, "/home/u/go", "/home/u/go/pkg/mod"),
        ({"HOME": "/home/u", "GOPATH": "/a:/b"}, "/a:/b", "/a/pkg/mod"),
        ({"HOME": "/home/u", "GOMODCACHE": "/c"}, "/home/u/go", "/c"),
        ({"GOPATH": ":/b"}, ":/b", ""),
        ({}, "", ""),
    ],
)
def test_the_paths_have_their_defaults(environ: dict[str, str], gopath: str, cache: str) -> None:
    settings = resolve_settings(environ, {}, GOROOT)
    assert (settings.value("GOPATH"), settings.value("GOMODCACHE")) == (gopath, cache)


def test_some_are_read_from_the_environment_alone() -> None:
    settings = resolve_settings({"https_proxy": "http://p.test"}, {"GODEBUG": "netdns=go", "NETRC": "/n"}, GOROOT)
    assert told(settings, "https_proxy") == ("http://p.test", "environment")
    assert settings.value("GODEBUG") == ""
    assert [(row.name, row.value, row.origin) for row in settings.ignored] == [
        ("GODEBUG", "netdns=go", "go env file"),
        ("NETRC", "/n", "go env file"),
    ]
    assert all("from the environment only" in row.because for row in settings.ignored)


def test_what_go_has_no_setting_for_is_pointed_out_where_it_was_set() -> None:
    settings = resolve_settings(
        {"ALL_PROXY": "socks5://p.test", "GOPROXY_TIMEOUT": "", "HOME": "/h"}, {"GOSUMDB_TIMEOUT": "3"}, GOROOT
    )
    assert [(row.name, row.origin) for row in settings.ignored] == [
        ("ALL_PROXY", "environment"),
        ("GOSUMDB_TIMEOUT", "go env file"),
    ]
    assert "curl would use it" in settings.ignored[0].because
    assert settings.value("ALL_PROXY") == ""


def test_only_what_is_not_empty_is_shown() -> None:
    shown = {setting.name for setting in resolve_settings({"NO_PROXY": "x"}, {}, GOROOT).shown()}
    assert shown == {"GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOAUTH", "NO_PROXY"}
