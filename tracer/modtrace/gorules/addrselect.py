"""The order in which go dials a name's addresses (Go 1.26 net/addrselect.go: RFC 6724 without rules 3, 4 and 7).

Go's policy table has its own rows for ``::ffff:0:0/96`` (IPv4), and rule 9 is for IPv6 only.
"""

from collections.abc import Sequence
from functools import cmp_to_key
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

Address = IPv4Address | IPv6Address

_SCOPE_LINK_LOCAL, _SCOPE_SITE_LOCAL, _SCOPE_GLOBAL = 0x2, 0x5, 0xE

# prefix, precedence, label: longest prefix first (rfc6724policyTable)
_POLICY: tuple[tuple[IPv6Network, int, int], ...] = (
    (IPv6Network("::1/128"), 50, 0),
    (IPv6Network("::ffff:0:0/96"), 35, 4),
    (IPv6Network("::/96"), 1, 3),
    (IPv6Network("2001::/32"), 5, 5),
    (IPv6Network("2002::/16"), 30, 2),
    (IPv6Network("3ffe::/16"), 1, 12),
    (IPv6Network("fec0::/10"), 1, 11),
    (IPv6Network("fc00::/7"), 3, 13),
    (IPv6Network("::/0"), 40, 1),
)


class _Attributes(NamedTuple):
    scope: int
    precedence: int
    label: int


class _Candidate(NamedTuple):
    text: str
    address: Address
    source: Address | None
    of_address: _Attributes
    of_source: _Attributes


def sort_by_rfc6724(pairs: Sequence[tuple[str, str | None]]) -> tuple[str, ...]:
    """Literal addresses in go's dial order, given the source address that the routing table picks for each.

    The sort is stable; a source of ``None`` means that there is no route, which puts an address last.
    """
    if len(pairs) < 2:
        return tuple(text for text, _ in pairs)
    candidates = [_candidate(text, source) for text, source in pairs]
    return tuple(one.text for one in sorted(candidates, key=cmp_to_key(_compare)))


def _candidate(text: str, source_text: str | None) -> _Candidate:
    address = ip_address(text.partition("%")[0])
    source = None if source_text is None else ip_address(source_text.partition("%")[0])
    of_source = _Attributes(0, 0, 0) if source is None else _attributes(source)
    return _Candidate(text, address, source, _attributes(address), of_source)


def _compare(a: _Candidate, b: _Candidate) -> int:
    """Negative when ``a`` is preferred (compareByRFC6724)."""
    if a.source is None or b.source is None:  # rule 1
        return (a.source is None) - (b.source is None)
    scope_fits = _prefer(a.of_address.scope == a.of_source.scope, b.of_address.scope == b.of_source.scope)
    label_fits = _prefer(a.of_address.label == a.of_source.label, b.of_address.label == b.of_source.label)
    return (
        scope_fits  # rule 2
        or label_fits  # rule 5
        or b.of_address.precedence - a.of_address.precedence  # rule 6
        or a.of_address.scope - b.of_address.scope  # rule 8
        or _longest_prefix(a, b)  # rule 9
    )


def _prefer(a_fits: bool, b_fits: bool) -> int:
    return b_fits - a_fits


def _longest_prefix(a: _Candidate, b: _Candidate) -> int:
    """Rule 9, for IPv6 destinations and the first 64 bits only; IPv4 is left alone (go.dev/issue/13283)."""
    if _is_ipv4(a.address) or _is_ipv4(b.address):
        return 0
    return _common_prefix_bits(b) - _common_prefix_bits(a)


def _common_prefix_bits(one: _Candidate) -> int:
    if one.source is None or one.source.version != one.address.version:
        return 0
    differing = (int(one.source) ^ int(one.address)) >> 64
    return 64 - differing.bit_length()


def _attributes(address: Address) -> _Attributes:
    wide = address if isinstance(address, IPv6Address) else IPv6Address((0xFFFF << 32) | int(address))
    for prefix, precedence, label in _POLICY:
        if wide in prefix:
            return _Attributes(_scope(address), precedence, label)
    raise AssertionError("::/0 holds every address")


def _scope(address: Address) -> int:
    """RFC 6724 section 3.1, with loopback counted as link-local (classifyScope)."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    plain = mapped or address
    if plain.is_loopback or plain.is_link_local:
        return _SCOPE_LINK_LOCAL
    if isinstance(plain, IPv6Address):
        if plain.is_multicast:
            return plain.packed[1] & 0xF
        if plain.packed[0] == 0xFE and plain.packed[1] & 0xC0 == 0xC0:
            return _SCOPE_SITE_LOCAL
    return _SCOPE_GLOBAL


def _is_ipv4(address: Address) -> bool:
    return isinstance(address, IPv4Address) or address.ipv4_mapped is not None
