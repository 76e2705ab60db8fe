"""Which proxy curl would take from the same environment: people test with curl, and wonder why go does otherwise.

curl 8 lib/url.c detect_proxy (lower case first, http_proxy in lower case only, ALL_PROXY last), lib/noproxy.c
Curl_check_noproxy (commas or blanks, a leading dot is nothing, whole labels, blocks since 7.86, no ports). This is
advice beside the verdict, never part of what is sent.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from modtrace.gorules.goaddr import parse_cidr, parse_ip


class CurlChoice(NamedTuple):
    """``value`` as written in the environment, ``None`` for a direct connection; ``why`` names variable or entry."""

    value: str | None
    why: str


def curl_choice(environ: Mapping[str, str], scheme: str, host: str) -> CurlChoice:
    """What ``curl scheme://host/`` would do."""
    names = ["http_proxy"] if scheme == "http" else [f"{scheme}_proxy", f"{scheme.upper()}_PROXY"]
    name = next((name for name in [*names, "all_proxy", "ALL_PROXY"] if environ.get(name)), None)
    if name is None:
        return CurlChoice(None, "no variable that curl reads is set")
    entry = _no_proxy_entry(environ, host)
    if entry is not None:
        return CurlChoice(None, entry)
    return CurlChoice(environ[name], name)


def _no_proxy_entry(environ: Mapping[str, str], host: str) -> str | None:
    name = next((name for name in ("no_proxy", "NO_PROXY") if environ.get(name)), None)
    if name is None:
        return None
    text = environ[name]
    if text.strip() == "*":
        return f"{name}=*"
    bare = host.rstrip(".").lower()
    for entry in re.split(r"[,\s]+", text):
        if entry and _matches(entry, bare):
            return f"{name} entry {entry}"
    return None


def _matches(entry: str, host: str) -> bool:
    address = parse_ip(host)
    if address is not None:
        network = parse_cidr(entry)
        if network is not None:
            return network.contains(address)
        other = parse_ip(entry.strip("[]"))
        return other is not None and other.unmapped == address.unmapped
    suffix = entry.strip(".").lower()
    return bool(suffix) and (host == suffix or host.endswith("." + suffix))
