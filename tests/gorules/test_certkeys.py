"""Public keys: facts of good ones, Go's words for bad ones."""

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.sim.certmaker import key
from tests.sim.derwriter import der, integer, oid, sequence

from modtrace.gorules.certkeys import KeyFacts, parse_key
from modtrace.gorules.certparse import algorithm_identifier
from modtrace.gorules.der import DerError, Reader

RSA, EC, DSA = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.2.840.10040.4.1"
ED25519, X25519 = "1.3.101.112", "1.3.101.110"
NULL = b"\x05\x00"
CURVES = {
    "P-224": ("1.3.132.0.33", ec.SECP224R1()),
    "P-256": ("1.2.840.10045.3.1.7", ec.SECP256R1()),
    "P-384": ("1.3.132.0.34", ec.SECP384R1()),
    "P-521": ("1.3.132.0.35", ec.SECP521R1()),
}


def facts_of(public) -> KeyFacts:
    """Through the DER that another library writes."""
    spki = Reader(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).enter("bad")
    kind, parameters = algorithm_identifier(spki.take(0x30, "bad").content)
    return parse_key(kind, parameters, spki.bits("bad")[0])


@pytest.mark.parametrize("curve", CURVES)
def test_points_of_every_curve_of_go_are_taken(curve: str) -> None:
    private = ec.generate_private_key(CURVES[curve][1])
    assert facts_of(private.public_key()) == KeyFacts("ECDSA", "*ecdsa.PublicKey", int(curve[2:]), curve)


def test_facts_of_the_other_kinds() -> None:
    assert facts_of(key("k", "rsa2048").public_key()) == KeyFacts("RSA", "*rsa.PublicKey", 2048)
    assert facts_of(key("k", "ed25519").public_key()) == KeyFacts("Ed25519", "ed25519.PublicKey", 256)
    assert parse_key(X25519, b"", bytes(32)) == KeyFacts("X25519", "*ecdh.PublicKey", 256)
    assert facts_of(dsa.generate_private_key(1024).public_key()) == KeyFacts("DSA", "*dsa.PublicKey", 1024)


def test_unknown_algorithms_are_no_error() -> None:
    found = parse_key("1.3.101.113", b"", b"anything")
    assert (found.algorithm, found.go_type, found.is_known) == ("", "<nil>", False)
    assert parse_key(X25519, b"", bytes(32)).is_known


def uncompressed(curve: str) -> bytes:
    public = ec.generate_private_key(CURVES[curve][1]).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@pytest.mark.parametrize("curve", CURVES)
def test_points_beside_the_curve_are_refused(curve: str) -> None:
    parameters, point, short = oid(CURVES[curve][0]), uncompressed(curve), curve.replace("-", "")
    with pytest.raises(DerError, match=rf"^{short} point not on curve$"):
        parse_key(EC, parameters, point[:-1] + bytes([point[-1] ^ 1]))
    for other_size in (point[:-1], point + b"\x00"):
        with pytest.raises(DerError, match=rf"^invalid {short} point encoding$"):
            parse_key(EC, parameters, other_size)


def test_coordinates_above_the_prime_have_two_wordings() -> None:
    for curve, words in (("P-256", "invalid P256 element encoding"), ("P-384", "invalid P384Element encoding")):
        size = int(curve[2:]) // 8
        with pytest.raises(DerError) as caught:
            parse_key(EC, oid(CURVES[curve][0]), b"\x04" + b"\xff" * (2 * size))
        assert str(caught.value) == words


@pytest.mark.parametrize(
    ("kind", "parameters", "data", "words"),
    [
        (EC, NULL, b"", "x509: invalid ECDSA parameters"),
        (EC, oid("1.3.132.0.10"), b"", "x509: unsupported elliptic curve"),
        (EC, oid("1.2.840.10045.3.1.7"), b"\x02" + bytes(32), "ecdsa: invalid uncompressed public key"),
        (EC, oid("1.2.840.10045.3.1.7"), b"", "ecdsa: invalid uncompressed public key"),
        (ED25519, NULL, bytes(32), "x509: Ed25519 key encoded with illegal parameters"),
        (ED25519, b"", bytes(31), "x509: wrong Ed25519 public key size"),
        (X25519, NULL, bytes(32), "x509: X25519 key encoded with illegal parameters"),
        (RSA, b"", sequence(integer(15), integer(3)), "x509: RSA key missing NULL parameters"),
        (RSA, NULL, integer(15), "x509: invalid RSA public key"),
        (RSA, NULL, sequence(), "x509: invalid RSA modulus"),
        (RSA, NULL, sequence(integer(15)), "x509: invalid RSA public exponent"),
        (RSA, NULL, sequence(integer(15), integer(1 << 63)), "x509: invalid RSA public exponent"),
        (RSA, NULL, sequence(integer(-15), integer(3)), "x509: RSA modulus is not a positive number"),
        (RSA, NULL, sequence(integer(0), integer(3)), "x509: RSA modulus is not a positive number"),
        (RSA, NULL, sequence(integer(15), integer(-3)), "x509: RSA public exponent is not a positive number"),
        (DSA, sequence(), der(4), "x509: invalid DSA public key"),
        (DSA, NULL, integer(1), "x509: invalid DSA parameters"),
        (DSA, sequence(integer(1), integer(2)), integer(1), "x509: invalid DSA parameters"),
        (DSA, sequence(integer(1), integer(0), integer(2)), integer(1), "x509: zero or negative DSA parameter"),
    ],
)
def test_bad_keys_are_refused_in_the_words_of_go(kind: str, parameters: bytes, data: bytes, words: str) -> None:
    with pytest.raises(DerError) as caught:
        parse_key(kind, parameters, data)
    assert str(caught.value) == words


def test_the_size_of_an_rsa_key_is_that_of_its_modulus() -> None:
    assert parse_key(RSA, NULL, sequence(integer(1 << 511), integer(65537))).bits == 512
    assert parse_key(RSA, NULL, sequence(integer(1 << 63), integer((1 << 63) - 1))).bits == 64
