"""Addresses that a public name should not have: go connects to them all the same, modtrace says so first."""

from ipaddress import IPv4Network, IPv6Network, ip_address

_RANGES: tuple[tuple[IPv4Network | IPv6Network, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "unspecified"),
    (IPv4Network("10.0.0.0/8"), "private"),
    (IPv4Network("100.64.0.0/10"), "shared"),
    (IPv4Network("127.0.0.0/8"), "loopback"),
    (IPv4Network("169.254.0.0/16"), "link-local"),
    (IPv4Network("172.16.0.0/12"), "private"),
    (IPv4Network("192.0.2.0/24"), "documentation"),
    (IPv4Network("192.168.0.0/16"), "private"),
    (IPv4Network("198.18.0.0/15"), "benchmark"),
    (IPv4Network("198.51.100.0/24"), "documentation"),
    (IPv4Network("203.0.113.0/24"), "documentation"),
    (IPv4Network("224.0.0.0/4"), "multicast"),
    (IPv4Network("240.0.0.0/4"), "reserved"),
    (IPv6Network("::/128"), "unspecified"),
    (IPv6Network("::1/128"), "loopback"),
    (IPv6Network("100::/64"), "discard"),
    (IPv6Network("2001:db8::/32"), "documentation"),
    (IPv6Network("fc00::/7"), "private"),
    (IPv6Network("fe80::/10"), "link-local"),
    (IPv6Network("ff00::/8"), "multicast"),
)
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".corp", ".home", ".intranet")


def bogons(host: str, addresses: tuple[str, ...]) -> dict[str, str]:
    """The special addresses among ``addresses`` with their kind; none when ``host`` is plainly a private name."""
    name = host.lower().removesuffix(".")
    if "." not in name or name.endswith(_PRIVATE_SUFFIXES):
        return {}
    return {address: kind for address in addresses if (kind := kind_of(address))}


def kind_of(address: str) -> str | None:
    """Why an address is special, or ``None`` for an ordinary one."""
    value = ip_address(address.partition("%")[0])
    return next((kind for network, kind in _RANGES if value in network), None)
