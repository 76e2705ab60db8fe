"""Signatures between certificates: who may sign, with what, and Go's sentence when it is not so."""

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from tests.sim.certmaker import Made, authority, leaf, root
from tests.sim.derwriter import der, integer, oid, sequence

from modtrace.gorules.certkeys import KeyFacts
from modtrace.gorules.certparse import Certificate, parse_certificate
from modtrace.gorules.certsignatures import signature_error, signature_name

CANNOT_SIGN = "x509: invalid signature: parent certificate cannot sign this kind of certificate"
UNSUPPORTED = "x509: cannot verify signature: algorithm unimplemented"
PSS = "1.2.840.113549.1.1.10"
KINDS = ["ec", "p384", "ed25519", "rsa2048"]


def parsed(made: Made) -> Certificate:
    return parse_certificate(made.der)


def anchor(kind: str = "ec", **more: object) -> Made:
    return root(f"Root {kind}", kind=kind, **more)


def error_of(child: Made, parent: Made) -> str | None:
    return signature_error(parsed(child), parsed(parent))


def damaged(cert: Certificate) -> Certificate:
    return msgspec.structs.replace(cert, raw_tbs=cert.raw_tbs[:-1] + bytes([cert.raw_tbs[-1] ^ 1]))


@pytest.mark.parametrize("kind", KINDS)
def test_true_signatures_hold_and_one_flipped_bit_breaks_them(kind: str) -> None:
    parent = anchor(kind)
    child = parsed(leaf(parent))
    assert signature_error(child, parsed(parent)) is None
    words = {"rsa2048": "crypto/rsa: verification error", "ed25519": "x509: Ed25519 verification failure"}
    expected = words.get(kind, "x509: ECDSA verification failure")
    assert signature_error(damaged(child), parsed(parent)) == expected


def test_another_key_of_the_same_name_is_not_the_signer() -> None:
    assert error_of(leaf(anchor()), anchor(key_name="other")) == "x509: ECDSA verification failure"


@pytest.mark.parametrize(
    ("digest", "words"),
    [(hashes.SHA256(), "SHA256"), (hashes.SHA384(), "SHA384"), (hashes.SHA512(), "SHA512")],
)
def test_every_digest_of_every_kind_is_named_and_verified(digest: hashes.HashAlgorithm, words: str) -> None:
    for parent, pss, name in (
        (anchor("rsa2048"), False, f"{words}-RSA"),
        (anchor("rsa2048"), True, f"{words}-RSAPSS"),
        (anchor("p384"), False, f"ECDSA-{words}"),
    ):
        child = parsed(leaf(parent, digest=digest, pss=pss))
        assert signature_name(child) == name
        assert signature_error(child, parsed(parent)) is None
        assert signature_error(damaged(child), parsed(parent)) is not None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ca": None}, CANNOT_SIGN),
        ({"ca": False}, CANNOT_SIGN),
        ({"usage": "crl_sign"}, CANNOT_SIGN),
        ({"usage": "digital_signature"}, CANNOT_SIGN),
        ({"usage": "key_cert_sign"}, None),
        ({}, None),
    ],
)
def test_only_authorities_may_sign(more: dict[str, object], words: str | None) -> None:
    parent = anchor(**more)
    assert error_of(leaf(parent), parent) == words


def test_a_root_of_version_one_may_sign_without_any_extension() -> None:
    parent = parsed(anchor(ca=None))
    child = parsed(leaf(anchor(ca=None)))
    assert signature_error(child, msgspec.structs.replace(parent, version=1)) is None


def test_sha1_is_refused_by_name_before_the_key_is_looked_at() -> None:
    child = parsed(leaf(anchor()))
    for number, name in (("1.2.840.113549.1.1.5", "SHA1-RSA"), ("1.2.840.113549.1.1.4", "MD5-RSA"),
                         ("1.2.840.10045.4.1", "ECDSA-SHA1")):  # fmt: skip
        old = msgspec.structs.replace(child, signature_oid=number)
        assert signature_name(old) == name
        assert signature_error(old, parsed(anchor())) == f"x509: cannot verify signature: insecure algorithm {name}"


def test_algorithm_and_key_must_be_of_one_kind() -> None:
    child = parsed(leaf(anchor()))
    assert signature_error(child, parsed(anchor("rsa2048"))) == (
        "x509: signature algorithm specifies an ECDSA public key, but have public key of type *rsa.PublicKey"
    )
    assert signature_error(child, parsed(anchor("ed25519"))) == (
        "x509: signature algorithm specifies an ECDSA public key, but have public key of type ed25519.PublicKey"
    )


def test_unknown_algorithms_and_keys_are_unimplemented() -> None:
    parent = parsed(anchor())
    child = parsed(leaf(anchor()))
    unknown = msgspec.structs.replace(child, signature_oid="1.2.3")
    assert (signature_name(unknown), signature_error(unknown, parent)) == ("1.2.3", UNSUPPORTED)
    for key in (KeyFacts("", "<nil>", 0), KeyFacts("DSA", "*dsa.PublicKey", 1024)):
        assert signature_error(child, msgspec.structs.replace(parent, key=key)) == UNSUPPORTED
    with_parameters = msgspec.structs.replace(parsed(leaf(anchor("ed25519"))), signature_parameters=b"\x05\x00")
    assert signature_error(with_parameters, parsed(anchor("ed25519"))) == UNSUPPORTED


def test_short_rsa_keys_are_refused_before_the_arithmetic() -> None:
    parent = parsed(anchor("rsa2048"))
    child = parsed(leaf(anchor("rsa2048")))
    short = msgspec.structs.replace(parent, key=KeyFacts("RSA", "*rsa.PublicKey", 1023))
    assert signature_error(child, short) == (
        "crypto/rsa: 1023-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"
    )
    enough = msgspec.structs.replace(parent, key=KeyFacts("RSA", "*rsa.PublicKey", 1024))
    assert signature_error(child, enough) is None


def pss_parameters(digest: int, mask_digest: int, salt: int) -> bytes:
    def algorithm(last: int) -> bytes:
        return sequence(oid(f"2.16.840.1.101.3.4.2.{last}"), b"\x05\x00")

    mask = sequence(oid("1.2.840.113549.1.1.8"), algorithm(mask_digest))
    return sequence(der(0xA0, algorithm(digest)), der(0xA1, mask), der(0xA2, integer(salt)))


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (pss_parameters(1, 1, 32), "SHA256-RSAPSS"),
        (pss_parameters(2, 2, 48), "SHA384-RSAPSS"),
        (pss_parameters(3, 3, 64), "SHA512-RSAPSS"),
        (pss_parameters(1, 1, 20), PSS),
        (pss_parameters(1, 2, 32), PSS),
        (pss_parameters(4, 4, 28), PSS),
        (sequence(), PSS),
        (b"", PSS),
    ],
)
def test_only_three_sets_of_pss_parameters_are_known(parameters: bytes, name: str) -> None:
    child = parsed(leaf(anchor("rsa2048"), pss=True))
    assert signature_name(msgspec.structs.replace(child, signature_parameters=parameters)) == name


def test_a_key_that_no_library_takes_is_a_failed_verification() -> None:
    parent = anchor()
    broken = msgspec.structs.replace(parsed(parent), raw_spki=b"junk")
    assert signature_error(parsed(leaf(parent)), broken) == "x509: ECDSA verification failure"


def test_intermediates_sign_like_roots() -> None:
    middle = authority("Middle", anchor())
    assert error_of(leaf(middle), middle) is None
    assert error_of(leaf(middle), anchor()) == "x509: ECDSA verification failure"
