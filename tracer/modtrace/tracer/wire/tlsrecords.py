"""TLS records as they pass in both directions, before any decryption: what a packet capture would show.

Go 1.26 crypto/tls/conn.go readRecordOrCCS and readHandshake judge headers, clear alerts and message lengths in this
order; :class:`RecordReader` raises the same faults, so that OpenSSL only sees what Go would have gone on with.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from modtrace.record.limits import (
    TLS_CERTIFICATE_MESSAGE_BYTES,
    TLS_HANDSHAKE_MESSAGE_BYTES,
    TLS_RECORDS_LOGGED_COUNT,
    TLS_USELESS_RECORDS_COUNT,
)
from modtrace.tracer.wire.tlsfaults import Alert, TlsFault, local_alert, remote_alert
from modtrace.tracer.wire.tlshellos import MESSAGES, ServerHello, key_exchange_group, parse_server_hello

_HEADER = 5
_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA = 20, 21, 22, 23
CONTENT_TYPES = {20: "change_cipher_spec", 21: "alert", 22: "handshake", 23: "application_data"}
_CIPHERTEXT = 16384 + 2048  # common.go maxCiphertext
_CIPHERTEXT_TLS13 = 16384 + 256  # common.go maxCiphertextTLS13
_SERVER_HELLO, _CERTIFICATE, _KEY_EXCHANGE = 2, 11, 12
_TLS13 = 0x0304
_OFFERED = (0x0304, 0x0303)

Direction = Literal["sent", "received"]


class Record(NamedTuple):
    """One record's header, and the clear handshake messages that began in it."""

    direction: Direction
    content_type: int
    version: int
    length: int
    messages: tuple[str, ...]


class RecordLog:
    """Both directions of one connection. Keeps the first records; after :meth:`stop_logging` it only counts."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.alerts: list[Alert] = []
        self.received = RecordReader(self._add, self.alerts.append)
        self.sent = SentReader(self._add)
        self._is_logging = True

    @property
    def is_truncated(self) -> bool:
        """True when there were more records than are kept."""
        return self.received.count + self.sent.count > len(self.records) and self._is_logging

    def stop_logging(self) -> None:
        """From the end of the handshake on: the received direction counts records, the sent one nothing."""
        self._is_logging = False
        self.received.only_counts = True

    def _add(self, record: Record) -> None:
        if self._is_logging and len(self.records) < TLS_RECORDS_LOGGED_COUNT:
            self.records.append(record)


class SentReader:
    """Our own records: trusted, so only logged."""

    def __init__(self, add: Callable[[Record], None]) -> None:
        self.count = 0
        self._add = add
        self._is_protected = False

    def feed(self, data: bytes) -> None:
        """Whole records, as a BIO gives them."""
        at = 0
        while at + _HEADER <= len(data):
            kind, version, length = data[at], _u16(data, at + 1), _u16(data, at + 3)
            body = data[at + _HEADER : at + _HEADER + length]
            clear = kind == _HANDSHAKE and not self._is_protected and bool(body)
            self.count += 1
            names = (MESSAGES.get(body[0], f"message({body[0]})"),) if clear else ()
            self._add(Record("sent", kind, version, length, names))
            self._is_protected = self._is_protected or kind == _CHANGE_CIPHER_SPEC
            at += _HEADER + length


class RecordReader:
    """The peer's bytes. :meth:`feed` raises :class:`TlsFault` where Go would stop reading."""

    def __init__(self, add: Callable[[Record], None], alert: Callable[[Alert], None]) -> None:
        self.count = 0
        self.bytes_seen = 0
        self.only_counts = False
        self.server_hello: ServerHello | None = None
        self.was_retried = False
        self.group: int | None = None
        self.first_bytes = b""
        self.was_closed = False
        self._add = add
        self._alert = alert
        self._partial = b""
        self._skip = 0
        self._messages = b""
        self._is_protected = False
        self._ignored = 0

    @property
    def is_at_boundary(self) -> bool:
        """No record has been begun and not ended: where Go takes a bare end of the stream for ``io.EOF``."""
        return not self._partial and not self._skip

    def feed(self, data: bytes) -> None:
        """The next bytes, cut anywhere."""
        self.bytes_seen += len(data)
        if self.only_counts or self._reads_headers_only():
            self._feed_counting(data)
            return
        if len(self.first_bytes) < _HEADER:
            self.first_bytes = (self.first_bytes + data)[:_HEADER]
        buffered = self._partial + data if self._partial else data
        at = 0
        while len(buffered) - at >= _HEADER and not self._reads_headers_only():
            length = self._check_header(buffered, at)
            if len(buffered) - at < _HEADER + length:
                break
            self._read_record(buffered[at], _u16(buffered, at + 1), buffered[at + _HEADER : at + _HEADER + length])
            at += _HEADER + length
        self._partial = buffered[at:]
        if self._partial and self._reads_headers_only():
            rest, self._partial = self._partial, b""
            self._feed_counting(rest)

    def _reads_headers_only(self) -> bool:
        return self._is_protected

    def _feed_counting(self, data: bytes) -> None:
        """Headers only: the path of bodies. ``_skip`` is what is left of the record under way."""
        if self._partial:
            data = self._partial + data
            self._partial = b""
        at, end = self._skip, len(data)
        while end - at >= _HEADER:
            length = data[at + 3] << 8 | data[at + 4]
            if length > _CIPHERTEXT or (
                not self.only_counts and self._version() == _TLS13 and length > _CIPHERTEXT_TLS13
            ):
                raise _oversized(length)
            self.count += 1
            if not self.only_counts:
                self._add(Record("received", data[at], _u16(data, at + 1), length, ()))
            at += _HEADER + length
        if at >= end:
            self._skip = at - end
        else:
            self._skip = 0
            self._partial = data[at:]

    def _version(self) -> int:
        return self.server_hello.version if self.server_hello and not self.server_hello.is_retry else 0

    def _check_header(self, data: bytes, at: int) -> int:
        kind, version, length = data[at], _u16(data, at + 1), _u16(data, at + 3)
        if kind == 0x80:
            raise TlsFault(
                "tls.not_tls", "the peer speaks SSLv2", "tls: unsupported SSLv2 handshake received", alert=70
            )
        if self._version():
            if version != 0x0303:
                words = f"received record with version {version:x} when expecting version 303"
                raise TlsFault("tls.corrupted", words, "tls: " + words, alert=70)
        elif kind not in (_ALERT, _HANDSHAKE) or version >= 0x1000:
            raise _not_tls(data[at : at + _HEADER])
        if length > (_CIPHERTEXT_TLS13 if self._version() == _TLS13 else _CIPHERTEXT):
            raise _oversized(length)
        return length

    def _read_record(self, kind: int, version: int, body: bytes) -> None:
        self.count += 1
        begun = len(self._messages)
        if kind == _HANDSHAKE:
            if not body:
                raise local_alert(10, "an empty handshake record")
            self._ignored = 0
            self._messages += body
        names = self._read_messages() if begun or kind == _HANDSHAKE else ()
        self._add(Record("received", kind, version, len(body), names))
        if kind == _ALERT:
            self._read_alert(body)
        elif kind == _CHANGE_CIPHER_SPEC and self._version() != _TLS13:
            self._is_protected = True
        elif kind == _APPLICATION_DATA and self._version() != _TLS13:
            raise local_alert(10, "application data before the end of the handshake")
        elif kind == _APPLICATION_DATA:
            self._is_protected = True

    def _read_messages(self) -> tuple[str, ...]:
        names: list[str] = []
        while len(self._messages) >= 4 and not self._is_protected:
            kind, length = self._messages[0], int.from_bytes(self._messages[1:4])
            self._check_length(kind, length)
            if len(self._messages) < 4 + length:
                break
            body, self._messages = self._messages[4 : 4 + length], self._messages[4 + length :]
            names.append(MESSAGES.get(kind, f"message({kind})"))
            self._read_message(kind, body)
        return tuple(names)

    def _check_length(self, kind: int, length: int) -> None:
        is_certificate = bool(self._version()) and kind == _CERTIFICATE
        limit = TLS_CERTIFICATE_MESSAGE_BYTES if is_certificate else TLS_HANDSHAKE_MESSAGE_BYTES
        if length > limit:
            words = f"handshake message of length {length} bytes exceeds maximum of {limit} bytes"
            name = "TLS_CERTIFICATE_MESSAGE_BYTES" if is_certificate else "TLS_HANDSHAKE_MESSAGE_BYTES"
            raise TlsFault("tls.oversized", "a " + words, "tls: " + words, alert=80, limit=name)

    def _read_message(self, kind: int, body: bytes) -> None:
        if not self._version() and kind != _SERVER_HELLO:
            raise _unexpected(kind)
        if kind == _SERVER_HELLO:
            hello = parse_server_hello(body)
            if hello is None:
                raise local_alert(50, "a ServerHello that cannot be decoded")
            if hello.version not in _OFFERED:
                words = f"server selected unsupported protocol version {hello.version:x}"
                raise TlsFault("tls.version_unsupported", words, "tls: " + words, alert=70)
            if hello.is_retry and self.was_retried:
                words = "server sent two HelloRetryRequest messages"
                raise TlsFault("tls.corrupted", words, "tls: " + words, alert=10)
            self.was_retried = self.was_retried or hello.is_retry
            self.server_hello = hello
            self.group = hello.group or self.group
        elif kind == _KEY_EXCHANGE:
            self.group = key_exchange_group(body) or self.group

    def _read_alert(self, body: bytes) -> None:
        if len(body) != 2 or (body[0] not in (1, 2) and self._version() != _TLS13 and body[1] != 0):
            raise local_alert(10, "an alert that cannot be decoded")
        level, code = body
        self._alert(Alert(sent_by_us=False, level=level, code=code))
        if code == 0:
            self.was_closed = True
            raise TlsFault(
                "tls.closed", "the server said goodbye (close_notify) before the end of the handshake", "EOF"
            )
        ignorable = code == 90 if self._version() == _TLS13 else level == 1
        if not ignorable:
            raise remote_alert(code)
        self._ignored += 1
        if self._ignored > TLS_USELESS_RECORDS_COUNT:
            raise too_many_ignored()


def too_many_ignored(kind: str = "ignored") -> TlsFault:
    """More useless records in a row than Go bears."""
    return TlsFault(
        "tls.corrupted",
        f"more than {TLS_USELESS_RECORDS_COUNT} useless records in a row",
        f"tls: too many {kind} records",
        alert=10,
        limit="TLS_USELESS_RECORDS_COUNT",
    )


def _oversized(length: int) -> TlsFault:
    words = f"oversized record received with length {length}"
    return TlsFault("tls.oversized", words, "tls: " + words, alert=22)


def _not_tls(header: bytes) -> TlsFault:
    if header == b"HTTP/":
        return TlsFault(
            "tls.not_tls",
            "the server answered our ClientHello in plain HTTP",
            "http: server gave HTTP response to HTTPS client",
        )
    return TlsFault(
        "tls.not_tls",
        f"the server's first bytes are not TLS: {header.hex(' ')}",
        "tls: first record does not look like a TLS handshake",
    )


def _unexpected(kind: int) -> TlsFault:
    names = {0: "helloRequest", 1: "clientHello", 4: "newSessionTicket", 11: "certificate", 12: "serverKeyExchange"}
    names |= {13: "certificateRequest", 14: "serverHelloDone", 15: "certificateVerify", 16: "clientKeyExchange"}
    names |= {20: "finished", 22: "certificateStatus", 8: "encryptedExtensions", 5: "endOfEarlyData", 24: "keyUpdate"}
    if kind not in names:
        return local_alert(10, f"a handshake message of unknown type {kind}")
    words = f"received unexpected handshake message of type *tls.{names[kind]}Msg when waiting for *tls.serverHelloMsg"
    return TlsFault("tls.corrupted", words, "tls: " + words, alert=10)


def _u16(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]
