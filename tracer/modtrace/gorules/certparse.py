"""An X.509 certificate as Go parses it (Go 1.26 crypto/x509/parser.go parseCertificate), with Go's words for damage.

Own reading instead of cryptography's, because the verdict must fall where Go's falls: Go accepts certificates that
cryptography refuses and the reverse. Raises :class:`modtrace.gorules.der.DerError` only.
"""

import datetime
import hashlib
import re

import msgspec

from modtrace.gorules.certextensions import Extensions, parse_extensions
from modtrace.gorules.certkeys import KeyFacts, parse_key
from modtrace.gorules.certnames import Name, parse_name
from modtrace.gorules.der import INTEGER, OCTET_STRING, SEQUENCE, DerError, Reader

_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_UTC = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})")
_GENERALIZED = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(Z|[+-]\d{4})")


class Moment(msgspec.Struct, frozen=True):
    """A date of a certificate: Unix time, and as Go's ``time.RFC3339`` prints it."""

    unix_s: int
    text: str


class Certificate(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The parsed form. ``raw_*`` are the exact bytes on which Go compares names and keys."""

    raw: bytes
    raw_tbs: bytes
    raw_issuer: bytes
    raw_subject: bytes
    raw_spki: bytes
    version: int
    serial: int
    signature_oid: str
    signature_parameters: bytes
    signature: bytes
    issuer: Name
    subject: Name
    not_before: Moment
    not_after: Moment
    key: KeyFacts
    extensions: Extensions

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


def raw_subject_of(der: bytes) -> bytes:
    """The subject's bytes by a quick walk, without judging the rest: the index of a pool needs no more."""
    tbs = Reader(Reader(der).take(SEQUENCE, "").content).enter("")
    tbs.optional(0xA0, "")
    tbs.take(INTEGER, "")
    for _ in range(3):  # signature algorithm, issuer, validity
        tbs.take(SEQUENCE, "")
    return tbs.take(SEQUENCE, "").raw


def parse_certificate(der: bytes) -> Certificate:
    """``x509.ParseCertificate``."""
    whole = Reader(der)
    outer = whole.take(SEQUENCE, "x509: malformed certificate")
    cert = Reader(outer.content)
    tbs_element = cert.take(SEQUENCE, "x509: malformed tbs certificate")
    tbs = Reader(tbs_element.content)
    version, serial = _version(tbs), tbs.integer("x509: malformed serial number")
    if serial < 0:
        raise DerError("x509: negative serial number")
    algorithm = tbs.take(SEQUENCE, "x509: malformed signature algorithm identifier").content
    if cert.take(SEQUENCE, "x509: malformed algorithm identifier").content != algorithm:
        raise DerError("x509: inner and outer signature algorithm identifiers don't match")
    signature_oid, parameters = algorithm_identifier(algorithm)
    issuer = tbs.take(SEQUENCE, "x509: malformed issuer")
    issuer_name = parse_name(issuer.content)
    validity = tbs.enter("x509: malformed validity")
    not_before, not_after = _time(validity), _time(validity)
    subject = tbs.take(SEQUENCE, "x509: malformed issuer")
    subject_name = parse_name(subject.content)
    spki = tbs.take(SEQUENCE, "x509: malformed spki")
    key = _key(spki.content)
    extensions = _extensions(tbs, version)
    signature, unused = cert.bits("x509: malformed signature")
    if whole.rest:
        raise DerError("x509: trailing data")
    return Certificate(
        raw=outer.raw,
        raw_tbs=tbs_element.raw,
        raw_issuer=issuer.raw,
        raw_subject=subject.raw,
        raw_spki=spki.raw,
        version=version,
        serial=serial,
        signature_oid=signature_oid,
        signature_parameters=parameters,
        signature=_right_aligned(signature, unused),
        issuer=issuer_name,
        subject=subject_name,
        not_before=not_before,
        not_after=not_after,
        key=key,
        extensions=extensions,
    )


def algorithm_identifier(content: bytes) -> tuple[str, bytes]:
    """``(oid, raw parameters)`` (parseAI)."""
    reader = Reader(content)
    oid = reader.oid("x509: malformed OID")
    return oid, b"" if reader.is_empty else reader.any("x509: malformed parameters").raw


def _version(tbs: Reader) -> int:
    words = "x509: malformed version"
    wrapped = tbs.optional(0xA0, words)
    if wrapped is None:
        return 1
    inner = Reader(wrapped.content)
    version = inner.integer(words)
    if version < 0 or inner.rest:
        raise DerError(words)
    if version > 2:
        raise DerError("x509: invalid version")
    return version + 1


def _key(content: bytes) -> KeyFacts:
    reader = Reader(content)
    algorithm = reader.take(SEQUENCE, "x509: malformed public key algorithm identifier").content
    oid, parameters = algorithm_identifier(algorithm)
    data, unused = reader.bits("x509: malformed subjectPublicKey")
    return parse_key(oid, parameters, _right_aligned(data, unused))


def _extensions(tbs: Reader, version: int) -> Extensions:
    found: dict[str, tuple[bool, bytes]] = {}
    if version > 1:
        tbs.optional(0x81, "x509: malformed issuerUniqueID")
        tbs.optional(0x82, "x509: malformed subjectUniqueID")
    wrapped = tbs.optional(0xA3, "x509: malformed extensions") if version == 3 else None
    if wrapped is not None:
        items = Reader(wrapped.content).enter("x509: malformed extensions")
        while not items.is_empty:
            item = items.enter("x509: malformed extension")
            oid = item.oid("x509: malformed extension OID field")
            critical = item.next_tag() == 0x01 and item.boolean("x509: malformed extension critical field")
            value = item.take(OCTET_STRING, "x509: malformed extension value field").content
            if oid in found:
                raise DerError(f'x509: certificate contains duplicate extension with OID "{oid}"')
            found[oid] = (critical, value)
    return parse_extensions(found)


def _time(reader: Reader) -> Moment:
    tag = reader.next_tag()
    if tag == _UTC_TIME:
        words, pattern = "x509: malformed UTCTime", _UTC
    elif tag == _GENERALIZED_TIME:
        words, pattern = "x509: malformed GeneralizedTime", _GENERALIZED
    else:
        raise DerError("x509: unsupported time format")
    match = pattern.fullmatch(reader.any(words).content)
    if match is None or match[7] in (b"+0000", b"-0000"):
        raise DerError(words)
    year = int(match[1])
    if tag == _UTC_TIME:
        year += 1900 if year >= 50 else 2000
    zone, sign = match[7].decode(), -1 if match[7][:1] == b"-" else 1
    offset = 0 if zone == "Z" else sign * (int(zone[1:3]) * 3600 + int(zone[3:]) * 60)
    try:
        month, day, hour, minute, second = (int(match[index] or 0) for index in range(2, 7))
        moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
    except ValueError:
        raise DerError(words) from None
    shown_zone = "Z" if zone == "Z" else f"{zone[:3]}:{zone[3:]}"
    return Moment(int(moment.timestamp()) - offset, moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + shown_zone)


def _right_aligned(data: bytes, unused: int) -> bytes:
    if not unused or not data:
        return data
    return (int.from_bytes(data) >> unused).to_bytes(len(data))
