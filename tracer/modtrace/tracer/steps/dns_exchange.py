"""One question: every attempt at every name server, each a ``dns.query`` span (Go 1.26 net/dnsclient_unix.go).

The UDP socket is connected, so an answer from another source never arrives here: the kernel drops it. What does arrive
with a wrong id or question, or unreadable, is noted and ignored until the timeout, as go does. After the valid answer
go closes its socket; modtrace keeps it open while the other family is awaited, since a second answer is the sign of an
injector, and notes what comes. This delays nothing.
"""

import msgspec
import trio

from modtrace.gorules.resolvconf import DNS_PORT, ResolvConf
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.limits import DNS_RECORDS_SHOWN_COUNT, DNS_STRAY_ANSWERS_COUNT, DNS_UDP_PAYLOAD_BYTES
from modtrace.record.recorder import Span
from modtrace.tracer.steps import dns_failures
from modtrace.tracer.steps.dns_failures import Server
from modtrace.tracer.wire.dns import AAAA, DnsAnswer, Question, WireError, build_query, parse_answer
from modtrace.tracer.world.interface import BegunQuery, HostPort, Link, UdpLink, World

_NS = 1_000_000_000


class Rotation:
    """The start server of ``options rotate``, one for a whole run: each question moves it on (serverOffset)."""

    def __init__(self) -> None:
        self._next = 0

    def offset(self) -> int:
        self._next += 1
        return self._next - 1


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one question ended: with ``answer``, or with the ``failure`` that go keeps (the last one)."""

    family: str
    ended_ns: int
    silences: int
    server: Server | None = None
    answer: DnsAnswer | None = None
    failure: Failure | None = None


class Asker:
    """What the questions of one lookup share."""

    def __init__(
        self, world: World, conf: ResolvConf, host: str, span: Span, *, edns0: bool, rotation: Rotation
    ) -> None:
        self.world = world
        self.conf = conf
        self.host = host
        self.span = span
        self.answered_ns: int | None = None
        """When the last question so far ended."""
        self._edns0 = edns0
        self._rotation = rotation

    async def ask(self, name: str, kind: int, late: trio.Nursery) -> Outcome:
        """Attempts times servers, until one gives an answer or says that there is none (tryOneName)."""
        servers = self.conf.servers
        offset = self._rotation.offset() if self.conf.rotate else 0
        question, silences, failure = Question(name=name, kind=kind), 0, None
        for attempt in range(1, self.conf.attempts + 1):
            for index in range(len(servers)):
                address = HostPort(servers[(offset + index) % len(servers)], DNS_PORT)
                server = Server(address=address, is_default=self.conf.servers_are_default)
                try:
                    answer, ended_ns = await self._exchange(server, question, attempt, late)
                except StepFailed as failed:
                    failure = failed.failure
                    silences += failure.go_text is not None and failure.go_text.endswith("i/o timeout")
                    if failure.cause in ("dns.nxdomain", "dns.no_address"):
                        return self._outcome(kind, silences, failure=failure)
                else:
                    return self._outcome(kind, silences, ended_ns, server=server, answer=answer)
        return self._outcome(kind, silences, failure=failure)

    def _outcome(
        self,
        kind: int,
        silences: int,
        ended_ns: int | None = None,
        *,
        server: Server | None = None,
        answer: DnsAnswer | None = None,
        failure: Failure | None = None,
    ) -> Outcome:
        ended_ns = self.world.now_ns() if ended_ns is None else ended_ns
        self.answered_ns = max(ended_ns, self.answered_ns or 0)
        return Outcome(
            family=family_of(kind),
            ended_ns=ended_ns,
            silences=silences,
            server=server,
            answer=answer,
            failure=failure,
        )

    async def _exchange(
        self, server: Server, question: Question, attempt: int, late: trio.Nursery
    ) -> tuple[DnsAnswer, int]:
        """UDP, then TCP at the same server when the answer was cut (exchange). The answer, and when it came."""
        message_id = self.world.random_u16()
        try:
            wire = build_query(message_id, question, edns0=self._edns0, authentic_data=self.conf.trust_ad)
        except WireError as exc:
            text = f"{question.name} cannot be asked: a label is empty or too long"
            raise StepFailed(
                dns_failures.failure(self.host, server, "dns.no_address", "local", text, str(exc))
            ) from exc
        if not self.conf.use_tcp:
            query = _Query(self, server, question, message_id, wire)
            query.take_over(self.world.headstart.take_query(server.address, wire))
            answer = await query.run(attempt, late)
            if not answer.tc:
                return self._checked(server, answer), query.answered_ns
        tcp = msgspec.structs.replace(server, transport="tcp", after_tc=not self.conf.use_tcp)
        query = _Query(self, tcp, question, message_id, wire)
        return self._checked(tcp, await query.run(attempt, late)), query.answered_ns

    def _checked(self, server: Server, answer: DnsAnswer) -> DnsAnswer:
        failure = dns_failures.judged(self.host, server, answer)
        if failure is not None:
            raise StepFailed(failure)
        return answer


class _Query:
    """One message over one transport, and its span."""

    def __init__(self, asker: Asker, server: Server, question: Question, message_id: int, wire: bytes) -> None:
        self._asker = asker
        self._server = server
        self._question = question
        self._id = message_id
        self._wire = wire
        self._begun: BegunQuery | None = None
        self._stage = "dial"
        self._local: HostPort | None = None
        self._strays = 0
        self.answered_ns = 0

    def take_over(self, begun: BegunQuery | None) -> None:
        """This query has left already, with an id of its own."""
        if begun is not None:
            self._begun, self._id = begun, begun.message_id

    async def run(self, attempt: int, late: trio.Nursery) -> DnsAnswer:
        """The valid answer; an answer that go counts as a failure fails the span too, except "no address"."""
        asker, server, question = self._asker, self._server, self._question
        timeout_s = asker.conf.timeout_s
        family = family_of(question.kind)
        with asker.span.child(
            "dns.query",
            f"{question.name} {family}",
            self._begun.sent_ns if self._begun else None,
            server=str(server.address),
            qtype=family,
            name=question.name,
            attempt=attempt,
            transport=server.transport,
            id=self._id,
        ) as span:
            span.waiting_for = (f"an answer from the name server {server.address.host}", float(timeout_s))
            answer: DnsAnswer | None = None
            with trio.move_on_after(timeout_s - (asker.world.now_ns() - span.started_ns) / _NS):
                answer = await self._answered(span, late)
            self._record(span, answer)
            if answer is None:
                raise StepFailed(dns_failures.unanswered(asker.host, server, self._local, timeout_s))
            if answer.questions != 1:
                raise StepFailed(dns_failures.malformed(asker.host, server, "invalid DNS response"))
            failure = dns_failures.judged(asker.host, server, answer)
            is_final = not answer.tc or server.transport == "tcp"
            if failure is not None and failure.cause != "dns.no_address" and is_final:
                span.close("failed", failure, at_ns=self.answered_ns)
                raise StepFailed(failure)
            span.close(at_ns=self.answered_ns)
            return answer

    async def _answered(self, span: Span, late: trio.Nursery) -> DnsAnswer:
        try:
            if self._server.transport == "tcp":
                return await self._over_tcp()
            return await self._over_udp(span, late)
        except OSError as exc:
            raise StepFailed(
                dns_failures.refused_by_system(self._asker.host, self._server, self._stage, self._local, exc)
            ) from exc

    async def _over_udp(self, span: Span, late: trio.Nursery) -> DnsAnswer:
        link = self._begun.link if self._begun else await self._asker.world.open_udp(self._server.address)
        is_kept = False
        try:
            self._local, self._stage = link.local, "write"
            if self._begun is None:
                await link.send(self._wire)
                span.began(link.sent_at_ns)
            self._stage = "read"
            while True:
                datagram = await link.receive()
                answer = self._valid(datagram.data, span)
                if answer is not None:
                    self.answered_ns = span.within(datagram.at_ns)
                    late.start_soon(self._listen_on, link, answer, span.id)
                    is_kept = True
                    return answer
        finally:
            if not is_kept:
                await link.aclose()

    def _valid(self, data: bytes, span: Span) -> DnsAnswer | None:
        """The answer to our question in ``data`` (go reads 1232 bytes of it), else ``None`` and a note."""
        try:
            answer = parse_answer(data[:DNS_UDP_PAYLOAD_BYTES])
        except WireError as exc:
            self._stray(span, str(exc), bytes=len(data), head=data[:32].hex())
            return None
        if answer.answers(self._id, self._question):
            return answer
        reason = "wrong id" if answer.id != self._id else "wrong question"
        self._stray(span, reason, bytes=len(data), id=answer.id, question=answer.question.name, **_addresses(answer))
        return None

    def _stray(self, span: Span, reason: str, **data: Json) -> None:
        self._strays += 1
        if self._strays <= DNS_STRAY_ANSWERS_COUNT:
            span.note("stray_answer", reason=reason, **data)

    async def _listen_on(self, link: UdpLink, first: DnsAnswer, span_id: int) -> None:
        """Notes go to the lookup's span, since the query's is closed; ``query`` names it."""
        try:
            for _ in range(DNS_STRAY_ANSWERS_COUNT):
                datagram = await link.receive()
                try:
                    answer = parse_answer(datagram.data[:DNS_UDP_PAYLOAD_BYTES])
                except WireError:
                    continue
                self._asker.span.note(
                    "second_answer",
                    query=span_id,
                    server=str(self._server.address),
                    qtype=family_of(self._question.kind),
                    is_valid=answer.answers(self._id, self._question),
                    differs=_addresses(answer) != _addresses(first) or answer.rcode != first.rcode,
                    rcode=answer.rcode_name,
                    **_addresses(answer),
                )
        except OSError:
            return
        finally:
            await link.aclose()

    async def _over_tcp(self) -> DnsAnswer:
        """One framed answer, which must be ours (dnsStreamRoundTrip)."""
        link = await self._asker.world.open_tcp(self._server.address)
        try:
            self._local, self._stage = link.local, "write"
            await link.send(len(self._wire).to_bytes(2, "big") + self._wire)
            self._stage = "read"
            data = await self._frame(link)
            self.answered_ns = link.received_at_ns
        finally:
            await link.aclose()
        host, server = self._asker.host, self._server
        try:
            answer = parse_answer(data)
        except WireError as exc:
            is_query = "not a response" in str(exc)
            words = "invalid DNS response" if is_query else "cannot unmarshal DNS message"
            raise StepFailed(dns_failures.malformed(host, server, words)) from exc
        if not answer.answers(self._id, self._question):
            raise StepFailed(dns_failures.malformed(host, server, "invalid DNS response"))
        return answer

    async def _frame(self, link: Link) -> bytes:
        data, wanted = b"", 2
        while len(data) < wanted:
            piece = await link.receive(wanted - len(data))
            if not piece:
                # Go reads the length and the body with one io.ReadFull each: EOF at the start of either is plain.
                is_partial = len(data) not in (0, 2)
                raise StepFailed(dns_failures.closed_early(self._asker.host, self._server, is_partial=is_partial))
            data += piece
            if wanted == 2 and len(data) == 2:
                wanted += int.from_bytes(data, "big")
        return data[2:]

    def _record(self, span: Span, answer: DnsAnswer | None) -> None:
        self.answered_ns = self.answered_ns or self._asker.world.now_ns()
        span.set(duration_s=(self.answered_ns - span.started_ns) / _NS, stray_answers=self._strays)
        if answer is None:
            return
        ttls = [record.ttl for record in answer.addresses]
        span.set(
            rcode=answer.rcode_name,
            answers=len(answer.addresses),
            ttl=min(ttls) if ttls else None,
            bytes=answer.size_bytes,
            tc=answer.tc,
            aa=answer.aa,
            ra=answer.ra,
            soa=answer.has_soa,
            edns=answer.edns,
            ede=list(answer.ede),
            cname=list(answer.cname_chain),
            **_addresses(answer),
        )


def family_of(kind: int) -> str:
    return "AAAA" if kind == AAAA else "A"


def _addresses(answer: DnsAnswer) -> dict[str, Json]:
    return {"addresses": [record.address for record in answer.addresses[:DNS_RECORDS_SHOWN_COUNT]]}
