"""The head of an HTTP/1 response as Go reads it: line by line, judged in Go's order and words.

Go 1.26 net/http/response.go ReadResponse, net/http/transfer.go readTransfer, net/textproto/reader.go ReadMIMEHeader.
Go is laxer than RFC 9112 (bare LF, a space before the colon, any three-digit status), so its rules are applied here to
the raw bytes; what a strict parser would object to is found by :mod:`modtrace.tracer.wire.http1`.
"""

import re
from typing import NamedTuple

from modtrace.gorules.goquote import quote

Headers = list[tuple[str, str]]

_TOKEN = re.compile(rb"[0-9A-Za-z!#$%&'*+.^_`|~-]+")
_TOKEN_WITH_SPACE = re.compile(rb"[0-9A-Za-z!#$%&'*+.^_`|~ -]+")
_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_STATUS = re.compile(r"[0-9]{3}|\+[0-9]{2}|-00")
_VERSION = re.compile(r"HTTP/[0-9]\.[0-9]")
_DIGITS = re.compile(r"[0-9]+")
_INITIAL_LINE_BYTES = 80  # Go net/textproto/reader.go readMIMEHeader errorLimit
_MAX_INT63 = (1 << 63) - 1


class HeadError(Exception):
    """A head that Go refuses; ``args[0]`` is go's text."""

    @property
    def text(self) -> str:
        return str(self.args[0])


class StatusLine(NamedTuple):
    protocol: str
    status: int
    status_text: str
    is_1_1: bool
    is_1_0: bool


class Framing(NamedTuple):
    """How the body ends. ``length`` is -1 when the head doesn't say."""

    length: int
    is_chunked: bool
    will_close: bool
    has_body: bool


def text_of(raw: bytes) -> str:
    """Bytes of the wire as a Go string (see ``goquote``)."""
    return raw.decode("utf-8", "surrogateescape")


def parse_status_line(line: bytes) -> StatusLine:
    """``HTTP/1.1 404 Not Found``; raises :class:`HeadError`."""
    text = text_of(line)
    protocol, space, rest = text.partition(" ")
    if not space:
        raise HeadError(f"malformed HTTP response {quote(text)}")
    status_text = rest.lstrip(" ")
    code = status_text.partition(" ")[0]
    if not _STATUS.fullmatch(code):
        raise HeadError(f"malformed HTTP status code {quote(code)}")
    if not _VERSION.fullmatch(protocol):
        raise HeadError(f"malformed HTTP version {quote(protocol)}")
    version = (int(protocol[5]), int(protocol[7]))
    return StatusLine(protocol, int(code), status_text, version >= (1, 1), version == (1, 0))


def check_first_header_line(line: bytes) -> None:
    if line[:1] in (b" ", b"\t"):
        if len(line) > _INITIAL_LINE_BYTES:
            raise HeadError("message too large")
        raise HeadError(f"malformed MIME header initial line: {quote(text_of(line))}")


def check_colon(line: bytes) -> None:
    if b":" not in line:
        raise HeadError(f"malformed MIME header: missing colon: {quote(text_of(line))}")


def parse_header(line: bytes) -> tuple[str, str]:
    """One unfolded header line as (canonical name, value)."""
    line = line.strip(b" \t")
    name, _, value = line.partition(b":")
    if not _TOKEN_WITH_SPACE.fullmatch(name) or _BAD_VALUE.search(value):
        raise HeadError(f"malformed MIME header line: {quote(text_of(line))}")
    return canonical(name), text_of(value.lstrip(b" \t"))


def canonical(name: bytes) -> str:
    """Go's ``CanonicalMIMEHeaderKey``: a name with a space in it stays as it is."""
    text = name.decode("latin-1")
    if not _TOKEN.fullmatch(name):
        return text
    return "-".join(part[:1].upper() + part[1:].lower() for part in text.split("-"))


def values(headers: Headers, name: str) -> list[str]:
    """Every value of the header with this canonical name."""
    return [value for key, value in headers if key == name]


def framing(line: StatusLine, headers: Headers, *, answers_head: bool = False) -> Framing:
    """Where the body ends (readTransfer); raises :class:`HeadError` where Go refuses the response."""
    will_close = _should_close(line, headers)
    is_chunked = line.is_1_1 and _is_chunked(values(headers, "Transfer-Encoding"))
    length = _content_length(values(headers, "Content-Length"))
    if answers_head or line.status // 100 == 1 or line.status in (204, 304):
        _check_trailer_keys(headers, is_chunked)
        return Framing(0, False, will_close or line.status == 101, False)
    if is_chunked:
        length = -1
    _check_trailer_keys(headers, is_chunked)
    unbounded = length == -1 and not is_chunked
    return Framing(length, is_chunked, will_close or unbounded, length != 0)


def _should_close(line: StatusLine, headers: Headers) -> bool:
    if line.protocol < "HTTP/1.0":
        return True
    tokens = {token.strip(" \t").lower() for value in values(headers, "Connection") for token in value.split(",")}
    if line.is_1_0:
        return "close" in tokens or "keep-alive" not in tokens
    return "close" in tokens


def _is_chunked(raw: list[str]) -> bool:
    if not raw:
        return False
    if len(raw) > 1:
        raise HeadError("too many transfer encodings: [" + " ".join(quote(value) for value in raw) + "]")
    if raw[0].lower() != "chunked":
        raise HeadError(f"unsupported transfer encoding: {quote(raw[0])}")
    return True


def _content_length(raw: list[str]) -> int:
    if not raw:
        return -1
    first = raw[0].strip(" \t\r\n")
    if any(value.strip(" \t\r\n") != first for value in raw[1:]):
        shown = " ".join(quote(value) for value in raw)
        raise HeadError(f"http: message cannot contain multiple Content-Length headers; got [{shown}]")
    if first == "":
        raise HeadError('invalid empty Content-Length ""')
    if not _DIGITS.fullmatch(first) or len(first) > 64 or int(first) > _MAX_INT63:
        raise HeadError(f"bad Content-Length {quote(first)}")
    return int(first)


def _check_trailer_keys(headers: Headers, is_chunked: bool) -> None:
    if not is_chunked:
        return
    for value in values(headers, "Trailer"):
        for element in value.split(","):
            key = canonical(element.strip(" \t").encode("utf-8", "surrogateescape"))
            if key in ("Transfer-Encoding", "Trailer", "Content-Length"):
                raise HeadError(f"bad trailer key {quote(key)}")
