"""Name constraints: the extension's reading, and the verdict on the names below it."""

import pytest
from tests.sim.derwriter import der, sequence

from modtrace.gorules.certconstraints import (
    ConstraintError,
    Constraints,
    Named,
    Subtrees,
    check_constraints,
    domain_is_valid,
    parse_constraints,
)
from modtrace.gorules.der import DerError

EMAIL, DNS, URI, IP, DIRECTORY = 0x81, 0x82, 0x86, 0x87, 0xA4
V4, V6 = b"\xc0\x00\x02", b"\x20\x01\x0d\xb8"


def half(tag: int, *bases: tuple[int, bytes]) -> bytes:
    return der(tag, *(sequence(der(kind, value)) for kind, value in bases))


def extension(*, permitted: tuple[tuple[int, bytes], ...] = (), excluded: tuple[tuple[int, bytes], ...] = ()) -> bytes:
    halves = [half(tag, *bases) for tag, bases in ((0xA0, permitted), (0xA1, excluded)) if bases]
    return sequence(*halves)


def test_both_halves_and_every_kind_are_read() -> None:
    value = extension(
        permitted=((DNS, b".example"), (IP, V4 + b"\x00\xff\xff\xff\x00"), (EMAIL, b"a@b")),
        excluded=((URI, b"bad.example"), (IP, V6 + bytes(12) + b"\xff" * 4 + bytes(12))),
    )
    found, all_known = parse_constraints(value)
    assert all_known
    assert found.permitted == Subtrees([".example"], [(V4 + b"\x00", b"\xff\xff\xff\x00")], ["a@b"], [])
    assert found.excluded == Subtrees([], [(V6 + bytes(12), b"\xff" * 4 + bytes(12))], [], ["bad.example"])


def test_unknown_kinds_are_told_so_that_a_critical_extension_is_unhandled() -> None:
    found, all_known = parse_constraints(extension(excluded=((DIRECTORY, sequence()), (DNS, b"x"))))
    assert (found.excluded.dns, all_known) == (["x"], False)
    assert parse_constraints(extension(permitted=((DIRECTORY, sequence()),)))[1] is False


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"", "x509: invalid NameConstraints extension"),
        (extension(permitted=((DNS, b"x"),)) + b"\0", "x509: invalid NameConstraints extension"),
        (sequence(half(0xA1, (DNS, b"x")), half(0xA0, (DNS, b"x"))), "x509: invalid NameConstraints extension"),
        (sequence(), "x509: empty name constraints extension"),
        (sequence(der(0xA0)), "x509: empty name constraints extension"),
        (extension(permitted=((DNS, b"a..b"),)), 'x509: failed to parse dnsName constraint "a..b"'),
        (extension(permitted=((DNS, b"a."),)), 'x509: failed to parse dnsName constraint "a."'),
        (
            extension(permitted=((DNS, b"\xc3\xa4"),)),
            'x509: invalid constraint value: x509: "ä" cannot be encoded as an IA5String',
        ),
        (extension(permitted=((IP, bytes(4)),)), "x509: IP constraint contained value of length 4"),
        (extension(permitted=((IP, V4 + b"\0\xff\0\xff\0"),)), "x509: IP constraint contained invalid mask ff00ff00"),
        (
            extension(permitted=((IP, V4 + b"\0\xff\xff\xff\x81"),)),
            "x509: IP constraint contained invalid mask ffffff81",
        ),
        (extension(permitted=((EMAIL, b"a b@c"),)), 'x509: failed to parse rfc822Name constraint "a b@c"'),
        (extension(permitted=((EMAIL, b"a..b"),)), 'x509: failed to parse rfc822Name constraint "a..b"'),
        (
            extension(permitted=((URI, b"192.0.2.1"),)),
            'x509: failed to parse URI constraint "192.0.2.1": cannot be IP address',
        ),
        (extension(permitted=((URI, b"a..b"),)), 'x509: failed to parse URI constraint "a..b"'),
    ],
)
def test_damage_is_named_as_go_names_it(value: bytes, words: str) -> None:
    with pytest.raises(DerError) as caught:
        parse_constraints(value)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("name", "valid", "valid_as_constraint"),
    [
        ("", True, True),
        ("a.b", True, True),
        (".a.b", False, True),
        ("..a", False, False),
        ("a.", False, False),
        (".", False, False),
        ("a b", False, False),
        ("a\x7f", False, False),
        ("*.a", True, True),
    ],
)
def test_domains_as_go_takes_them(name: str, valid: bool, valid_as_constraint: bool) -> None:
    assert domain_is_valid(name) is valid
    assert domain_is_valid(name, is_constraint=True) is valid_as_constraint


def named(
    *,
    dns: tuple[str, ...] = (),
    ips: tuple[bytes, ...] = (),
    uris: tuple[str, ...] = (),
    emails: tuple[str, ...] = (),
    constraints: Constraints | None = None,
    has_san: bool = True,
) -> Named:
    return Named(b"san" if has_san else None, list(dns), list(ips), list(uris), list(emails), constraints)


def authority(permitted: Subtrees | None = None, excluded: Subtrees | None = None) -> Named:
    return named(constraints=Constraints(permitted or Subtrees(), excluded or Subtrees()), has_san=False)


def verdict(leaf: Named, *above: Named) -> str | None:
    try:
        check_constraints([leaf, *above])
    except ConstraintError as exc:
        return str(exc)
    return None


@pytest.mark.parametrize(
    ("base", "name", "is_inside"),
    [
        ("example", "example", True),
        ("example", "a.b.Example", True),
        ("EXAMPLE", "a.example", True),
        ("example", "badexample", False),
        (".example", "a.example", True),
        (".example", "example", False),
        ("a.example", "example", False),
        ("", "anything.test", True),
    ],
)
def test_dns_names_inside_a_subtree(base: str, name: str, is_inside: bool) -> None:
    tree = Subtrees(dns=[base])
    permitted = verdict(named(dns=(name,)), authority(permitted=tree))
    excluded = verdict(named(dns=(name,)), authority(excluded=tree))
    assert permitted == (None if is_inside else f'DNS name "{name}" is not permitted by any constraint')
    assert excluded == (f'DNS name "{name}" is excluded by constraint "{base}"' if is_inside else None)


def test_the_widest_of_several_exclusions_is_named() -> None:
    tree = Subtrees(dns=["a.b.example", "b.example", "x.test"])
    assert verdict(named(dns=("q.a.b.example",)), authority(excluded=tree)) == (
        'DNS name "q.a.b.example" is excluded by constraint "b.example"'
    )


def test_a_wildcard_is_excluded_by_a_sibling_that_it_would_cover() -> None:
    tree = Subtrees(dns=["bad.example"])
    assert verdict(named(dns=("*.example",)), authority(excluded=tree)) == (
        'DNS name "*.example" is excluded by constraint "bad.example"'
    )
    assert verdict(named(dns=("*.other.example",)), authority(excluded=tree)) is None
    # permission is not given by what a wildcard merely touches
    assert verdict(named(dns=("*.example",)), authority(permitted=tree)) is not None


@pytest.mark.parametrize(
    ("ip", "shown", "is_inside"),
    [
        (b"\xc0\x00\x02\x09", "192.0.2.9", True),
        (b"\xc0\x00\x03\x09", "192.0.3.9", False),
        (V6 + bytes(12), "2001:db8::", False),
    ],
)
def test_addresses_inside_a_network_of_their_family(ip: bytes, shown: str, is_inside: bool) -> None:
    tree = Subtrees(ips=[(V4 + b"\x07", b"\xff\xff\xff\x00")])
    permitted = verdict(named(ips=(ip,)), authority(permitted=tree))
    assert permitted == (None if is_inside else f'IP address "{shown}" is not permitted by any constraint')
    excluded = verdict(named(ips=(ip,)), authority(excluded=tree))
    assert excluded == (f'IP address "{shown}" is excluded by constraint "192.0.2.0/24"' if is_inside else None)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("https://user@A.Example:8443/x?y", None),
        ("https://a.test/", 'URI "https://a.test/" is not permitted by any constraint'),
        ("urn:x", 'URI with empty host ("urn:x") cannot be matched against constraints'),
        ("https://192.0.2.1/", 'URI with IP ("https://192.0.2.1/") cannot be matched against constraints'),
        ("https://[2001:db8::1]:1/", 'URI with IP ("https://[2001:db8::1]:1/") cannot be matched against constraints'),
    ],
)
def test_uris_are_judged_by_their_host(uri: str, words: str | None) -> None:
    assert verdict(named(uris=(uri,)), authority(permitted=Subtrees(uris=[".example"]))) == words


@pytest.mark.parametrize(
    ("base", "email", "is_inside"),
    [
        ("me@Example", "me@example", True),
        ("me@example", "ME@example", False),
        ("example", "x@example", True),
        ("example", "x@sub.example", True),
        (".example", "x@example", False),
    ],
)
def test_mailboxes_match_whole_or_by_domain(base: str, email: str, is_inside: bool) -> None:
    words = verdict(named(emails=(email,)), authority(permitted=Subtrees(emails=[base])))
    assert (words is None) is is_inside


def test_damaged_mailboxes_and_names_are_refused_under_constraints_only() -> None:
    tree = Subtrees(uris=["x"])
    assert verdict(named(emails=("junk",)), authority(permitted=tree)) == 'cannot parse rfc822Name "junk"'
    assert verdict(named(dns=("a..b",)), authority(permitted=tree)) == 'x509: cannot parse dnsName "a..b"'
    assert verdict(named(dns=("a..b",), emails=("junk",)), named()) is None


def test_kinds_without_a_constraint_are_free() -> None:
    only_dns = authority(permitted=Subtrees(dns=["example"]))
    assert verdict(named(ips=(b"\xc0\x00\x02\x01",), emails=("a@b",), uris=("https://h/",)), only_dns) is None


def test_every_authority_above_counts_and_those_without_names_are_not_judged() -> None:
    good, strict = authority(permitted=Subtrees(dns=["example"])), authority(excluded=Subtrees(dns=["a.example"]))
    assert verdict(named(dns=("a.example",)), good, strict) is not None
    assert verdict(named(dns=("b.example",)), good, strict) is None
    assert verdict(named(dns=("b.test",), has_san=False), good) is None
    # an intermediate's own names are judged by those above it, not by its own constraints
    middle = named(dns=("m.test",), constraints=Constraints(Subtrees(dns=["example"]), Subtrees()))
    assert verdict(named(dns=("b.example",)), middle) is None
    assert verdict(named(dns=("b.example",)), middle, good) == 'DNS name "m.test" is not permitted by any constraint'
