"""How one dial's time is shared among addresses (Go 1.26 net/dial.go, net/dial_test.go TestDialParallel's shapes)."""

import pytest

from modtrace.gorules.dialplan import is_ipv4, partial_deadline_ns, partition

S = 1_000_000_000


@pytest.mark.parametrize(
    ("addresses", "primaries", "fallbacks"),
    [
        ([], [], []),
        (["192.0.2.1"], ["192.0.2.1"], []),
        (["2001:db8::1", "192.0.2.1"], ["2001:db8::1"], ["192.0.2.1"]),
        (["192.0.2.1", "2001:db8::1"], ["192.0.2.1"], ["2001:db8::1"]),
        (
            ["192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2"],
            ["192.0.2.1", "192.0.2.2"],
            ["2001:db8::1", "2001:db8::2"],
        ),
        (["2001:db8::1", "2001:db8::2"], ["2001:db8::1", "2001:db8::2"], []),
    ],
)
def test_primaries_are_the_first_addresss_family_in_order(
    addresses: list[str], primaries: list[str], fallbacks: list[str]
) -> None:
    assert partition(addresses) == (primaries, fallbacks)


@pytest.mark.parametrize(
    ("now_s", "deadline_s", "left", "expected_s"),
    [  # the rows of Go's TestDialerPartialDeadline, in seconds
        (0, 12, 1, 12),
        (0, 12, 2, 6),
        (0, 12, 3, 4),
        (0, 12, 4, 3),
        (0, 12, 5, 2.4),
        (0, 12, 6, 2),
        (0, 12, 7, 2),
        (0, 12, 8, 2),
        (10, 12, 3, 12),
        (11, 12, 3, 12),
        (0, 30, 1, 30),
        (0, 30, 4, 7.5),
        (20, 30, 2, 25),
    ],
)
def test_each_address_gets_an_equal_share_but_at_least_two_seconds(
    now_s: float, deadline_s: float, left: int, expected_s: float
) -> None:
    assert partial_deadline_ns(int(now_s * S), int(deadline_s * S), left) == int(expected_s * S)


@pytest.mark.parametrize(
    ("address", "expected"), [("192.0.2.1", True), ("2001:db8::1", False), ("::ffff:1.2.3.4", False)]
)
def test_an_address_with_a_colon_is_ipv6(address: str, expected: bool) -> None:
    assert is_ipv4(address) is expected
