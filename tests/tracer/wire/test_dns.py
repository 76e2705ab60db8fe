"""DNS messages from friends and from strangers: what go takes, what it refuses, and nothing else raised."""

import struct

import dns.edns
import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modtrace.tracer.wire.dns import AAAA, A, DnsAnswer, Question, WireError, build_query, parse_answer

NAME = "proxy.test."
ASKED = Question(name=NAME, kind=A)
QNAME = b"\x05proxy\x04test\0"
POINTER = b"\xc0\x0c"


def message(
    *,
    flags: int = 0x8180,
    question: bytes = QNAME + b"\0\1\0\1",
    answers: list[bytes] | None = None,
    authority: list[bytes] | None = None,
    additional: list[bytes] | None = None,
    questions: int = 1,
    answer_count: int | None = None,
) -> bytes:
    sections = [answers or [], authority or [], additional or []]
    counts = [len(section) for section in sections]
    counts[0] = counts[0] if answer_count is None else answer_count
    head = struct.pack("!6H", 7, flags, questions, *counts)
    return head + question + b"".join(record for section in sections for record in section)


def record(kind: int, data: bytes, *, owner: bytes = POINTER, length: int | None = None, ttl: int = 60) -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(data) if length is None else length) + data


A1, A2 = record(1, b"\xc0\0\2\1"), record(1, b"\xc0\0\2\2")
SIX = record(28, bytes.fromhex("20010db8000000000000000000000001"))
ALIAS = record(5, b"\1b\4test\0")
OPT = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)


def addresses(answer: DnsAnswer) -> list[str]:
    return [one.address for one in answer.addresses]


@pytest.mark.parametrize("kind", [A, AAAA])
@pytest.mark.parametrize("edns0", [True, False])
def test_a_query_is_the_one_dnspython_would_build(kind: int, edns0: bool) -> None:
    options = {"use_edns": 0, "payload": 1232} if edns0 else {}
    peers = dns.message.make_query(NAME, kind, id=7, **options).to_wire()  # type: ignore[arg-type]  # a mixed dict
    assert build_query(7, Question(name=NAME, kind=kind), edns0=edns0) == peers


def test_trust_ad_sets_the_ad_bit() -> None:
    assert build_query(7, ASKED, authentic_data=True)[2:4] == b"\x01\x20"


@pytest.mark.parametrize("name", ["a..b.", "a" * 64 + ".test.", ".a."])
def test_a_name_that_has_no_wire_form_is_refused_in_gos_words(name: str) -> None:
    with pytest.raises(WireError, match="cannot marshal DNS message"):
        build_query(7, Question(name=name, kind=A))


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (message(answers=[A1]), ["192.0.2.1"]),
        (message(answers=[A1, A2, A1]), ["192.0.2.1", "192.0.2.2", "192.0.2.1"]),
        (message(answers=[ALIAS, A1]), ["192.0.2.1"]),
        (message(answers=[A1, SIX]), ["192.0.2.1", "2001:db8::1"]),
        (message(answers=[SIX, A1]), ["192.0.2.1"]),
        (message(answers=[SIX]), []),
        (message(answers=[A1 + b"tail"]), ["192.0.2.1"]),
        (message(answers=[record(1, b"\xc0\0\2\1", owner=b"\5other\4test\0")]), ["192.0.2.1"]),
        (message(answers=[record(1, b"\xc0\0\2\1\xff\xff")]), ["192.0.2.1"]),
        (message(answers=[record(1, b"\xc0\0\2\1", length=60000)]), ["192.0.2.1"]),
        (message(answers=[A1], answer_count=2), ["192.0.2.1"]),
        (message(answers=[record(1, b"\xc0\0")]), []),
    ],
)
def test_the_addresses_are_those_that_go_takes(wire: bytes, expected: list[str]) -> None:
    assert addresses(parse_answer(wire)) == expected


@pytest.mark.parametrize(
    ("wire", "first_is_cut", "head_is_cut", "is_cut"),
    [
        (message(answers=[A1]), False, False, False),
        (message(answer_count=1), True, True, True),
        (message(answers=[ALIAS], answer_count=2), False, True, True),
        (message(answers=[A1], answer_count=2), False, False, True),
        (message(answers=[record(1, b"\xc0")]), False, False, True),
        (message(answers=[record(5, b"\xc0\xff", length=2), A1]), False, False, False),
        (message(answers=[A1, record(5, b"\xc0\xff", length=2)]), False, False, True),
    ],
)
def test_where_the_reading_stopped_is_told(wire: bytes, first_is_cut: bool, head_is_cut: bool, is_cut: bool) -> None:
    answer = parse_answer(wire)
    assert (answer.first_is_cut, answer.head_is_cut, answer.is_cut) == (first_is_cut, head_is_cut, is_cut)


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"\0" * 11,
        message(question=b"", questions=0),
        message(question=b"\5pro"),
        message(question=b"\xc0\x0c\0\1\0\1"),
        message(question=b"\x40abc\0\0\1\0\1"),
        message(question=b"\3a.b\4test\0\0\1\0\1"),
        message(question=(b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1"),
        message(flags=0x0100),
    ],
)
def test_what_go_ignores_raises_one_error(wire: bytes) -> None:
    with pytest.raises(WireError):
        parse_answer(wire)


@pytest.mark.parametrize(
    ("answered", "is_ours"),
    [
        (message(), True),
        (message(question=b"\5PROXY\4tEsT\0\0\1\0\1"), True),
        (message(question=b"\5other\4test\0\0\1\0\1"), False),
        (message(question=QNAME + b"\0\x1c\0\1"), False),
        (message(question=QNAME + b"\0\1\0\3"), False),
        (b"\0\x08" + message()[2:], False),
    ],
)
def test_id_and_question_decide_whose_answer_it_is(answered: bytes, is_ours: bool) -> None:
    assert parse_answer(answered).answers(7, ASKED) is is_ours


@pytest.mark.parametrize(
    ("wire", "rcode", "has_additional"),
    [
        (message(flags=0x8183), "NXDOMAIN", False),
        (message(flags=0x8182, additional=[OPT]), "SERVFAIL", True),
        (message(additional=[b"\0" + struct.pack("!HHIH", 41, 1232, 1 << 24, 0)]), "RCODE16", True),
        (message(additional=[b"\0" + struct.pack("!HHIH", 41, 1232, 1 << 24 | 1 << 16, 0)]), "NOERROR", True),
        (message(answer_count=1, additional=[]), "NOERROR", False),
    ],
)
def test_the_rcode_includes_the_extension(wire: bytes, rcode: str, has_additional: bool) -> None:
    answer = parse_answer(wire)
    assert (answer.rcode_name, answer.has_additional) == (rcode, has_additional)


def test_the_resolvers_own_explanation_is_read() -> None:
    reply = dns.message.make_response(dns.message.from_wire(build_query(7, ASKED)))
    reply.use_edns(0, options=[dns.edns.EDEOption(15, "by law"), dns.edns.EDEOption(4999)])
    assert parse_answer(reply.to_wire()).ede == ("15 blocked: by law", "4999 unassigned")


def test_chain_authority_and_ttl_are_told() -> None:
    soa = record(6, b"\0\0" + b"\0" * 20)
    answer = parse_answer(message(answers=[ALIAS, record(1, b"\xc0\0\2\1", ttl=5)], authority=[soa]))
    assert answer.cname_chain == ("b.test.",)
    assert (answer.has_soa, answer.addresses[0].ttl) == (True, 5)


def test_ten_pointers_are_followed_also_forward_and_eleven_are_not() -> None:
    start = 12 + len(QNAME) + 4

    def hops(count: int) -> bytes:
        at = start + 14 + 2  # behind the record's fixed part, which follows its two-byte owner
        chain = b"".join(struct.pack("!H", 0xC000 | (at + 2 * index)) for index in range(1, count))
        owner = struct.pack("!H", 0xC000 | at)
        return message(answers=[owner + struct.pack("!HHIH", 1, 1, 60, 4) + b"\xc0\0\2\1" + chain + b"\1z\0"])

    assert addresses(parse_answer(hops(10))) == ["192.0.2.1"]
    assert parse_answer(hops(11)).first_is_cut


def test_names_with_control_bytes_are_kept_as_text() -> None:
    answer = parse_answer(message(answers=[record(1, b"\xc0\0\2\1", owner=b"\3\x1b[m\1\xff\0")]))
    assert answer.addresses[0].name == "\x1b[m.\xff."


def test_64_kib_of_nested_pointers_are_read_quickly_and_without_error() -> None:
    many = message(answers=[A1] * 4000)
    assert len(parse_answer(many).addresses) == 4000


WHOLE = message(answers=[ALIAS, A1, SIX], authority=[record(6, b"\0" * 22)], additional=[OPT])
edits = st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6)


@settings(max_examples=2000, deadline=None)
@given(edits=edits, cut=st.integers(0, len(WHOLE)), tail=st.binary(max_size=20))
def test_a_mutated_message_is_an_answer_or_a_wire_error(edits: list[tuple[int, int]], cut: int, tail: bytes) -> None:
    wire = bytearray(WHOLE)
    for at, byte in edits:
        wire[at] = byte
    for candidate in (bytes(wire), bytes(wire[:cut]) + tail):
        try:
            answer = parse_answer(candidate)
        except WireError:
            continue
        answer.answers(7, ASKED)
        assert answer.has_asked_type or not answer.addresses


@settings(max_examples=500, deadline=None)
@given(options=st.binary(max_size=60))
def test_any_edns_options_are_survived(options: bytes) -> None:
    wire = message(additional=[b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(options)) + options])
    assert isinstance(parse_answer(wire).ede, tuple)


@settings(max_examples=1000, deadline=None)
@given(wire=st.binary(max_size=200))
def test_any_bytes_are_survived(wire: bytes) -> None:
    try:
        parse_answer(wire)
    except WireError:
        return
