"""What of Go's net/url this path needs: refusal in Go's words, redaction, userinfo, references.

Go 1.26 net/url/url.go: parse, parseAuthority, parseHost, setPath, EscapedPath, String, Redacted, ResolveReference,
RequestURI, splitHostPort; net/http/client.go stripPassword and the Location header of do.
"""

from typing import NamedTuple

from modtrace.gorules.goaddr import AddressError, parse_addr
from modtrace.gorules.goquote import quote as go_quote
from modtrace.gorules.urlescape import EscapeError, Part, escape, is_valid_encoded, unescape

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SCHEME_TAIL = _LETTERS | frozenset("0123456789+-.")
_USERINFO = _LETTERS | frozenset("0123456789-._:~!$&'()*+,;=%@")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UrlError(ValueError):
    """Go's ``*url.Error`` of Parse: the text is ``parse "URL": reason``."""


class Url(NamedTuple):
    """The parts of a parsed URL. ``user`` is ``None`` without userinfo, ``password`` ``None`` without a colon in it.

    ``path`` and ``fragment`` are escaped (EscapedPath, EscapedFragment); ``query`` without its ``?``, ``None`` when
    there is none; ``omit_host``: ``scheme:/path``, which Go prints back without ``//``.
    """

    scheme: str
    user: str | None
    password: str | None
    host: str
    path: str
    query: str | None
    fragment: str
    opaque: str = ""
    omit_host: bool = False

    @property
    def hostname(self) -> str:
        """The host without port and brackets (url.Hostname)."""
        host = _split_port(self.host)[0]
        return host[1:-1] if host.startswith("[") and host.endswith("]") else host

    @property
    def port_text(self) -> str:
        """The port as written, empty when there is none (url.Port)."""
        return _split_port(self.host)[1]

    @property
    def port(self) -> int:
        """The port written, or the scheme's; 0 for a scheme without one."""
        return int(self.port_text) if self.port_text else _DEFAULT_PORTS.get(self.scheme, 0)

    @property
    def decoded_path(self) -> str:
        """Go's ``URL.Path``."""
        return unescape(self.path, "path")

    @property
    def request_target(self) -> str:
        """Path and query as HTTP sends them (url.RequestURI)."""
        target = self.opaque or self.path or "/"
        if self.opaque.startswith("//"):
            target = f"{self.scheme}:{self.opaque}"
        return target if self.query is None else f"{target}?{self.query}"

    @property
    def userinfo(self) -> str:
        """``user[:password]`` escaped, without the ``@``; empty without userinfo (Userinfo.String)."""
        if self.user is None:
            return ""
        secret = "" if self.password is None else ":" + escape(self.password, "user or password")
        return escape(self.user, "user or password") + secret

    def __str__(self) -> str:
        text = f"{self.scheme}:" if self.scheme else ""
        if self.opaque:
            text += self.opaque
        else:
            text += self._authority()
            if self.path and not self.path.startswith("/") and self.host:
                text += "/"
            if not text and ":" in self.path.partition("/")[0]:
                text = "./"
            text += self.path
        if self.query is not None:
            text += "?" + self.query
        return text + (f"#{self.fragment}" if self.fragment else "")

    @property
    def redacted(self) -> str:
        """Go's ``Redacted``: the password as ``xxxxx``."""
        return str(self if self.password is None else self._replace(password="xxxxx"))  # noqa: S106

    @property
    def password_stripped(self) -> str:
        """The form in net/http's own errors: the password as ``***`` and the user unescaped (stripPassword)."""
        if self.password is None:
            return str(self)
        return str(self).replace(self.userinfo + "@", f"{self.user}:***@", 1)

    @property
    def without_userinfo(self) -> "Url":
        return self._replace(user=None, password=None)

    def _authority(self) -> str:
        has_any = bool(self.scheme or self.host) or self.user is not None
        if not has_any or (self.omit_host and not self.host and self.user is None):
            return ""
        slashes = "//" if self.host or self.path or self.user is not None else ""
        userinfo = "" if self.user is None else f"{self.userinfo}@"
        return slashes + userinfo + escape(self.host, "host")


def parse(raw: str) -> Url:
    """Parse as Go does. Raises :class:`UrlError` in Go's words."""
    text, _, fragment = raw.partition("#")
    try:
        url = _parse(text, is_request=False)
    except (_Reason, EscapeError) as reason:
        raise UrlError(f"parse {go_quote(text)}: {reason}") from None
    try:
        return url._replace(fragment=_escaped(fragment, "fragment"))
    except EscapeError as reason:
        raise UrlError(f"parse {go_quote(raw)}: {reason}") from None


def parse_request_uri(raw: str) -> Url:
    """Go's ``ParseRequestURI``: absolute, or a path that begins with a slash; ``#`` has no meaning."""
    try:
        return _parse(raw, is_request=True)
    except (_Reason, EscapeError) as reason:
        raise UrlError(f"parse {go_quote(raw)}: {reason}") from None


def redacted(raw: str) -> str:
    """``raw`` with its password masked; an unparsable URL is returned as it is."""
    try:
        return parse(raw).redacted
    except UrlError:
        return raw


def resolve_reference(base: Url, reference: str) -> Url:
    """``reference`` against its base (URL.Parse, ResolveReference). Raises :class:`UrlError`."""
    ref = parse(reference)
    if ref.scheme or ref.host or ref.user is not None:
        return ref._replace(scheme=ref.scheme or base.scheme, path=_resolved_path(ref.path, ""))
    ref = ref._replace(scheme=base.scheme)
    if ref.opaque:
        return ref
    if not ref.path and ref.query is None:
        query = base.query if base.query else None
        ref = ref._replace(query=query, fragment=ref.fragment or base.fragment)
    if not ref.path and base.opaque:
        return ref._replace(opaque=base.opaque)
    path = _resolved_path(base.path, ref.path)
    return ref._replace(host=base.host, user=base.user, password=base.password, path=path)


def resolve_location(base: Url, location: str) -> Url:
    """A ``Location`` header against its request's URL; the error is the one net/http puts behind ``Get "URL": ``."""
    try:
        return resolve_reference(base, location)
    except UrlError as error:
        raise UrlError(f"failed to parse Location header {go_quote(location)}: {error}") from None


class _Reason(ValueError):
    pass


def _parse(raw: str, *, is_request: bool) -> Url:
    if any(char < " " or char == "\x7f" for char in raw):
        raise _Reason("net/url: invalid control character in URL")
    if not raw and is_request:
        raise _Reason("empty url")
    if raw == "*":
        return Url("", None, None, "", "*", None, "")
    scheme, rest = _scheme(raw)
    rest, mark, query_text = rest.partition("?")
    query = query_text if mark else None
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, None, None, "", "", query, "", opaque=rest)
        if is_request:
            raise _Reason("invalid URI for request")
        if ":" in rest.partition("/")[0]:
            raise _Reason("first path segment in URL cannot contain colon")
    user = password = None
    host = ""
    omit_host = False
    if rest.startswith("//") and (scheme or (not is_request and not rest.startswith("///"))):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, password, host = _authority(scheme, authority)
    elif scheme and rest.startswith("/"):
        omit_host = True
    return Url(scheme, user, password, host, _escaped(rest, "path"), query, "", omit_host=omit_host)


def _scheme(raw: str) -> tuple[str, str]:
    for index, char in enumerate(raw):
        if char == ":":
            if index == 0:
                raise _Reason("missing protocol scheme")
            return raw[:index].lower(), raw[index + 1 :]
        if char not in (_SCHEME_TAIL if index else _LETTERS):
            break
    return "", raw


def _authority(scheme: str, authority: str) -> tuple[str | None, str | None, str]:
    userinfo, at, host_text = authority.rpartition("@")
    host = _host(scheme, host_text)
    if not at:
        return None, None, host
    if any(char not in _USERINFO for char in userinfo):
        raise _Reason("net/url: invalid userinfo")
    user, colon, password = userinfo.partition(":")
    user = unescape(user, "user or password")
    return user, unescape(password, "user or password") if colon else None, host


def _host(scheme: str, host: str) -> str:
    """``host[:port]`` checked and unescaped. GODEBUG urlstrictcolons is taken as 1, Go's default."""
    opened = host.rfind("[")
    if opened > 0:
        raise _Reason("invalid IP-literal")
    if opened == 0:
        return _ip_literal(host)
    colon = host.find(":")
    if colon >= 0:
        if scheme not in ("http", "https"):
            colon = host.rfind(":")
        _check_port(host[colon:])
    return unescape(host, "host")


def _ip_literal(host: str) -> str:
    closed = host.rfind("]")
    if closed < 0:
        raise _Reason("missing ']' in host")
    colon_port = host[closed + 1 :]
    _check_port(colon_port)
    name = host[1:closed]
    zone_at = name.find("%25")
    if zone_at >= 0:
        name = unescape(name[:zone_at], "host") + unescape(name[zone_at:], "zone")
    else:
        name = unescape(name, "host")
    try:
        address = parse_addr(name)
    except AddressError as error:
        raise _Reason(f"invalid host: {error}") from None
    if address.is_4:
        raise _Reason("invalid IP-literal")
    return f"[{name}]{colon_port}"


def _check_port(port: str) -> None:
    if port and not (port.startswith(":") and all("0" <= char <= "9" for char in port[1:])):
        raise _Reason(f"invalid port {go_quote(port)} after host")


def _split_port(host: str) -> tuple[str, str]:
    """``splitHostPort``: an invalid port stays part of the host."""
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and all("0" <= char <= "9" for char in port) else (host, "")


def _escaped(text: str, part: Part) -> str:
    """``setPath`` then ``EscapedPath``: as written where that is a valid escaping, else Go's own escaping."""
    decoded = unescape(text, part)
    if text and is_valid_encoded(text, part):
        return text
    return escape(decoded, part)


def _resolved_path(base: str, ref: str) -> str:
    """``resolvePath``: RFC 3986 section 5.2.4, always rooted unless there is nothing at all."""
    full = base if not ref else ref if ref.startswith("/") else base[: base.rfind("/") + 1] + ref
    if not full:
        return ""
    done = "/"
    is_first = True
    element = ""
    for element in full.split("/"):
        if element == ".":
            is_first = False
        elif element == "..":
            cut = done[1:].rfind("/")
            done = done[: cut + 1] if cut >= 0 else done[:1]
            is_first = len(done) == 1
        else:
            done += element if is_first else "/" + element
            is_first = False
    if element in (".", ".."):
        done += "/"
    return done[1:] if done.startswith("//") else done
