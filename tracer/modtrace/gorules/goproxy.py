"""GOPROXY: a list of sources and the rules of going on to the next one.

Go 1.26 cmd/go/internal/modfetch/proxy.go: proxyList, TryProxies, newProxyRepo, getBody, pathEscape.
"""

from typing import Literal

import msgspec

from modtrace.gorules import gopath, gourl
from modtrace.gorules.quoted import trim_space
from modtrace.gorules.urlescape import escape, is_valid_encoded, unescape
from modtrace.record.failures import GoRuleError

EntryKind = Literal["url", "direct", "off", "noproxy"]

_NO_ENTRIES = "GOPROXY list is not the empty string, but contains no entries"


class GoproxyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. ``falls_through_on_any_error``: a ``|`` follows it, so every failure lets the next entry be asked."""

    kind: EntryKind
    url: str
    falls_through_on_any_error: bool = False


def parse_goproxy(value: str, gonoproxy: str = "") -> tuple[GoproxyEntry, ...]:
    """The list; ``noproxy`` stands first when ``gonoproxy`` is set and the list isn't exactly ``direct``.

    One unusable entry makes the whole list unusable. Raises ``GoRuleError`` in go's words.
    """
    entries: list[GoproxyEntry] = []
    if gonoproxy and value != "direct":
        entries.append(GoproxyEntry(kind="noproxy", url="noproxy"))
    rest = value
    while rest:
        token, separator, rest = _next_token(rest)
        word = trim_space(token)
        if not word:
            continue
        if word in ("off", "direct"):
            entries.append(GoproxyEntry(kind="off" if word == "off" else "direct", url=word))
            break
        entries.append(GoproxyEntry(kind="url", url=_url(word), falls_through_on_any_error=separator == "|"))
    if not any(entry.kind != "noproxy" for entry in entries):
        raise GoRuleError("config.goproxy_invalid", _NO_ENTRIES)
    return tuple(entries)


def check_usable(entry: GoproxyEntry) -> None:
    """What go says at its first request to the entry: credentials never go over http. Raises ``GoRuleError``."""
    url = gourl.parse(entry.url)
    if url.scheme == "http" and url.user is not None:
        text = f"refusing to pass credentials to insecure URL: {url.redacted}"
        raise GoRuleError("config.goproxy_invalid", text)


def proxy_url(base: str, escaped_module: str, tail: str) -> str:
    """The URL of ``tail`` (``@v/list``) of a module below ``base`` (newProxyRepo, getBody).

    ``!`` goes over the wire as ``%21``, a query in ``base`` stays behind the path.
    """
    url = gourl.parse(base)
    decoded = url.decoded_path
    raw = "" if escape(decoded, "path") == url.path else url.path
    path = gopath.join(f"{decoded.removesuffix('/')}/{escaped_module}", tail)
    raw = gopath.join(f"{raw.removesuffix('/')}/{_path_escape(escaped_module)}", _path_escape(tail))
    is_hint_true = is_valid_encoded(raw, "path") and unescape(raw, "path") == path
    return str(url._replace(path=raw if is_hint_true else escape(path, "path")))


def file_path(url: str) -> str:
    """The path of a ``file://`` URL, unescaped (cmd/go/internal/web/url.go urlToFilePath, Unix)."""
    parsed = gourl.parse(url)
    path = parsed.decoded_path or parsed.opaque
    if not path:
        raise GoRuleError("config.goproxy_invalid", "file URL missing path")
    if not path.startswith("/"):
        raise GoRuleError("config.goproxy_invalid", "path is not absolute")
    return path


class ProxyTrial:
    """TryProxies as a decision: feed it each failure; it says whether the next entry is asked and which is shown."""

    _NOT_EXIST, _PROXY, _DIRECT = range(3)

    def __init__(self) -> None:
        self.shown = 0
        """Index, in order of feeding, of the failure that go prints."""
        self._rank = self._NOT_EXIST
        self._count = 0

    def goes_on(self, entry: GoproxyEntry, *, is_not_exist: bool, was_excluded: bool = False) -> bool:
        """``was_excluded``: the ``noproxy`` entry of a module that is not private."""
        index, self._count = self._count, self._count + 1
        if entry.kind == "direct" or (entry.kind == "noproxy" and not was_excluded):
            self.shown, self._rank = index, self._DIRECT
        elif self._rank <= self._PROXY and not is_not_exist:
            self.shown, self._rank = index, self._PROXY
        elif self._rank == self._NOT_EXIST:
            self.shown = index
        return entry.falls_through_on_any_error or is_not_exist


def _next_token(text: str) -> tuple[str, str, str]:
    cut = min((index for index in (text.find(","), text.find("|")) if index >= 0), default=-1)
    if cut < 0:
        return text, "", ""
    return text[:cut], text[cut], text[cut + 1 :]


def _url(word: str) -> str:
    """The entry as a URL: a bare host gets ``https://``."""
    if any(mark in word for mark in ".:/") and ":/" not in word and not word.startswith("/"):
        word = "https://" + word
    try:
        url = gourl.parse(word)
    except gourl.UrlError as error:
        raise GoRuleError("config.goproxy_invalid", str(error)) from None
    refusal = _refusal(url)
    if refusal is not None:
        raise GoRuleError("config.goproxy_invalid", f"{refusal}: {url.redacted}")
    return word


def _refusal(url: gourl.Url) -> str | None:
    """Why newProxyRepo refuses the URL; one refused entry makes the whole list unusable."""
    if url.scheme in ("http", "https"):
        return None
    if not url.scheme:
        return "invalid proxy URL missing scheme"
    if url.scheme != "file":
        return "invalid proxy URL scheme (must be https, http, file)"
    # A Url with scheme and path only; file:/x sets Go's OmitHost and is refused too.
    if url.host or url.user is not None or url.query is not None or url.fragment or url.opaque or url.omit_host:
        return "invalid file:// proxy URL with non-path elements"
    return None


def _path_escape(path: str) -> str:
    """``pathEscape``: url.PathEscape for all but ``/``."""
    return escape(path, "path segment").replace("%2F", "/")
