"""A request's headers on both wires; the oracle's cases compare them with go's."""

import pytest

from modtrace.gorules.requestheaders import asks_for_gzip, on_http1, on_http2

GZIP = ("Accept-Encoding", "gzip")
AGENT = ("User-Agent", "Go-http-client/1.1")


def test_a_plain_get_and_a_head() -> None:
    assert on_http1("GET", []) == [AGENT, GZIP]
    assert on_http1("HEAD", []) == [AGENT]
    assert on_http2("GET", []) == [("accept-encoding", "gzip"), ("user-agent", "Go-http-client/2.0")]
    assert on_http2("HEAD", []) == [("user-agent", "Go-http-client/2.0")]


def test_http1_sorts_by_name_and_keeps_the_order_of_values() -> None:
    given = [("X", "2"), ("Authorization", "b"), ("X", "1"), ("Authorization", "a\r\nb ")]
    assert on_http1("GET", given) == [
        AGENT,
        ("Authorization", "b"),
        ("Authorization", "a  b"),
        ("X", "2"),
        ("X", "1"),
        GZIP,
    ]


def test_what_belongs_to_the_transport_is_not_the_callers() -> None:
    given = [
        (name, "x") for name in ("Host", "Content-Length", "Transfer-Encoding", "Trailer", "Connection", "Upgrade")
    ]
    assert on_http1("HEAD", given) == [AGENT, ("Connection", "x"), ("Upgrade", "x")]
    assert on_http2("HEAD", given) == [("trailer", "x"), ("user-agent", "Go-http-client/2.0")]


def test_a_user_agent_of_the_callers_own_replaces_gos_and_an_empty_one_silences_it() -> None:
    assert on_http1("HEAD", [("User-Agent", "me"), ("User-Agent", "you")]) == [("User-Agent", "me")]
    assert on_http2("HEAD", [("User-Agent", "me"), ("User-Agent", "you")]) == [("user-agent", "me")]
    assert on_http1("HEAD", [("User-Agent", "")]) == on_http2("HEAD", [("User-Agent", "")]) == []


@pytest.mark.parametrize("name", ["Accept-Encoding", "Range"])
def test_a_caller_who_names_an_encoding_or_a_range_decodes_for_itself(name: str) -> None:
    assert not asks_for_gzip("GET", [(name, "x")])
    assert asks_for_gzip("GET", [(name, ""), (name, "x")])
    assert on_http1("GET", [(name, "x")]) == [AGENT, (name, "x")]
    assert on_http2("GET", [(name, "x")]) == [(name.lower(), "x"), ("user-agent", "Go-http-client/2.0")]


@pytest.mark.parametrize(
    ("cookie", "fields"),
    [
        ("a=1; b=2", ["a=1", "b=2"]),
        ("a=1;  b=2;", ["a=1", "b=2"]),
        ("a=1;;b", ["a=1", "", "b"]),
        ("", []),
        ("a", ["a"]),
    ],
)
def test_a_cookie_is_a_field_per_pair_on_http2(cookie: str, fields: list[str]) -> None:
    sent = on_http2("HEAD", [("Cookie", cookie)])
    assert [value for name, value in sent if name == "cookie"] == fields
