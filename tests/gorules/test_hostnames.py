"""Hosts against names of certificates; the sentences are Go's (the oracle test compares whole chains)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.hostnames import hostname_error, ip_text

V4, V6 = bytes([10, 0, 0, 1]), bytes(15) + b"\x01"


def judge(host: str, *names: str, ips: tuple[bytes, ...] = (), cn: str = "", has_san: bool = True) -> str | None:
    return hostname_error(host, dns_names=names, ips=ips, common_name=cn, has_san=has_san)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.example", "a.example"),
        ("A.Example", "a.eXample"),
        ("a.example.", "a.example"),
        ("x.a.example", "*.a.example"),
        ("a_b.example", "*.example"),
        ("not a host", "not a host"),
        ("-x.example", "-X.example"),
    ],
)
def test_these_match(host: str, name: str) -> None:
    assert judge(host, name) is None


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("example", "*"),
        ("a.b.example", "*.example"),
        ("example", "*.example"),
        ("ab.example", "a*.example"),
        ("a.b.example", "a.*.example"),
        ("a.example", "a.example."),
        ("a.example", ""),
        ("", ""),
        (".", "."),
        ("a..example", "*..example"),
    ],
)
def test_these_do_not(host: str, name: str) -> None:
    assert judge(host, name) is not None


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (
            "x509: certificate is valid for a.example, b.example, not c.example",
            judge("c.example", "a.example", "b.example"),
        ),
        ("x509: certificate is not valid for any names, but wanted to match c.example", judge("c.example")),
        ("x509: certificate is valid for 100 names, but none matched c.example", judge("c.example", *["x"] * 100)),
        (
            "x509: certificate relies on legacy Common Name field, use SANs instead",
            judge("c.example", cn="*.example", has_san=False),
        ),
        (
            "x509: cannot validate certificate for 10.0.0.2 because it doesn't contain any IP SANs",
            judge("10.0.0.2", "10.0.0.2"),
        ),
        ("x509: certificate is valid for 10.0.0.1, ::1, not 10.0.0.2", judge("10.0.0.2", ips=(V4, V6))),
        ("x509: certificate is valid for 100 IP SANs, but none matched 10.0.0.2", judge("10.0.0.2", ips=(V4,) * 100)),
        ("x509: certificate is valid for 10.0.0.1, not ::2", judge("[::2]", ips=(V4,))),
    ],
)
def test_mismatches_are_told_in_the_words_of_go(words: str, verdict: str | None) -> None:
    assert verdict == words


def test_addresses_match_address_names_only() -> None:
    assert judge("10.0.0.1", ips=(V4,)) is None
    assert judge("10.0.0.1", ips=(bytes(10) + b"\xff\xff" + V4,)) is None
    assert judge("[::1]", ips=(V6,)) is None
    assert judge("10.0.0.1", "10.0.0.1") is not None


def test_addresses_are_printed_as_go_prints_them() -> None:
    assert ip_text(bytes(10) + b"\xff\xff" + V4) == "10.0.0.1"
    assert ip_text(V6) == "::1"


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=4), st.text(max_size=20), st.booleans())
def test_no_text_escapes(host: str, names: list[str], cn: str, has_san: bool) -> None:
    verdict = judge(host, *names, cn=cn, has_san=has_san)
    assert verdict is None or verdict.startswith("x509: ")
