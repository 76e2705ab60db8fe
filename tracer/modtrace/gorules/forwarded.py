"""A status that came through a forwarding proxy: whose answer is it, as far as the response itself tells?

Go prints a proxy's refusal of a plain HTTP request as if the module server had given it (``reading URL: 403 …``).
RFC 9110 section 15.5.8 (407 is a proxy's), RFC 9209 (Proxy-Status: a proxy tells its own errors), and two habits: squid
marks the pages that it wrote itself by X-Squid-Error, and small proxies put their own name into Server, where the
module server's name stands when the answer is that server's.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from modtrace.record.causes import Cause

_OWN_SERVER_NAME = re.compile(r"(?i)\b(squid|tinyproxy|privoxy|mitmproxy|ats|zscaler|bluecoat)\b")
_OWN_WORDS = ("Proxy-Authenticate", "Www-Authenticate", "X-Squid-Error", "Proxy-Status")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"?')
_STATUS_ERROR = re.compile(r"(?i);\s*error\s*=\s*([A-Za-z_-]+)")


class ProxyWords(NamedTuple):
    """What shows that the proxy spoke for itself. ``is_plain``: no other reading."""

    evidence: str
    is_plain: bool


def proxy_words(status: int, headers: Sequence[tuple[str, str]]) -> ProxyWords | None:
    """``None`` when nothing in the response tells proxy and server apart. Header names are canonical."""
    for name, value in headers:
        if name == "Proxy-Authenticate" and status == 407:
            return ProxyWords(f"status 407 with Proxy-Authenticate: {value}", True)
        if name == "X-Squid-Error":
            return ProxyWords(f"X-Squid-Error: {value}", True)
    if status == 407:
        return ProxyWords("status 407, which only proxies give", True)
    if error := _STATUS_ERROR.search(_nearest_status(headers)):
        return ProxyWords(f"Proxy-Status names its own error {error[1]}", False)
    server = next((value for name, value in headers if name == "Server"), "")
    if _OWN_SERVER_NAME.search(server):
        return ProxyWords(f"Server: {server}", False)
    return None


def own_words(headers: Sequence[tuple[str, str]]) -> str:
    """The header fields in which a proxy says why it refuses a CONNECT, where nobody else can have spoken."""
    return "; ".join(f"{name}: {value}" for name, value in headers if name in _OWN_WORDS)


def _nearest_status(headers: Sequence[tuple[str, str]]) -> str:
    """The last member of Proxy-Status: the nearest intermediary's, unless that adds none and a CDN's came through."""
    last = next((value for name, value in reversed(headers) if name == "Proxy-Status"), "")
    return _QUOTED.sub("", last).rpartition(",")[2]


def refusal_cause(status: int, *, sends_credentials: bool) -> Cause:
    """What a proxy's own answer to a request or a CONNECT stands for, by its status (401 for 407: tinyproxy)."""
    if status in (401, 407):
        return "proxy.auth_failed" if sends_credentials else "proxy.auth_required"
    if status >= 500:
        return "proxy.upstream_failed"
    return "proxy.denied" if status >= 300 else "proxy.not_a_proxy"
