"""Chains from leaf to root: which are found, and the error that is left when none is."""

import pytest
from tests.sim.certmaker import CLIENT_AUTH, DAY, HOST, NOW, NOW_S, SERVER_AUTH, Made, authority, leaf, root

from modtrace.gorules.certparse import parse_certificate
from modtrace.gorules.chains import Verification, VerifyError
from modtrace.gorules.roots import RootCertificate, Roots

ANCHOR = root()
MIDDLE = authority("Middle", ANCHOR)
UNKNOWN = "x509: certificate signed by unknown authority"


def chains(one: Made, *between: Made, roots: tuple[Made, ...] = (ANCHOR,), host: str = HOST) -> list[list[str]]:
    pool = Roots(RootCertificate(made.der, "test") for made in roots)
    act = Verification(intermediates=[parse_certificate(made.der) for made in between], roots=pool, now_s=NOW_S)
    found = act.chains(parse_certificate(one.der), host)
    return [[cert.subject.common_name for cert in chain] for chain in found]


def error(one: Made, *between: Made, roots: tuple[Made, ...] = (ANCHOR,)) -> str:
    with pytest.raises(VerifyError) as caught:
        chains(one, *between, roots=roots)
    return caught.value.text


def test_every_path_to_a_root_is_found() -> None:
    other = root("Other")
    crossed = authority("Middle", other, key_name="Middle")
    assert chains(leaf(MIDDLE), MIDDLE) == [["leaf", "Middle", "Test Root"]]
    assert chains(leaf(MIDDLE), MIDDLE, MIDDLE) == [["leaf", "Middle", "Test Root"]]
    assert chains(leaf(MIDDLE), MIDDLE, crossed, roots=(ANCHOR, other)) == [
        ["leaf", "Middle", "Test Root"],
        ["leaf", "Middle", "Other"],
    ]


def test_a_leaf_in_the_pool_is_its_own_chain() -> None:
    own = leaf(None)
    assert chains(own, roots=(own,)) == [["leaf"]]


def test_a_loop_of_intermediates_ends() -> None:
    first = authority("A", root("B"), key_name="A")
    second = authority("B", first, key_name="B")
    assert error(leaf(first), first, second) == UNKNOWN


def test_the_path_length_counts_the_intermediates_below() -> None:
    tight = root("Tight", path_length=0)
    upper = authority("Upper", tight)
    lower = authority("Lower", upper)
    assert error(leaf(lower), lower, upper, roots=(tight,)) == "x509: too many intermediates for path length constraint"
    assert chains(leaf(tight), roots=(tight,)) == [["leaf", "Tight"]]


def test_usages_nest_down_the_chain() -> None:
    client_only = authority("Client CA", ANCHOR, eku=(CLIENT_AUTH,))
    words = "x509: certificate specifies an incompatible key usage"
    assert error(leaf(client_only, eku=(SERVER_AUTH,)), client_only) == words
    assert error(leaf(ANCHOR, eku=(CLIENT_AUTH,))) == words
    assert chains(leaf(ANCHOR, eku=(CLIENT_AUTH, SERVER_AUTH))) == [["leaf", "Test Root"]]


def test_the_hint_names_the_candidate_that_failed() -> None:
    imposter = root(key_name="imposter", ski=None)
    assert error(leaf(ANCHOR), roots=(imposter,)) == (
        f'{UNKNOWN} (possibly because of "x509: ECDSA verification failure" '
        'while trying to verify candidate authority certificate "Test Root")'
    )
    assert error(leaf(ANCHOR), roots=(root("Stranger"),)) == UNKNOWN


def test_intermediates_must_be_authorities_and_in_time() -> None:
    old = authority("Middle", ANCHOR, end=NOW - DAY)
    assert "is after 2026-05-31T12:00:00Z" in error(leaf(old), old)
    critical = leaf(ANCHOR, extra=(("1.2.3.4", b"\x05\x00", True),))
    assert error(critical) == "x509: unhandled critical extension"


def test_signature_checks_are_bounded() -> None:
    many = [authority("Middle", ANCHOR, key_name=f"k{number}") for number in range(101)]
    one = leaf(authority("Middle", root("Elsewhere"), key_name="nobody"))
    assert error(one, *many) == "x509: signature check attempts limit reached while verifying certificate chain"
