"""Which redirects go follows, where to, with which headers, and in which words it stops.

Go 1.26 net/http/client.go: redirectBehavior, Client.do, refererForURL, shouldCopyHeaderOnRedirect, stripPassword;
cmd/go/internal/web/http.go: securityPreservingHTTPClient, checkRedirect; net/url/url.go: URL.Redacted.
"""

import base64
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from modtrace.gorules.goquote import quote
from modtrace.gorules.httpproxy import to_ascii
from modtrace.record.causes import Cause
from modtrace.record.failures import GoRuleError
from modtrace.record.limits import HTTP_REDIRECTS_COUNT

_STATUSES = frozenset({301, 302, 303, 307, 308})
_SENSITIVE = frozenset(
    {"Authorization", "Www-Authenticate", "Cookie", "Cookie2", "Proxy-Authorization", "Proxy-Authenticate"}
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NON_ASCII = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")  # all that Go's parser lets stand escaped in a host
_PORTS = {"http": 80, "https": 443}
_MUST_ESCAPE = re.compile(r"[^!#$&'()*+,/:;=?@\[\]A-Za-z0-9._~%-]")


class Target(NamedTuple):
    """A URL taken apart as a request needs it. ``authority`` is Host as sent, ``target`` the request line's."""

    scheme: str
    host: str
    port: int
    authority: str
    target: str
    userinfo: str | None


class Chain:
    """The redirects of one ``Client.do``: give it each response, it gives the next hop or go's refusal."""

    def __init__(self, url: str, headers: Sequence[tuple[str, str]]) -> None:
        self._urls = [url]
        self._headers = list(headers)
        self._strips = False

    def follow(self, location: str) -> tuple[str, list[tuple[str, str]]]:
        """The next URL and its headers. Raises :class:`GoRuleError` with go's complete text (``Get "…": …``)."""
        first, last = self._urls[0], self._urls[-1]
        url = _resolved(last, location)
        if not self._strips and urlsplit(first).netloc.rpartition("@")[2] != urlsplit(url).netloc.rpartition("@")[2]:
            self._strips = not _is_same_or_below(_hostname(url), _hostname(first))
        headers = [(name, value) for name, value in self._headers if not (self._strips and name in _SENSITIVE)]
        explicit = next((value for name, value in headers if name == "Referer"), "")
        referer = referer_for(last, url, explicit)
        if referer:
            headers = [(name, value) for name, value in headers if name != "Referer"] + [("Referer", referer)]
        self._check(location, url)
        self._urls.append(url)
        return url, headers

    def _check(self, location: str, url: str) -> None:
        cause: Cause | None = None
        words = ""
        if urlsplit(self._urls[0]).scheme == "https" and urlsplit(url).scheme != "https":
            cause = "http.redirect_insecure"
            words = f"redirected from secure URL {self._urls[-1]} to insecure URL {url}"
        elif len(self._urls) >= HTTP_REDIRECTS_COUNT:
            cause = "http.redirect_loop"
            words = f"stopped after {HTTP_REDIRECTS_COUNT} redirects"
        if cause is not None:
            raise GoRuleError(cause, f"Get {quote(location)}: {words}", origin=self._urls[-1])


def is_redirect(status: int) -> bool:
    """True for the statuses that a GET follows; 300, 304, 305 and 306 are plain answers."""
    return status in _STATUSES


def referer_for(last: str, url: str, explicit: str) -> str:
    """What ``Referer`` a hop carries: none from https to http, never userinfo."""
    parts = urlsplit(last)
    if parts.scheme == "https" and urlsplit(url).scheme == "http":
        return ""
    if explicit:
        return explicit
    userinfo, at, _ = parts.netloc.rpartition("@")
    return last.replace(userinfo + at, "", 1) if at else last


def redacted(url: str) -> str:
    """``url.URL.Redacted``: a password becomes ``xxxxx``, a lone user name stays."""
    return _with_password(url, "xxxxx")


def stripped(url: str) -> str:
    """``stripPassword``: how ``Get "URL"`` shows a URL."""
    return _with_password(url, "***")


def basic_authorization(userinfo: str) -> str:
    """The ``Authorization`` that net/http makes of a URL's userinfo."""
    user, _, password = userinfo.partition(":")
    pair = unquote(user) + ":" + unquote(password)
    return "Basic " + base64.b64encode(pair.encode("utf-8", "surrogateescape")).decode()


def target_of(url: str) -> Target:
    """Take ``url`` apart. Raises :class:`GoRuleError` (bare text) when no request can be made of it."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise GoRuleError("http.malformed", f"unsupported protocol scheme {quote(parts.scheme)}")
    userinfo, at, authority = parts.netloc.rpartition("@")
    if not authority:
        raise GoRuleError("http.malformed", "http: no Host in request URL")
    try:
        port = parts.port
    except ValueError as error:
        raise GoRuleError(
            "http.malformed", f"invalid port {quote(':' + authority.rpartition(':')[2])} after host"
        ) from error
    path = _MUST_ESCAPE.sub(_percent, parts.path) or "/"
    query = f"?{parts.query}" if parts.query or url.partition("#")[0].endswith("?") else ""
    host, authority = _dialled_and_sent(authority)
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], authority, path + query, userinfo if at else None)


def _dialled_and_sent(authority: str) -> tuple[str, str]:
    """The host as it is looked up, and Host: in ASCII, without an IPv6 zone and without an empty port.

    Go 1.26 net/http: idnaASCIIFromURL, httpguts.PunycodeHostPort, removeZone, removeEmptyPort.
    """
    if authority.startswith("["):
        literal, _, port = authority[1:].rpartition("]")
        host = literal.replace("%25", "%", 1)
        sent = f"[{host.partition('%')[0]}]"
    else:
        host, _, port = authority.partition(":")
        sent = host = to_ascii(_NON_ASCII.sub(lambda match: unquote(match[0]), host))
    port = port.removeprefix(":")
    return host, f"{sent}:{port}" if port else sent


def _resolved(base: str, location: str) -> str:
    wrong = ""
    if _CONTROL.search(location):
        wrong = f"parse {quote(location)}: net/url: invalid control character in URL"
    elif bad := _BAD_ESCAPE.search(location.partition("?")[0]):
        shown = location[bad.start() : bad.start() + 3]
        wrong = f"parse {quote(location)}: invalid URL escape {quote(shown)}"
    if not wrong:
        try:
            url = urljoin(base, location)
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            wrong = f"parse {quote(location)}: invalid port {quote(':' + location.rpartition(':')[2])} after host"
        else:
            return _normal(parts)
    words = f"failed to parse Location header {quote(location)}: {wrong}"
    raise GoRuleError("http.malformed", f"Get {quote(stripped(base))}: {words}", origin=base)


def _normal(parts: SplitResult) -> str:
    """As ``url.URL.String``: what must be escaped in a path is; a host alone keeps its empty path."""
    return parts._replace(path=_MUST_ESCAPE.sub(_percent, parts.path)).geturl()


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


def _hostname(url: str) -> str:
    authority = urlsplit(url).netloc.rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def _is_same_or_below(sub: str, parent: str) -> bool:
    if sub == parent:
        return True
    if ":" in sub or "%" in sub or not parent:
        return False
    return sub.endswith("." + parent)


def _with_password(url: str, mask: str) -> str:
    scheme, separator, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    userinfo, at, _ = authority.rpartition("@")
    user, colon, _ = userinfo.partition(":")
    if not at or not colon:
        return url
    return f"{scheme}{separator}{user}:{mask}@{rest[len(userinfo) + 1 :]}"
