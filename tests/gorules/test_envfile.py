"""The lines of go's environment files, and where the user's file is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.envfile import parse_env_file, user_env_file


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", {}),
        (b"GOPROXY=direct", {"GOPROXY": "direct"}),
        (b"GOPROXY=a=b\n", {"GOPROXY": "a=b"}),
        (b"GOPROXY=\n", {"GOPROXY": ""}),
        (b"GOPROXY=direct\r\n", {"GOPROXY": "direct\r"}),
        (b'GOPROXY="direct" # why\n', {"GOPROXY": '"direct" # why'}),
        (b"GOPROXY = direct \n", {"GOPROXY ": " direct "}),
        (b"# GOPROXY=off\n GOPROXY=off\ngoproxy=off\n_X=1\nGOPROXY\n\n=x\n", {}),
        (b"A=\xff\n", {"A": "\udcff"}),
    ],
)
def test_a_line_counts_as_it_stands(data: bytes, expected: dict[str, str]) -> None:
    assert parse_env_file(data) == expected


def test_the_last_line_wins_but_the_first_in_gos_own_file() -> None:
    data = b"GOPROXY=one\nGOSUMDB=off\nGOPROXY=two\n"
    assert parse_env_file(data) == {"GOPROXY": "two", "GOSUMDB": "off"}
    assert parse_env_file(data, is_goroot_file=True) == {"GOPROXY": "one", "GOSUMDB": "off"}


LINES = st.text().filter(lambda text: "\n" not in text)


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9]*", fullmatch=True), LINES))
def test_what_go_env_w_writes_is_read_back(values: dict[str, str]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    assert parse_env_file(data) == parse_env_file(data, is_goroot_file=True) == values


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"GOENV": "off", "HOME": "/h"}, None),
        ({"GOENV": "/my/env", "HOME": "/h"}, "/my/env"),
        ({"GOENV": "relative"}, "relative"),
        ({"GOENV": "", "HOME": "/h"}, "/h/.config/go/env"),
        ({"HOME": "/h/"}, "/h/.config/go/env"),
        ({"XDG_CONFIG_HOME": "/x/", "HOME": "/h"}, "/x/go/env"),
        ({"XDG_CONFIG_HOME": "", "HOME": "/h"}, "/h/.config/go/env"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, None),
        ({"HOME": ""}, None),
        ({}, None),
    ],
)
def test_the_users_file_has_its_place(environ: dict[str, str], path: str | None) -> None:
    assert user_env_file(environ) == path
