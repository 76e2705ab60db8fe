"""TLS without I/O: bytes in, bytes out. The only door to pyOpenSSL.

The peer's records are read by :mod:`modtrace.tracer.wire.tlsrecords` first, so that what Go refuses by its looks
never reaches OpenSSL. The chain is judged by the caller's ``judge`` *inside* the handshake, where Go does it: OpenSSL's
own verdict is ignored except for the one error that the store's clock of the year 1 provokes on every certificate; when
``judge`` says no, refusing that error makes OpenSSL send Go's alert, bad_certificate. Public API only, except for the
three settings of the hello in :func:`_shape_hello`, which are tried and may be missing (``hello_is_shaped`` tells).
"""

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from OpenSSL import SSL, crypto

from modtrace.gorules.tlsprofile import GROUPS, SUITES, VERSION_NAMES, TlsProfile, server_name_indication
from modtrace.record.limits import TLS_USELESS_RECORDS_COUNT
from modtrace.tracer.wire.tlsfaults import Alert, TlsFault, openssl_fault, remote_alert
from modtrace.tracer.wire.tlsrecords import RecordLog, too_many_ignored

READ_BYTES = 65536
_BEFORE_ALL_CERTIFICATES = datetime.datetime(1, 1, 2)  # naive, as pyOpenSSL wants it
_NOT_YET_VALID = 9  # OpenSSL X509_V_ERR_CERT_NOT_YET_VALID
_NO_ENCRYPT_THEN_MAC = 1 << 19  # OpenSSL SSL_OP_NO_ENCRYPT_THEN_MAC; Go doesn't offer the extension
_SCT_EXTENSION = 18
_READ_ALERT, _WRITE_ALERT, _CONNECT_EXIT = 0x4004, 0x4008, 0x1002  # OpenSSL SSL_CB_*
_WRITE_CHUNK_BYTES = 16384

Judge = Callable[[Sequence[bytes]], bool]


class TlsClientSession:
    """One client connection. Every method may raise :class:`TlsFault`; bytes to send are taken with :meth:`to_send`."""

    def __init__(self, profile: TlsProfile, server_name: str, judge: Judge) -> None:
        self.records = RecordLog()
        self.sni = server_name_indication(server_name)
        self.chain_der: tuple[bytes, ...] = ()
        self.key_log: list[str] = []
        self.ocsp_staple = b""
        self.is_done = False
        self.was_refused = False
        self.was_judged = False
        self.was_closed = False
        self.hello_is_shaped = False
        self._judge = judge
        self._alert_received: int | None = None
        self._alert_sent: int | None = None
        self._messages_after = 0
        self._records_at_progress = 0
        self._raw_out = b""
        self._connection = self._connect(profile)

    # --- bytes ------------------------------------------------------------------------------------------------------
    def start(self) -> bytes:
        """The ClientHello, as a record."""
        self.advance()
        return self.to_send()

    def feed(self, data: bytes) -> None:
        """Bytes from the peer; :meth:`advance` or :meth:`read` acts on them."""
        try:
            self.records.received.feed(data)
        except TlsFault as fault:
            if fault.alert is not None and not self.is_done:
                self._raw_out = bytes([21, 3, 1, 0, 2, 2, fault.alert])
            raise
        if data:  # an empty write is an error to a BIO
            self._connection.bio_write(data)

    def to_send(self) -> bytes:
        """What must go to the peer now; ``b""`` when there is nothing."""
        pieces: list[bytes] = []
        while True:
            try:
                pieces.append(self._connection.bio_read(READ_BYTES))
            except SSL.Error:
                break
        data = b"".join(pieces)
        if data and not self.is_done:
            self.records.sent.feed(data)
        if self._raw_out:
            data += self._raw_out
            self._raw_out = b""
        return data

    # --- the handshake ------------------------------------------------------------------------------------------------
    def advance(self) -> bool:
        """Go on with the handshake; true once it is done. Nothing is awaited after our own Finished."""
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            raise self._fault(error) from None
        if not self.was_judged:
            self._judge_chain(self._connection)
        if self.was_refused:  # never go on with a chain that was not judged, whatever OpenSSL's callbacks did
            self.to_send()  # and never let OpenSSL's Finished out
            raise TlsFault("tls.unknown_authority", "the chain was refused", "tls: bad certificate")
        self.is_done = True
        self._messages_after = 0
        return True

    def finish_logging(self) -> None:
        """After the last handshake bytes were taken: from here on the record readers count only."""
        self.records.stop_logging()
        self._records_at_progress = self.records.received.count

    @property
    def version(self) -> str:
        hello = self.records.received.server_hello
        return VERSION_NAMES.get(hello.version, f"{hello.version:04x}") if hello else ""

    @property
    def cipher_suite(self) -> str:
        hello = self.records.received.server_hello
        return SUITES.get(hello.suite, (f"0x{hello.suite:04x}", ""))[0] if hello else ""

    @property
    def group(self) -> str:
        number = self.records.received.group
        return "" if number is None else GROUPS.get(number, (f"0x{number:04x}", ""))[0]

    @property
    def alpn(self) -> str:
        """The protocol that the server chose; empty without one."""
        return self._connection.get_alpn_proto_negotiated().decode("latin-1")

    # --- plaintext ----------------------------------------------------------------------------------------------------
    def read(self, max_bytes: int = READ_BYTES) -> bytes | None:
        """All the plaintext there is, up to ``max_bytes``; ``None``: feed more; ``b""``: close_notify was received."""
        if self.was_closed:
            return b""
        pieces: list[bytes] = []
        room = max_bytes
        recv = self._connection.recv
        try:
            while room > 0:
                piece = recv(room)
                pieces.append(piece)
                room -= len(piece)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.was_closed = True
        except SSL.Error as error:
            if not pieces:
                raise self._fault(error) from None
            self._defer(error)
        if pieces:
            self._messages_after = 0
            self._records_at_progress = self.records.received.count
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._bound_useless()
        return b"" if self.was_closed else None

    def write(self, data: bytes | memoryview) -> bytes:
        """``data`` encrypted, together with whatever else was due."""
        view = memoryview(data)
        try:
            for at in range(0, len(view), _WRITE_CHUNK_BYTES):
                self._connection.send(bytes(view[at : at + _WRITE_CHUNK_BYTES]))
        except SSL.Error as error:
            raise self._fault(error) from None
        return self.to_send()

    def goodbye(self) -> bytes:
        """A close_notify record, as Go sends one when it closes; ``b""`` when the session is past that."""
        try:
            self._connection.shutdown()
        except SSL.Error:
            return b""
        return self.to_send()

    # --- inside -------------------------------------------------------------------------------------------------------
    def _connect(self, profile: TlsProfile) -> SSL.Connection:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(min(profile.versions))
        context.set_max_proto_version(max(profile.versions))
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | _NO_ENCRYPT_THEN_MAC)
        context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)  # Go accepts servers without secure renegotiation
        context.set_cipher_list(profile.openssl_ciphers.encode())
        context.set_tls13_ciphersuites(profile.openssl_ciphersuites.encode())
        store = context.get_cert_store()
        if store is not None:
            store.set_time(_BEFORE_ALL_CERTIFICATES)
        context.set_verify(SSL.VERIFY_PEER, self._on_certificate)
        context.set_keylog_callback(lambda _connection, line: self.key_log.append(line.decode("ascii", "replace")))
        context.set_info_callback(self._on_info)
        context.set_ocsp_client_callback(self._on_ocsp)
        self.hello_is_shaped = _shape_hello(context, profile)
        connection = SSL.Connection(context, None)
        connection.set_connect_state()
        connection.request_ocsp()
        if profile.alpn:
            connection.set_alpn_protos([name.encode("ascii") for name in profile.alpn])
        if self.sni is not None:
            connection.set_tlsext_host_name(self.sni.encode("ascii", "ignore"))
        return connection

    def _on_certificate(self, connection: SSL.Connection, _cert: object, error: int, _depth: int, _ok: int) -> bool:
        if not self.was_judged:
            self._judge_chain(connection)
        # Refused: ending it at the store's clock error makes OpenSSL send Go's alert; a certificate older than that
        # clock provokes no such error, so that OpenSSL's approval of it must end it as well (with another alert).
        return not self.was_refused or (error != _NOT_YET_VALID and error != 0)

    def _judge_chain(self, connection: SSL.Connection) -> None:
        self.was_judged = True
        chain = connection.get_peer_cert_chain() or []
        self.chain_der = tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, cert) for cert in chain)
        self.was_refused = not self._judge(self.chain_der)

    def _on_ocsp(self, _connection: SSL.Connection, staple: bytes, _data: object) -> bool:
        self.ocsp_staple = staple
        return True

    def _on_info(self, _connection: SSL.Connection, where: int, value: int) -> None:
        if where in (_READ_ALERT, _WRITE_ALERT):
            level, code = value >> 8, value & 0xFF
            if where == _WRITE_ALERT:
                self._alert_sent = code
                self.records.alerts.append(Alert(sent_by_us=True, level=level, code=code))
                return
            self._alert_received = code
            alert = Alert(sent_by_us=False, level=level, code=code)
            if alert not in self.records.alerts:
                self.records.alerts.append(alert)
        elif where == _CONNECT_EXIT and value == 1 and self.is_done:
            self._messages_after += 1

    def _bound_useless(self) -> None:
        """Go 1.26 conn.go: handlePostHandshakeMessage and retryReadRecord count the same way."""
        if self._messages_after > TLS_USELESS_RECORDS_COUNT:
            raise too_many_ignored("non-advancing")
        if self.records.received.count - self._records_at_progress > TLS_USELESS_RECORDS_COUNT:
            raise too_many_ignored()

    def _defer(self, error: SSL.Error) -> None:
        """Plaintext came before the damage: hand it out first; OpenSSL repeats a fatal error on the next read."""
        self._deferred = self._fault(error)

    _deferred: TlsFault | None = None

    def _fault(self, error: SSL.Error) -> TlsFault:
        if self._deferred is not None:
            return self._deferred
        if self._alert_received is not None and self._alert_sent is None:
            if self._alert_received == 0:
                return TlsFault("tls.closed", "the server said goodbye (close_notify)", "EOF")
            return remote_alert(self._alert_received)
        reasons = _reasons(error)
        return openssl_fault(reasons, self._alert_sent)


def _reasons(error: SSL.Error) -> list[str]:
    """The third words of OpenSSL's error queue, which pyOpenSSL gives as a list of triples."""
    queue: Any = error.args[0] if error.args else []
    return [str(item[2]) for item in queue] if isinstance(queue, list) else [str(queue)]  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]


def _shape_hello(context: SSL.Context, profile: TlsProfile) -> bool:
    """Go's groups, key shares, signature algorithms and SCT extension: not wrapped by pyOpenSSL, but bound below it."""
    library: Any = getattr(SSL, "_lib", None)
    null: Any = getattr(getattr(SSL, "_ffi", None), "NULL", None)
    handle: Any = getattr(context, "_context", None)
    try:
        groups = library.SSL_CTX_set1_curves_list(handle, profile.openssl_groups.encode())
        algorithms = library.SSL_CTX_set1_sigalgs_list(handle, profile.openssl_signature_algorithms.encode())
        scts = library.SSL_CTX_add_client_custom_ext(handle, _SCT_EXTENSION, null, null, null, null, null)
    except (AttributeError, TypeError):
        return False
    return bool(groups and algorithms and scts)
