"""The hops between this machine and a target: one proxy by the environment's rules, or the chain of ``--via``.

Go 1.26 net/http/transport.go connectMethodForRequest, connectMethod (scheme, addr, proxyAuth, key), canonicalAddr: a
proxy's scheme is http, https, socks5 or socks5h, and every other one is spoken to as an HTTP proxy. A chain is what a
Go program builds of ``Transport.Proxy`` (the last hop) above a ``DialContext`` that goes through the hops before it
(golang.org/x/net/proxy). A route is a pure function of the environment, ``--via`` and the target.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from modtrace.gorules import gourl
from modtrace.gorules.httpproxy import SPOKEN_SCHEMES, ProxyChoice, address_of, proxy_for_url
from modtrace.record.failures import GoRuleError

HopKind = Literal["http", "https", "socks5"]
_KINDS: dict[str, HopKind] = {"http": "http", "https": "https", "socks5": "socks5", "socks5h": "socks5"}


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One proxy. ``port`` is text as Go has it: empty where the scheme has no default and none is written."""

    kind: HopKind
    scheme: str
    host: str
    port: str
    user: str | None = None
    password: str | None = None

    @property
    def port_number(self) -> int:
        """What go dials: 0 without a port, 65536 for every one that does not exist."""
        digits = self.port.lstrip("0")
        return min(int(digits[:6] or 0), 1 << 16)

    @property
    def address(self) -> str:
        """``host:port``, IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def shown(self) -> str:
        """The hop's name in reports: scheme and address, never its credentials."""
        return f"{self.scheme}://{self.address}"

    @property
    def authorization(self) -> str | None:
        """``Proxy-Authorization`` as Go sends it, also for an empty user (connectMethod.proxyAuth)."""
        if self.user is None:
            return None
        pair = f"{self.user}:{self.password or ''}".encode("utf-8", "surrogateescape")
        return "Basic " + base64.b64encode(pair).decode()


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Nearest hop first; no hop is a direct connection. ``rule`` says in a sentence what decided."""

    hops: tuple[Hop, ...]
    rule: str
    variable: str | None = None

    def forwards(self, scheme: str) -> bool:
        """True where the last hop gets the request itself, in absolute form: plain HTTP through an HTTP proxy."""
        return bool(self.hops) and scheme == "http" and self.hops[-1].kind != "socks5"


def route_for(environ: Mapping[str, str], via: Sequence[Hop], scheme: str, host: str, port: int) -> Route:
    """The route to a target. Raises ``GoRuleError`` where go refuses (HTTP_PROXY in a CGI environment)."""
    if via:
        return Route(hops=tuple(via), rule="--via names the chain", variable="--via")
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    choice: ProxyChoice = proxy_for_url(environ, gourl.Url(scheme, None, None, authority, "/", None, ""))
    if choice.url is None:
        return Route(hops=(), rule=choice.rule, variable=choice.variable)
    return Route(hops=(hop_of(choice.url),), rule=choice.rule, variable=choice.variable)


def hop_of(url: gourl.Url) -> Hop:
    """A parsed proxy URL as a hop."""
    host, port = address_of(url)
    return Hop(
        kind=_KINDS.get(url.scheme, "http"),
        scheme=url.scheme,
        host=host,
        port=port,
        user=url.user,
        password=url.password,
    )


def parse_via(text: str) -> Hop:
    """One ``--via``. Stricter than go is with its variables: what go would misread is refused, since a person typed it.

    Raises ``GoRuleError`` (``config.proxy_url_invalid``, ``config.proxy_scheme_unsupported``) without the credentials.
    """
    written = text if "://" in text else f"http://{text}"
    try:
        url = gourl.parse(written)
    except gourl.UrlError:
        raise GoRuleError("config.proxy_url_invalid", "--via: not a URL that go can parse", origin="--via") from None
    if url.scheme not in SPOKEN_SCHEMES:
        known = ", ".join(sorted(SPOKEN_SCHEMES))
        text = f"--via: the scheme {url.scheme} is none of {known}"
        raise GoRuleError("config.proxy_scheme_unsupported", text, origin="--via")
    hop = hop_of(url)
    if not hop.host or not 0 < hop.port_number < 1 << 16:
        raise GoRuleError(
            "config.proxy_url_invalid", "--via: it needs a host and a port from 1 to 65535", origin="--via"
        )
    return hop
