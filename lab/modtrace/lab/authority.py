"""A small certificate authority: one root, one intermediate, and leaves that are right or wrong in one named way.

Everything is ECDSA P-256 with SHA-256 (RFC 5480, RFC 5758), so a hundred leaves cost milliseconds. Nothing touches the
disk until :func:`write`.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf, its key, and the certificates that a server sends after it."""

    leaf: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    rest: tuple[x509.Certificate, ...] = ()

    @property
    def chain_pem(self) -> bytes:
        return b"".join(pem(one) for one in (self.leaf, *self.rest))

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """Where :func:`write` put them: the chain and the key as PEM, the leaf alone as DER."""

    chain: Path
    key: Path
    der: Path


class Validity(msgspec.Struct, frozen=True, kw_only=True):
    not_before: datetime
    not_after: datetime


class Authority:
    """A root and an intermediate. ``now`` is the time that ``expired`` and ``future`` are measured from (UTC)."""

    def __init__(self, name: str = "modtrace lab", *, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        ten_years = Validity(not_before=self.now - _DAY, not_after=self.now + 3650 * _DAY)
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._intermediate_key = ec.generate_private_key(ec.SECP256R1())
        root_name, middle_name = _named(f"{name} root"), _named(f"{name} intermediate")
        root = _authority(root_name, self._root_key, ten_years, path_length=1)
        self.root = _signed(root, root_name, self._root_key.public_key(), self._root_key)
        middle = _authority(middle_name, self._intermediate_key, ten_years, path_length=0)
        self.intermediate = _signed(middle, root_name, self._root_key.public_key(), self._root_key)

    def leaf(
        self, *names: str, validity: Validity | None = None, send_intermediate: bool = True, alt_names: bool = True
    ) -> Issued:
        """A server certificate for host names and IP addresses; the first name is also the common name."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _server(names, key, validity or self._today(), alt_names=alt_names)
        signer = self._intermediate_key
        leaf = _signed(builder, self.intermediate.subject, signer.public_key(), signer)
        return Issued(leaf=leaf, key=key, rest=(self.intermediate,) if send_intermediate else ())

    def expired(self, *names: str) -> Issued:
        """Valid for a day, until an hour ago."""
        return self.leaf(*names, validity=Validity(not_before=self.now - _DAY, not_after=self.now - _HOUR))

    def future(self, *names: str) -> Issued:
        """Valid from an hour ahead of now."""
        return self.leaf(*names, validity=Validity(not_before=self.now + _HOUR, not_after=self.now + _DAY))

    def wrong_host(self) -> Issued:
        """Right in everything but the name."""
        return self.leaf("somebody-else.test")

    def common_name_only(self, name: str) -> Issued:
        """The name in the subject only, which no TLS library has believed since RFC 6125 was taken seriously."""
        return self.leaf(name, alt_names=False)

    def without_intermediate(self, *names: str) -> Issued:
        return self.leaf(*names, send_intermediate=False)

    def self_signed(self, *names: str) -> Issued:
        """Signed by its own key, no authority anywhere."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _server(names, key, self._today(), alt_names=True)
        return Issued(leaf=_signed(builder, _named(names[0]), key.public_key(), key), key=key)

    def _today(self) -> Validity:
        return Validity(not_before=self.now - _HOUR, not_after=self.now + 30 * _DAY)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def write(issued: Issued, directory: Path, stem: str) -> Files:
    """``STEM.pem``, ``STEM.key`` (0600) and ``STEM.der`` in ``directory``."""
    files = Files(chain=directory / f"{stem}.pem", key=directory / f"{stem}.key", der=directory / f"{stem}.der")
    files.chain.write_bytes(issued.chain_pem)
    files.key.touch(mode=0o600)
    files.key.write_bytes(issued.key_pem)
    files.der.write_bytes(issued.leaf.public_bytes(Encoding.DER))
    return files


def write_roots(authority: Authority, directory: Path, stem: str = "roots") -> Path:
    """The root alone as PEM: what ``SSL_CERT_FILE`` names."""
    path = directory / f"{stem}.pem"
    path.write_bytes(pem(authority.root))
    return path


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: x509.Name, key: ec.EllipticCurvePrivateKey, validity: Validity) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.not_before)
        .not_valid_after(validity.not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _authority(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, validity: Validity, *, path_length: int
) -> x509.CertificateBuilder:
    return (
        _builder(subject, key, validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )


def _server(
    names: tuple[str, ...], key: ec.EllipticCurvePrivateKey, validity: Validity, *, alt_names: bool
) -> x509.CertificateBuilder:
    builder = (
        _builder(_named(names[0]), key, validity)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    if not alt_names:
        return builder
    return builder.add_extension(x509.SubjectAlternativeName([_alt_name(name) for name in names]), critical=False)


def _alt_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _signed(
    builder: x509.CertificateBuilder,
    issuer: x509.Name,
    issuer_public: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    return (
        builder.issuer_name(issuer)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
