"""Distinguished names: string types, their charsets, and how a name is shown."""

import pytest
from tests.sim.derwriter import der, oid, sequence

from modtrace.gorules.certnames import Name, parse_name
from modtrace.gorules.der import DerError

CN, O = "2.5.4.3", "2.5.4.10"  # noqa: E741  # X.520's own letters
UTF8, NUMERIC, PRINTABLE, T61, IA5, BMP = 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1E
WORDS = "x509: invalid RDNSequence: invalid attribute value"


def pair(kind: str, tag: int, value: bytes) -> bytes:
    return sequence(oid(kind), der(tag, value))


def name(*pairs: bytes) -> Name:
    """Every pair in a set of its own."""
    return parse_name(b"".join(der(0x31, one) for one in pairs))


def test_attributes_keep_their_order_and_have_short_names() -> None:
    kinds = ["3", "5", "6", "7", "8", "9", "10", "11", "17", "12"]
    found = name(*(pair(f"2.5.4.{kind}", PRINTABLE, b"v") for kind in kinds))
    shorts = [kind for kind, _ in found.attributes]
    assert shorts == ["CN", "SERIALNUMBER", "C", "L", "ST", "STREET", "O", "OU", "POSTALCODE", "2.5.4.12"]


def test_one_set_may_hold_several_attributes() -> None:
    found = parse_name(der(0x31, pair(CN, UTF8, b"a"), pair(O, UTF8, b"b")))
    assert found == Name((("CN", "a"), ("O", "b")))
    assert str(found) == "O=b,CN=a"


@pytest.mark.parametrize(
    ("tag", "value", "text"),
    [
        (UTF8, "größe".encode(), "größe"),
        (PRINTABLE, b"AZaz09'()+,-./ :=?*&", "AZaz09'()+,-./ :=?*&"),
        (NUMERIC, b"0123 9", "0123 9"),
        (IA5, b"a@b_\x01", "a@b_\x01"),
        (T61, b"\xe4\xff", "äÿ"),
        (BMP, "äx".encode("utf-16-be"), "äx"),
        (BMP, "äx\0".encode("utf-16-be"), "äx"),
        (BMP, b"", ""),
    ],
)
def test_every_string_type_of_go_is_read(tag: int, value: bytes, text: str) -> None:
    assert name(pair(CN, tag, value)).common_name == text


@pytest.mark.parametrize(
    ("tag", "value", "detail"),
    [
        (UTF8, b"\xff", "invalid UTF-8 string"),
        (UTF8, b"\xed\xa0\x80", "invalid UTF-8 string"),
        (PRINTABLE, b"a@b", "invalid PrintableString"),
        (PRINTABLE, b"a\n", "invalid PrintableString"),
        (NUMERIC, b"1a", "invalid NumericString"),
        (IA5, b"\x80", "invalid IA5String"),
        (BMP, b"\x00", "invalid BMPString"),
        (BMP, b"\xd8\x00\xdc\x00", "invalid BMPString"),
        (BMP, b"\xff\xfe", "invalid BMPString"),
        (BMP, b"\xfd\xd0", "invalid BMPString"),
        (0x1C, b"\0\0\0a", "unsupported string type: 28"),
    ],
)
def test_damaged_strings_are_named_as_go_names_them(tag: int, value: bytes, detail: str) -> None:
    with pytest.raises(DerError) as caught:
        name(pair(CN, tag, value))
    assert str(caught.value) == f"{WORDS}: {detail}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (sequence(), "x509: invalid RDNSequence"),
        (der(0x31, der(0x31)), "x509: invalid RDNSequence: invalid attribute"),
        (der(0x31, sequence(der(UTF8, b"x"))), "x509: invalid RDNSequence: invalid attribute type"),
        (der(0x31, sequence(oid(CN))), WORDS),
    ],
)
def test_damaged_structure_is_named_as_go_names_it(content: bytes, words: str) -> None:
    with pytest.raises(DerError) as caught:
        parse_name(content)
    assert str(caught.value) == words


def test_the_last_common_name_and_every_organization_count() -> None:
    found = name(pair(CN, UTF8, b"a"), pair(O, UTF8, b"x"), pair(O, UTF8, b"y"), pair(CN, UTF8, b"b"))
    assert (found.common_name, found.organizations) == ("b", ["x", "y"])
    assert parse_name(b"") == Name(())
