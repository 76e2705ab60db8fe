"""Whose host is it: the public internet's, or somebody's own?"""

import pytest

from modtrace.diagnosis.publichost import is_public_host, is_well_known_service

GLOBAL = "8.8.8.8:443"


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("github.com", True),
        ("api.github.com", True),
        ("GITHUB.COM.", True),
        ("pkg.go.dev", True),
        ("notgithub.com", False),
        ("github.com.company.com", False),
        ("github.com.test", False),
        ("", False),
    ],
)
def test_a_well_known_service_is_known_by_a_whole_label(host: str, is_known: bool) -> None:
    assert is_well_known_service(host) is is_known


@pytest.mark.parametrize("host", ["git.company.com", "goproxy.company.co.uk", "company.io."])
def test_a_public_name_at_a_public_address_is_public(host: str) -> None:
    assert is_public_host(host, GLOBAL)
    assert is_public_host(host, "[2606:4700::1111]:443")


@pytest.mark.parametrize(
    "peer",
    [
        "10.0.0.1:443",
        "172.16.5.5:443",
        "192.168.1.1:443",
        "127.0.0.1:443",
        "169.254.1.1:443",
        "100.64.0.1:443",
        "192.0.2.1:443",
        "[::1]:443",
        "[fe80::1%eth0]:443",
        "[fd00::1]:443",
        "[::ffff:10.0.0.1]:443",
        "",
        "nonsense",
    ],
)
def test_a_public_name_anywhere_else_is_somebodys_own(peer: str) -> None:
    assert not is_public_host("git.company.com", peer)


@pytest.mark.parametrize(
    "host",
    [
        "git.test",
        "proxy.example",
        "git.corp",
        "git.internal",
        "nas.local",
        "router.lan",
        "x.home.arpa",
        "git",
        "localhost",
        "git.",
        "8.8.8.8",
        "2606:4700::1111",
        "[2606:4700::1111]",
        "",
    ],
)
def test_a_private_name_or_a_bare_address_is_never_public(host: str) -> None:
    assert not is_public_host(host, GLOBAL)


def test_a_well_known_service_is_public_wherever_it_seems_to_live() -> None:
    assert is_public_host("github.com", "10.0.0.1:443")
