"""Special addresses, which go connects to and modtrace flags."""

import pytest

from modtrace.tracer.steps.bogons import bogons, kind_of


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "unspecified"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "shared"),
        ("127.0.0.53", "loopback"),
        ("169.254.1.1", "link-local"),
        ("172.31.255.255", "private"),
        ("192.0.2.1", "documentation"),
        ("192.168.1.1", "private"),
        ("198.19.255.255", "benchmark"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("100::1", "discard"),
        ("2001:db8::1", "documentation"),
        ("fd00::1", "private"),
        ("fe80::1%eth0", "link-local"),
        ("ff02::1", "multicast"),
        ("9.9.9.9", None),
        ("172.32.0.1", None),
        ("2620:fe::9", None),
    ],
)
def test_special_ranges_have_a_kind(address: str, kind: str | None) -> None:
    assert kind_of(address) == kind


@pytest.mark.parametrize("host", ["box", "localhost", "a.local", "a.INTERNAL.", "nas.lan", "x.home.arpa"])
def test_a_private_name_may_have_a_special_address(host: str) -> None:
    assert bogons(host, ("10.0.0.1",)) == {}


def test_a_public_name_may_not() -> None:
    assert bogons("proxy.test", ("10.0.0.1", "9.9.9.9")) == {"10.0.0.1": "private"}
