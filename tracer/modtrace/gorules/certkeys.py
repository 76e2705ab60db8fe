"""Public keys as Go parses them (Go 1.26 crypto/x509/parser.go parsePublicKey): facts, and Go's type names."""

import msgspec

from modtrace.gorules.der import OID, DerError, Reader, read_oid

_RSA, _EC, _DSA = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.840.10040.4.1"
_ED25519, _X25519 = "1.3.101.112", "1.3.101.110"
_NULL = b"\x05\x00"
_CURVES = {
    "1.3.132.0.33": ("P-224", 224, "secp224r1"),
    "1.2.840.10045.3.1.7": ("P-256", 256, "secp256r1"),
    "1.3.132.0.34": ("P-384", 384, "secp384r1"),
    "1.3.132.0.35": ("P-521", 521, "secp521r1"),
}


class KeyFacts(msgspec.Struct, frozen=True):
    """``algorithm`` is Go's name (``RSA``, ``ECDSA``, ``Ed25519``, ``DSA``, ``X25519``), empty for unknown ones."""

    algorithm: str
    go_type: str
    bits: int
    curve: str = ""

    @property
    def is_known(self) -> bool:
        return self.algorithm != ""


def parse_key(oid: str, parameters: bytes, data: bytes) -> KeyFacts:
    """The facts, or Go's complaint."""
    if oid == _RSA:
        return _rsa(parameters, data)
    if oid == _EC:
        return _ec(parameters, data)
    if oid == _ED25519:
        if parameters:
            raise DerError("x509: Ed25519 key encoded with illegal parameters")
        if len(data) != 32:
            raise DerError("x509: wrong Ed25519 public key size")
        return KeyFacts("Ed25519", "ed25519.PublicKey", 256)
    if oid == _X25519:
        if parameters:
            raise DerError("x509: X25519 key encoded with illegal parameters")
        return KeyFacts("X25519", "*ecdh.PublicKey", 256)
    if oid == _DSA:
        return _dsa(parameters, data)
    return KeyFacts("", "<nil>", 0)


def _rsa(parameters: bytes, data: bytes) -> KeyFacts:
    if parameters != _NULL:
        raise DerError("x509: RSA key missing NULL parameters")
    numbers = Reader(data).enter("x509: invalid RSA public key")
    modulus = numbers.integer("x509: invalid RSA modulus")
    exponent = numbers.integer("x509: invalid RSA public exponent")
    if not -(1 << 63) <= exponent < 1 << 63:
        raise DerError("x509: invalid RSA public exponent")
    if modulus <= 0:
        raise DerError("x509: RSA modulus is not a positive number")
    if exponent <= 0:
        raise DerError("x509: RSA public exponent is not a positive number")
    return KeyFacts("RSA", "*rsa.PublicKey", modulus.bit_length())


def _ec(parameters: bytes, data: bytes) -> KeyFacts:
    words = "x509: invalid ECDSA parameters"
    curve = _CURVES.get(read_oid(Reader(parameters).take(OID, words).content, words))
    if curve is None:
        raise DerError("x509: unsupported elliptic curve")
    if len(data) != 1 + 2 * ((curve[1] + 7) // 8) or data[0] != 4:
        raise DerError("ecdsa: invalid uncompressed public key")
    return KeyFacts("ECDSA", "*ecdsa.PublicKey", curve[1], curve[0])


def _dsa(parameters: bytes, data: bytes) -> KeyFacts:
    public = Reader(data).integer("x509: invalid DSA public key")
    words = "x509: invalid DSA parameters"
    reader = Reader(parameters).enter(words)
    numbers = [public, *(reader.integer(words) for _ in range(3))]
    if any(number <= 0 for number in numbers):
        raise DerError("x509: zero or negative DSA parameter")
    return KeyFacts("DSA", "*dsa.PublicKey", numbers[1].bit_length())
