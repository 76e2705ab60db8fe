"""The TLS handshake as Go's ``net/http`` does it (Go 1.26 net/http/transport.go persistConn.addTLS, crypto/tls).

Ten seconds for everything, the chain judged in the middle, Go's words for every way in which it can end.
"""

import errno
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import trio

from modtrace.gorules.tlsprofile import TlsProfile
from modtrace.record.causes import Cause, Side
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.limits import TLS_CHAIN_CERTIFICATES_COUNT, TLS_HANDSHAKE_S
from modtrace.record.recorder import Span
from modtrace.tracer.steps.tlslink import TlsFacts, TlsLink
from modtrace.tracer.wire.tls import TlsClientSession
from modtrace.tracer.wire.tlsfaults import TlsFault
from modtrace.tracer.wire.tlsrecords import CONTENT_TYPES, Record
from modtrace.tracer.world.interface import Link, World

if TYPE_CHECKING:  # what judges the answer is loaded while it is awaited
    from modtrace.gorules.certificates import ChainVerdict
    from modtrace.gorules.roots import Roots

_SIDES: dict[Cause, Side] = {
    "tls.alert": "origin",
    "tls.version_unsupported": "origin",
    "tls.client_certificate_required": "origin",
    "tls.oversized": "origin",
    "tls.expired": "origin",
    "tls.not_yet_valid": "origin",
    "tls.wrong_host": "origin",
    "tls.unknown_authority.missing_intermediate": "origin",
    "tls.unknown_authority.no_roots": "local",
    "tls.corrupted": "path",
}
_WORTH_A_NOTE_NS = 1_000_000
_ERRNO_WORDS = {
    errno.ECONNRESET: "connection reset by peer",
    errno.EPIPE: "broken pipe",
    errno.ETIMEDOUT: "connection timed out",
    errno.ECONNABORTED: "software caused connection abort",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.ECONNREFUSED: "connection refused",
}


async def handshake(
    world: World,
    link: Link,
    *,
    server_name: str,
    parent: Span,
    roots: "Callable[[], Roots]",
    profile: TlsProfile,
    peer_label: str,
    on_chain: Callable[[tuple[bytes, ...]], None] | None = None,
    refine: Callable[[Failure], Failure] | None = None,
    attributes: Mapping[str, Json] | None = None,
) -> TlsLink:
    """TLS above ``link``. Raises :class:`StepFailed`, after which ``link`` is closed.

    ``roots`` is called while the server's answer is awaited: it may have to read them.
    ``on_chain`` gets the peer's certificates as DER as soon as they are known, also when they are refused. ``refine``
    words a failure for where this handshake stands: to a proxy, or behind one. ``attributes`` say so in the span.
    """
    act = _Handshake(world, link, server_name, roots, profile, peer_label)
    hello = act.session.start()
    with parent.child("tls.handshake", server_name, sni=act.session.sni, peer=peer_label, **(attributes or {})) as span:
        span.waiting_for = ("the server's answer to our ClientHello", TLS_HANDSHAKE_S)
        try:
            return await act.run(span, hello)
        except StepFailed as failed:
            await link.aclose()
            if refine is None:
                raise
            raise StepFailed(refine(failed.failure)) from failed
        except BaseException:
            await link.aclose()
            raise
        finally:
            act.describe(span)
            if act.finished_ns is not None:
                span.close(at_ns=act.finished_ns)
            if on_chain is not None and act.session.chain_der:
                on_chain(act.session.chain_der)


class _Handshake:
    def __init__(
        self,
        world: World,
        link: Link,
        server_name: str,
        roots: "Callable[[], Roots]",
        profile: TlsProfile,
        peer_label: str,
    ) -> None:
        self.session = TlsClientSession(profile, server_name, self._judge)
        self._world = world
        self._link = link
        self._server_name = server_name
        self._roots = roots
        self._peer_label = peer_label
        self._verdict: ChainVerdict | None = None
        self._hello_bytes = 0
        self.finished_ns: int | None = None
        """When our Finished left (TLS 1.2: when the server's came): the end, however long its description takes."""

    async def run(self, span: Span, hello: bytes) -> TlsLink:
        with trio.move_on_after(TLS_HANDSHAKE_S):
            try:
                await self._exchange(span, hello)
            except TlsFault as fault:
                await self._say_why()
                raise StepFailed(self._failure(fault)) from fault
            return TlsLink(self._link, self.session, self._facts())
        raise StepFailed(self._timeout())

    async def _exchange(self, span: Span, hello: bytes) -> None:
        self._hello_bytes = len(hello)
        await self._send(hello, is_timed=True)
        span.began(self._link.sent_at_ns)
        self._read_roots(span)
        while True:
            data = await self._receive()
            if not data:
                raise self._ended()
            self.session.feed(data)
            done = self.session.advance()
            due = self.session.to_send()
            await self._send(due, is_timed=done)
            if done:
                self.finished_ns = span.within(self._link.sent_at_ns if due else self._link.received_at_ns)
                self.session.finish_logging()
                return
            if self.session.records.received.server_hello is not None:
                span.waiting_for = ("the rest of the server's handshake", TLS_HANDSHAKE_S)

    def _read_roots(self, span: Span) -> None:
        began_ns = self._world.now_ns()
        self._roots()
        took_ns = self._world.now_ns() - began_ns
        if took_ns > _WORTH_A_NOTE_NS:
            span.note("self_delay", why="roots and code were loaded", took_ns=took_ns)

    async def _send(self, data: bytes, *, is_timed: bool) -> None:
        if not data:
            return
        try:
            await self._link.send(data, is_timed=is_timed)
        except OSError as exc:
            raise StepFailed(self._broken("write", exc)) from exc

    async def _receive(self) -> bytes:
        try:
            return await self._link.receive()
        except OSError as exc:
            raise StepFailed(self._broken("read", exc)) from exc

    async def _say_why(self) -> None:
        """Go's fatal alert goes out before the close; a peer that is gone does not change the failure."""
        data = self.session.to_send()
        if data:
            try:
                await self._link.send(data)
            except OSError:
                return

    def _judge(self, chain_der: Sequence[bytes]) -> bool:
        self._verdict = self._judged(chain_der)
        if "current time" in (self._verdict.go_text or ""):  # go says it in local time: only now is the zone needed
            from modtrace.tracer.steps.localzone import local_utc_offset_s

            self._verdict = self._judged(chain_der, local_utc_offset_s(self._world))
        return self._verdict.ok

    def _judged(self, chain_der: Sequence[bytes], utc_offset_s: int = 0) -> "ChainVerdict":
        from modtrace.gorules.certificates import judge_server_chain

        now_s = self._world.wall_time_s()
        return judge_server_chain(
            chain_der, host=self._server_name, now_s=now_s, roots=self._roots(), utc_offset_s=utc_offset_s
        )

    # --- failures -----------------------------------------------------------------------------------------------------
    def _failure(self, fault: TlsFault) -> Failure:
        verdict = self._verdict
        if self.session.was_refused and verdict is not None:
            return Failure(
                cause=verdict.cause or "tls.unknown_authority",
                side=_SIDES.get(verdict.cause or "tls.unknown_authority", "unknown"),
                text=f"the certificate of {self._server_name} was refused",
                go_text=verdict.go_text,
                where=self._peer_label,
            )
        details: dict[str, Json] = {**self._received(), **({} if fault.is_exact else {"go_text_is_nearest": True})}
        first = self.session.records.received.first_bytes
        if fault.cause == "tls.not_tls":
            details["first_bytes"] = first.hex()
        return Failure(
            cause=fault.cause,
            side=_SIDES.get(fault.cause, "unknown"),
            text=fault.text,
            go_text=fault.go_text,
            where=self._peer_label,
            limit=fault.limit,
            details=details,
        )

    def _ended(self) -> TlsFault:
        if self.session.records.received.is_at_boundary:
            return TlsFault("tls.closed", "the connection ended during the TLS handshake", "EOF")
        return TlsFault("tls.closed", "the connection ended in the middle of a TLS record", "unexpected EOF")

    def _broken(self, act: str, exc: OSError) -> Failure:
        is_reset = exc.errno in (errno.ECONNRESET, errno.EPIPE)
        go_text = getattr(exc, "go_text", None) or operation_error(act, self._link, exc)
        return Failure(
            cause="tls.reset" if is_reset else "tls.closed",
            side="unknown",
            text=f"the connection broke during the TLS handshake: {exc.strerror or exc}",
            go_text=go_text,
            where=self._peer_label,
            errno=errno.errorcode.get(exc.errno or 0),
            details=self._received(),
        )

    def _timeout(self) -> Failure:
        received = self.session.records.received
        is_mute = received.server_hello is None
        silence = "no byte came back" if not received.bytes_seen else f"{received.bytes_seen} bytes came back"
        return Failure(
            cause="tls.hello_unanswered" if is_mute else "tls.handshake_stalled",
            side="unknown",
            text=f"the TLS handshake was not done after {TLS_HANDSHAKE_S:g} s: {silence}",
            go_text="net/http: TLS handshake timeout",
            where=self._peer_label,
            limit="TLS_HANDSHAKE_S",
            details=self._received(),
        )

    def _received(self) -> dict[str, Json]:
        return {"bytes_received": self.session.records.received.bytes_seen}

    # --- facts --------------------------------------------------------------------------------------------------------
    def _facts(self) -> TlsFacts:
        from modtrace.gorules.certfacts import certificate_facts

        session, verdict = self.session, self._verdict
        chain = [certificate_facts(der) for der in session.chain_der[:TLS_CHAIN_CERTIFICATES_COUNT]]
        has_scts = bool(chain) and bool(chain[0].get("has_scts"))
        return TlsFacts(
            version=session.version,
            cipher_suite=session.cipher_suite,
            group=session.group,
            alpn=session.alpn if session.is_done else "",
            sni=session.sni,
            client_hello_bytes=self._hello_bytes,
            chain=chain,
            verified=verdict is not None and verdict.ok,
            verified_path=verdict.path if verdict is not None else (),
            root_is_public=_root_is_public(verdict),
            sct_present=has_scts,
            ocsp_stapled=bool(session.ocsp_staple),
            was_retried=session.records.received.was_retried,
            hello_is_go_shaped=session.hello_is_shaped,
        )

    def describe(self, span: Span) -> None:
        """Everything learnt, on success and on failure."""
        records = self.session.records
        for alert in records.alerts:
            span.note("tls.alert", sent_by_us=alert.sent_by_us, level=alert.level, code=alert.code, name=alert.name)
        span.set(**self._facts().attributes(), records=[_record(record) for record in records.records])
        if records.is_truncated:
            span.set(records_limit="TLS_RECORDS_LOGGED_COUNT")


def operation_error(act: str, link: Link, exc: OSError) -> str:
    """Go's ``net.OpError``: ``read tcp A->B: read: connection reset by peer``."""
    words = _ERRNO_WORDS.get(exc.errno or 0) or (exc.strerror or str(exc)).lower()
    return f"{act} tcp {link.local}->{link.peer}: {act}: {words}"


def _root_is_public(verdict: "ChainVerdict | None") -> bool | None:
    if verdict is None or not verdict.ok or verdict.root_der is None:
        return None
    from modtrace.gorules.certfacts import is_public_root

    return is_public_root(verdict.root_der)


def _record(record: Record) -> Json:
    shown: dict[str, Json] = {
        "direction": record.direction,
        "type": CONTENT_TYPES.get(record.content_type, str(record.content_type)),
        "length": record.length,
    }
    if record.messages:
        shown["messages"] = list(record.messages)
    return shown
