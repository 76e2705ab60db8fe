"""The hosts file, as Go reads it."""

import pytest

from modtrace.gorules.hostsfile import lookup_hosts

FILE = b"""\
127.0.0.1 localhost # the usual
::1\tlocalhost ip6-localhost
192.0.2.1 Proxy.Test proxy
192.0.2.2 proxy.test
#192.0.2.3 hidden.test
not-an-address bad.test
192.0.2.4
192.0.2.5 dotted.test.
fe80::1%eth0 zoned
::ffff:192.0.2.6 mapped.test
192.0.2.7 twice.test twice.test
192.0.2.08 zero.test
"""


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("localhost", ("127.0.0.1", "::1")),
        ("LocalHost", ("127.0.0.1", "::1")),
        ("localhost.", None),
        ("proxy.test", ("192.0.2.1", "192.0.2.2")),
        ("proxy.test.", ("192.0.2.1", "192.0.2.2")),
        ("PROXY.TEST", ("192.0.2.1", "192.0.2.2")),
        ("proxy", ("192.0.2.1",)),
        ("hidden.test", None),
        ("bad.test", None),
        ("dotted.test", ("192.0.2.5",)),
        ("zoned", ("fe80::1%eth0",)),
        ("mapped.test", ("192.0.2.6",)),
        ("twice.test", ("192.0.2.7", "192.0.2.7")),
        ("zero.test", None),
        ("absent.test", None),
    ],
)
def test_a_name_has_the_addresses_of_all_its_lines(host: str, addresses: tuple[str, ...] | None) -> None:
    entry = lookup_hosts(FILE, host)
    assert (entry.addresses if entry else None) == addresses


def test_the_canonical_name_is_the_first_of_the_first_line() -> None:
    entry = lookup_hosts(FILE, "proxy")
    assert entry is not None
    assert entry.canonical == "proxy.test."


def test_no_file_has_no_names() -> None:
    assert lookup_hosts(None, "localhost") is None


def test_names_beyond_ascii_match_by_their_bytes() -> None:
    entry = lookup_hosts("192.0.2.1 bücher\n".encode(), "bücher")
    assert entry is not None
