"""Extensions: what of them Go reads, and when a critical one is unhandled."""

import pytest
from tests.sim.derwriter import bits, der, integer, oid, sequence

from modtrace.gorules.certextensions import (
    AUTHORITY_INFO_ACCESS,
    AUTHORITY_KEY_ID,
    BASIC_CONSTRAINTS,
    CERT_SIGN,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    NAME_CONSTRAINTS,
    SAN,
    SCT_LIST,
    SUBJECT_KEY_ID,
    Extensions,
    parse_extensions,
)
from modtrace.gorules.der import DerError

TRUE = der(1, b"\xff")
ISSUERS, OCSP = "1.3.6.1.5.5.7.48.2", "1.3.6.1.5.5.7.48.1"


def parsed(kind: str, value: bytes, *, critical: bool = False) -> Extensions:
    return parse_extensions({kind: (critical, value)})


def names(*pairs: tuple[int, bytes]) -> bytes:
    return sequence(*(der(tag, value) for tag, value in pairs))


@pytest.mark.parametrize(
    ("value", "usage"),
    [
        (bits(b"\x80", 7), 1),
        (bits(b"\x04", 2), CERT_SIGN),
        (bits(b"\x06", 1), CERT_SIGN | 1 << 6),
        (bits(b"\x00\x80", 7), 1 << 8),
        (bits(b"\x00\x40", 6), 0),
        (bits(b""), 0),
    ],
)
def test_key_usage_counts_nine_bits(value: bytes, usage: int) -> None:
    assert parsed(KEY_USAGE, value).key_usage == usage


@pytest.mark.parametrize(
    ("value", "is_ca", "length"),
    [
        (sequence(), False, -1),
        (sequence(TRUE), True, -1),
        (sequence(TRUE, integer(0)), True, 0),
        (sequence(integer(3)), False, 3),
        (sequence(TRUE, integer((1 << 63) - 1)), True, (1 << 63) - 1),
    ],
)
def test_basic_constraints(value: bytes, is_ca: bool, length: int) -> None:
    found = parsed(BASIC_CONSTRAINTS, value)
    assert (found.has_basic_constraints, found.is_ca, found.max_path_length) == (True, is_ca, length)


def test_subject_names_are_read_by_kind_and_the_raw_value_is_kept() -> None:
    value = names(
        (0x82, b"a.example"),
        (0x81, b"me@example"),
        (0x87, b"\xc0\x00\x02\x01"),
        (0x87, bytes(16)),
        (0x86, b"https://u.example/"),
        (0xA0, b""),
        (0x82, b"*.b.example"),
    )
    found = parsed(SAN, value, critical=True)
    assert found.dns_names == ["a.example", "*.b.example"]
    assert (found.emails, found.ips, found.uris) == (
        ["me@example"],
        [b"\xc0\x00\x02\x01", bytes(16)],
        ["https://u.example/"],
    )
    assert (found.san, found.has_unhandled_critical) == (value, False)


def test_keys_ids_usages_and_access() -> None:
    assert parsed(SUBJECT_KEY_ID, der(4, b"id")).subject_key_id == b"id"
    assert parsed(AUTHORITY_KEY_ID, sequence(der(0x80, b"up"))).authority_key_id == b"up"
    assert parsed(AUTHORITY_KEY_ID, sequence(der(0x82, b"\x01"))).authority_key_id == b""
    assert parsed(EXTENDED_KEY_USAGE, sequence(oid("1.2.3"), oid("2.5.29.37.0"))).extended_usages == [
        "1.2.3",
        "2.5.29.37.0",
    ]
    url = der(0x86, b"http://ca.example/i")
    assert parsed(AUTHORITY_INFO_ACCESS, sequence(sequence(oid(ISSUERS), url))).has_issuers_url
    assert not parsed(AUTHORITY_INFO_ACCESS, sequence(sequence(oid(OCSP), url))).has_issuers_url
    assert not parsed(AUTHORITY_INFO_ACCESS, sequence(sequence(oid(ISSUERS), der(0xA4)))).has_issuers_url
    constrained = parsed(NAME_CONSTRAINTS, sequence(der(0xA0, sequence(der(0x82, b"example")))), critical=True)
    assert constrained.constraints is not None
    assert constrained.constraints.permitted.dns == ["example"]
    assert not constrained.has_unhandled_critical


@pytest.mark.parametrize(
    ("kind", "value", "unhandled"),
    [
        ("1.2.3.4", b"", True),
        (SCT_LIST, b"", True),
        ("2.5.29.31", b"junk", False),
        ("2.5.29.32", b"", False),
        ("2.5.29.33", b"", False),
        ("2.5.29.36", b"", False),
        ("2.5.29.54", b"", False),
        (BASIC_CONSTRAINTS, sequence(), False),
        (SAN, names((0xA0, b"")), True),
        (SAN, names(), True),
        (NAME_CONSTRAINTS, sequence(der(0xA0, sequence(der(0xA4)))), True),
    ],
)
def test_critical_extensions_that_go_does_not_handle(kind: str, value: bytes, unhandled: bool) -> None:
    assert parsed(kind, value, critical=True).has_unhandled_critical is unhandled
    assert not parsed(kind, value).has_unhandled_critical


def test_one_unhandled_critical_extension_is_enough() -> None:
    found = parse_extensions(
        {"1.2.3.4": (True, b""), BASIC_CONSTRAINTS: (True, sequence(TRUE)), SCT_LIST: (False, b"")}
    )
    assert (found.has_unhandled_critical, found.is_ca, found.has_scts) == (True, True, True)


@pytest.mark.parametrize(
    ("kind", "critical", "value", "words"),
    [
        (KEY_USAGE, False, b"", "x509: invalid key usage"),
        (BASIC_CONSTRAINTS, False, b"", "x509: invalid basic constraints"),
        (BASIC_CONSTRAINTS, False, sequence(der(1, b"\x01")), "x509: invalid basic constraints"),
        (BASIC_CONSTRAINTS, False, sequence(TRUE, integer(-1)), "x509: invalid basic constraints"),
        (BASIC_CONSTRAINTS, False, sequence(TRUE, integer(1 << 63)), "x509: invalid basic constraints"),
        (SAN, False, b"", "x509: invalid subject alternative names"),
        (SAN, False, sequence(b"\x82\x05"), "x509: invalid subject alternative name"),
        (SAN, False, names((0x82, b"\xe4")), "x509: SAN dNSName is malformed"),
        (SAN, False, names((0x81, b"\xe4")), "x509: SAN rfc822Name is malformed"),
        (SAN, False, names((0x86, b"\xe4")), "x509: SAN uniformResourceIdentifier is malformed"),
        (SAN, False, names((0x87, bytes(5))), "x509: cannot parse IP address of length 5"),
        (SUBJECT_KEY_ID, True, der(4), "x509: subject key identifier incorrectly marked critical"),
        (SUBJECT_KEY_ID, False, sequence(), "x509: invalid subject key identifier"),
        (AUTHORITY_KEY_ID, True, sequence(), "x509: authority key identifier incorrectly marked critical"),
        (AUTHORITY_KEY_ID, False, der(4), "x509: invalid authority key identifier"),
        (EXTENDED_KEY_USAGE, False, sequence(der(4)), "x509: invalid extended key usages"),
        (AUTHORITY_INFO_ACCESS, True, sequence(), "x509: authority info access incorrectly marked critical"),
        (AUTHORITY_INFO_ACCESS, False, sequence(der(4)), "x509: invalid authority info access"),
    ],
)
def test_damage_is_named_as_go_names_it(kind: str, critical: bool, value: bytes, words: str) -> None:
    with pytest.raises(DerError) as caught:
        parsed(kind, value, critical=critical)
    assert str(caught.value) == words


def test_nothing_is_shared_between_two_certificates() -> None:
    first = parsed(SAN, names((0x82, b"a.example")))
    assert (first.dns_names, Extensions().dns_names, parse_extensions({}).dns_names) == (["a.example"], [], [])
