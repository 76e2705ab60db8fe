"""Which of a response's headers ``http.Response.Header`` still holds once the transport is done with it.

Go 1.26 net/http: transfer.go readTransfer (parseTransferEncoding, fixLength, shouldClose, fixTrailer), response.go
fixPragmaCacheControl, transport.go readLoop (gzip), h2_bundle.go handleResponse.
"""

from collections.abc import Iterable, Sequence

Pairs = list[tuple[str, str]]


def kept(protocol: str, headers: Sequence[tuple[str, str]], *, is_gzip: bool = False) -> Pairs:
    """``headers`` (canonical names) without what net/http takes out. ``is_gzip``: the transport decodes the body."""
    gone = {"Content-Encoding", "Content-Length"} if is_gzip else set[str]()
    if protocol.startswith("HTTP/2"):
        return _without(headers, gone | {"Trailer"})
    named = dict(reversed(headers))
    gone.add("Transfer-Encoding")
    is_1_0 = protocol == "HTTP/1.0"
    if not is_1_0 and "Transfer-Encoding" in named:
        gone |= {"Content-Length", "Trailer"}
    if not is_1_0 and "close" in _tokens(value for name, value in headers if name == "Connection"):
        gone.add("Connection")
    left = _without(headers, gone)
    if named.get("Pragma") == "no-cache" and "Cache-Control" not in named:
        left.append(("Cache-Control", "no-cache"))
    return left


def _without(headers: Sequence[tuple[str, str]], gone: set[str]) -> Pairs:
    """A Content-Length that was sent twice with one value is kept once."""
    left: Pairs = []
    for name, value in headers:
        if name not in gone and not (name == "Content-Length" and any(known == name for known, _ in left)):
            left.append((name, value))
    return left


def _tokens(values: Iterable[str]) -> set[str]:
    return {token.strip(" \t").lower() for value in values for token in value.split(",")}
