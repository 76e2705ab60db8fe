"""Certificates for tests, as odd as wanted. Keys are made once per process; P-256 unless asked otherwise."""

import datetime
import functools
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime(2026, 6, 1, 12, 0, 0, tzinfo=datetime.UTC)
NOW_S = NOW.timestamp()
DAY = datetime.timedelta(days=1)
HOST = "goproxy.example"
SERVER_AUTH, CLIENT_AUTH = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@functools.cache
def key(name: str, kind: str = "ec") -> Any:
    """One key per name and kind: ``ec``, ``p384``, ``ed25519`` or ``rsa2048`` (any number of bits)."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "p384":
        return ec.generate_private_key(ec.SECP384R1())
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


@dataclass(frozen=True, kw_only=True)
class Made:
    cert: x509.Certificate
    key: Any
    name: str

    @property
    def der(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What to make. ``ca=None`` leaves basicConstraints out; ``usage=None`` keyUsage; ``sans=None`` the SAN."""

    cn: str | None = "leaf"
    org: str | None = None
    kind: str = "ec"
    key_name: str | None = None
    ca: bool | None = False
    path_length: int | None = None
    sans: tuple[Any, ...] | None = (x509.DNSName(HOST),)
    start: datetime.datetime = NOW - 30 * DAY
    end: datetime.datetime = NOW + 30 * DAY
    usage: str | None = None
    eku: tuple[Any, ...] = ()
    permitted: tuple[Any, ...] = ()
    excluded: tuple[Any, ...] = ()
    digest: Any = field(default_factory=hashes.SHA256)
    ski: bytes | None = b""
    aki: bytes | None = b""
    aia: bool = False
    serial: int | None = None
    critical_basic: bool = True
    extra: tuple[tuple[str, bytes, bool], ...] = ()
    pss: bool = False


def make(spec: Spec, issuer: Made | None = None) -> Made:
    """Signed by ``issuer``, or by itself."""
    own = key(spec.key_name or spec.cn or spec.org or "nameless", spec.kind)
    subject = _name(spec)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.cert.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(spec.serial or x509.random_serial_number())
        .not_valid_before(spec.start)
        .not_valid_after(spec.end)
    )
    for extension, critical in _extensions(spec, own, issuer):
        builder = builder.add_extension(extension, critical)
    signer = issuer.key if issuer else own
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else spec.digest
    options: dict[str, Any] = {}
    if spec.pss:
        from cryptography.hazmat.primitives.asymmetric import padding

        options["rsa_padding"] = padding.PSS(padding.MGF1(spec.digest), spec.digest.digest_size)
    return Made(cert=builder.sign(signer, digest, **options), key=own, name=spec.cn or "")


def root(cn: str = "Test Root", **more: Any) -> Made:
    return make(Spec(**{"cn": cn, "ca": True, "sans": None, **more}))


def authority(cn: str, issuer: Made, **more: Any) -> Made:
    return make(Spec(**{"cn": cn, "ca": True, "sans": None, **more}), issuer)


def leaf(issuer: Made | None, *names: str, **more: Any) -> Made:
    sans = tuple(x509.DNSName(name) for name in names) if names else (x509.DNSName(HOST),)
    return make(Spec(**{"sans": sans, **more}), issuer)


def _name(spec: Spec) -> x509.Name:
    parts = []
    if spec.org is not None:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, spec.org))
    if spec.cn is not None:
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, spec.cn))
    return x509.Name(parts)


def _extensions(spec: Spec, own: Any, issuer: Made | None) -> list[tuple[Any, bool]]:
    found: list[tuple[Any, bool]] = []
    if spec.ca is not None:
        found.append((x509.BasicConstraints(spec.ca, spec.path_length), spec.critical_basic))
    if spec.sans is not None:
        found.append((x509.SubjectAlternativeName(spec.sans), False))
    if spec.usage is not None:
        flags = dict.fromkeys(_USAGES, False)
        flags[spec.usage] = True
        found.append((x509.KeyUsage(**flags), True))
    if spec.eku:
        found.append((x509.ExtendedKeyUsage(spec.eku), False))
    if spec.permitted or spec.excluded:
        found.append((x509.NameConstraints(spec.permitted or None, spec.excluded or None), True))
    if spec.ski is not None:
        own_id = (
            x509.SubjectKeyIdentifier(spec.ski)
            if spec.ski
            else x509.SubjectKeyIdentifier.from_public_key(own.public_key())
        )
        found.append((own_id, False))
    if spec.aki is not None and issuer is not None:
        if spec.aki:
            found.append((x509.AuthorityKeyIdentifier(spec.aki, None, None), False))
        else:
            found.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False))
    if spec.aia:
        where = x509.UniformResourceIdentifier("http://ca.example/issuer.der")
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, where)
        found.append((x509.AuthorityInformationAccess([access]), False))
    for oid, value, critical in spec.extra:
        found.append((x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical))
    return found
