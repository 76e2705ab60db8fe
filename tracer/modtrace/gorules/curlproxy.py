"""Which proxy curl would take from the same environment: people test with curl, and wonder why go does otherwise.

curl 7.87 to 8 lib/url.c detect_proxy (lower case first, http_proxy in lower case only, ALL_PROXY last) and parse_proxy
(default ports), lib/noproxy.c Curl_check_noproxy (whole labels, blocks of IPv4, no ports, a literal IPv6 address is a
name like any other), as measured with 7.88. This is advice beside the verdict, never part of what is sent.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from modtrace.gorules import gourl
from modtrace.gorules.goaddr import Address, Network, parse_ip

_SCHEMES = frozenset({"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"})
_SEPARATORS = re.compile(r"([ \t,]+)")
_NUMBER = re.compile(r"[0-9]{0,9}")


class CurlChoice(NamedTuple):
    """``value`` as written in the environment, ``None`` for a direct connection; ``why`` names variable or entry."""

    value: str | None
    why: str


def curl_choice(environ: Mapping[str, str], scheme: str, host: str) -> CurlChoice:
    """What ``curl scheme://host/`` would do; ``host`` without brackets."""
    names = ["http_proxy"] if scheme == "http" else [f"{scheme}_proxy", f"{scheme.upper()}_PROXY"]
    name = next((name for name in [*names, "all_proxy", "ALL_PROXY"] if environ.get(name)), None)
    if name is None:
        return CurlChoice(None, "no variable that curl reads is set")
    entry = _no_proxy_entry(environ, host)
    if entry is not None:
        return CurlChoice(None, entry)
    return CurlChoice(environ[name], name)


def curl_port(proxy: gourl.Url) -> str | None:
    """The port that curl connects to: 1080 for every proxy without one, but 443 for https. ``None``: it refuses."""
    if proxy.scheme not in _SCHEMES:
        return None
    return proxy.port_text or ("443" if proxy.scheme == "https" else "1080")


def _no_proxy_entry(environ: Mapping[str, str], host: str) -> str | None:
    name = next((name for name in ("no_proxy", "NO_PROXY") if environ.get(name)), None)
    if name is None:
        return None
    if environ[name] == "*":
        return f"{name}=*"
    for entry, only_older in _entries(environ[name]):
        if _matches(entry, host):
            return f"{name} entry {entry}" + (", to curl before 8.9" if only_older else "")
    return None


def _entries(text: str) -> Iterator[tuple[str, bool]]:
    """Each entry, and whether only a curl that takes blanks for commas gets as far as this one."""
    only_older = False
    parts = _SEPARATORS.split(text)
    for at in range(0, len(parts), 2):
        if parts[at]:
            yield parts[at], only_older
            separator = parts[at + 1] if at + 1 < len(parts) else ""
            only_older = only_older or "," not in separator


def _matches(entry: str, host: str) -> bool:
    address = _ipv4(host)
    if address is not None:
        return _holds(entry, address)
    name = host.removesuffix(".").lower()
    suffix = entry.removesuffix(".").removeprefix(".").lower()
    return name == suffix or name.endswith("." + suffix)


def _holds(entry: str, address: Address) -> bool:
    """An address or a block. No bits, no digits and 0 bits all mean the whole address (atoi)."""
    text, _, bits_text = entry.partition("/")
    other = _ipv4(text)
    digits = _NUMBER.match(bits_text)
    bits = int(digits[0] or 0) if digits else 0
    if other is None or bits > 32 or bits_text.startswith("-"):
        return False
    if bits == 0:
        return other == address
    mask = (1 << 32) - (1 << (32 - bits))
    network = (int.from_bytes(other.packed) & mask).to_bytes(4)
    return Network(packed=network, bits=bits).contains(address)


def _ipv4(text: str) -> Address | None:
    address = parse_ip(text)
    return address if address is not None and address.is_4 else None
