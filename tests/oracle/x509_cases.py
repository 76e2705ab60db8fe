"""Chains that are judged twice: by our rules and by Go. Each is ``(name, host, chain, roots)``."""

import functools
import ipaddress
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tests.sim.certmaker import CLIENT_AUTH, DAY, HOST, NOW, SERVER_AUTH, Made, Spec, authority, key, leaf, make, root


class Case(NamedTuple):
    name: str
    host: str
    chain: list[bytes]
    roots: list[bytes]


def _case(name: str, chain: list[Made], roots: list[Made], host: str = HOST) -> Case:
    return Case(name, host, [made.der for made in chain], [made.der for made in roots])


def _ip(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_address(text))


def _net(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_network(text))


@functools.cache
def all_cases() -> list[Case]:
    return [*_plain(), *_hosts(), *_dates(), *_builds(), *_constraints(), *_signatures(), *_odd()]


def _plain() -> list[Case]:
    anchor = root()
    middle = authority("Middle", anchor)
    return [
        _case("good", [leaf(anchor)], [anchor]),
        _case("good with intermediate", [leaf(middle), middle], [anchor]),
        _case("good, root sent too", [leaf(middle), middle, anchor], [anchor]),
        _case("good, 1500 days", [leaf(anchor, start=NOW - 700 * DAY, end=NOW + 800 * DAY)], [anchor]),
        _case("leaf without AKI", [leaf(anchor, aki=None)], [anchor]),
        _case("leaf in roots", [one := leaf(None)], [one]),
        _case("self-signed", [leaf(None)], [anchor]),
        _case("no roots", [leaf(anchor)], []),
        _case("missing intermediate", [leaf(middle, aia=True)], [anchor]),
        _case("unknown root sent", [leaf(middle), middle, anchor], [root("Other Root")]),
        _case("EKU server", [leaf(anchor, eku=(SERVER_AUTH,))], [anchor]),
        _case("EKU client only", [leaf(anchor, eku=(CLIENT_AUTH,))], [anchor]),
        _case("EKU any", [leaf(anchor, eku=(x509.ObjectIdentifier("2.5.29.37.0"),))], [anchor]),
        _case("EKU unknown only", [leaf(anchor, eku=(x509.ObjectIdentifier("1.2.3.4"),))], [anchor]),
        _case(
            "EKU of intermediate forbids",
            [leaf(bad := authority("M2", anchor, eku=(CLIENT_AUTH,))), bad],
            [anchor],
        ),
    ]


def _hosts() -> list[Case]:
    anchor = root()

    def one(name: str, host: str, *sans: str, **more: object) -> Case:
        return _case(name, [leaf(anchor, *sans, **more)], [anchor], host)

    many = tuple(f"h{number}.example" for number in range(120))
    ips = tuple(_ip(f"10.0.0.{number}") for number in range(1, 110))
    return [
        one("wildcard", "a.example.org", "*.example.org"),
        one("wildcard two deep", "a.b.example.org", "*.example.org"),
        one("wildcard bare", "example.org", "*.example.org"),
        one("wildcard middle", "a.b.example", "a.*.example"),
        one("wildcard partial", "foo.example", "f*.example"),
        one("star only", "example", "*"),
        one("upper case", "GoProxy.Example", "goproxy.EXAMPLE"),
        one("trailing dot", "goproxy.example.", "goproxy.example"),
        one("other host", "other.example", "goproxy.example", "www.example"),
        one("120 names", "other.example", *many),
        one("underscore", "a_b.example", "a_b.example"),
        one("space in SAN", "other.example", "a b.example"),
        _case("CN only", [leaf(anchor, cn=HOST, sans=None)], [anchor]),
        _case("CN only, other", [leaf(anchor, cn="else.example", sans=None)], [anchor]),
        _case("no names", [leaf(anchor, cn=None, org="O", sans=None)], [anchor]),
        _case("NUL in CN", [leaf(anchor, cn=f"{HOST}\0.evil.example", sans=None)], [anchor]),
        _case("IP SAN", [leaf(anchor, sans=(_ip("127.0.0.1"),))], [anchor], "127.0.0.1"),
        _case("IP SAN other", [leaf(anchor, sans=(_ip("10.0.0.1"), _ip("::1")))], [anchor], "127.0.0.1"),
        _case("IPv6 in brackets", [leaf(anchor, sans=(_ip("::1"),))], [anchor], "[::1]"),
        _case("IPv6 in brackets, other", [leaf(anchor, sans=(_ip("2001:db8::1"),))], [anchor], "[::1]"),
        _case("IP as DNS SAN", [leaf(anchor, "127.0.0.1")], [anchor], "127.0.0.1"),
        _case("109 IPs", [leaf(anchor, sans=ips)], [anchor], "127.0.0.1"),
        _case("name with IP SAN", [leaf(anchor, sans=(_ip("10.0.0.1"),))], [anchor]),
    ]


def _dates() -> list[Case]:
    anchor = root()
    old = {"start": NOW - 60 * DAY, "end": NOW - 2 * DAY}
    new = {"start": NOW + 2 * DAY, "end": NOW + 60 * DAY}
    middle_old = authority("Old Middle", anchor, **old)
    middle_new = authority("New Middle", anchor, **new)
    anchor_old = root("Old Root", **old)
    again = authority("Old Middle", anchor, key_name="Old Middle")
    return [
        _case("expired", [leaf(anchor, **old)], [anchor]),
        _case("not yet valid", [leaf(anchor, **new)], [anchor]),
        _case("expired and wrong host", [leaf(anchor, "x.example", **old)], [anchor]),
        _case("expired and unknown", [leaf(anchor, **old)], [root("Other Root")]),
        _case("wrong host and unknown", [leaf(anchor, "x.example")], [root("Other Root")]),
        _case("expired intermediate", [leaf(middle_old), middle_old], [anchor]),
        _case("future intermediate", [leaf(middle_new), middle_new], [anchor]),
        _case("expired root", [leaf(anchor_old)], [anchor_old]),
        _case("expired and good intermediate", [leaf(middle_old), middle_old, again], [anchor]),
        _case("last second", [leaf(anchor, end=NOW)], [anchor]),
        _case("one second after", [leaf(anchor, end=NOW - DAY / 86400)], [anchor]),
    ]


def _builds() -> list[Case]:
    anchor = root()
    regenerated = root("Test Root", key_name="regenerated")
    no_basic = root("No Basic", ca=None)
    not_ca = authority("Not CA", anchor, ca=False)
    short = root("Short", path_length=0)
    under = authority("Under", short)
    cross_a, cross_b = root("Cross A"), root("Cross B")
    bridge_a = authority("Bridge", cross_a, key_name="bridge")
    bridge_b = authority("Bridge", cross_b, key_name="bridge")
    loop_a = authority("Loop A", make(Spec(cn="Loop B", ca=True, sans=None)))
    loop_b = authority("Loop B", make(Spec(cn="Loop A", ca=True, sans=None)))
    flood = [authority("Flood", anchor, key_name=f"flood{number % 3}") for number in range(130)]
    deep = [anchor]
    for number in range(60):
        deep.append(authority(f"D{number}", deep[-1]))
    org_root = make(Spec(cn=None, org="Org Only", ca=True, sans=None, key_name="org1"))
    org_other = make(Spec(cn=None, org="Org Only", ca=True, sans=None, key_name="org2"))
    return [
        _case("regenerated CA of the same name", [leaf(regenerated)], [anchor]),
        _case("regenerated CA, no key ids", [leaf(regenerated, aki=None)], [root(ski=None)]),
        _case("both roots of one name", [leaf(regenerated)], [anchor, regenerated]),
        _case("hint by organization", [leaf(org_other)], [org_root]),
        _case("CA without keyUsage", [leaf(anchor)], [anchor]),
        _case("CA with wrong keyUsage", [leaf(bad := root("KU", usage="crl_sign"))], [bad]),
        _case("CA with keyCertSign", [leaf(fine := root("KU2", usage="key_cert_sign"))], [fine]),
        _case("CA basicConstraints not critical", [leaf(soft := root("Soft", critical_basic=False))], [soft]),
        _case("CA without basicConstraints", [leaf(no_basic)], [no_basic]),
        _case("intermediate is no CA", [leaf(not_ca), not_ca], [anchor]),
        _case("CA without SKI", [leaf(no_ski := root("NoSki", ski=None))], [no_ski]),
        _case("path length exceeded", [leaf(under), under], [short]),
        _case("path length kept", [leaf(short)], [short]),
        _case("cross-signed, A trusted", [leaf(bridge_a), bridge_b, bridge_a], [cross_a]),
        _case("cross-signed, B trusted", [leaf(bridge_a), bridge_b, bridge_a], [cross_b]),
        _case("cross-signed, none trusted", [leaf(bridge_a), bridge_b, bridge_a], [anchor]),
        _case("loop", [leaf(loop_a), loop_a, loop_b], [anchor]),
        _case("flood of 130 same names", [leaf(flood[1]), *flood], [anchor]),
        _case("flood with untrusted", [leaf(flood[1]), *flood], [root("Other Root")]),
        _case("60 intermediates", [leaf(deep[-1]), *reversed(deep[1:])], [anchor]),
        _case(
            "1000 certificates", [leaf(anchor), *[leaf(anchor, serial=number + 1) for number in range(999)]], [anchor]
        ),
    ]


def _constraints() -> list[Case]:
    dns = x509.DNSName

    def one(name: str, sans: tuple[object, ...], host: str = HOST, **more: object) -> Case:
        anchor = root(f"NC {name}", **more)
        return _case(f"constraints: {name}", [leaf(anchor, sans=sans)], [anchor], host)

    own, wild = (dns(HOST),), (dns("*.sub.example"),)
    email = x509.RFC822Name
    uri = x509.UniformResourceIdentifier
    return [
        one("permitted", own, permitted=(dns("example"),)),
        one("not permitted", own, permitted=(dns("example.org"),)),
        one("excluded", own, excluded=(dns("example"),)),
        one("excluded twice", own, excluded=(dns("goproxy.example"), dns("example"))),
        one("leading dot permits", own, permitted=(dns(".example"),)),
        one("leading dot itself", own, permitted=(dns(".goproxy.example"),)),
        one("suffix is no label", own, permitted=(dns("proxy.example"),)),
        one("wildcard excluded by child", wild, "a.sub.example", excluded=(dns("x.sub.example"),)),
        one("wildcard permitted", wild, "a.sub.example", permitted=(dns("sub.example"),)),
        one("everything excluded", own, excluded=(dns(""),)),
        one("IP permitted", (_ip("10.1.2.3"),), "10.1.2.3", permitted=(_net("10.0.0.0/8"),)),
        one("IP not permitted", (_ip("10.1.2.3"),), "10.1.2.3", permitted=(_net("192.168.0.0/16"),)),
        one("IP excluded", (_ip("10.1.2.3"),), "10.1.2.3", excluded=(_net("10.1.0.0/16"),)),
        one("IPv6 excluded", (_ip("2001:db8::5"),), "2001:db8::5", excluded=(_net("2001:db8::/32"),)),
        one("IPv4 against IPv6 only", (_ip("10.1.2.3"),), "10.1.2.3", permitted=(_net("2001:db8::/32"),)),
        one("email", (*own, email("a@mail.example")), permitted=(email("other.example"),)),
        one("email exact", (*own, email("a@mail.example")), excluded=(email("a@mail.example"),)),
        one("uri", (*own, uri("https://web.example/x")), excluded=(uri("web.example"),)),
        one("uri with IP", (*own, uri("https://10.0.0.1/x")), excluded=(uri("web.example"),)),
        one("uri without host", (*own, uri("urn:a:b")), excluded=(uri("web.example"),)),
        one("directory name critical", own, permitted=(x509.DirectoryName(x509.Name([])),)),
    ]


def _signatures() -> list[Case]:
    anchor = root("RSA Root", kind="rsa2048")
    weak = root("Weak Root", kind="rsa1024")
    ed = root("Ed Root", kind="ed25519")
    mid = authority("RSA Mid", anchor, kind="rsa2048")
    good = leaf(anchor)
    twisted = bytearray(good.der)
    twisted[-5] ^= 1
    ec_root = root("EC twisted")
    ec_twisted = bytearray(leaf(ec_root).der)
    ec_twisted[-1] ^= 1
    mixed = root("RSA Root", key_name="mixed")
    return [
        _case("RSA 2048", [leaf(anchor, kind="rsa2048")], [anchor]),
        _case("RSA intermediate", [leaf(mid), mid], [anchor]),
        _case("SHA-384", [leaf(anchor, digest=hashes.SHA384())], [anchor]),
        _case("SHA-512 PSS", [leaf(anchor, digest=hashes.SHA512(), pss=True)], [anchor]),
        _case("SHA-256 PSS", [leaf(anchor, pss=True)], [anchor]),
        Case("SHA-1", HOST, [_with_algorithm(good.der, 5)], [anchor.der]),
        Case("MD5", HOST, [_with_algorithm(good.der, 4)], [anchor.der]),
        Case("MD2", HOST, [_with_algorithm(good.der, 2)], [anchor.der]),
        _case("SHA-224", [leaf(anchor, digest=hashes.SHA224())], [anchor]),
        _case("RSA-1024 leaf", [leaf(anchor, kind="rsa1024")], [anchor]),
        _case("RSA-1024 root", [leaf(weak)], [weak]),
        _case("Ed25519", [leaf(ed)], [ed]),
        _case("P-384", [leaf(p384 := root("P384", kind="p384"))], [p384]),
        Case("broken RSA signature", HOST, [bytes(twisted)], [anchor.der]),
        Case("broken ECDSA signature", HOST, [bytes(ec_twisted)], [ec_root.der]),
        _case("key of another type", [leaf(anchor)], [mixed]),
    ]


def _with_algorithm(der: bytes, number: int) -> bytes:
    """``sha256WithRSAEncryption`` replaced by an old sibling; Go refuses before it verifies."""
    arc = bytes.fromhex("06092a864886f70d0101")
    return der.replace(arc + b"\x0b", arc + bytes([number]))


def _odd() -> list[Case]:
    anchor = root()
    unknown = ("1.2.3.4.5", b"\x05\x00", True)
    good = leaf(anchor).der
    key("unused")
    return [
        _case("unhandled critical extension", [leaf(anchor, extra=(unknown,))], [anchor]),
        _case("unhandled critical in root", [leaf(odd := root("Odd", extra=(unknown,)))], [odd]),
        Case("trailing data", HOST, [good + b"\x00"], [anchor.der]),
        Case("truncated", HOST, [good[:-9]], [anchor.der]),
        Case("not DER", HOST, [b"hello"], [anchor.der]),
        Case("broken intermediate", HOST, [good, b"\x30\x03\x02\x01\x01"], [anchor.der]),
        _case(
            "utf-8 in CN",
            [leaf(again := root("Tëst Röot", key_name="u2"))],
            [root("Tëst Röot", key_name="u1"), again][:1],
        ),
        _case("quotes in CN", [leaf(root('Say "hi"', key_name="q2"))], [root('Say "hi"', key_name="q1")]),
        _case("one-letter SAN of 1 MB", [leaf(anchor, *[f"{n}.example" for n in range(9000)])], [anchor]),
    ]
