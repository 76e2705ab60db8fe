"""The dial order of a name's addresses. The first cases are Go's own (net/addrselect_test.go)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.addrselect import sort_by_rfc6724

GLOBAL6, GLOBAL4 = "2001:db8:1::1", "198.51.100.121"


@pytest.mark.parametrize(
    ("pairs", "order"),
    [
        # RFC 6724 section 10.2, as in Go's table
        ([("2001:db8:1::1", "2001:db8:1::2"), ("198.51.100.121", "169.254.13.78")], [0, 1]),
        ([("2001:db8:1::1", "fe80::1"), ("198.51.100.121", "198.51.100.117")], [1, 0]),
        ([("2001:db8:1::1", "2001:db8:1::2"), ("10.1.2.3", "10.1.2.4")], [0, 1]),
        ([("2001:db8:1::1", "2001:db8:1::2"), ("fe80::1", "fe80::2")], [1, 0]),
        # Go's rule 9 is for IPv6 only
        ([("192.0.2.1", "192.0.2.9"), ("198.51.100.1", "192.0.2.9")], [0, 1]),
        ([("198.51.100.1", "192.0.2.9"), ("192.0.2.1", "192.0.2.9")], [0, 1]),
        ([("2001:db8:2::1", "2001:db8:1::2"), ("2001:db8:1::1", "2001:db8:1::2")], [1, 0]),
        # no route comes last
        ([("2001:db8::1", None), ("192.0.2.1", "192.0.2.9")], [1, 0]),
        ([("192.0.2.1", "192.0.2.9"), ("2001:db8::1", None)], [0, 1]),
        ([("2001:db8::1", None), ("192.0.2.1", None)], [0, 1]),
        # ULA after IPv4, global after neither
        ([("fd00::1", "fd00::2"), ("192.0.2.1", "192.0.2.9")], [1, 0]),
        ([("fd00::1", "2001:db8::9"), ("2001:db8::1", "2001:db8::9")], [1, 0]),
        # 6to4 and Teredo after IPv4
        ([("2002:c633:6401::1", "2002:c633:6401::2"), ("192.0.2.1", "192.0.2.9")], [1, 0]),
        ([("2001::1", "2001::2"), ("192.0.2.1", "192.0.2.9")], [1, 0]),
        # loopback is link-local in scope; the smaller scope comes first
        ([("::1", "::1"), ("127.0.0.1", "127.0.0.1")], [0, 1]),
        ([("127.0.0.1", "127.0.0.1"), ("::1", "::1")], [1, 0]),
        ([("2001:db8::1", "2001:db8::2"), ("ff02::1", "fe80::1")], [1, 0]),
        # the first 64 bits only
        ([("2001:db8::1:1", "2001:db8::2:2"), ("2001:db8::2:1", "2001:db8::2:2")], [0, 1]),
        ([("fe80::1%eth0", "fe80::2%eth0"), ("2001:db8::1", None)], [0, 1]),
    ],
)
def test_addresses_are_in_gos_order(pairs: list[tuple[str, str | None]], order: list[int]) -> None:
    assert sort_by_rfc6724(pairs) == tuple(pairs[index][0] for index in order)


def test_one_address_needs_no_source() -> None:
    assert sort_by_rfc6724([("192.0.2.1", None)]) == ("192.0.2.1",)


addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


@given(st.lists(st.tuples(addresses, st.none() | addresses), max_size=8))
def test_any_addresses_are_kept_and_unroutable_ones_come_last(pairs: list[tuple[str, str | None]]) -> None:
    result = sort_by_rfc6724(pairs)
    assert sorted(result) == sorted(address for address, _ in pairs)
    if len({address for address, _ in pairs}) == len(pairs):
        routable = [dict(pairs)[address] is not None for address in result]
        if len(pairs) > 1:
            assert routable == sorted(routable, reverse=True)
