"""Names and literal addresses, as Go sees them."""

import pytest

from modtrace.gorules.dnsnames import (
    absolute_name,
    avoid_dns,
    is_domain_name,
    join_host_port,
    literal_address,
    name_list,
)

LONG = ".".join(["a" * 62] * 4)  # 251 bytes


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (".", True),
        ("proxy.test", True),
        ("proxy.test.", True),
        ("_srv.proxy.test", True),
        ("a-b.test", True),
        ("1.2.3.x", True),
        ("1-2", True),
        ("", False),
        ("..", False),
        ("a..b", False),
        (".a", False),
        ("-a.test", False),
        ("a-.test", False),
        ("a-", False),
        ("1.2.3.4", False),
        ("123", False),
        ("a b", False),
        ("bücher.test", False),
        ("a" * 63, True),
        ("a" * 64, False),
        (LONG + ".b", True),
        (LONG + ".bb", False),
        (LONG + ".b.", True),
    ],
)
def test_only_domain_names_are_asked(name: str, is_one: bool) -> None:
    assert is_domain_name(name) is is_one


@pytest.mark.parametrize(
    ("name", "search", "ndots", "names"),
    [
        ("a.b", [], 1, ("a.b.",)),
        ("a", [], 1, ("a.",)),
        ("a.b", ["x."], 1, ("a.b.", "a.b.x.")),
        ("a", ["x.", "y."], 1, ("a.x.", "a.y.", "a.")),
        ("a.b", ["x."], 2, ("a.b.x.", "a.b.")),
        ("a", ["x."], 0, ("a.", "a.x.")),
        ("a.b.", ["x."], 1, ("a.b.",)),
        ("a.onion", [], 1, ()),
        ("a.ONION.", [], 1, ()),
        ("a.onion", ["x."], 1, ("a.onion.x.",)),
        ("a", ["onion."], 1, ("a.",)),
        (LONG, ["xx.", "x."], 1, (f"{LONG}.", f"{LONG}.x.")),
        ("a" * 255, [], 1, ()),
    ],
)
def test_the_names_to_ask_are_gos(name: str, search: list[str], ndots: int, names: tuple[str, ...]) -> None:
    assert name_list(name, search, ndots) == names


@pytest.mark.parametrize(("name", "avoided"), [("", True), ("x.onion", True), ("x.Onion.", True), ("onion", False)])
def test_onion_names_are_never_asked(name: str, avoided: bool) -> None:
    assert avoid_dns(name) is avoided


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.01", None),
        ("192.0.2", None),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("fe80::1%", None),
        ("192.0.2.1%eth0", None),
        ("[::1]", None),
        ("proxy.test", None),
        ("", None),
    ],
)
def test_literal_addresses_are_printed_as_go_prints_them(text: str, printed: str | None) -> None:
    assert literal_address(text) == printed


def test_only_dotted_names_become_absolute() -> None:
    assert [absolute_name(name) for name in ("box", "a.b", "a.b.")] == ["box", "a.b.", "a.b."]


def test_ipv6_gets_brackets() -> None:
    assert [join_host_port(host, 53) for host in ("::1", "192.0.2.1")] == ["[::1]:53", "192.0.2.1:53"]
