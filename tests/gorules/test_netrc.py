"""The netrc file as go reads it."""

import pytest

from modtrace.gorules.netrc import netrc_path, parse_netrc


def read(text: str) -> list[tuple[str, str, str]]:
    return [(line.machine, line.login, line.password) for line in parse_netrc(text.encode())]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("machine a login u password p", [("a", "u", "p")]),
        ("machine a\n  login u\n\tpassword p\n", [("a", "u", "p")]),
        ("machine a password p login u", [("a", "u", "p")]),
        ("machine a login u\nmachine b login v password q", [("b", "v", "q")]),
        ("machine a login u password p\nmachine a login v password q", [("a", "u", "p"), ("a", "v", "q")]),
        ("machine a login u password p\nlogin x password y", [("a", "u", "p")]),
        ("machine a:8443 login u password p", [("a:8443", "u", "p")]),
        ("machine a login u account x password p", [("a", "u", "p")]),
        ("machine a login u password p extra", [("a", "u", "p")]),
        ("default\nmachine a login u password p", []),
        ("default login x password y\nmachine a login u password p", [("a", "u", "p")]),
        ("machine a login u password p default\nmachine b login v password q", [("a", "u", "p")]),
        ("macdef m\nmachine x login u password p\n\nmachine a login u password p", [("a", "u", "p")]),
        ("macdef m\r\nx\r\n\r\nmachine a login u password p", []),
        ("machine a login u password p\r\n", [("a", "u", "p")]),
        ("# machine a login u password p", []),
        ("", []),
    ],
)
def test_entries(text: str, lines: list[tuple[str, str, str]]) -> None:
    assert read(text) == lines


def test_bytes_that_are_not_utf8_survive() -> None:
    (line,) = parse_netrc(b"machine a login u password \xff")
    assert line.password.encode("utf-8", "surrogateescape") == b"\xff"


def test_where_the_file_is() -> None:
    assert netrc_path({"NETRC": "/n", "HOME": "/h"}) == "/n"
    assert netrc_path({"NETRC": "", "HOME": "/h/"}) == "/h/.netrc"
    assert netrc_path({}) is None
