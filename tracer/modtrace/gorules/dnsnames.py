"""Names as Go's resolver sees them (Go 1.26 net/dnsclient.go isDomainName, absDomainName; dnsclient_unix.go nameList).

Also literal addresses as Go reads and prints them (Go 1.26 net/netip ParseAddr, net/ip.go IP.String).
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_DIGITS: Final = frozenset("0123456789")
_LABEL_BYTES: Final = 63
_NAME_BYTES: Final = 254  # with the trailing dot


def is_domain_name(name: str) -> bool:
    """Go asks no server about anything else: letters, digits, ``_``, inner ``-``; not all digits (isDomainName)."""
    if name == ".":
        return True
    if not name or len(name) > _NAME_BYTES or (len(name) == _NAME_BYTES and name[-1] != "."):
        return False
    labels = name.removesuffix(".").split(".")
    return all(map(_is_label, labels)) and any(char not in _DIGITS for label in labels for char in label)


def _is_label(label: str) -> bool:
    if not 0 < len(label) <= _LABEL_BYTES or label[0] == "-" or label[-1] == "-":
        return False
    return all(char in _LETTERS or char in _DIGITS or char == "-" for char in label)


def avoid_dns(name: str) -> bool:
    """``.onion`` is never asked (RFC 7686), and neither is an empty name (avoidDNS)."""
    return name == "" or lower_ascii(name.removesuffix(".")).endswith(".onion")


def name_list(name: str, search: Sequence[str], ndots: int) -> tuple[str, ...]:
    """The rooted names to ask, in order; empty when DNS must not be asked at all (dnsConfig.nameList)."""
    length = len(name)
    is_rooted = name.endswith(".")
    if length > _NAME_BYTES or (length == _NAME_BYTES and not is_rooted):
        return ()
    if is_rooted:
        return () if avoid_dns(name) else (name,)
    rooted = name + "."
    bare = [] if avoid_dns(rooted) else [rooted]
    suffixed = [rooted + suffix for suffix in search]
    kept = [full for full in suffixed if not avoid_dns(full) and len(full) <= _NAME_BYTES]
    return tuple(bare + kept if name.count(".") >= ndots else kept + bare)


def ensure_rooted(name: str) -> str:
    """``name`` with a trailing dot (ensureRooted)."""
    return name if name.endswith(".") else name + "."


def absolute_name(name: str) -> str:
    """``name`` with a trailing dot if it has an inner one: the hosts file's keys (absDomainName)."""
    return name + "." if "." in name and not name.endswith(".") else name


def lower_ascii(text: str) -> str:
    """Lower case of ``A`` to ``Z`` only, as Go's lowerASCIIBytes."""
    return text.translate(_LOWER)


_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def literal_address(text: str) -> str | None:
    """``text`` as go prints it when it is a literal address (an IPv4-mapped one as IPv4), else ``None``."""
    bare, percent, zone = text.partition("%")
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    if percent and (not zone or address.version == 4):
        return None
    return go_address(address) + (percent + zone)


def go_address(address: IPv4Address | IPv6Address) -> str:
    """As Go's ``IP.String``: an IPv4-mapped IPv6 address is printed, and dialled, as IPv4."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(address if mapped is None else mapped)


def join_host_port(host: str, port: int) -> str:
    """IPv6 literals in brackets (net.JoinHostPort)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
