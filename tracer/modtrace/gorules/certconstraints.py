"""Name constraints (Go 1.26 crypto/x509: parser.go parseNameConstraintsExtension, constraints.go)."""

from collections.abc import Callable, Sequence

import msgspec

from modtrace.gorules.der import DerError, Reader
from modtrace.gorules.gomailbox import parse_mailbox
from modtrace.gorules.goquote import quote
from modtrace.gorules.hostnames import ip_text
from modtrace.gorules.tlsprofile import parse_ip

_WORDS = "x509: invalid NameConstraints extension"
_MASK_BYTES = frozenset({0x00, 0x80, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC, 0xFE})


class Subtrees(msgspec.Struct, frozen=True):
    """The bases of one half of the extension. ``ips`` are ``(address, mask)``."""

    dns: list[str] = []
    ips: list[tuple[bytes, bytes]] = []
    emails: list[str] = []
    uris: list[str] = []


class Constraints(msgspec.Struct, frozen=True):
    permitted: Subtrees
    excluded: Subtrees


class ConstraintError(Exception):
    """The text is the detail that Go puts behind ``not authorized to sign for this name:``."""


def parse_constraints(value: bytes) -> tuple[Constraints, bool]:
    """``(constraints, all kinds known)``."""
    outer = Reader(value)
    top = outer.enter(_WORDS)
    permitted, excluded = top.optional(0xA0, _WORDS), top.optional(0xA1, _WORDS)
    if outer.rest or top.rest:
        raise DerError(_WORDS)
    contents = [half.content if half else b"" for half in (permitted, excluded)]
    if not any(contents):
        raise DerError("x509: empty name constraints extension")
    (first, first_known), (second, second_known) = map(_subtrees, contents)
    return Constraints(first, second), first_known and second_known


def check_constraints(chain: Sequence["Named"]) -> None:
    """Every certificate's names against the constraints of those above it (checkChainConstraints)."""
    for index, cert in enumerate(chain):
        if cert.san is None:
            continue
        above = [upper.constraints for upper in chain[index + 1 :] if upper.constraints is not None]
        if not above:
            continue
        uris = [(uri, _uri_host(uri)) for uri in cert.uris]
        emails = [(email, _mailbox(email)) for email in cert.emails]
        for constraints in above:
            _check_one(constraints, cert, uris, emails)


class Named(msgspec.Struct, frozen=True, eq=False):
    """What of a certificate the check needs; ``san`` is ``None`` without the extension."""

    san: bytes | None
    dns_names: list[str]
    ips: list[bytes]
    uris: list[str]
    emails: list[str]
    constraints: Constraints | None


def _check_one(
    constraints: Constraints, cert: Named, uris: list[tuple[str, str]], emails: list[tuple[str, tuple[str, str]]]
) -> None:
    permitted, excluded = constraints.permitted, constraints.excluded
    for ip in cert.ips:
        _check("IP address", ip_text(ip), _ip_query(permitted.ips, ip), _ip_query(excluded.ips, ip))
    for name in cert.dns_names:
        if not domain_is_valid(name):
            raise ConstraintError(f"x509: cannot parse dnsName {quote(name)}")
        _check("DNS name", name, _dns_query(permitted.dns, name), _dns_query(excluded.dns, name, wildcards=True))
    for uri, host in uris:
        if not domain_is_valid(host):
            raise ConstraintError(f"x509: internal error: URI SAN {quote(uri)} failed to parse")
        _check("URI", uri, _dns_query(permitted.uris, host), _dns_query(excluded.uris, host, wildcards=True))
    for email, mailbox in emails:
        local, domain = mailbox
        if not domain_is_valid(domain):
            raise ConstraintError(f"x509: cannot parse rfc822Name {quote(email)}")
        words = f"{local}@{domain}"
        _check("email address", words, _email_query(permitted.emails, mailbox), _email_query(excluded.emails, mailbox))


# A query answers ``None`` where there is no constraint of the kind, else ``(found, constraint)``.
_Answer = tuple[bool, str] | None


def _check(kind: str, name: str, permitted: _Answer, excluded: _Answer) -> None:
    if permitted is not None and not permitted[0]:
        raise ConstraintError(f"{kind} {quote(name)} is not permitted by any constraint")
    if excluded is not None and excluded[0]:
        raise ConstraintError(f"{kind} {quote(name)} is excluded by constraint {quote(excluded[1])}")


def _dns_query(bases: list[str], name: str, *, wildcards: bool = False) -> _Answer:
    if not bases:
        return None
    if "" in bases:
        return True, ""
    matching = [base for base in bases if _has_suffix(base, name)]
    if matching:
        return True, min(matching, key=len)  # the others are pruned as its subsets
    if wildcards and name.startswith("*"):
        rest = name.lower().partition(".")
        for base in bases:
            _, dot, parent = base.lower().partition(".")
            if dot and rest[1] and parent == rest[2]:
                return True, base.lower()
    return False, ""


def _has_suffix(base: str, name: str) -> bool:
    if len(base) > len(name) or not name.lower().endswith(base.lower()):
        return False
    return base.startswith(".") or len(base) == len(name) or name[len(name) - len(base) - 1] == "."


def _ip_query(bases: list[tuple[bytes, bytes]], ip: bytes) -> _Answer:
    if not bases:
        return None
    plain = ip[12:] if len(ip) == 16 and ip[:12] == bytes(10) + b"\xff\xff" else ip
    for address, mask in sorted(bases):
        if len(address) == len(plain) == len(ip) and _masked(address, mask) == _masked(plain, mask):
            return True, f"{ip_text(_masked(address, mask))}/{int.from_bytes(mask).bit_count()}"
    return False, ""


def _masked(address: bytes, mask: bytes) -> bytes:
    return bytes(a & m for a, m in zip(address, mask, strict=True))


def _email_query(bases: list[str], mailbox: tuple[str, str]) -> _Answer:
    if not bases:
        return None
    exact = [parse_mailbox(base) for base in bases if "@" in base]
    if mailbox in [(found[0], found[1].lower()) for found in exact if found]:
        return True, f"{mailbox[0]}@{mailbox[1]}"
    return _dns_query([base for base in bases if "@" not in base], mailbox[1]) or (False, "")


def _mailbox(email: str) -> tuple[str, str]:
    found = parse_mailbox(email)
    if found is None:
        raise ConstraintError(f"cannot parse rfc822Name {quote(email)}")
    return found[0], found[1].lower()


def _uri_host(uri: str) -> str:
    _, slashes, rest = uri.partition("//")
    authority = rest if slashes else ""
    for end in "/?#":
        authority = authority.partition(end)[0]
    host = authority.rpartition("@")[2].lower()
    if not host:
        raise ConstraintError(f"URI with empty host ({quote(uri)}) cannot be matched against constraints")
    if ":" in host and not host.endswith("]"):
        host = host.rpartition(":")[0]
    if parse_ip(host) is not None or (host.startswith("[") and host.endswith("]")):
        raise ConstraintError(f"URI with IP ({quote(uri)}) cannot be matched against constraints")
    return host


def domain_is_valid(name: str, *, is_constraint: bool = False) -> bool:
    """parser.go domainNameValid."""
    if not name:
        return True
    if name.endswith("."):
        return False
    body = name[1:] if is_constraint and name.startswith(".") else name
    return all(33 <= ord(char) <= 126 for char in body) and all(body.split("."))


def _subtrees(content: bytes) -> tuple[Subtrees, bool]:
    found, known = Subtrees([], [], [], []), True
    items = Reader(content)
    parsers: dict[int, Callable[[Subtrees, bytes], None]] = {0x82: _dns, 0x87: _ip, 0x81: _email, 0x86: _uri}
    while not items.is_empty:
        base = items.enter(_WORDS).any(_WORDS)
        parse = parsers.get(base.tag)
        if parse is None:
            known = False
        else:
            parse(found, base.content)
    return found, known


def _text(value: bytes) -> str:
    if not value.isascii():
        shown = value.decode("utf-8", "surrogateescape")
        raise DerError(f"x509: invalid constraint value: x509: {quote(shown)} cannot be encoded as an IA5String")
    return value.decode("ascii")


def _dns(found: Subtrees, value: bytes) -> None:
    domain = _text(value)
    if not domain_is_valid(domain, is_constraint=True):
        raise DerError(f"x509: failed to parse dnsName constraint {quote(domain)}")
    found.dns.append(domain)


def _ip(found: Subtrees, value: bytes) -> None:
    if len(value) not in (8, 32):
        raise DerError(f"x509: IP constraint contained value of length {len(value)}")
    address, mask = value[: len(value) // 2], value[len(value) // 2 :]
    ones = mask.lstrip(b"\xff")
    if ones and (ones[0] not in _MASK_BYTES or any(ones[1:])):
        raise DerError(f"x509: IP constraint contained invalid mask {mask.hex()}")
    found.ips.append((address, mask))


def _email(found: Subtrees, value: bytes) -> None:
    text = _text(value)
    is_valid = parse_mailbox(text) is not None if "@" in text else domain_is_valid(text, is_constraint=True)
    if not is_valid:
        raise DerError(f"x509: failed to parse rfc822Name constraint {quote(text)}")
    found.emails.append(text)


def _uri(found: Subtrees, value: bytes) -> None:
    domain = _text(value)
    if parse_ip(domain) is not None:
        raise DerError(f"x509: failed to parse URI constraint {quote(domain)}: cannot be IP address")
    if not domain_is_valid(domain, is_constraint=True):
        raise DerError(f"x509: failed to parse URI constraint {quote(domain)}")
    found.uris.append(domain)
