"""Addresses as Go reads them, with its words for what it does not read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.goaddr import (
    AddressError,
    join_host_port,
    parse_addr,
    parse_cidr,
    parse_ip,
    split_host_port,
)


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("1.2.3.4", "01020304"),
        ("::", "00" * 16),
        ("::1", "00" * 15 + "01"),
        ("1::", "0001" + "00" * 14),
        ("2001:db8::1:2", "20010db8" + "00" * 8 + "00010002"),
        ("::ffff:1.2.3.4", "00" * 10 + "ffff01020304"),
        ("1:2:3:4:5:6:7:8", "00010002000300040005000600070008"),
    ],
)
def test_addresses(text: str, packed: str) -> None:
    assert parse_addr(text).packed.hex() == packed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", 'ParseAddr(""): unable to parse IP'),
        ("%e", 'ParseAddr("%e"): missing IPv6 address'),
        ("1.2.3", 'ParseAddr("1.2.3"): IPv4 address too short'),
        ("1.2.3.4.5", 'ParseAddr("1.2.3.4.5"): IPv4 address too long'),
        ("1.2.3.256", 'ParseAddr("1.2.3.256"): IPv4 field has value >255'),
        ("1.02.3.4", 'ParseAddr("1.02.3.4"): IPv4 field has octet with leading zero'),
        ("1..2.3", 'ParseAddr("1..2.3"): IPv4 field must have at least one digit (at ".2.3")'),
        ("1.2.3.x", 'ParseAddr("1.2.3.x"): unexpected character (at "x")'),
        ("fe80::1%", 'ParseAddr("fe80::1%"): zone must be a non-empty string'),
        ("12345::", 'ParseAddr("12345::"): each group must have 4 or less digits (at "12345::")'),
        ("1:2", 'ParseAddr("1:2"): address string too short'),
        ("1::2::3", 'ParseAddr("1::2::3"): multiple :: in address (at ":3")'),
        ("1:2:3:4:5:6:7:8:9", 'ParseAddr("1:2:3:4:5:6:7:8:9"): trailing garbage after address (at "9")'),
        ("1:", 'ParseAddr("1:"): colon must be followed by more characters (at ":")'),
        ("1:x", 'ParseAddr("1:x"): each colon-separated field must have at least one digit (at "x")'),
    ],
)
def test_refusals_in_gos_words(text: str, why: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_addr(text)
    assert str(refused.value) == why


@given(st.text(alphabet="0123456789abcdef.:%", max_size=24))
def test_any_text_gives_an_address_or_an_address_error(text: str) -> None:
    try:
        assert len(parse_addr(text).packed) in (4, 16)
    except AddressError:
        assert parse_ip(text) is None


def test_a_zone_is_kept_but_is_no_ip() -> None:
    assert parse_addr("fe80::1%eth0").zone == "eth0"
    assert parse_ip("fe80::1%eth0") is None


def test_loopback() -> None:
    assert parse_addr("127.5.5.5").is_loopback
    assert parse_addr("::ffff:127.0.0.1").is_loopback
    assert parse_addr("::1").is_loopback
    assert not parse_addr("::2").is_loopback


@pytest.mark.parametrize(
    ("block", "address", "is_inside"),
    [
        ("10.0.0.0/8", "10.255.0.1", True),
        ("10.9.9.9/8", "10.0.0.1", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("::/0", "10.0.0.1", False),
        ("::/0", "2001:db8::1", True),
        ("::ffff:10.0.0.0/104", "10.1.1.1", True),
        ("0.0.0.0/0", "::1", False),
    ],
)
def test_blocks(block: str, address: str, is_inside: bool) -> None:
    network = parse_cidr(block)
    assert network is not None
    assert network.contains(parse_addr(address)) is is_inside


@pytest.mark.parametrize(
    "text", ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "x/8", "fe80::1%e/64", "1.2.3.4/-1", "::/129"]
)
def test_no_blocks(text: str) -> None:
    assert parse_cidr(text) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [("h:1", ("h", "1")), ("[::1]:443", ("::1", "443")), (":1", ("", "1")), ("h:", ("h", "")), ("[]:1", ("", "1"))],
)
def test_host_and_port(text: str, parts: tuple[str, str]) -> None:
    assert split_host_port(text) == parts


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("h", "address h: missing port in address"),
        ("::1", "address ::1: too many colons in address"),
        ("[::1]", "address [::1]: missing port in address"),
        ("[::1", "address [::1: missing ']' in address"),
        ("[::1]x:1", "address [::1]x:1: missing port in address"),
        ("[a]:1:2", "address [a]:1:2: too many colons in address"),
        ("a[b:1", "address a[b:1: unexpected '[' in address"),
        ("a]b:1", "address a]b:1: unexpected ']' in address"),
    ],
)
def test_no_host_and_port(text: str, why: str) -> None:
    with pytest.raises(AddressError) as refused:
        split_host_port(text)
    assert str(refused.value) == why


def test_join_puts_brackets_around_colons() -> None:
    assert join_host_port("::1", "443") == "[::1]:443"
    assert join_host_port("h", "") == "h:"
