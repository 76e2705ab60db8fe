"""A certificate's facts for the record, and whether it is one of Mozilla's roots. Never raises on hostile bytes."""

import functools
import hashlib

from modtrace.gorules.certparse import Certificate, parse_certificate
from modtrace.gorules.certsignatures import signature_name
from modtrace.gorules.der import DerError
from modtrace.gorules.hostnames import ip_text
from modtrace.gorules.roots import split_pem
from modtrace.record.failures import Json
from modtrace.record.limits import TLS_FIELD_SHOWN_CHARS, TLS_SANS_SHOWN_COUNT


def certificate_facts(der: bytes) -> dict[str, Json]:
    """JSON-able; fields are cut at ``TLS_FIELD_SHOWN_CHARS``, names at ``TLS_SANS_SHOWN_COUNT``."""
    digest = hashlib.sha256(der).hexdigest()
    try:
        cert = parse_certificate(der)
    except DerError as exc:
        return {"sha256": digest, "unparsable": _cut(str(exc))}
    sans = _sans(cert)
    shown: list[Json] = [_cut(name) for name in sans[:TLS_SANS_SHOWN_COUNT]]
    return {
        "sha256": digest,
        "spki_sha256": hashlib.sha256(cert.raw_spki).hexdigest(),
        "subject": _cut(str(cert.subject)),
        "issuer": _cut(str(cert.issuer)),
        "serial": _cut(f"{cert.serial:x}"),
        "not_before": cert.not_before.text,
        "not_after": cert.not_after.text,
        "sans": shown,
        "sans_total": len(sans),
        "key": _key(cert),
        "signature_algorithm": signature_name(cert),
        "is_ca": cert.extensions.is_ca,
        "is_self_issued": cert.raw_issuer == cert.raw_subject,
        "has_scts": cert.extensions.has_scts,
    }


def is_public_root(der: bytes) -> bool:
    """True when it is in Mozilla's list, as the installed certifi has it."""
    return hashlib.sha256(der).digest() in _public_roots()


@functools.cache
def _public_roots() -> frozenset[bytes]:
    import certifi

    return frozenset(hashlib.sha256(der).digest() for der in split_pem(certifi.contents().encode("ascii", "replace")))


def _sans(cert: Certificate) -> list[str]:
    own = cert.extensions
    return [*own.dns_names, *map(ip_text, own.ips), *own.emails, *own.uris]


def _key(cert: Certificate) -> str:
    key = cert.key
    if key.curve:
        return f"{key.algorithm} {key.curve}"
    return f"{key.algorithm} {key.bits}" if key.algorithm == "RSA" else key.algorithm or "unknown"


def _cut(text: str) -> str:
    return text if len(text) <= TLS_FIELD_SHOWN_CHARS else text[: TLS_FIELD_SHOWN_CHARS - 1] + "…"
