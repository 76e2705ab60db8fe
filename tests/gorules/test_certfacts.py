"""Facts for the record: what they tell, how they are cut, and what public roots are."""

import hashlib
import ipaddress

import certifi
import pytest
from cryptography import x509
from tests.sim.certmaker import DAY, NOW, Made, Spec, authority, leaf, make, root

from modtrace.gorules.certfacts import certificate_facts, is_public_root
from modtrace.gorules.roots import split_pem
from modtrace.record.limits import TLS_FIELD_SHOWN_CHARS

ANCHOR = root()


def test_facts_of_a_leaf() -> None:
    made = leaf(ANCHOR, "a.example", cn="leaf", org="Org", serial=0xABCDEF, start=NOW - DAY, end=NOW + DAY)
    assert certificate_facts(made.der) == {
        "sha256": hashlib.sha256(made.der).hexdigest(),
        "spki_sha256": hashlib.sha256(spki(made)).hexdigest(),
        "subject": "CN=leaf,O=Org",
        "issuer": "CN=Test Root",
        "serial": "abcdef",
        "not_before": "2026-05-31T12:00:00Z",
        "not_after": "2026-06-02T12:00:00Z",
        "sans": ["a.example"],
        "sans_total": 1,
        "key": "ECDSA P-256",
        "signature_algorithm": "ECDSA-SHA256",
        "is_ca": False,
        "is_self_issued": False,
        "has_scts": False,
    }


def spki(made: Made) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return made.cert.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_authorities_and_self_issued_ones_are_told() -> None:
    middle = authority("Middle", ANCHOR)
    shown = [(certificate_facts(made.der)["is_ca"], certificate_facts(made.der)["is_self_issued"])
             for made in (ANCHOR, middle, leaf(None))]  # fmt: skip
    assert shown == [(True, True), (True, False), (False, True)]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("ec", "ECDSA P-256"), ("p384", "ECDSA P-384"), ("ed25519", "Ed25519"), ("rsa2048", "RSA 2048")],
)
def test_keys_are_told_with_their_size(kind: str, words: str) -> None:
    assert certificate_facts(leaf(ANCHOR, kind=kind, cn=f"leaf {kind}").der)["key"] == words


def test_names_of_every_kind_stand_together() -> None:
    sans = (
        x509.UniformResourceIdentifier("https://u.example/"),
        x509.RFC822Name("me@m.example"),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
        x509.DNSName("d.example"),
    )
    facts = certificate_facts(make(Spec(sans=sans), ANCHOR).der)
    assert facts["sans"] == ["d.example", "2001:db8::1", "me@m.example", "https://u.example/"]


def test_long_fields_end_with_an_ellipsis() -> None:
    facts = certificate_facts(leaf(ANCHOR, "x" * TLS_FIELD_SHOWN_CHARS, "y" * (TLS_FIELD_SHOWN_CHARS + 1)).der)
    assert facts["sans"] == ["x" * TLS_FIELD_SHOWN_CHARS, "y" * (TLS_FIELD_SHOWN_CHARS - 1) + "…"]


def test_junk_keeps_its_digest_and_the_reason() -> None:
    assert certificate_facts(b"junk") == {
        "sha256": hashlib.sha256(b"junk").hexdigest(),
        "unparsable": "x509: malformed certificate",
    }


def test_public_roots_are_mozillas() -> None:
    public = split_pem(certifi.contents().encode())
    assert len(public) > 50
    assert all(map(is_public_root, public))
    assert not is_public_root(ANCHOR.der)
    assert not is_public_root(public[0] + b"\0")
