"""Addresses as Go reads them: literal IPs, CIDR blocks, host and port.

Go 1.26 net/netip/netip.go (ParseAddr, parseIPv4Fields, parseIPv6), net/ip.go (ParseIP, ParseCIDR, IPNet.Contains) and
net/ipsock.go (SplitHostPort, JoinHostPort). Python's ``ipaddress`` differs in texts and corners, hence the port.
"""

import re

import msgspec

from modtrace.gorules.goquote import quote

_MAPPED = bytes(10) + b"\xff\xff"
_HEX_RUN = re.compile("[0-9A-Fa-f]*")


class AddressError(ValueError):
    """Not an address; the message is in Go's words."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A literal address: 4 or 16 bytes, and an IPv6 zone."""

    packed: bytes
    zone: str = ""

    @property
    def is_4(self) -> bool:
        return len(self.packed) == 4

    @property
    def unmapped(self) -> bytes:
        """Go's ``net.IP``: an IPv4 address in IPv6 form counts as IPv4, the zone is gone."""
        return self.packed.removeprefix(_MAPPED) if len(self.packed) == 16 else self.packed

    @property
    def is_loopback(self) -> bool:
        """``net.IP.IsLoopback``."""
        ip = self.unmapped
        return ip[0] == 127 if len(ip) == 4 else ip == bytes(15) + b"\x01"


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A CIDR block; IPv4 blocks contain IPv4 only."""

    packed: bytes
    bits: int

    def contains(self, address: Address) -> bool:
        """``IPNet.Contains``."""
        ip = address.unmapped
        return len(ip) == len(self.packed) and _masked(ip, self.bits) == self.packed


def parse_addr(text: str) -> Address:
    """``netip.ParseAddr``. Raises :class:`AddressError`."""
    for char in text:
        if char == ".":
            return Address(packed=_parse_ipv4(text, text))
        if char == ":":
            return _parse_ipv6(text)
        if char == "%":
            raise _error(text, "missing IPv6 address")
    raise _error(text, "unable to parse IP")


def parse_ip(text: str) -> Address | None:
    """``net.ParseIP``: no zone allowed."""
    try:
        address = parse_addr(text)
    except AddressError:
        return None
    return None if address.zone else address


def parse_cidr(text: str) -> Network | None:
    """``net.ParseCIDR``, the block only."""
    ip_text, slash, mask = text.partition("/")
    address = parse_ip(ip_text)
    if not slash or address is None or not mask.isascii() or not mask.isdigit() or len(mask) > 9:
        return None
    bits = int(mask)
    if bits > 8 * len(address.packed):
        return None
    masked = _masked(address.packed, bits)
    if len(masked) == 16 and masked.startswith(_MAPPED):
        return Network(packed=masked[12:], bits=bits - 96)
    return Network(packed=masked, bits=bits)


def split_host_port(text: str) -> tuple[str, str]:
    """``net.SplitHostPort``. Raises :class:`AddressError` with ``address …: why``."""
    colon = text.rfind(":")
    if colon < 0:
        raise _host_port_error(text, "missing port in address")
    opened, closed = 0, 0
    if text[0] == "[":
        end = text.find("]")
        if end < 0:
            raise _host_port_error(text, "missing ']' in address")
        if end + 1 != colon:
            is_colon = text[end + 1 : end + 2] == ":"
            raise _host_port_error(text, "too many colons in address" if is_colon else "missing port in address")
        host = text[1:end]
        opened, closed = 1, end + 1
    else:
        host = text[:colon]
        if ":" in host:
            raise _host_port_error(text, "too many colons in address")
    if "[" in text[opened:]:
        raise _host_port_error(text, "unexpected '[' in address")
    if "]" in text[closed:]:
        raise _host_port_error(text, "unexpected ']' in address")
    return host, text[colon + 1 :]


def join_host_port(host: str, port: str) -> str:
    """``net.JoinHostPort``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _host_port_error(text: str, why: str) -> AddressError:
    return AddressError(f"address {text}: {why}")


def _error(text: str, why: str, at: str = "") -> AddressError:
    suffix = f" (at {quote(at)})" if at else ""
    return AddressError(f"ParseAddr({quote(text)}): {why}{suffix}")


def _masked(ip: bytes, bits: int) -> bytes:
    size = 8 * len(ip)
    return (int.from_bytes(ip) >> (size - bits) << (size - bits)).to_bytes(len(ip))


def _parse_ipv4(whole: str, part: str) -> bytes:
    """``parseIPv4Fields``: four decimal fields; errors name the whole text."""
    fields: list[int] = []
    digits = ""
    for index, char in enumerate(part):
        if "0" <= char <= "9":
            if digits == "0":
                raise _error(whole, "IPv4 field has octet with leading zero")
            digits += char
            if int(digits) > 255:
                raise _error(whole, "IPv4 field has value >255")
        elif char == ".":
            if not digits or index == len(part) - 1:
                raise _error(whole, "IPv4 field must have at least one digit", part[index:])
            if len(fields) == 3:
                raise _error(whole, "IPv4 address too long")
            fields.append(int(digits))
            digits = ""
        else:
            raise _error(whole, "unexpected character", part[index:])
    if len(fields) < 3:
        raise _error(whole, "IPv4 address too short")
    return bytes([*fields, int(digits)])


def _parse_ipv6(whole: str) -> Address:
    text, percent, zone = whole.partition("%")
    if percent and not zone:
        raise _error(whole, "zone must be a non-empty string")
    ip = bytearray()
    ellipsis = -1
    if text.startswith("::"):
        ellipsis = 0
        text = text[2:]
        if not text:
            return Address(packed=bytes(16), zone=zone)
    while len(ip) < 16:
        group = _hex_group(whole, text)
        if text[len(group) : len(group) + 1] == ".":
            ip += _embedded_ipv4(whole, text, len(ip), ellipsis)
            text = ""
            break
        ip += int(group, 16).to_bytes(2)
        text = text[len(group) :]
        if not text:
            break
        text = _behind_colon(whole, text)
        if text[0] == ":":
            if ellipsis >= 0:
                raise _error(whole, "multiple :: in address", text)
            ellipsis = len(ip)
            text = text[1:]
            if not text:
                break
    if text:
        raise _error(whole, "trailing garbage after address", text)
    return Address(packed=_expanded(whole, bytes(ip), ellipsis), zone=zone)


def _hex_group(whole: str, text: str) -> str:
    matched = _HEX_RUN.match(text)
    group = matched[0] if matched else ""
    if len(group) > 4:
        raise _error(whole, "each group must have 4 or less digits", text)
    if not group:
        raise _error(whole, "each colon-separated field must have at least one digit", text)
    return group


def _behind_colon(whole: str, text: str) -> str:
    if text[0] != ":":
        raise _error(whole, "unexpected character, want colon", text)
    if len(text) == 1:
        raise _error(whole, "colon must be followed by more characters", text)
    return text[1:]


def _embedded_ipv4(whole: str, text: str, filled: int, ellipsis: int) -> bytes:
    if ellipsis < 0 and filled != 12:
        raise _error(whole, "embedded IPv4 address must replace the final 2 fields of the address", text)
    if filled + 4 > 16:
        raise _error(whole, "too many hex fields to fit an embedded IPv4 at the end of the address", text)
    return _parse_ipv4(whole, text)


def _expanded(whole: str, ip: bytes, ellipsis: int) -> bytes:
    if len(ip) < 16:
        if ellipsis < 0:
            raise _error(whole, "address string too short")
        return ip[:ellipsis] + bytes(16 - len(ip)) + ip[ellipsis:]
    if ellipsis >= 0:
        raise _error(whole, "the :: must expand to at least one field of zeros")
    return ip
