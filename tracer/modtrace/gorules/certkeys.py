"""Public keys as Go parses them (Go 1.26 crypto/x509/parser.go parsePublicKey): facts, and Go's type names."""

from typing import NamedTuple

import msgspec

from modtrace.gorules.der import OID, DerError, Reader, read_oid

_RSA, _EC, _DSA = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.840.10040.4.1"
_ED25519, _X25519 = "1.3.101.112", "1.3.101.110"
_NULL = b"\x05\x00"


class _Curve(NamedTuple):
    """``y² = x³ - 3x + b`` modulo ``prime``."""

    name: str
    bits: int
    prime: int
    b: int


_CURVES = {
    "1.3.132.0.33": _Curve(
        "P-224", 224, 2**224 - 2**96 + 1, 0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4
    ),
    "1.2.840.10045.3.1.7": _Curve(
        "P-256",
        256,
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    ),
    "1.3.132.0.34": _Curve(
        "P-384",
        384,
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    ),
    "1.3.132.0.35": _Curve(
        "P-521",
        521,
        2**521 - 1,
        int(
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e1"
            "56193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
            16,
        ),
    ),
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
    if data[:1] != b"\x04":
        raise DerError("ecdsa: invalid uncompressed public key")
    _check_point(curve, data)
    return KeyFacts("ECDSA", "*ecdsa.PublicKey", curve.bits, curve.name)


def _check_point(curve: _Curve, data: bytes) -> None:
    """Go crypto/internal/fips140/nistec, SetBytes: the generated P-256 code words one sentence otherwise."""
    short, size = curve.name.replace("-", ""), (curve.bits + 7) // 8
    if len(data) != 1 + 2 * size:
        raise DerError(f"invalid {short} point encoding")
    x, y = int.from_bytes(data[1 : 1 + size]), int.from_bytes(data[1 + size :])
    if x >= curve.prime or y >= curve.prime:
        raise DerError(f"invalid {short}{' element' if curve.bits == 256 else 'Element'} encoding")
    if (y * y - x * x * x + 3 * x - curve.b) % curve.prime:
        raise DerError(f"{short} point not on curve")


def _dsa(parameters: bytes, data: bytes) -> KeyFacts:
    public = Reader(data).integer("x509: invalid DSA public key")
    words = "x509: invalid DSA parameters"
    reader = Reader(parameters).enter(words)
    numbers = [public, *(reader.integer(words) for _ in range(3))]
    if any(number <= 0 for number in numbers):
        raise DerError("x509: zero or negative DSA parameter")
    return KeyFacts("DSA", "*dsa.PublicKey", numbers[1].bit_length())
