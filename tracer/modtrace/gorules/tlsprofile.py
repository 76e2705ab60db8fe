"""What Go's TLS client offers (Go 1.26 crypto/tls: defaults.go, cipher_suites.go, handshake_client.go hostnameInSNI).

The tables are Go's, in Go's order; the ``openssl_*`` properties are the same in OpenSSL's words.
"""

import ipaddress
from collections.abc import Mapping

import msgspec

VERSION_NAMES = {0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3", 0x0300: "SSL 3.0"}

# id -> (IANA name, OpenSSL name); a TLS 1.3 suite has one name only.
SUITES: dict[int, tuple[str, str]] = {
    0x1301: ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    0x1302: ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
    0x1303: ("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
    0xC02B: ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    0xC02F: ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    0xC02C: ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    0xC030: ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    0xCCA9: ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
    0xCCA8: ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
    0xC009: ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"),
    0xC013: ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"),
    0xC00A: ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"),
    0xC014: ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"),
    0x009C: ("TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"),
    0x009D: ("TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"),
    0x002F: ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
    0x0035: ("TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"),
    0xC012: ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-RSA-DES-CBC3-SHA"),
    0x000A: ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA"),
}
_AES = (0xC02B, 0xC02F, 0xC02C, 0xC030)
_CHACHA = (0xCCA9, 0xCCA8)
_CBC = (0xC009, 0xC013, 0xC00A, 0xC014)
_RSA_KEX = (0x009C, 0x009D, 0x002F, 0x0035)

# id -> (Go's CurveID name, OpenSSL name)
GROUPS: dict[int, tuple[str, str]] = {
    0x11EC: ("X25519MLKEM768", "X25519MLKEM768"),
    0x11EB: ("SecP256r1MLKEM768", "SecP256r1MLKEM768"),
    0x11ED: ("SecP384r1MLKEM1024", "SecP384r1MLKEM1024"),
    0x001D: ("X25519", "X25519"),
    0x0017: ("CurveP256", "P-256"),
    0x0018: ("CurveP384", "P-384"),
    0x0019: ("CurveP521", "P-521"),
}
_CLASSIC_GROUPS = (0x001D, 0x0017, 0x0018, 0x0019)

# id -> OpenSSL name, in Go's order (defaultSupportedSignatureAlgorithms). The two with SHA-1 stand in the hello's
# signature_algorithms only with GODEBUG=tlssha1=1; in signature_algorithms_cert, which OpenSSL does not send, always.
SIGNATURE_ALGORITHMS: dict[int, str] = {
    0x0804: "rsa_pss_rsae_sha256",
    0x0403: "ecdsa_secp256r1_sha256",
    0x0807: "ed25519",
    0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512",
    0x0401: "rsa_pkcs1_sha256",
    0x0501: "rsa_pkcs1_sha384",
    0x0601: "rsa_pkcs1_sha512",
    0x0503: "ecdsa_secp384r1_sha384",
    0x0603: "ecdsa_secp521r1_sha512",
    0x0201: "rsa_pkcs1_sha1",
    0x0203: "ecdsa_sha1",
}
_SHA1 = frozenset({0x0201, 0x0203})


class TlsProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One client's offer. Ids are those on the wire."""

    versions: tuple[int, ...]
    suites: tuple[int, ...]
    suites_tls13: tuple[int, ...]
    groups: tuple[int, ...]
    key_shares: tuple[int, ...]
    signature_algorithms: tuple[int, ...]
    alpn: tuple[str, ...]

    @property
    def openssl_ciphers(self) -> str:
        """For ``SSL_CTX_set_cipher_list``. Level 0, because Go judges key sizes and digests by its own rules."""
        return ":".join([*(SUITES[suite][1] for suite in self.suites), "@SECLEVEL=0"])

    @property
    def openssl_ciphersuites(self) -> str:
        """For ``SSL_CTX_set_ciphersuites`` (TLS 1.3)."""
        return ":".join(SUITES[suite][1] for suite in self.suites_tls13)

    @property
    def openssl_groups(self) -> str:
        """For ``SSL_CTX_set1_groups_list``; a star marks the groups whose key share is sent."""
        return ":".join(("*" if group in self.key_shares else "") + GROUPS[group][1] for group in self.groups)

    @property
    def openssl_signature_algorithms(self) -> str:
        """For ``SSL_CTX_set1_sigalgs_list``."""
        return ":".join(SIGNATURE_ALGORITHMS[algorithm] for algorithm in self.signature_algorithms)


def go_profile(
    godebug: Mapping[str, str] | None = None,
    *,
    alpn: tuple[str, ...] = ("h2", "http/1.1"),
    has_aes_hardware: bool = True,
) -> TlsProfile:
    """The offer of Go 1.26's ``net/http`` client under these GODEBUG settings.

    ``alpn`` is ``("http/1.1",)`` for a client without HTTP/2 and ``()`` for none.
    """
    settings = godebug or {}
    first, second = (_AES, _CHACHA) if has_aes_hardware else (_CHACHA, _AES)
    suites = first + second + _CBC
    if settings.get("tlsrsakex") == "1":
        suites += _RSA_KEX
    if settings.get("tls3des") == "1":
        suites += (0xC012,) + ((0x000A,) if settings.get("tlsrsakex") == "1" else ())
    groups = _groups(settings)
    return TlsProfile(
        versions=(0x0304, 0x0303),
        suites=suites,
        suites_tls13=(0x1301, 0x1302, 0x1303) if has_aes_hardware else (0x1303, 0x1301, 0x1302),
        groups=groups,
        key_shares=(0x11EC, 0x001D) if groups[0] == 0x11EC else (0x001D,),
        signature_algorithms=tuple(
            algorithm for algorithm in SIGNATURE_ALGORITHMS if algorithm not in _SHA1 or settings.get("tlssha1") == "1"
        ),
        alpn=alpn,
    )


def godebug_settings(text: str) -> dict[str, str]:
    """``GODEBUG``'s pairs; of one key given twice the last wins (internal/godebug update reads from the end)."""
    pairs = (item.partition("=") for item in text.split(","))
    return {key: value.partition("#")[0] for key, equals, value in pairs if equals}


def server_name_indication(server_name: str) -> str | None:
    """What the hello says of the name: nothing for IP literals (brackets and zone allowed), no trailing dots."""
    host = server_name
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    zone = host.rfind("%")
    if zone > 0:
        host = host[:zone]
    if parse_ip(host) is not None:
        return None
    return server_name.rstrip(".") or None


def parse_ip(text: str) -> bytes | None:
    """Go's ``net.ParseIP``: 16 bytes, IPv4 mapped; ``None`` for anything else, a zone included."""
    if "%" in text or not text.isascii():
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return bytes(10) + b"\xff\xff" + address.packed
    return address.packed


def _groups(settings: Mapping[str, str]) -> tuple[int, ...]:
    if settings.get("tlsmlkem") == "0":
        return _CLASSIC_GROUPS
    if settings.get("tlssecpmlkem") == "0":
        return (0x11EC, *_CLASSIC_GROUPS)
    return (0x11EC, 0x11EB, 0x11ED, *_CLASSIC_GROUPS)
