"""Which network proxy a request goes through, from HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

Go 1.26 vendor/golang.org/x/net/http/httpproxy/proxy.go: FromEnvironment, parseProxy, useProxy, init, the matchers;
net/http/transport.go schemePort and canonicalAddr. Upper case wins over lower case, an empty value counts as unset.
No name is ever resolved here: CIDR blocks match literal addresses only.
"""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from modtrace.gorules import gourl
from modtrace.gorules.goaddr import (
    Address,
    AddressError,
    Network,
    join_host_port,
    parse_addr,
    parse_cidr,
    parse_ip,
    split_host_port,
)
from modtrace.gorules.quoted import trim_space
from modtrace.record.failures import GoRuleError

_CGI = "refusing to use HTTP_PROXY value in CGI environment; see golang.org/s/cgihttpproxy"
SPOKEN_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})
_TARGET_PORTS = {"http": "80", "https": "443"}
_SCHEME_AND_SLASH = re.compile(r"[^/]*://|[A-Za-z][A-Za-z0-9+.-]*:/")
_PROXY_PORTS = {"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

WarningCause = Literal["config.proxy_url_invalid", "config.proxy_scheme_unsupported"]


class ProxyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The proxy, or ``None`` for a direct connection, and the rule that decided, as a sentence."""

    url: gourl.Url | None
    rule: str
    variable: str | None = None

    @property
    def address(self) -> str | None:
        """``host:port`` that go dials; the port stays empty for a scheme that go has no default for."""
        if self.url is None:
            return None
        return join_host_port(*address_of(self.url))


class ProxyWarning(msgspec.Struct, frozen=True, kw_only=True):
    """A value that go ignores, or reads otherwise than its writer meant. ``shown`` carries no credentials."""

    variable: str
    shown: str
    cause: WarningCause
    text: str
    is_sure: bool = True
    """False where the writer may well have meant what go does."""


class NoProxyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of NO_PROXY: everything, a block, an address, or a domain with (``.x``) or without its own name."""

    text: str
    network: Network | None = None
    address: Address | None = None
    suffix: str = ""
    matches_name_itself: bool = False
    port: str = ""

    def matches(self, host: str, port: str, address: Address | None) -> bool:
        if self.text == "*":
            return True
        if self.network is not None:
            return address is not None and self.network.contains(address)
        if self.address is not None:
            same = address is not None and address.unmapped == self.address.unmapped
            return same and self.port in ("", port)
        if address is not None:
            return False
        fits = host.endswith(self.suffix) or (self.matches_name_itself and host == self.suffix[1:])
        return fits and self.port in ("", port)


def proxy_for_url(environ: Mapping[str, str], url: gourl.Url) -> ProxyChoice:
    """The proxy of a request to ``url``. Raises ``GoRuleError`` in a CGI environment (http only)."""
    name, value = _variable(environ, url.scheme)
    if not value:
        return ProxyChoice(url=None, rule=f"{name or 'no proxy variable'} is not set: direct connection")
    proxy = parse_proxy(value)
    if proxy is None:
        return ProxyChoice(url=None, rule=f"{name} cannot be parsed, go ignores it: direct connection", variable=name)
    if url.scheme == "http" and environ.get("REQUEST_METHOD"):
        raise GoRuleError("config.proxy_url_invalid", _CGI, origin=name)
    bypass = _bypass(environ, url)
    if bypass is not None:
        return ProxyChoice(url=None, rule=bypass, variable=name)
    return ProxyChoice(url=proxy, rule=f"{name} names the proxy of {url.scheme} URLs", variable=name)


def address_of(proxy: gourl.Url) -> tuple[str, str]:
    """Host (IDNA in ASCII) and port of a proxy (canonicalAddr)."""
    return _hostname(proxy), _port(proxy.host) or _PROXY_PORTS.get(proxy.scheme, "")


def parse_proxy(value: str) -> gourl.Url | None:
    """The URL of a proxy variable; without scheme or host ``http://`` is tried in front. ``None``: go ignores it."""
    parsed = _parsed(value)
    if parsed is None or not parsed.scheme or not parsed.host:
        return _parsed("http://" + value) or parsed
    return parsed


def parse_no_proxy(value: str) -> tuple[NoProxyEntry, ...]:
    """The entries that can match. ``*`` makes all others pointless."""
    entries: list[NoProxyEntry] = []
    for item in value.split(","):
        text = trim_space(item).lower()
        if text == "*":
            return (NoProxyEntry(text="*"),)
        entry = _entry(text) if text else None
        if entry is not None:
            entries.append(entry)
    return tuple(entries)


def warnings(environ: Mapping[str, str]) -> tuple[ProxyWarning, ...]:
    """What the proxy variables say that go does not do."""
    found = [_proxy_warning(*_variable(environ, scheme)) for scheme in ("http", "https")]
    name, value = _first(environ, "NO_PROXY", "no_proxy")
    found += [_no_proxy_warning(name, trim_space(item)) for item in value.split(",")]
    return tuple(warning for warning in found if warning is not None)


def _first(environ: Mapping[str, str], *names: str) -> tuple[str, str]:
    return next(((name, environ[name]) for name in names if environ.get(name)), (names[0], ""))


def _variable(environ: Mapping[str, str], scheme: str) -> tuple[str, str]:
    if scheme not in _TARGET_PORTS:
        return "", ""
    upper = f"{scheme.upper()}_PROXY"
    return _first(environ, upper, upper.lower())


def _parsed(value: str) -> gourl.Url | None:
    try:
        return gourl.parse(value)
    except gourl.UrlError:
        return None


def _bypass(environ: Mapping[str, str], url: gourl.Url) -> str | None:
    """Why ``url`` goes round the proxy, or ``None`` (``useProxy``)."""
    port = _port(url.host) or _TARGET_PORTS[url.scheme]
    try:
        host, port = split_host_port(join_host_port(_hostname(url), port))
    except AddressError:
        return "the host cannot be read as host:port: direct connection"
    if host == "localhost":
        return "localhost is never proxied"
    address = _literal(host)
    if address is not None and address.is_loopback:
        return f"the loopback address {host} is never proxied"
    name, value = _first(environ, "NO_PROXY", "no_proxy")
    for entry in parse_no_proxy(value):
        if entry.matches(trim_space(host).lower(), port, address):
            return f"{name} entry {entry.text} matches"
    return None


def _literal(host: str) -> Address | None:
    try:
        return parse_addr(host)
    except AddressError:
        return None


def _entry(text: str) -> NoProxyEntry | None:
    network = parse_cidr(text)
    if network is not None:
        return NoProxyEntry(text=text, network=network)
    try:
        host, port = split_host_port(text)
    except AddressError:
        host, port = text, ""
    if len(host) > 1 and host[0] == "[" and host[-1] == "]" and port:
        host = host[1:-1]
    address = parse_ip(host)
    if address is not None:
        return NoProxyEntry(text=text, address=address, port=port)
    if not host:
        return None
    host = host[1:] if host.startswith("*.") else host
    itself = not host.startswith(".")
    suffix = to_ascii("." + host if itself else host)
    return NoProxyEntry(text=text, suffix=suffix, matches_name_itself=itself, port=port)


def _hostname(url: gourl.Url) -> str:
    return to_ascii(url.hostname)


def to_ascii(name: str) -> str:
    """``idna.Lookup.ToASCII`` for names outside ASCII; what cannot be converted stays."""
    if name.isascii():
        return name
    bare = name.removeprefix(".")
    import idna  # most names are ASCII

    try:
        return name[: len(name) - len(bare)] + idna.encode(bare, uts46=True).decode()
    except idna.IDNAError:
        return name


def _port(host: str) -> str:
    _, colon, port = host.rpartition(":")
    return port if colon and all("0" <= char <= "9" for char in port) else ""


def _proxy_warning(name: str, value: str) -> ProxyWarning | None:
    proxy = parse_proxy(value) if value else None
    if not value:
        return None
    if proxy is None:
        text = f"go cannot parse {name} and ignores it without a word: it connects directly"
        return ProxyWarning(variable=name, shown=masked(value), cause="config.proxy_url_invalid", text=text)
    if not proxy.host:
        text = f"go finds no host in {name}: it connects to this machine, port {address_of(proxy)[1] or 0}"
        return ProxyWarning(variable=name, shown=masked(value), cause="config.proxy_url_invalid", text=text)
    if _is_misread(value, proxy):
        text = f"go reads {name} with http:// in front, so that the proxy's host is {proxy.hostname!r}"
        return ProxyWarning(variable=name, shown=masked(value), cause="config.proxy_url_invalid", text=text)
    if proxy.scheme not in SPOKEN_SCHEMES:
        text = f"go does not know the scheme {proxy.scheme} in {name} and speaks to it as to an HTTP proxy"
        return ProxyWarning(variable=name, shown=masked(value), cause="config.proxy_scheme_unsupported", text=text)
    if proxy.scheme == "http" and not _port(proxy.host):
        text = f"{name} names no port: go takes 80, where few proxies listen (3128 and 8080 are usual)"
        cause: WarningCause = "config.proxy_url_invalid"
        return ProxyWarning(variable=name, shown=masked(value), cause=cause, text=text, is_sure=False)
    return None


def _is_misread(value: str, proxy: gourl.Url) -> bool:
    """Written with a scheme, but what go takes for the host is the scheme's own name (``http:/p.test``, twice http)."""
    as_written = _parsed(value)
    if _SCHEME_AND_SLASH.match(value) and (as_written is None or not as_written.host):
        return True
    return proxy.host.endswith(":") and proxy.path.startswith("//")


def _no_proxy_warning(name: str, item: str) -> ProxyWarning | None:
    if not item or (" " not in item and "\t" not in item and "/" not in item) or parse_cidr(item) is not None:
        return None
    why = "entries are separated by commas" if "/" not in item else "it is neither a name, an address nor a block"
    text = f"this entry of {name} matches nothing: {why}"
    return ProxyWarning(variable=name, shown=masked(item), cause="config.proxy_url_invalid", text=text)


def masked(value: str) -> str:
    """``value`` without what stands before its last ``@``, however badly it is written."""
    before, at, after = value.rpartition("@")
    scheme, mark, _ = before.partition("://")
    return f"{scheme + mark if mark else ''}xxxxx@{after}" if at else value
