"""Is a host one of the public internet, or somebody's own? Only then can a private root be an interception."""

import ipaddress

# Names that no public authority issues for: RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's .internal, and habits.
_PRIVATE_SUFFIXES = (
    "test",
    "example",
    "invalid",
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "alt",
    "onion",
)

# Services whose operators publish under public roots only. A suffix each; Go's own domain stands for its module
# proxy and its checksum database.
_WELL_KNOWN_SUFFIXES = ("golang.org", "go.dev", "google.cn", "github.com", "gitlab.com")


def is_well_known_service(host: str) -> bool:
    """A public service that Go users fetch from, known to use public roots."""
    return _has_suffix(host, _WELL_KNOWN_SUFFIXES)


def is_public_host(host: str, peer: str) -> bool:
    """True for a well-known service, or a public name at a public address (``peer``: ``address:port``, may be empty).

    A public name at a private address is somebody's own server until something else is shown.
    """
    if is_well_known_service(host):
        return True
    if _is_literal(host) or "." not in host.rstrip(".") or _has_suffix(host, _PRIVATE_SUFFIXES):
        return False
    address = peer.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _has_suffix(host: str, suffixes: tuple[str, ...]) -> bool:
    name = host.rstrip(".").lower()
    return any(name == suffix or name.endswith("." + suffix) for suffix in suffixes)
