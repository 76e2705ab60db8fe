"""Does a certificate belong to a host name? (Go 1.26 crypto/x509/verify.go VerifyHostname, HostnameError)."""

import ipaddress
import re
from collections.abc import Sequence

from modtrace.gorules.tlsprofile import parse_ip

_NAMES_SHOWN = 100  # verify.go maxNamesIncluded
_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_UPPER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_MAPPED = bytes(10) + b"\xff\xff"


def hostname_error(
    host: str, *, dns_names: Sequence[str], ips: Sequence[bytes], common_name: str, has_san: bool
) -> str | None:
    """``None`` when the certificate is valid for ``host``, else Go's sentence."""
    candidate = host[1:-1] if len(host) >= 3 and host[0] == "[" and host[-1] == "]" else host
    ip = parse_ip(candidate)
    if ip is not None:
        if any(_as_16(san) == ip for san in ips):
            return None
        return _mismatch(candidate, dns_names, ips, common_name, has_san)
    name = _lower(host)
    is_valid = _is_hostname(name.removesuffix("."))
    parts = _split(name)
    for san in dns_names:
        if is_valid and _is_hostname(san, is_pattern=True):
            if _matches(san, parts):
                return None
        elif _equal(san, name):
            return None
    return _mismatch(host, dns_names, ips, common_name, has_san)


def ip_text(ip: bytes) -> str:
    """``net.IP.String`` of 4 or 16 bytes."""
    if len(ip) == 16 and ip[:12] == _MAPPED:
        ip = ip[12:]
    return str(ipaddress.ip_address(ip))


def _mismatch(host: str, dns_names: Sequence[str], ips: Sequence[bytes], common_name: str, has_san: bool) -> str:
    if not has_san and _matches(common_name, _split(host)):
        return "x509: certificate relies on legacy Common Name field, use SANs instead"
    if parse_ip(host) is not None:
        if not ips:
            return f"x509: cannot validate certificate for {host} because it doesn't contain any IP SANs"
        if len(ips) >= _NAMES_SHOWN:
            return f"x509: certificate is valid for {len(ips)} IP SANs, but none matched {host}"
        valid = ", ".join(ip_text(ip) for ip in ips)
    else:
        if len(dns_names) >= _NAMES_SHOWN:
            return f"x509: certificate is valid for {len(dns_names)} names, but none matched {host}"
        valid = ", ".join(dns_names)
    if not valid:
        return f"x509: certificate is not valid for any names, but wanted to match {host}"
    return f"x509: certificate is valid for {valid}, not {host}"


def _is_hostname(host: str, *, is_pattern: bool = False) -> bool:
    if host in ("", "*"):
        return False
    parts = host.split(".")
    if is_pattern and parts[0] == "*":
        parts = parts[1:]
    return all(_LABEL.fullmatch(part) for part in parts)


def _matches(pattern: str, host_parts: list[str]) -> bool:
    if not pattern:
        return False
    parts = _lower(pattern).split(".")
    if len(parts) != len(host_parts):
        return False
    pairs = enumerate(zip(parts, host_parts, strict=True))
    return all((index == 0 and part == "*") or part == wanted for index, (part, wanted) in pairs)


def _equal(first: str, second: str) -> bool:
    return first not in ("", ".") and second not in ("", ".") and _lower(first) == _lower(second)


def _split(host: str) -> list[str]:
    return _lower(host.removesuffix(".")).split(".")


def _lower(text: str) -> str:
    return text.translate(_UPPER)


def _as_16(ip: bytes) -> bytes:
    return _MAPPED + ip if len(ip) == 4 else ip
