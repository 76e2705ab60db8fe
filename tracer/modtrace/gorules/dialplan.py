"""How Go shares one dial's time among addresses (Go 1.26 net/dial.go: partition, partialDeadline, dialParallel)."""

from collections.abc import Sequence

_SHORTEST_SHARE_NS = 2_000_000_000  # net/dial.go partialDeadline: saneMinimum


def partition(addresses: Sequence[str]) -> tuple[list[str], list[str]]:
    """``(primaries, fallbacks)``: primaries are those of the first address's family (addrList.partition)."""
    if not addresses:
        return [], []
    primary_is_ipv4 = is_ipv4(addresses[0])
    primaries = [address for address in addresses if is_ipv4(address) == primary_is_ipv4]
    fallbacks = [address for address in addresses if is_ipv4(address) != primary_is_ipv4]
    return primaries, fallbacks


def is_ipv4(address: str) -> bool:
    """True for a literal IPv4 address; every other literal is IPv6."""
    return ":" not in address


def partial_deadline_ns(now_ns: int, deadline_ns: int, addresses_left: int) -> int:
    """When this address's share of the time ends: an equal part of what remains, at least 2 s, never past the end."""
    remaining_ns = deadline_ns - now_ns
    share_ns = remaining_ns // addresses_left
    if share_ns < _SHORTEST_SHARE_NS:
        share_ns = min(remaining_ns, _SHORTEST_SHARE_NS)
    return now_ns + share_ns
