"""A TLS connection after its handshake, as a ``Link`` like any other."""

import msgspec
import trio

from modtrace.record.failures import Json
from modtrace.tracer.wire.tls import READ_BYTES, TlsClientSession
from modtrace.tracer.wire.tlsfaults import TlsBroken, TlsFault
from modtrace.tracer.world.interface import HostPort, Link, TcpInfo

_GOODBYE_S = (
    0.2  # Go gives its close_notify 5 s (crypto/tls/conn.go closeNotify); a send into an empty buffer needs none
)


class TlsFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the handshake agreed on and showed. ``root_is_public`` is ``None`` while no chain was verified."""

    version: str
    cipher_suite: str
    group: str
    alpn: str
    sni: str | None
    client_hello_bytes: int
    chain: list[dict[str, Json]]
    verified: bool
    verified_path: tuple[str, ...]
    root_is_public: bool | None
    sct_present: bool
    ocsp_stapled: bool
    was_retried: bool
    hello_is_go_shaped: bool
    resumed: bool = False

    def attributes(self) -> dict[str, Json]:
        """For the span; the certificates are in there as facts and digests only."""
        shown: dict[str, Json] = {
            name: getattr(self, name) for name in self.__struct_fields__ if name != "verified_path"
        }
        shown["chain"] = list(self.chain)
        shown["chain_sha256"] = [facts.get("sha256") for facts in self.chain]
        shown["verified_path"] = list(self.verified_path)
        return shown


class TlsLink:
    """Plaintext in and out. One task may receive while another sends.

    A damaged stream, an alert of the peer or a flood of useless records raises :class:`TlsBroken`; the errors of the
    link below pass as they are. As in Go, every later read repeats the error, and a bare end of the stream between two
    records is an end (``close_notify_received`` tells it from a proper one), inside a record it is ``unexpected EOF``.
    """

    def __init__(self, below: Link, session: TlsClientSession, facts: TlsFacts) -> None:
        self.below = below
        self.facts = facts
        self.alpn = facts.alpn
        self.chain_der = session.chain_der
        self.key_log = session.key_log
        self.close_notify_received = False
        self._session = session
        self._sending = trio.Lock()
        self._was_ended = False
        self._is_closed = False
        self._error: OSError | None = None

    @property
    def local(self) -> HostPort:
        return self.below.local

    @property
    def peer(self) -> HostPort:
        return self.below.peer

    @property
    def received_at_ns(self) -> int:
        return self.below.received_at_ns

    @property
    def sent_at_ns(self) -> int:
        return self.below.sent_at_ns

    async def receive(self, max_bytes: int = READ_BYTES) -> bytes:
        """The next plaintext; ``b""`` at the end of the stream."""
        if self._error is not None:
            raise self._error
        try:
            return await self._receive(max_bytes)
        except OSError as error:
            self._error = error
            raise

    async def _receive(self, max_bytes: int) -> bytes:
        session = self._session
        below_receive = self.below.receive
        try:
            plain = session.read(max_bytes)
            if plain is not None:
                await trio.lowlevel.checkpoint()
            while plain is None:
                data = b"" if self._was_ended else await below_receive(READ_BYTES)
                if not data:
                    self._end()
                    return b""
                session.feed(data)
                plain = session.read(max_bytes)
                await self._flush_due()
        except TlsFault as fault:
            await self._flush_due()
            raise TlsBroken(fault) from fault
        if not plain:
            self.close_notify_received = True
        return plain

    async def send(self, data: bytes | memoryview, *, is_timed: bool = False) -> None:
        """All of ``data``, encrypted."""
        async with self._sending:
            try:
                encrypted = self._session.write(data)
            except TlsFault as fault:
                raise TlsBroken(fault) from fault
            while encrypted:
                await self.below.send(encrypted, is_timed=is_timed)
                encrypted, is_timed = self._session.to_send(), False  # what a reader owed meanwhile

    def tcp_info(self) -> TcpInfo | None:
        return self.below.tcp_info()

    async def aclose(self) -> None:
        """Say goodbye if that is possible at once, then close the link below."""
        if not self._is_closed:
            self._is_closed = True
            if not self._sending.locked():
                with trio.CancelScope(deadline=trio.current_time() + _GOODBYE_S, shield=True):
                    await self._try_send(self._session.goodbye())
        await self.below.aclose()

    def _end(self) -> None:
        self._was_ended = True
        if not self._session.records.received.is_at_boundary:
            raise TlsFault("tls.closed", "the stream ended in the middle of a TLS record", "unexpected EOF")

    async def _flush_due(self) -> None:
        """What reading made us owe (the answer to a KeyUpdate, an alert). A sender under way takes it along instead."""
        if self._sending.locked():
            return
        due = self._session.to_send()
        if due:
            self._sending.acquire_nowait()
            try:
                await self._try_send(due)
            finally:
                self._sending.release()

    async def _try_send(self, data: bytes) -> None:
        if data:
            try:
                await self.below.send(data)
            except OSError:
                return
