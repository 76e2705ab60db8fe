"""A request's headers as net/http writes them, after Host: the caller's own, and what the transport adds.

Go 1.26 net/http: request.go Request.write (reqWriteExcludeHeader), header.go writeSubset, transport.go
persistConn.roundTrip (requestedGzip); net/http/internal/httpcommon EncodeHeaders for HTTP/2.
"""

import re
from collections.abc import Sequence

Pairs = list[tuple[str, str]]

_NOT_ON_HTTP1 = frozenset({"Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer"})
_NOT_ON_HTTP2 = frozenset(
    {"Host", "Content-Length", "Connection", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Keep-Alive"}
)
_NEWLINES = re.compile(r"[\r\n]")


def values_of(headers: Sequence[tuple[str, str]], name: str) -> list[str]:
    """Every value of a header; ``name`` is canonical."""
    return [value for known, value in headers if known == name]


def asks_for_gzip(method: str, headers: Sequence[tuple[str, str]]) -> bool:
    """Only then does the transport decode an answer."""
    if method == "HEAD":
        return False
    return not any((*values_of(headers, name)[:1], "")[0] for name in ("Accept-Encoding", "Range"))


def on_http1(method: str, headers: Sequence[tuple[str, str]]) -> Pairs:
    """In the order of the wire: User-Agent, the caller's by name, Accept-Encoding. Names are canonical."""
    agents = values_of(headers, "User-Agent")
    sent = [("User-Agent", clean(agents[0] if agents else "Go-http-client/1.1"))]
    if agents[:1] == [""]:
        sent = []
    ours = [(name, clean(value)) for name, value in headers if name not in _NOT_ON_HTTP1]
    sent += sorted(ours, key=lambda pair: pair[0])
    return sent + ([("Accept-Encoding", "gzip")] if asks_for_gzip(method, headers) else [])


def on_http2(method: str, headers: Sequence[tuple[str, str]]) -> Pairs:
    """As fields with lower-case names, after the pseudo fields; the order of the caller's is random in go."""
    fields: Pairs = []
    agents = values_of(headers, "User-Agent")
    for name, value in headers:
        if name in _NOT_ON_HTTP2 or name == "User-Agent":
            continue
        if name == "Cookie":
            fields += [("cookie", part) for part in _cookies(value)]
        else:
            fields.append((name.lower(), value))
    if agents[:1] != [""]:
        fields += [("user-agent", agent) for agent in agents[:1]]
    if asks_for_gzip(method, headers):
        fields.append(("accept-encoding", "gzip"))
    return fields if agents else [*fields, ("user-agent", "Go-http-client/2.0")]


def clean(value: str) -> str:
    """A value as HTTP/1.1 carries it (headerNewlineToSpace, textproto.TrimString)."""
    return _NEWLINES.sub(" ", value).strip(" \t")


def _cookies(value: str) -> list[str]:
    """A field per pair, without the spaces after a semicolon; none for an empty rest."""
    first, *more = value.split(";")
    parts = [first, *(part.lstrip(" ") for part in more)]
    return parts if parts[-1] else parts[:-1]
