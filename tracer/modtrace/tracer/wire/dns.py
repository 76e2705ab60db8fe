"""DNS messages: bytes to meaning and back, without I/O. The only door to dnspython.

What go *decides* about an answer is read by :mod:`dnswalk`, because no library shares Go's leniency. dnspython reads
the EDNS options (the resolver's own explanation), which go ignores; it is imported only when an answer carries some,
since that costs 20 ms.
"""

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import msgspec

from modtrace.gorules.dnsnames import go_address, lower_ascii
from modtrace.record.limits import DNS_CNAME_CHAIN_COUNT, DNS_RECORDS_SHOWN_COUNT, DNS_UDP_PAYLOAD_BYTES
from modtrace.tracer.wire.dnswalk import Walk, WireError

__all__ = ["AddressRecord", "DnsAnswer", "Question", "WireError", "build_query", "parse_answer"]

A: Final = 1
CNAME: Final = 5
SOA: Final = 6
AAAA: Final = 28
OPT: Final = 41
_INET: Final = 1
_HEADER: Final = struct.Struct("!6H")
_RECORD: Final = struct.Struct("!HHIH")

NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5
_RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: int
    class_: int = _INET


class AddressRecord(msgspec.Struct, frozen=True, kw_only=True):
    address: str
    ttl: int
    name: str


class DnsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One message that answers one question.

    ``addresses`` are those that go takes: every A and AAAA from the first record of the asked type on, whatever its
    owner. ``has_asked_type`` tells whether there is such a record; ``is_cut`` that go stopped at a record that it
    could not read (``head_is_cut``: before it found one; ``first_is_cut``: at the very first). ``rcode`` includes
    the EDNS extension.
    """

    id: int
    question: Question
    questions: int
    rcode: int
    aa: bool
    tc: bool
    ra: bool
    ad: bool
    addresses: tuple[AddressRecord, ...]
    cname_chain: tuple[str, ...]
    has_answers: bool
    has_asked_type: bool
    first_is_cut: bool
    head_is_cut: bool
    is_cut: bool
    has_soa: bool
    has_authority: bool
    has_additional: bool
    edns: bool
    ede: tuple[str, ...]
    size_bytes: int

    @property
    def rcode_name(self) -> str:
        return _RCODES[self.rcode] if self.rcode < len(_RCODES) else f"RCODE{self.rcode}"

    def answers(self, message_id: int, question: Question) -> bool:
        """Id and question are those of the query; names are compared without ASCII case (checkResponse)."""
        ours, theirs = question, self.question
        return (
            self.id == message_id
            and ours.kind == theirs.kind
            and ours.class_ == theirs.class_
            and lower_ascii(ours.name) == lower_ascii(theirs.name)
        )


def build_query(message_id: int, question: Question, *, edns0: bool = True, authentic_data: bool = False) -> bytes:
    """A query as go writes it (newRequest): RD, one question, EDNS0 with 1232 bytes. Raises :class:`WireError`."""
    flags = 0x0100 | (0x0020 if authentic_data else 0)
    head = _HEADER.pack(message_id, flags, 1, 0, 0, 1 if edns0 else 0)
    asked = _packed_name(question.name) + struct.pack("!HH", question.kind, question.class_)
    option = b"\0" + _RECORD.pack(OPT, DNS_UDP_PAYLOAD_BYTES, 0, 0) if edns0 else b""
    return head + asked + option


def _packed_name(name: str) -> bytes:
    if name == ".":
        return b"\0"
    labels = name.encode("latin-1").removesuffix(b".").split(b".")
    if any(not 0 < len(label) < 64 for label in labels):
        raise WireError("cannot marshal DNS message")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def parse_answer(wire: bytes) -> DnsAnswer:
    """The message in ``wire``; raises :class:`WireError` when go could not read even its header and question."""
    walk = Walk(wire)
    message_id, flags, questions, *counts = walk.header()
    if questions == 0:
        raise WireError("no question")
    name, kind, class_ = walk.question()
    question = Question(name=name, kind=kind, class_=class_)
    if not flags & 0x8000:
        raise WireError("a query, not a response")
    questions_are_whole = walk.skip_questions(questions - 1)
    first_answer = walk.offset
    tail = _Tail(walk, counts) if questions_are_whole else None
    found = _Answers(wire, first_answer, counts[0], question.kind) if questions == 1 else None
    return DnsAnswer(
        id=message_id,
        question=question,
        questions=questions,
        rcode=(flags & 0xF) | (tail.extended_rcode << 4 if tail else 0),
        aa=bool(flags & 0x0400),
        tc=bool(flags & 0x0200),
        ra=bool(flags & 0x0080),
        ad=bool(flags & 0x0020),
        addresses=tuple(found.addresses) if found else (),
        cname_chain=tuple(found.chain[:DNS_CNAME_CHAIN_COUNT]) if found else (),
        has_answers=counts[0] > 0,
        has_asked_type=bool(found and found.has_asked_type),
        first_is_cut=bool(found and found.first_is_cut),
        head_is_cut=bool(found and found.head_is_cut),
        is_cut=bool(found and found.is_cut),
        has_soa=bool(tail and tail.has_soa),
        has_authority=counts[1] > 0,
        has_additional=bool(tail and tail.has_additional),
        edns=bool(tail and tail.has_edns),
        ede=_explanations(tail.edns_options) if tail else (),
        size_bytes=len(wire),
    )


class _Answers:
    """The answer section as go reads it: skipToAnswer, then the loop of goLookupIPCNAMEOrder."""

    def __init__(self, wire: bytes, offset: int, count: int, kind: int) -> None:
        self.addresses: list[AddressRecord] = []
        self.chain: list[str] = []
        self.has_asked_type = False
        self.first_is_cut = count > 0
        self.head_is_cut = False
        self.is_cut = False
        self._walk = Walk(wire, offset)
        self._kind = kind
        try:
            for _ in range(count):
                self._record()
        except WireError:
            self.is_cut = True
            self.head_is_cut = not self.has_asked_type

    def _record(self) -> None:
        walk = self._walk
        name, kind, _, ttl, length = walk.record()
        start = walk.offset
        self.first_is_cut = False
        self.has_asked_type = self.has_asked_type or kind == self._kind
        if kind == CNAME:
            self._alias(start)
        if not self.has_asked_type or kind not in (A, AAAA, CNAME):
            walk.skip(length)
            return
        if kind == A:
            self._take(name, ttl, go_address(IPv4Address(walk.bytes_here(4))))
        elif kind == AAAA:
            self._take(name, ttl, go_address(IPv6Address(walk.bytes_here(16))))
        else:
            Walk(walk.wire, start).name()
        walk.offset = start + length  # go trusts the length here, even past the end

    def _take(self, name: str, ttl: int, address: str) -> None:
        self.addresses.append(AddressRecord(address=address, ttl=ttl, name=name))

    def _alias(self, start: int) -> None:
        try:
            target = Walk(self._walk.wire, start).name()
        except WireError:
            return
        if len(self.chain) < DNS_RECORDS_SHOWN_COUNT:
            self.chain.append(target)


class _Tail:
    """Authority and additional sections, for the extended rcode (extractExtendedRCode) and for the report."""

    def __init__(self, walk: Walk, counts: list[int]) -> None:
        self.extended_rcode = 0
        self.has_additional = False
        self.has_edns = False
        self.has_soa = False
        self.edns_options = b""
        try:
            for _ in range(counts[0]):
                walk.skip_record()
            for _ in range(counts[1]):
                self.has_soa |= walk.skip_record() == SOA
            for _ in range(counts[2]):
                if self._additional(walk):
                    return
        except WireError:
            return

    def _additional(self, walk: Walk) -> bool:
        _, kind, _, ttl, length = walk.record()
        self.has_additional = True
        if kind == OPT:
            self.has_edns = True
            self.extended_rcode = ttl >> 24 if ttl & 0x00FF0000 == 0 else 0
            self.edns_options = walk.wire[walk.offset : walk.offset + length]
            return True
        walk.skip(length)
        return False


def _explanations(options: bytes) -> tuple[str, ...]:
    """The extended DNS errors (RFC 8914) among the EDNS options, as ``15 Blocked: text``; damaged options give none."""
    if not options:
        return ()
    import dns.edns
    import dns.exception

    texts: list[str] = []
    at = 0
    while at + 4 <= len(options) and len(texts) < DNS_RECORDS_SHOWN_COUNT:
        code, length = struct.unpack_from("!HH", options, at)
        body = options[at + 4 : at + 4 + length]
        at += 4 + length
        if code != dns.edns.OptionType.EDE or len(body) < length:
            continue
        try:
            option = dns.edns.option_from_wire(dns.edns.OptionType.EDE, body, 0, length)
        except (dns.exception.DNSException, ValueError):
            continue
        texts.append(_explanation(option))
    return tuple(texts)


def _explanation(option: object) -> str:
    code, text = getattr(option, "code", 0), getattr(option, "text", None)
    name = getattr(code, "name", "").replace("_", " ").lower()
    known = f"{int(code)} {name if name.strip('0123456789') else 'unassigned'}"
    return f"{known}: {text}" if text else known
