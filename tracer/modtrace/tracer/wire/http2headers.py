"""Header blocks of HTTP/2 responses: decoded by hpack, judged by Go's rules.

Go 1.26 net/http/h2_bundle.go http2Framer.readMetaFrame, checkPseudos, http2clientConnReadLoop.handleResponse.
"""

import re
from collections.abc import Iterable

import hpack

from modtrace.record.limits import HTTP_RESPONSE_HEADER_BYTES
from modtrace.tracer.wire import h2frames as f
from modtrace.tracer.wire.http1head import Headers, text_of

Fields = list[tuple[bytes, bytes]]

_BAD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_WIRE_NAME = re.compile(rb"[0-9a-z!#$%&'*+.^_`|~-]+")
_STATUS = re.compile(r"[+-]?[0-9]+")
_TOO_LARGE = "http2: response header list larger than advertised limit"


class HeaderDecoder:
    """The connection's decompression state. ``is_damaged`` once a block was given up half-way."""

    def __init__(self) -> None:
        self._decoder = hpack.Decoder(max_header_list_size=HTTP_RESPONSE_HEADER_BYTES)
        self.is_damaged = False

    def decode(self, block: bytes, number: int) -> Fields:
        try:
            decoded: Iterable[tuple[bytes, bytes]] = self._decoder.decode(block, raw=True)
            return [(bytes(name), bytes(value)) for name, value in decoded]
        except hpack.OversizedHeaderListError as error:
            self.is_damaged = True
            raise f.StreamFault(number, f.PROTOCOL_ERROR, _TOO_LARGE) from error
        except hpack.HPACKError as error:
            raise f.connection_fault(f.COMPRESSION_ERROR) from error


def status_of(stream: int, text: str) -> int:
    if not text:
        why = "malformed response from server: missing status pseudo header"
        raise f.StreamFault(stream, f.PROTOCOL_ERROR, why)
    if not _STATUS.fullmatch(text) or len(text) > 18:
        why = "malformed response from server: malformed non-numeric status pseudo header"
        raise f.StreamFault(stream, f.PROTOCOL_ERROR, why)
    return int(text)


def length_of(headers: Headers) -> int:
    found = [value for name, value in headers if name == "Content-Length"]
    if len(found) != 1 or not re.fullmatch("[0-9]{1,19}", found[0]) or int(found[0]) >= 1 << 63:
        return -1
    return int(found[0])


def check_fields(stream: int, fields: Fields) -> None:
    """Names, values and pseudo headers as Go's readMetaFrame and checkPseudos judge them."""
    saw_regular = False
    seen: set[bytes] = set()
    for name, value in fields:
        why: str | None = None
        if _BAD_VALUE.search(value):
            why = f'invalid header field value for "{text_of(name)}"'
        if name.startswith(b":"):
            if saw_regular:
                why = "pseudo header field after regular"
            elif name not in (b":status", b":method", b":path", b":scheme", b":authority", b":protocol"):
                why = f'invalid pseudo-header "{text_of(name)}"'
            elif name in seen:
                why = f'duplicate pseudo-header "{text_of(name)}"'
            elif (name != b":status" and b":status" in seen) or (name == b":status" and seen):
                why = "mix of request and response pseudo headers"
            seen.add(name)
        else:
            saw_regular = True
            if not _WIRE_NAME.fullmatch(name):
                why = f'invalid header field name "{text_of(name)}"'
        if why is not None:
            raise f.StreamFault(stream, f.PROTOCOL_ERROR, why)
