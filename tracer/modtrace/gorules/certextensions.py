"""The extensions on which Go's verdict rests (Go 1.26 crypto/x509/parser.go processExtensions)."""

from urllib.parse import urlsplit

import msgspec

from modtrace.gorules.certconstraints import Constraints, parse_constraints
from modtrace.gorules.der import BOOLEAN, INTEGER, OCTET_STRING, SEQUENCE, DerError, Reader
from modtrace.gorules.goquote import quote

KEY_USAGE, BASIC_CONSTRAINTS, SAN, NAME_CONSTRAINTS = "2.5.29.15", "2.5.29.19", "2.5.29.17", "2.5.29.30"
AUTHORITY_KEY_ID, EXTENDED_KEY_USAGE, SUBJECT_KEY_ID = "2.5.29.35", "2.5.29.37", "2.5.29.14"
AUTHORITY_INFO_ACCESS, SCT_LIST = "1.3.6.1.5.5.7.1.1", "1.3.6.1.4.1.11129.2.4.2"
CERT_SIGN = 1 << 5
_ISSUERS_ACCESS = "1.3.6.1.5.5.7.48.2"
# CRL distribution points, policy constraints, policies, policy mappings, inhibit any policy: never unhandled in Go.
_HANDLED_ELSEWHERE = frozenset({"2.5.29.31", "2.5.29.36", "2.5.29.32", "2.5.29.33", "2.5.29.54"})


class Extensions(msgspec.Struct, kw_only=True, eq=False):
    """``max_path_length`` is -1 without one; ``san`` is the raw value, ``None`` when the extension is missing."""

    key_usage: int = 0
    has_basic_constraints: bool = False
    is_ca: bool = False
    max_path_length: int = -1
    san: bytes | None = None
    dns_names: list[str] = []
    emails: list[str] = []
    ips: list[bytes] = []
    uris: list[str] = []
    constraints: Constraints | None = None
    subject_key_id: bytes = b""
    authority_key_id: bytes = b""
    extended_usages: list[str] = []
    has_issuers_url: bool = False
    has_scts: bool = False
    has_unhandled_critical: bool = False


def parse_extensions(found: dict[str, tuple[bool, bytes]]) -> Extensions:
    """``found`` maps each extension's oid to ``(critical, value)``."""
    out = Extensions()
    for oid, (critical, value) in found.items():
        handled = _parse_one(out, oid, critical, value)
        if critical and not handled:
            out.has_unhandled_critical = True
    return out


def _parse_one(out: Extensions, oid: str, critical: bool, value: bytes) -> bool:
    """False for an extension that Go does not handle."""
    match oid:
        case "2.5.29.15":
            out.key_usage = _key_usage(value)
        case "2.5.29.19":
            _basic_constraints(out, value)
        case "2.5.29.17":
            _san(out, value)
            return bool(out.dns_names or out.emails or out.ips or out.uris)
        case "2.5.29.30":
            out.constraints, handled = parse_constraints(value)
            return handled
        case "2.5.29.35":
            _authority_key_id(out, critical, value)
        case "2.5.29.14":
            if critical:
                raise DerError("x509: subject key identifier incorrectly marked critical")
            out.subject_key_id = Reader(value).take(OCTET_STRING, "x509: invalid subject key identifier").content
        case "2.5.29.37":
            _extended_usages(out, value)
        case "1.3.6.1.5.5.7.1.1":
            _authority_access(out, critical, value)
        case _:
            out.has_scts = out.has_scts or oid == SCT_LIST
            return oid in _HANDLED_ELSEWHERE
    return True


def _key_usage(value: bytes) -> int:
    data, _ = Reader(value).bits("x509: invalid key usage")
    bits = 0
    for index in range(min(9, len(data) * 8)):
        if data[index // 8] >> (7 - index % 8) & 1:
            bits |= 1 << index
    return bits


def _basic_constraints(out: Extensions, value: bytes) -> None:
    words = "x509: invalid basic constraints"
    reader = Reader(value).enter(words)
    if reader.next_tag() == BOOLEAN:
        out.is_ca = reader.boolean(words)
    if reader.next_tag() == INTEGER:
        length = reader.integer(words)
        if not 0 <= length < 1 << 63:
            raise DerError(words)
        out.max_path_length = length
    out.has_basic_constraints = True


def _san(out: Extensions, value: bytes) -> None:
    out.san = value
    names = Reader(value).enter("x509: invalid subject alternative names")
    while not names.is_empty:
        name = names.any("x509: invalid subject alternative name")
        kind, data = name.tag ^ 0x80, name.content
        if kind == 1:
            out.emails.append(_ia5(data, "x509: SAN rfc822Name is malformed"))
        elif kind == 2:
            out.dns_names.append(_ia5(data, "x509: SAN dNSName is malformed"))
        elif kind == 6:
            out.uris.append(_uri(_ia5(data, "x509: SAN uniformResourceIdentifier is malformed")))
        elif kind == 7:
            if len(data) not in (4, 16):
                raise DerError(f"x509: cannot parse IP address of length {len(data)}")
            out.ips.append(data)


def _uri(text: str) -> str:
    try:
        urlsplit(text)
    except ValueError as exc:
        raise DerError(f"x509: cannot parse URI {quote(text)}: {exc}") from None
    return text


def _ia5(data: bytes, words: str) -> str:
    if not data.isascii():
        raise DerError(words)
    return data.decode("ascii")


def _authority_key_id(out: Extensions, critical: bool, value: bytes) -> None:
    if critical:
        raise DerError("x509: authority key identifier incorrectly marked critical")
    words = "x509: invalid authority key identifier"
    identifier = Reader(value).enter(words).optional(0x80, words)
    out.authority_key_id = identifier.content if identifier else b""


def _extended_usages(out: Extensions, value: bytes) -> None:
    words = "x509: invalid extended key usages"
    usages = Reader(value).enter(words)
    while not usages.is_empty:
        out.extended_usages.append(usages.oid(words))


def _authority_access(out: Extensions, critical: bool, value: bytes) -> None:
    if critical:
        raise DerError("x509: authority info access incorrectly marked critical")
    words = "x509: invalid authority info access"
    items = Reader(value).enter(words)
    while not items.is_empty:
        item = items.enter(words, SEQUENCE)
        method = item.oid(words)
        if item.next_tag() == 0x86:
            item.any(words)
            out.has_issuers_url = out.has_issuers_url or method == _ISSUERS_ACCESS
