"""Go's verdict on a server's chain, in Go's words (Go 1.26 crypto/tls/handshake_client.go verifyServerCertificate)."""

from collections.abc import Sequence

import msgspec

from modtrace.gorules.certparse import Certificate, parse_certificate
from modtrace.gorules.chains import Verification, VerifyError
from modtrace.gorules.der import DerError
from modtrace.gorules.roots import Roots
from modtrace.record.causes import Cause
from modtrace.record.limits import TLS_RSA_KEY_BITS

_DECODE_ERROR, _BAD_CERTIFICATE, _UNSUPPORTED_CERTIFICATE = 50, 42, 43  # crypto/tls/alert.go
_PREFIX = "tls: failed to verify certificate: "


class ChainVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` and ``root_sha256`` tell the first chain that Go found; ``alert`` is what Go sends when it refuses."""

    ok: bool
    go_text: str | None = None
    cause: Cause | None = None
    path: tuple[str, ...] = ()
    root_sha256: str | None = None
    root_der: bytes | None = None
    root_origin: str | None = None
    alert: int | None = None


def verify(chain_der: Sequence[bytes], *, host: str, now_s: float, roots: Roots, utc_offset_s: int = 0) -> ChainVerdict:
    """``x509.Certificate.Verify`` of the first certificate, the others as intermediates. Never raises.

    ``utc_offset_s`` is the local time zone in which Go prints the current time.
    """
    try:
        certs = [parse_certificate(der) for der in chain_der]
    except DerError as exc:
        return ChainVerdict(ok=False, go_text=str(exc), cause="tls.corrupted", alert=_DECODE_ERROR)
    if not certs:
        words = "tls: received empty certificates message"
        return ChainVerdict(ok=False, go_text=words, cause="tls.corrupted", alert=_DECODE_ERROR)
    return _verify_parsed(certs, host, now_s, roots, utc_offset_s)


def judge_server_chain(
    chain_der: Sequence[bytes], *, host: str, now_s: float, roots: Roots, utc_offset_s: int = 0
) -> ChainVerdict:
    """What the TLS client makes of it: the same, with the sentences and limits of ``crypto/tls`` around it."""
    certs: list[Certificate] = []
    for der in chain_der:
        try:
            cert = parse_certificate(der)
        except DerError as exc:
            words = f"tls: failed to parse certificate from server: {exc}"
            return ChainVerdict(ok=False, go_text=words, cause="tls.corrupted", alert=_DECODE_ERROR)
        if cert.key.algorithm == "RSA" and cert.key.bits > TLS_RSA_KEY_BITS:
            words = f"tls: server sent certificate containing RSA key larger than {TLS_RSA_KEY_BITS} bits"
            return ChainVerdict(ok=False, go_text=words, cause="tls.oversized", alert=_BAD_CERTIFICATE)
        certs.append(cert)
    if not certs:
        return verify((), host=host, now_s=now_s, roots=roots)
    verdict = _verify_parsed(certs, host, now_s, roots, utc_offset_s)
    if not verdict.ok:
        return msgspec.structs.replace(verdict, go_text=_PREFIX + (verdict.go_text or ""), alert=_BAD_CERTIFICATE)
    if certs[0].key.algorithm not in ("RSA", "ECDSA", "Ed25519"):
        words = f"tls: server's certificate contains an unsupported type of public key: {certs[0].key.go_type}"
        return msgspec.structs.replace(
            verdict, ok=False, go_text=words, cause="tls.unknown_authority", alert=_UNSUPPORTED_CERTIFICATE
        )
    return verdict


def _verify_parsed(certs: list[Certificate], host: str, now_s: float, roots: Roots, utc_offset_s: int) -> ChainVerdict:
    act = Verification(intermediates=certs[1:], roots=roots, now_s=now_s, utc_offset_s=utc_offset_s)
    try:
        chain = act.chains(certs[0], host)[0]
    except VerifyError as exc:
        cause = _refined(exc.cause, certs, roots)
        return ChainVerdict(ok=False, go_text=exc.text, cause=cause, alert=_BAD_CERTIFICATE)
    root = chain[-1]
    return ChainVerdict(
        ok=True,
        path=tuple(cert.sha256 for cert in chain),
        root_sha256=root.sha256,
        root_der=root.raw,
        root_origin=roots.origin_of(root.raw),
    )


def _refined(cause: Cause, certs: list[Certificate], roots: Roots) -> Cause:
    """Go has one sentence for what are four situations; the chain itself tells them apart."""
    if cause != "tls.unknown_authority":
        return cause
    leaf = certs[0]
    if len(roots) == 0:
        return "tls.unknown_authority.no_roots"
    if leaf.raw_issuer == leaf.raw_subject:
        return "tls.self_signed"
    is_issuer_sent = any(cert.raw_subject == leaf.raw_issuer for cert in certs[1:])
    if not is_issuer_sent and not roots.with_subject(leaf.raw_issuer) and leaf.extensions.has_issuers_url:
        return "tls.unknown_authority.missing_intermediate"
    return cause
