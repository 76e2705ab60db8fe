"""The offer of Go's TLS client, and what GODEBUG does to it."""

import pytest

from modtrace.gorules.tlsprofile import go_profile, godebug_settings, parse_ip, server_name_indication


def test_plain_offer_is_that_of_go_1_26() -> None:
    profile = go_profile()
    assert profile.groups == (0x11EC, 0x11EB, 0x11ED, 0x1D, 0x17, 0x18, 0x19)
    assert profile.key_shares == (0x11EC, 0x1D)
    assert [f"{suite:04x}" for suite in profile.suites] == [
        "c02b", "c02f", "c02c", "c030", "cca9", "cca8", "c009", "c013", "c00a", "c014",
    ]  # fmt: skip
    assert profile.suites_tls13 == (0x1301, 0x1302, 0x1303)
    assert profile.alpn == ("h2", "http/1.1")
    assert profile.openssl_groups == ("*X25519MLKEM768:SecP256r1MLKEM768:SecP384r1MLKEM1024:*X25519:P-256:P-384:P-521")
    assert profile.openssl_ciphers.startswith("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:")
    assert profile.openssl_signature_algorithms.startswith("rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256:ed25519:")
    assert profile.openssl_ciphersuites.count(":") == 2


def test_without_aes_hardware_chacha_comes_first() -> None:
    profile = go_profile(has_aes_hardware=False)
    assert profile.suites[:2] == (0xCCA9, 0xCCA8)
    assert profile.suites_tls13[0] == 0x1303


@pytest.mark.parametrize(
    ("settings", "groups", "shares"),
    [
        ({"tlsmlkem": "0"}, (0x1D, 0x17, 0x18, 0x19), (0x1D,)),
        ({"tlssecpmlkem": "0"}, (0x11EC, 0x1D, 0x17, 0x18, 0x19), (0x11EC, 0x1D)),
        ({"tlsmlkem": "0", "tlssecpmlkem": "0"}, (0x1D, 0x17, 0x18, 0x19), (0x1D,)),
        ({"tlsmlkem": "1"}, (0x11EC, 0x11EB, 0x11ED, 0x1D, 0x17, 0x18, 0x19), (0x11EC, 0x1D)),
    ],
)
def test_godebug_changes_the_groups(settings: dict[str, str], groups: tuple[int, ...], shares: tuple[int, ...]) -> None:
    profile = go_profile(settings)
    assert (profile.groups, profile.key_shares) == (groups, shares)


def test_godebug_brings_old_suites_back() -> None:
    assert 0x002F in go_profile({"tlsrsakex": "1"}).suites
    assert 0xC012 in go_profile({"tls3des": "1"}).suites
    assert 0x000A not in go_profile({"tls3des": "1"}).suites
    assert go_profile({"tls3des": "1", "tlsrsakex": "1"}).suites[-2:] == (0xC012, 0x000A)


def test_sha1_signatures_are_offered_only_when_asked_for() -> None:
    assert len(go_profile().signature_algorithms) == 10
    assert go_profile({"tlssha1": "1"}).signature_algorithms[-2:] == (0x0201, 0x0203)


def test_godebug_text_last_wins_and_hash_ends_a_value() -> None:
    assert godebug_settings("a=1,b=2,a=3,broken,c=4#x") == {"a": "3", "b": "2", "c": "4"}
    assert godebug_settings("") == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("goproxy.example", "goproxy.example"),
        ("goproxy.example.", "goproxy.example"),
        ("goproxy.example...", "goproxy.example"),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
        ("[2001:db8::1]", None),
        ("fe80::1%eth0", None),
        ("[fe80::1%eth0]", None),
        ("", None),
        ("1.2.3", "1.2.3"),
        ("192.0.2.01", "192.0.2.01"),
    ],
)
def test_the_hello_names_hosts_but_no_addresses(name: str, expected: str | None) -> None:
    assert server_name_indication(name) == expected


def test_addresses_are_parsed_to_16_bytes() -> None:
    assert parse_ip("10.0.0.1") == bytes(10) + b"\xff\xff\x0a\x00\x00\x01"
    assert parse_ip("::1") == bytes(15) + b"\x01"
    assert parse_ip("fe80::1%1") is None
    assert parse_ip("host") is None
