"""Verdicts on chains without a Go toolchain: causes, paths, limits. The words of generated chains are the oracle's."""

import random

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.x509_cases import all_cases
from tests.sim.certmaker import DAY, HOST, NOW, NOW_S, Made, authority, leaf, root

from modtrace.gorules.certfacts import certificate_facts
from modtrace.gorules.certificates import judge_server_chain, verify
from modtrace.gorules.certnames import Name
from modtrace.gorules.certparse import parse_certificate
from modtrace.gorules.der import DerError, Reader
from modtrace.gorules.gomailbox import parse_mailbox
from modtrace.gorules.roots import RootCertificate, Roots
from modtrace.record.limits import TLS_FIELD_SHOWN_CHARS, TLS_SANS_SHOWN_COUNT

ANCHOR = root()
MIDDLE = authority("Middle", ANCHOR)


def pool(*made: Made) -> Roots:
    return Roots(RootCertificate(one.der, "test") for one in made)


def cause_of(chain: list[Made], roots: Roots, host: str = HOST) -> str | None:
    return verify([made.der for made in chain], host=host, now_s=NOW_S, roots=roots).cause


def test_good_chain_tells_its_path_and_root() -> None:
    one = leaf(MIDDLE)
    verdict = verify([one.der, MIDDLE.der], host=HOST, now_s=NOW_S, roots=pool(ANCHOR))
    assert verdict.ok
    assert verdict.go_text is None
    assert [digest[:8] for digest in verdict.path] == [
        parse_certificate(made.der).sha256[:8] for made in (one, MIDDLE, ANCHOR)
    ]
    assert verdict.root_der == ANCHOR.der
    assert verdict.root_sha256 == verdict.path[-1]
    assert verdict.root_origin == "test"


def test_one_sentence_of_go_is_four_causes() -> None:
    other = pool(root("Other"))
    assert cause_of([leaf(ANCHOR)], other) == "tls.unknown_authority"
    assert cause_of([leaf(ANCHOR)], pool()) == "tls.unknown_authority.no_roots"
    assert cause_of([leaf(None)], other) == "tls.self_signed"
    assert cause_of([leaf(MIDDLE, aia=True)], pool(ANCHOR)) == "tls.unknown_authority.missing_intermediate"
    assert cause_of([leaf(MIDDLE, aia=True), MIDDLE], other) == "tls.unknown_authority"


def test_dates_and_hosts_have_their_causes_in_the_order_of_go() -> None:
    assert cause_of([leaf(ANCHOR, "x.example", end=NOW - DAY)], pool(ANCHOR)) == "tls.expired"
    assert cause_of([leaf(ANCHOR, "x.example", start=NOW + DAY)], pool(ANCHOR)) == "tls.not_yet_valid"
    assert cause_of([leaf(ANCHOR, "x.example")], pool()) == "tls.wrong_host"


def test_unreadable_roots_come_before_everything() -> None:
    roots = Roots([], error="open /r.pem: permission denied")
    verdict = verify([leaf(ANCHOR, end=NOW - DAY).der], host="x", now_s=NOW_S, roots=roots)
    assert verdict.go_text == (
        "x509: failed to load system roots and no roots provided; open /r.pem: permission denied"
    )


def test_current_time_is_printed_in_the_local_zone() -> None:
    chain = [leaf(ANCHOR, end=NOW - DAY).der]
    verdict = verify(chain, host=HOST, now_s=NOW_S + 0.7, roots=pool(ANCHOR), utc_offset_s=8 * 3600)
    assert verdict.go_text is not None
    assert "current time 2026-06-01T20:00:00+08:00 is after 2026-05-31T12:00:00Z" in verdict.go_text


def test_tls_adds_its_own_words_and_alerts() -> None:
    judged = judge_server_chain([leaf(ANCHOR).der], host=HOST, now_s=NOW_S, roots=pool())
    assert judged.go_text == "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    assert judged.alert == 42
    judged = judge_server_chain([b"\x30\x00"], host=HOST, now_s=NOW_S, roots=pool())
    assert judged.go_text == "tls: failed to parse certificate from server: x509: malformed tbs certificate"
    assert judged.alert == 50
    assert not judge_server_chain([], host=HOST, now_s=NOW_S, roots=pool()).ok


def test_every_generated_chain_is_judged_and_described_without_an_exception() -> None:
    for case in all_cases():
        roots = Roots(RootCertificate(der, "test") for der in case.roots)
        judge_server_chain(case.chain, host=case.host, now_s=NOW_S, roots=roots)
        for der in case.chain[:5]:
            assert len(str(certificate_facts(der)["sha256"])) == 64


def test_facts_are_cut_and_counted() -> None:
    facts = certificate_facts(leaf(ANCHOR, *[f"h{n}.example" for n in range(50)], cn="c" * 64, org="o" * 64).der)
    sans = facts["sans"]
    assert isinstance(sans, list)
    assert len(sans) == TLS_SANS_SHOWN_COUNT
    assert facts["sans_total"] == 50
    assert facts["subject"] == f"CN={'c' * 64},O={'o' * 64}"
    assert facts["key"] == "ECDSA P-256"
    assert facts["signature_algorithm"] == "ECDSA-SHA256"
    assert facts["is_ca"] is False
    assert facts["has_scts"] is False
    long = certificate_facts(leaf(ANCHOR, "x" * 2000).der)["sans"]
    assert isinstance(long, list)
    assert len(str(long[0])) == TLS_FIELD_SHOWN_CHARS
    with_scts = leaf(ANCHOR, extra=(("1.3.6.1.4.1.11129.2.4.2", b"\x04\x02\x00\x00", False),))
    assert certificate_facts(with_scts.der)["has_scts"] is True
    assert "unparsable" in certificate_facts(b"junk")


@given(st.binary(max_size=300))
def test_no_bytes_escape_the_parser(data: bytes) -> None:
    certificate_facts(data)
    assert not verify([data], host=HOST, now_s=NOW_S, roots=pool()).ok


def test_mutated_certificates_raise_one_type_only() -> None:
    rng = random.Random(1)
    bases = [der for case in all_cases() for der in case.chain[:1] if len(der) < 3000]
    for _ in range(4000):
        der = bytearray(rng.choice(bases))
        for _ in range(rng.randint(1, 4)):
            if der:
                der[rng.randrange(len(der))] = rng.randrange(256)
        try:
            parse_certificate(bytes(der))
        except DerError:
            continue


def test_deep_and_endless_der_is_refused() -> None:
    nested = b""
    for _ in range(2000):
        nested = b"\x30\x82" + len(nested).to_bytes(2) + nested if len(nested) > 255 else b"\x30\x81\x80" + nested
        nested = nested[:60000]
    with pytest.raises(DerError):
        parse_certificate(nested)
    for bad in (b"\x30\x80\x00\x00", b"\x30\x85\x00\x00\x00\x00\x00", b"\x1f\x01\x00", b"\x30\x81\x01\x00", b"\x30"):
        with pytest.raises(DerError):
            Reader(bad).any("bad")


def test_names_show_the_last_common_name() -> None:
    name = Name((("CN", "a"), ("O", "b"), ("CN", "c")))
    assert (name.common_name, name.organizations, str(name)) == ("c", ["b"], "CN=c,O=b,CN=a")
    assert Name(()).common_name == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@b.example", ("a", "b.example")),
        ('"a b"@c', ("a b", "c")),
        ('"a\\"b"@c', ('a"b', "c")),
        ("a\\@b@c", None),
        ("a\\.b@c", ("a.b", "c")),
        ("a..b@c", None),
        (".a@c", None),
        ("a", None),
        ("", None),
        ("a@b..c", None),
        ('"a@b', None),
    ],
)
def test_mailboxes_are_read_as_go_reads_them(text: str, expected: tuple[str, str] | None) -> None:
    if text == "a\\@b@c":
        expected = ("a@b", "c")  # the backslash lets any character of an atom through
    assert parse_mailbox(text) == expected


def test_parsing_a_thousand_certificates_needs_no_library() -> None:
    assert parse_certificate(ANCHOR.der).subject.common_name == "Test Root"
    assert x509.load_der_x509_certificate(ANCHOR.der) is not None
