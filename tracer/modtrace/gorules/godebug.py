"""GODEBUG entries that change a fetch (Go 1.26 internal/godebugs/table.go). The last of a name wins."""

CHANGES: dict[str, str] = {
    "netdns": "which resolver is used, or its trace on standard error",
    "netedns0": "0: DNS queries carry no EDNS0 record",
    "multipathtcp": "1 or 3: MPTCP is dialed",
    "http2client": "0: HTTP/1.1 only",
    "tlsmlkem": "0: no post-quantum groups, a ClientHello of one packet",
    "tlssecpmlkem": "0: no hybrid groups on the NIST curves",
    "tlsrsakex": "1: RSA key exchange is offered again",
    "tls3des": "1: 3DES is offered again",
    "tlssha1": "1: SHA-1 signatures are accepted in TLS 1.2 handshakes",
    "tlsmaxrsasize": "largest RSA key accepted in a server's chain",
    "rsa1024min": "0: RSA keys under 1024 bits are accepted",
    "x509negativeserial": "1: negative serial numbers are accepted",
    "x509usepolicies": "0: certificate policies are not enforced",
    "urlstrictcolons": "0: hosts with surplus colons are accepted",
    "httplaxcontentlength": "1: invalid Content-Length is accepted",
    "cmdgonetlimit": "cap on concurrent network operations; 0 forbids the network",
    "fips140": "on or only: TLS is restricted",
}


def parse_godebug(value: str) -> dict[str, str]:
    """``name=value`` pairs; what has no ``=`` is ignored (internal/godebug parse)."""
    found: dict[str, str] = {}
    for item in value.split(","):
        name, equals, setting = item.partition("=")
        if equals:
            found[name] = setting.partition("#")[0]
    return found


def changes_of(settings: dict[str, str]) -> list[str]:
    """A sentence for each entry that changes this path."""
    return [f"GODEBUG={name}={value} ({CHANGES[name]})" for name, value in settings.items() if name in CHANGES]
