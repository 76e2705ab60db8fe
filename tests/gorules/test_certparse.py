"""Certificates built piece by piece: what the parser reads, and what it says where Go would refuse."""

import datetime

import pytest
from tests.sim.certmaker import DAY, NOW, leaf, root
from tests.sim.derwriter import bits, der, integer, oid, sequence

from modtrace.gorules.certparse import Moment, algorithm_identifier, parse_certificate, raw_subject_of
from modtrace.gorules.der import DerError

ED25519 = sequence(oid("1.3.101.112"))
SPKI = sequence(ED25519, bits(bytes(32)))
UTC, GENERALIZED = 0x17, 0x18


def name(text: bytes) -> bytes:
    return sequence(der(0x31, sequence(oid("2.5.4.3"), der(0x0C, text))))


def dates(before: bytes = b"260101000000Z", after: bytes = b"20600101000000Z") -> bytes:
    return sequence(*(der(UTC if len(date) < 15 else GENERALIZED, date) for date in (before, after)))


def extension(kind: str, value: bytes, *middle: bytes) -> bytes:
    return sequence(oid(kind), *middle, der(4, value))


def extensions(*items: bytes) -> bytes:
    return der(0xA3, sequence(*items))


def certificate(
    *,
    version: bytes = der(0xA0, integer(2)),  # bytes do not change
    serial: bytes = integer(7),
    inner: bytes = ED25519,
    issuer: bytes = name(b"ca"),
    validity: bytes = dates(),
    subject: bytes = name(b"me"),
    spki: bytes = SPKI,
    more: bytes = b"",
    outer: bytes = ED25519,
    signature: bytes = bits(b"sig"),
    tail: bytes = b"",
) -> bytes:
    tbs = sequence(version, serial, inner, issuer, validity, subject, spki, more)
    return sequence(tbs, outer, signature) + tail


def test_every_piece_is_kept_as_it_stands() -> None:
    der_ = certificate()
    cert = parse_certificate(der_)
    assert (cert.raw, cert.raw_subject, cert.raw_issuer, cert.raw_spki) == (der_, name(b"me"), name(b"ca"), SPKI)
    assert der_[4 if der_[1] == 0x82 else 3 :].startswith(cert.raw_tbs)
    assert (cert.version, cert.serial, str(cert.subject), str(cert.issuer)) == (3, 7, "CN=me", "CN=ca")
    assert (cert.signature_oid, cert.signature_parameters, cert.signature) == ("1.3.101.112", b"", b"sig")
    assert cert.key.algorithm == "Ed25519"
    assert not cert.extensions.has_basic_constraints


def test_certificates_of_another_library_are_read_alike() -> None:
    made = leaf(root(), start=NOW - 3 * DAY, end=NOW + 5 * DAY, serial=12345)
    cert = parse_certificate(made.der)
    assert cert.serial == 12345
    assert cert.not_before == Moment(int((NOW - 3 * DAY).timestamp()), "2026-05-29T12:00:00Z")
    assert cert.not_after.unix_s == int((NOW + 5 * DAY).timestamp())
    assert cert.raw_tbs == made.cert.tbs_certificate_bytes
    assert cert.signature == made.cert.signature
    assert cert.sha256 == made.cert.fingerprint(made.cert.signature_hash_algorithm).hex()
    assert raw_subject_of(made.der) == cert.raw_subject == made.cert.subject.public_bytes()


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ({"version": der(0xA0, integer(3))}, "x509: invalid version"),
        ({"version": der(0xA0, integer(-1))}, "x509: malformed version"),
        ({"version": der(0xA0, integer(2), b"\0")}, "x509: malformed version"),
        ({"serial": der(4)}, "x509: malformed serial number"),
        ({"serial": integer(-1)}, "x509: negative serial number"),
        ({"inner": der(4)}, "x509: malformed signature algorithm identifier"),
        (
            {"outer": sequence(oid("1.3.101.112"), b"\x05\x00")},
            "x509: inner and outer signature algorithm identifiers don't match",
        ),
        ({"outer": der(4)}, "x509: malformed algorithm identifier"),
        ({"issuer": der(4)}, "x509: malformed issuer"),
        ({"validity": der(4)}, "x509: malformed validity"),
        ({"validity": sequence()}, "x509: unsupported time format"),
        ({"subject": der(4)}, "x509: malformed issuer"),
        ({"spki": der(4)}, "x509: malformed spki"),
        ({"spki": sequence()}, "x509: malformed public key algorithm identifier"),
        ({"spki": sequence(ED25519)}, "x509: malformed subjectPublicKey"),
        ({"more": extensions(der(4))}, "x509: malformed extension"),
        ({"more": extensions(sequence())}, "x509: malformed extension OID field"),
        ({"more": extensions(sequence(oid("1.2"), der(1, b"\x02")))}, "x509: malformed extension critical field"),
        ({"more": extensions(sequence(oid("1.2.3")))}, "x509: malformed extension value field"),
        (
            {"more": extensions(extension("1.2.3", b""), extension("1.2.3", b"x"))},
            'x509: certificate contains duplicate extension with OID "1.2.3"',
        ),
        ({"signature": der(4)}, "x509: malformed signature"),
        ({"tail": b"\0"}, "x509: trailing data"),
    ],
)
def test_damage_is_named_as_go_names_it(pieces: dict[str, bytes], words: str) -> None:
    with pytest.raises(DerError) as caught:
        parse_certificate(certificate(**pieces))
    assert str(caught.value) == words


def test_what_is_no_certificate_at_all() -> None:
    for data, words in ((b"", "x509: malformed certificate"), (sequence(), "x509: malformed tbs certificate")):
        with pytest.raises(DerError) as caught:
            parse_certificate(data)
        assert str(caught.value) == words


def test_older_versions_have_no_extensions_and_trailing_pieces_are_no_error() -> None:
    basic = extensions(extension("2.5.29.19", sequence(der(1, b"\xff"))))
    assert parse_certificate(certificate(version=b"", more=basic)).version == 1
    assert not parse_certificate(certificate(version=b"", more=basic)).extensions.is_ca
    assert not parse_certificate(certificate(version=der(0xA0, integer(1)), more=basic)).extensions.is_ca
    unique = der(0x81, b"\0x") + der(0x82, b"\0y")
    assert parse_certificate(certificate(more=unique + basic)).extensions.is_ca


def test_critical_flag_stands_before_the_value_or_is_missing() -> None:
    for middle, unhandled in (((der(1, b"\xff"),), True), ((der(1, b"\0"),), False), ((), False)):
        cert = parse_certificate(certificate(more=extensions(extension("1.2.3", b"", *middle))))
        assert cert.extensions.has_unhandled_critical is unhandled


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (b"500101000000Z", "1950-01-01T00:00:00Z"),
        (b"700101000000Z", "1970-01-01T00:00:00Z"),
        (b"991231235959Z", "1999-12-31T23:59:59Z"),
        (b"491231235959Z", "2049-12-31T23:59:59Z"),
        (b"2601020304Z", "2026-01-02T03:04:00Z"),
        (b"260102030405+0130", "2026-01-02T03:04:05+01:30"),
        (b"20500101000000Z", "2050-01-01T00:00:00Z"),
        (b"00010101000000Z", "0001-01-01T00:00:00Z"),
        (b"99991231235959Z", "9999-12-31T23:59:59Z"),
        (b"20260102030405-0800", "2026-01-02T03:04:05-08:00"),
    ],
)
def test_dates_of_both_kinds(date: bytes, text: str) -> None:
    kind = GENERALIZED if date[:4] in (b"2050", b"0001", b"9999", b"2026") and len(date) > 14 else UTC
    moment = parse_certificate(certificate(validity=sequence(der(kind, date), der(UTC, b"260101000000Z")))).not_before
    assert moment.text == text
    assert moment.unix_s == int(datetime.datetime.fromisoformat(text).timestamp())


BAD_DATES = [
    b"260230000000Z",
    b"261301000000Z",
    b"260101240000Z",
    b"260101000060Z",
    b"2601010000",
    b"260101000000+0000",
    b"260101000000-0000",
    b"26010100000Z",
    b" 60101000000Z",
    b"",
]


@pytest.mark.parametrize("date", BAD_DATES)
def test_other_dates_are_malformed(date: bytes) -> None:
    with pytest.raises(DerError, match=r"^x509: malformed UTCTime$"):
        parse_certificate(certificate(validity=sequence(der(UTC, date), der(UTC, b"260101000000Z"))))
    with pytest.raises(DerError, match=r"^x509: malformed GeneralizedTime$"):
        parse_certificate(certificate(validity=sequence(der(UTC, b"260101000000Z"), der(GENERALIZED, b"20" + date))))


def test_signature_with_unused_bits_is_shifted_to_the_right() -> None:
    assert parse_certificate(certificate(signature=bits(b"\x12\x30", 4))).signature == b"\x01\x23"
    assert parse_certificate(certificate(signature=bits(b""))).signature == b""


def test_algorithm_parameters_are_kept_raw() -> None:
    assert algorithm_identifier(oid("1.2.3")) == ("1.2.3", b"")
    assert algorithm_identifier(oid("1.2.3") + b"\x05\x00") == ("1.2.3", b"\x05\x00")
    with pytest.raises(DerError, match=r"^x509: malformed OID$"):
        algorithm_identifier(b"\x05\x00")
    with pytest.raises(DerError, match=r"^x509: malformed parameters$"):
        algorithm_identifier(oid("1.2.3") + b"\x05")


def test_subject_is_found_without_judging_the_rest() -> None:
    broken = certificate(validity=sequence(), spki=der(4), signature=b"", subject=name(b"quick"))
    assert raw_subject_of(broken) == name(b"quick")
    assert raw_subject_of(certificate(version=b"")) == name(b"me")
    with pytest.raises(DerError):
        raw_subject_of(b"junk")
