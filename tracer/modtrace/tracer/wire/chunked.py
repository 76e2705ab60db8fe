"""Chunked bodies as Go decodes them, error words included.

Go 1.26 net/http/internal/chunked.go chunkedReader and net/http/transfer.go body.readTrailer.
"""

import re
from typing import NamedTuple

from modtrace.tracer.wire.http1head import HeadError, Headers, check_colon, check_first_header_line, parse_header

_LINE_BYTES = 4096  # Go net/http/internal/chunked.go maxLineLength; also the size of the bufio.Reader
_TRAILER_BYTES = 4096  # Go: seeUpcomingDoubleCRLF looks no further than its 4 KiB buffer
_EXCESS_BYTES = 16 * 1024
_HEX = re.compile(rb"[0-9A-Fa-f]+")
_TRAILER_EOF = "http: unexpected EOF reading trailer"


class Chunk(NamedTuple):
    """What one call decoded: data, and at the end the trailers and the bytes that follow the body."""

    data: list[bytes]
    is_end: bool = False
    error: str | None = None


class ChunkedDecoder:
    """Fed bytes, gives data. After the end, :attr:`rest` holds what came behind the body."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._left = 0
        self._state = "size"
        self._excess = 0
        self.trailers: Headers = []

    @property
    def rest(self) -> bytes:
        return bytes(self._buffer)

    def feed(self, data: bytes, *, is_eof: bool = False) -> Chunk:
        """Decode what is complete. ``is_eof`` says that nothing will follow ``data``."""
        self._buffer += data
        out: list[bytes] = []
        try:
            while self._step(out):
                pass
        except HeadError as error:
            return Chunk(out, error=error.text)
        if self._state == "end":
            return Chunk(out, is_end=True)
        if is_eof:
            return Chunk(out, error=_TRAILER_EOF if self._state == "trailer" else "unexpected EOF")
        return Chunk(out)

    def _step(self, out: list[bytes]) -> bool:
        if self._state == "size":
            return self._size_line()
        if self._state == "data":
            return self._data(out)
        if self._state == "footer":
            return self._footer()
        if self._state == "trailer":
            return self._trailer()
        return False

    def _size_line(self) -> bool:
        end = self._buffer.find(b"\n", 0, _LINE_BYTES)
        if end < 0:
            if len(self._buffer) >= _LINE_BYTES:
                raise HeadError("header line too long")
            return False
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        carriage = line.find(b"\r")
        if carriage < 0:
            raise HeadError("chunked line ends with bare LF")
        if carriage != len(line) - 2:
            raise HeadError("invalid CR in chunked line")
        line = line[:-2]
        self._left = _size(line.rstrip(b" \t").partition(b";")[0])
        self._excess = max(self._excess + len(line) + 2 - (16 + 2 * self._left), 0)
        if self._excess > _EXCESS_BYTES:
            raise HeadError("chunked encoding contains too much non-data")
        self._state = "data" if self._left else "trailer"
        return True

    def _data(self, out: list[bytes]) -> bool:
        if not self._buffer:
            return False
        take = min(self._left, len(self._buffer))
        out.append(bytes(memoryview(self._buffer)[:take]))
        del self._buffer[:take]
        self._left -= take
        if not self._left:
            self._state = "footer"
        return True

    def _footer(self) -> bool:
        if len(self._buffer) < 2:
            return False
        if not self._buffer.startswith(b"\r\n"):
            raise HeadError("malformed chunked encoding")
        del self._buffer[:2]
        self._state = "size"
        return True

    def _trailer(self) -> bool:
        if self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
            self._state = "end"
            return True
        end = self._buffer.find(b"\r\n\r\n", 0, _TRAILER_BYTES)
        if end < 0:
            if len(self._buffer) >= _TRAILER_BYTES:
                raise HeadError("http: suspiciously long trailer after chunked body")
            return False
        block = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        check_first_header_line(block.partition(b"\n")[0].removesuffix(b"\r"))
        for line in re.sub(rb"\r?\n[ \t]+", b" ", block).split(b"\n"):
            line = line.removesuffix(b"\r")
            check_colon(line)
            self.trailers.append(parse_header(line))
        self._state = "end"
        return True


def _size(digits: bytes) -> int:
    if not digits:
        raise HeadError("empty hex number for chunk length")
    head = _HEX.match(digits)
    valid = len(head[0]) if head else 0
    if valid < len(digits) and valid <= 16:
        raise HeadError("invalid byte in chunk length")
    if len(digits) > 16:
        raise HeadError("http chunk length too large")
    return int(digits, 16)
