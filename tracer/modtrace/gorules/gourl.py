"""What of Go's net/url this path needs: refusal in Go's words, redaction, userinfo, references.

Go 1.26 net/url/url.go: Parse, parseAuthority, parseHost, validOptionalPort, Redacted, ResolveReference, shouldEscape.
"""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

from modtrace.gorules.goquote import quote as go_quote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST_ESCAPES = "-._~!$&'()*+,;=:[]<>\""
_USERINFO = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*\Z")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UrlError(ValueError):
    """Go's ``*url.Error`` of Parse: the text is ``parse "URL": reason``."""


class Url(NamedTuple):
    """The parts of a parsed URL. ``user`` is ``None`` without userinfo, ``password`` ``None`` without a colon in it.

    ``path`` is as written (escaped); ``query`` without its ``?``, ``None`` when there is none.
    """

    scheme: str
    user: str | None
    password: str | None
    host: str
    path: str
    query: str | None
    fragment: str
    opaque: str = ""

    @property
    def hostname(self) -> str:
        """The host without port and brackets (url.Hostname)."""
        host = self.host
        if host.startswith("["):
            return host[1:].partition("]")[0]
        return host.partition(":")[0]

    @property
    def port(self) -> int:
        """The port written, or the scheme's; 0 for a scheme without one."""
        tail = self.host.rpartition("]")[2]
        digits = tail.rpartition(":")[2] if ":" in tail else ""
        return int(digits) if digits else _DEFAULT_PORTS.get(self.scheme, 0)

    @property
    def request_target(self) -> str:
        """Path and query as HTTP sends them (url.RequestURI)."""
        path = self.path or "/"
        return path if self.query is None else f"{path}?{self.query}"

    def __str__(self) -> str:
        userinfo = ""
        if self.user is not None:
            secret = "" if self.password is None else f":{_escape_user(self.password)}"
            userinfo = f"{_escape_user(self.user)}{secret}@"
        return self._assembled(userinfo)

    @property
    def redacted(self) -> str:
        """Go's ``Redacted``: the password as ``xxxxx``."""
        if self.password is None:
            return str(self)
        return self._assembled(f"{_escape_user(self.user or '')}:xxxxx@")

    @property
    def without_userinfo(self) -> "Url":
        return self._replace(user=None, password=None)

    def _assembled(self, userinfo: str) -> str:
        text = f"{self.scheme}:" if self.scheme else ""
        if self.opaque:
            text += self.opaque
        else:
            if self.scheme or self.host or userinfo:
                text += "//" if self.host or userinfo or self.path.startswith("/") else ""
            text += userinfo + self.host
            if self.path and not self.path.startswith("/") and self.host:
                text += "/"
            text += self.path
        if self.query is not None:
            text += "?" + self.query
        return text + (f"#{self.fragment}" if self.fragment else "")


def parse(raw: str) -> Url:
    """Parse as Go does. Raises :class:`UrlError` in Go's words."""
    try:
        return _parse(raw)
    except _Reason as reason:
        raise UrlError(f"parse {go_quote(raw)}: {reason}") from None


def redacted(raw: str) -> str:
    """``raw`` with its password masked; an unparsable URL is returned as it is."""
    try:
        return parse(raw).redacted
    except UrlError:
        return raw


def resolve_reference(base: Url, reference: str) -> Url:
    """``Location`` against its request's URL (url.ResolveReference). Raises :class:`UrlError`."""
    ref = parse(reference)
    if ref.scheme and ref.scheme != base.scheme or ref.host or ref.user is not None:
        path = _clean(ref.path) if ref.path.startswith("/") else ref.path
        return ref._replace(scheme=ref.scheme or base.scheme, path=path)
    if ref.opaque:
        return ref
    if not ref.path and ref.query is None:
        return base._replace(fragment=ref.fragment or base.fragment)
    path = ref.path
    if not path:
        path = base.path
    elif not path.startswith("/"):
        path = base.path.rpartition("/")[0] + "/" + path
    return base._replace(path=_clean(path), query=ref.query, fragment=ref.fragment)


class _Reason(ValueError):
    pass


def _parse(raw: str) -> Url:
    if any(char < " " or char == "\x7f" for char in raw):
        raise _Reason("net/url: invalid control character in URL")
    rest, _, fragment = raw.partition("#")
    if not rest and not fragment and not raw:
        raise _Reason("empty url")
    scheme, rest = _scheme(rest)
    rest, mark, query_text = rest.partition("?")
    query = query_text if mark else None
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, None, None, "", "", query, fragment, opaque=rest)
        if ":" in rest.partition("/")[0]:
            raise _Reason("first path segment in URL cannot contain colon")
    user = password = None
    host = ""
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, password, host = _authority(authority)
    _check_escapes(rest)
    return Url(scheme, user, password, host, rest, query, fragment)


def _scheme(raw: str) -> tuple[str, str]:
    head, colon, tail = raw.partition(":")
    if not colon:
        return "", raw
    if not head:
        raise _Reason("missing protocol scheme")
    if _SCHEME.match(head):
        return head.lower(), tail
    return "", raw


def _authority(authority: str) -> tuple[str | None, str | None, str]:
    userinfo, at, host = authority.rpartition("@")
    _check_host(host)
    if not at:
        return None, None, host
    if not _USERINFO.match(userinfo):
        raise _Reason("net/url: invalid userinfo")
    _check_escapes(userinfo)
    user, colon, password = userinfo.partition(":")
    return unquote(user), unquote(password) if colon else None, host


def _check_host(host: str) -> None:
    if host.startswith("["):
        inside, bracket, tail = host[1:].partition("]")
        if not bracket:
            raise _Reason("missing ']' in host")
        _check_port(tail)
        del inside
        return
    if ":" in host:
        name, _, _ = host.partition(":")
        colon_port = host[len(name) :] if host.count(":") > 1 else host[host.rfind(":") :]
        _check_port(colon_port)
    _check_escapes(host)
    for char in host:
        if char.isascii() and not char.isalnum() and char not in _HOST_ESCAPES + "%":
            raise _Reason(f"invalid character {go_quote(char)} in host name")


def _check_port(port: str) -> None:
    if port and not (port.startswith(":") and all("0" <= char <= "9" for char in port[1:])):
        raise _Reason(f"invalid port {go_quote(port)} after host")


def _check_escapes(text: str) -> None:
    bad = _ESCAPE.search(text)
    if bad:
        raise _Reason(f"invalid URL escape {go_quote(text[bad.start() : bad.start() + 3])}")


def _escape_user(text: str) -> str:
    return quote(text, safe="-._~$&+,;=")


def _clean(path: str) -> str:
    """Dot segments removed (RFC 3986 section 5.2.4), as Go's resolvePath."""
    out: list[str] = []
    elements = path.split("/")[1:]
    for index, element in enumerate(elements):
        is_last = index == len(elements) - 1
        if element == "..":
            if out:
                out.pop()
        elif element != ".":
            out.append(element)
            continue
        if is_last:
            out.append("")
    return "/" + "/".join(out)
