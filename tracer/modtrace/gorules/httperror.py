"""cmd/go's words for a response that is not 200 OK, and the cause that each status stands for.

Go 1.26 cmd/go/internal/web/api.go HTTPError.Error and Response.formatErrorDetail, web/http.go get (which media types
are read for a message), net/http/status.go StatusText.
"""

import re
import unicodedata

from modtrace.gorules.goquote import is_valid_utf8
from modtrace.record.causes import Cause

MAX_DETAIL_LINES = 8
MAX_DETAIL_BYTES = MAX_DETAIL_LINES * 81
_DISCARD_READ_BYTES = 8192  # io.Discard reads through buffers of this size
_GO_SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_GRAPHIC = frozenset("LMNPS")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]+)\s*')

_STATUS_TEXTS = {
    100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints",
    200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
    205: "Reset Content", 206: "Partial Content", 207: "Multi-Status", 208: "Already Reported", 226: "IM Used",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    305: "Use Proxy", 307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed",
    413: "Request Entity Too Large", 414: "Request URI Too Long", 415: "Unsupported Media Type",
    416: "Requested Range Not Satisfiable", 417: "Expectation Failed", 418: "I'm a teapot",
    421: "Misdirected Request", 422: "Unprocessable Entity", 423: "Locked", 424: "Failed Dependency",
    425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates",
    507: "Insufficient Storage", 508: "Loop Detected", 510: "Not Extended", 511: "Network Authentication Required",
}  # fmt: skip

_CAUSES: dict[int, Cause] = {
    401: "http.unauthorized",
    403: "http.forbidden",
    404: "http.not_found",
    410: "http.gone",
    429: "http.rate_limited",
    451: "http.unavailable_for_legal_reasons",
    502: "http.bad_gateway",
    504: "http.gateway_timeout",
    511: "http.captive_portal",
}


def status_text(status: int) -> str:
    """Go's ``http.StatusText``: what go shows over HTTP/2, which carries no phrase; empty for an unknown status."""
    return _STATUS_TEXTS.get(status, "")


def is_not_exist(status: int) -> bool:
    """``errors.Is(err, fs.ErrNotExist)``: the statuses that a comma in GOPROXY lets pass."""
    return status in (404, 410)


def cause_of(status: int) -> Cause:
    """The closest name for a status other than 200.

    Other 4xx are refusals of this request (``http.forbidden``); other 5xx are ``http.server_error``; what is neither
    (204, 206, a redirect without Location, 304) is a response that the protocol doesn't know: ``http.malformed``.
    """
    known = _CAUSES.get(status)
    if known is not None:
        return known
    if 400 <= status <= 499:
        return "http.forbidden"
    if status >= 500:
        return "http.server_error"
    return "http.malformed"


def is_readable_text(content_type: str) -> bool:
    """True for ``text/plain`` whose charset is absent, UTF-8 or ASCII: only then go reads the body of an error."""
    media_type, _, _ = content_type.partition(";")
    if media_type.strip().lower() != "text/plain":
        return False
    rest = content_type[len(media_type) :]
    found = dict[str, str]()
    while rest.strip():
        match = _PARAMETER.match(rest)
        if match is None:
            # mime.ParseMediaType: the type stays, the parameters are lost (ErrInvalidMediaParameter).
            return rest.strip().strip(";").strip() == "" or _lost_parameters(rest)
        key = match[1].lower()
        value = match[2]
        if key in found and found[key] != value:
            return False
        found[key] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        rest = rest[match.end() :]
    return found.get("charset", "").lower() in ("", "utf-8", "us-ascii")


def _lost_parameters(rest: str) -> bool:
    return rest.lstrip().startswith(";")


def error_detail(body: bytes) -> str:
    """The tab-indented summary that go makes of an error's body; empty when it shows nothing."""
    text = _kept(body).decode("utf-8", "surrogateescape")
    if not is_valid_utf8(text) or not all(_is_shown(char) for char in text):
        return ""
    detail = ""
    for index, line in enumerate(text.split("\n")):
        if line.strip(_GO_SPACES) == "":
            break
        if index > 0:
            detail += "\n\t"
        if index >= MAX_DETAIL_LINES:
            return detail + "[Truncated: too many lines.]"
        if len(detail.encode()) + len(line.encode()) > MAX_DETAIL_BYTES:
            return detail + "[Truncated: too long.]"
        detail += line
    return detail


def error_text(redacted_url: str, status: str, detail: str) -> str:
    """``reading URL: 404 Not Found`` and, when there is one, the server's message."""
    text = f"reading {redacted_url}: {status}"
    if not detail:
        return text
    separator = "\n\t" if "\n" in detail else " "
    return f"{text}\n\tserver response:{separator}{detail}"


def _kept(body: bytes) -> bytes:
    """What errorDetailBuffer keeps: whole reads until it has seen its lines (a read here is 8 KiB, as io.Discard's)."""
    kept = b""
    lines = 0
    for start in range(0, len(body), _DISCARD_READ_BYTES):
        if lines >= MAX_DETAIL_LINES:
            break
        piece = body[start : start + _DISCARD_READ_BYTES]
        kept += piece
        newlines = piece.count(b"\n")
        lines = min(lines + newlines, MAX_DETAIL_LINES)
    return kept


def _is_shown(char: str) -> bool:
    """``unicode.IsGraphic`` or ``unicode.IsSpace``."""
    if char in _GO_SPACES:
        return True
    category = unicodedata.category(char)
    return category[0] in _GRAPHIC or category == "Zs"
