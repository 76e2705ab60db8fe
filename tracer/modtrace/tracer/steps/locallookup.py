"""What this machine itself knows of a name, without asking anybody: literal addresses, the hosts file, the order.

Go 1.26 net/hosts.go, net/conf.go, net/addrselect.go. No trio here: the headstart looks up before trio is loaded.
"""

from typing import Literal

import msgspec

from modtrace.gorules.addrselect import sort_by_rfc6724
from modtrace.gorules.dnsnames import literal_address
from modtrace.gorules.hostsfile import lookup_hosts
from modtrace.gorules.nsswitch import LookupOrder, lookup_order
from modtrace.gorules.resolvconf import ResolvConf, parse_resolv_conf
from modtrace.tracer.world.interface import World


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """``addresses`` in go's dial order. ``name`` is the rooted name that answered, ``servers`` who answered it."""

    addresses: tuple[str, ...]
    origin: Literal["literal", "hosts", "dns"]
    servers: tuple[str, ...] = ()
    cname: tuple[str, ...] = ()
    name: str | None = None
    bogons: tuple[str, ...] = ()
    slow_family: str | None = None
    lost_s: float = 0.0


def from_literal(host: str) -> Resolution | None:
    """The address that ``host`` is."""
    literal = literal_address(host)
    return None if literal is None else Resolution(addresses=_with_ipv4_any((literal,)), origin="literal")


def from_hosts(world: World, host: str) -> Resolution | None:
    """The hosts file's addresses of ``host``."""
    entry = lookup_hosts(_file(world, "/etc/hosts"), host)
    if entry is None:
        return None
    return Resolution(addresses=in_dial_order(world, entry.addresses), origin="hosts", name=entry.canonical)


def order_of_lookup(world: World) -> LookupOrder:
    """Whether the hosts file or DNS is asked first, as ``nsswitch.conf`` says."""
    return lookup_order(_file(world, "/etc/nsswitch.conf"))


def resolver_settings(world: World) -> ResolvConf:
    """``resolv.conf``."""
    return parse_resolv_conf(_file(world, "/etc/resolv.conf"), world.hostname())


def in_dial_order(world: World, addresses: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Sorted by RFC 6724."""
    if len(addresses) > 1:
        sources = {address: world.source_address_for(address) for address in dict.fromkeys(addresses)}
        return sort_by_rfc6724([(address, sources[address]) for address in addresses])
    return _with_ipv4_any(tuple(addresses))


def _with_ipv4_any(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """A lone ``::`` is dialled as ``0.0.0.0`` too (Go 1.26 net/ipsock.go internetAddrList, go.dev/issue/18806)."""
    return ("::", "0.0.0.0") if addresses == ("::",) else addresses  # noqa: S104


def _file(world: World, path: str) -> bytes | None:
    """A host file; one that cannot be read is as good as missing, for each of the three that go reads."""
    try:
        return world.read_file(path)
    except OSError:
        return None
