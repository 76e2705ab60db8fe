"""What the machine itself says of a name: literals, the hosts file, the order of the lookup, the dial order."""

import errno

import pytest
from tests.sim.dns_world import DnsWorld
from tests.sim.host_world import HostWorld

from modtrace.tracer.steps.locallookup import (
    from_hosts,
    from_literal,
    in_dial_order,
    order_of_lookup,
    resolver_settings,
)

HOSTS = b"192.0.2.1 proxy.test other.test\n2001:db8::1 proxy.test\n::1 box\n"


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("192.0.2.1", ("192.0.2.1",)),
        ("2001:DB8::1", ("2001:db8::1",)),
        ("::ffff:192.0.2.1", ("192.0.2.1",)),
        ("fe80::1%eth0", ("fe80::1%eth0",)),
        ("::", ("::", "0.0.0.0")),
    ],
)
def test_a_literal_is_its_own_answer(host: str, addresses: tuple[str, ...]) -> None:
    found = from_literal(host)
    assert found is not None
    assert (found.addresses, found.origin) == (addresses, "literal")


@pytest.mark.parametrize("host", ["proxy.test", "192.0.2", "", "192.0.2.1%eth0"])
def test_everything_else_is_none(host: str) -> None:
    assert from_literal(host) is None


def test_the_hosts_file_gives_all_addresses_of_both_families_and_the_lines_first_name() -> None:
    found = from_hosts(HostWorld(files={"/etc/hosts": HOSTS}), "Other.test")
    assert found is not None
    assert (found.addresses, found.origin, found.name) == (("192.0.2.1",), "hosts", "proxy.test.")
    assert from_hosts(HostWorld(files={"/etc/hosts": HOSTS}), "gone.test") is None


@pytest.mark.parametrize("content", [None, OSError(errno.EACCES, "no")])
def test_a_file_that_cannot_be_read_is_as_good_as_missing(content: OSError | None) -> None:
    names = ("/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf")
    world = HostWorld(files={} if content is None else dict.fromkeys(names, content))
    assert from_hosts(world, "proxy.test") is None
    assert order_of_lookup(world) == "files,dns"
    assert resolver_settings(world).servers_are_default


def test_the_order_and_the_servers_are_the_files() -> None:
    files = {"/etc/nsswitch.conf": b"hosts: dns files\n", "/etc/resolv.conf": b"nameserver 192.0.2.53\n"}
    world = HostWorld(files=dict(files))
    assert order_of_lookup(world) == "dns,files"
    assert resolver_settings(world).servers == ("192.0.2.53",)


def test_several_addresses_are_sorted_by_what_the_routing_table_offers() -> None:
    unreachable_v6 = DnsWorld.__new__(DnsWorld)
    unreachable_v6._sources = {"192.0.2.1": "192.0.2.99"}  # pyright: ignore[reportPrivateUsage]
    assert in_dial_order(unreachable_v6, ["2001:db8::1", "192.0.2.1"]) == ("192.0.2.1", "2001:db8::1")
