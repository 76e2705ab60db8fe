"""Is a certificate signed by another one's key? (Go 1.26 crypto/x509/x509.go CheckSignatureFrom, checkSignature).

cryptography verifies; whatever it raises becomes Go's sentence.
"""

from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from modtrace.gorules.certextensions import CERT_SIGN
from modtrace.gorules.certparse import Certificate

_UNSUPPORTED = "x509: cannot verify signature: algorithm unimplemented"
_CANNOT_SIGN = "x509: invalid signature: parent certificate cannot sign this kind of certificate"
_PSS = "1.2.840.113549.1.1.10"
_SMALLEST_RSA_BITS = 1024  # Go crypto/rsa/rsa.go checkKeySize


class _Algorithm(NamedTuple):
    """``digest`` is empty for Ed25519."""

    name: str
    key: str
    digest: str


_ALGORITHMS: dict[str, _Algorithm] = {
    "1.2.840.113549.1.1.4": _Algorithm("MD5-RSA", "RSA", "md5"),
    "1.2.840.113549.1.1.5": _Algorithm("SHA1-RSA", "RSA", "sha1"),
    "1.3.14.3.2.29": _Algorithm("SHA1-RSA", "RSA", "sha1"),
    "1.2.840.113549.1.1.11": _Algorithm("SHA256-RSA", "RSA", "sha256"),
    "1.2.840.113549.1.1.12": _Algorithm("SHA384-RSA", "RSA", "sha384"),
    "1.2.840.113549.1.1.13": _Algorithm("SHA512-RSA", "RSA", "sha512"),
    "1.2.840.10040.4.3": _Algorithm("DSA-SHA1", "DSA", "sha1"),
    "2.16.840.1.101.3.4.3.2": _Algorithm("DSA-SHA256", "DSA", "sha256"),
    "1.2.840.10045.4.1": _Algorithm("ECDSA-SHA1", "ECDSA", "sha1"),
    "1.2.840.10045.4.3.2": _Algorithm("ECDSA-SHA256", "ECDSA", "sha256"),
    "1.2.840.10045.4.3.3": _Algorithm("ECDSA-SHA384", "ECDSA", "sha384"),
    "1.2.840.10045.4.3.4": _Algorithm("ECDSA-SHA512", "ECDSA", "sha512"),
    "1.3.101.112": _Algorithm("Ed25519", "Ed25519", ""),
}
_PSS_DIGESTS = {b"\x01": ("sha256", 32), b"\x02": ("sha384", 48), b"\x03": ("sha512", 64)}
_SHA2_ARC = bytes.fromhex("0609608648016503040200")[:-1]


def signature_name(cert: Certificate) -> str:
    """Go's name of the algorithm; the oid where Go knows none."""
    found = _algorithm(cert)
    return found.name if found else cert.signature_oid


def signature_error(child: Certificate, parent: Certificate) -> str | None:
    """``None`` when ``parent`` signed ``child``, else Go's sentence."""
    extensions = parent.extensions
    if (parent.version == 3 and not extensions.has_basic_constraints) or (
        extensions.has_basic_constraints and not extensions.is_ca
    ):
        return _CANNOT_SIGN
    if extensions.key_usage and not extensions.key_usage & CERT_SIGN:
        return _CANNOT_SIGN
    if not parent.key.is_known:
        return _UNSUPPORTED
    algorithm = _algorithm(child)
    if algorithm is None:
        return _UNSUPPORTED
    if algorithm.digest in ("md5", "sha1"):
        return f"x509: cannot verify signature: insecure algorithm {algorithm.name}"
    if parent.key.algorithm not in ("RSA", "ECDSA", "Ed25519"):
        return _UNSUPPORTED
    if parent.key.algorithm != algorithm.key:
        return (
            f"x509: signature algorithm specifies an {algorithm.key} public key, "
            f"but have public key of type {parent.key.go_type}"
        )
    if algorithm.key == "RSA" and parent.key.bits < _SMALLEST_RSA_BITS:
        bits = parent.key.bits
        return f"crypto/rsa: {bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"
    if _is_signed(child, parent, algorithm):
        return None
    return "crypto/rsa: verification error" if algorithm.key == "RSA" else f"x509: {algorithm.key} verification failure"


def _algorithm(cert: Certificate) -> _Algorithm | None:
    if cert.signature_oid == _PSS:
        digest = _pss_digest(cert.signature_parameters)
        return None if digest is None else _Algorithm(f"{digest.upper()}-RSAPSS", "RSA", digest)
    if cert.signature_oid == "1.3.101.112" and cert.signature_parameters:
        return None
    return _ALGORITHMS.get(cert.signature_oid)


def _pss_digest(parameters: bytes) -> str | None:
    """The digest when the parameters are one of Go's three sets: the same hash in both places, its size as salt."""
    at = parameters.find(_SHA2_ARC)
    if at < 0:
        return None
    digest, salt = _PSS_DIGESTS.get(parameters[at + len(_SHA2_ARC) :][:1], ("", 0))
    is_plain = parameters.count(_SHA2_ARC + parameters[at + len(_SHA2_ARC) :][:1]) == 2
    return digest if digest and is_plain and parameters.endswith(bytes([0xA2, 3, 2, 1, salt])) else None


def _is_signed(child: Certificate, parent: Certificate, algorithm: _Algorithm) -> bool:
    digests: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
        "sha256": hashes.SHA256,
        "sha384": hashes.SHA384,
        "sha512": hashes.SHA512,
    }
    try:
        key = load_der_public_key(parent.raw_spki)
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(child.signature, child.raw_tbs)
            return True
        digest: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 = digests[algorithm.digest]()
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(child.signature, child.raw_tbs, ec.ECDSA(digest))
            return True
        if isinstance(key, rsa.RSAPublicKey):
            is_pss = child.signature_oid == _PSS
            scheme = padding.PSS(padding.MGF1(digest), digest.digest_size) if is_pss else padding.PKCS1v15()
            key.verify(child.signature, child.raw_tbs, scheme, digest)
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, OverflowError):
        return False
    return False
