"""DER elements: what Go's cryptobyte takes and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sim.derwriter import bits, der, integer, oid, sequence

from modtrace.gorules.der import DerError, Reader, read_integer, read_oid


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_read_in_their_shortest_form(size: int) -> None:
    element = der(0x04, bytes(size))
    reader = Reader(element + b"tail")
    found = reader.any("bad")
    assert (found.tag, len(found.content), found.raw) == (4, size, element)
    assert reader.rest == b"tail"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x04",
        b"\x04\x01",
        b"\x04\x80\x00\x00",
        b"\x04\x81\x7f" + bytes(127),
        b"\x04\x82\x00\x80" + bytes(128),
        b"\x04\x82\x01",
        b"\x04\x85\x00\x00\x00\x00\x01\x00",
        b"\x04\x84\xff\xff\xff\xff\x00",
        b"\x1f\x01\x00",
        b"\xbf\x81\x01\x00",
    ],
    ids=["nothing", "no length", "short", "indefinite", "long form for 127", "leading zero", "cut length", "5 octets",
         "4 GiB", "high tag", "constructed high tag"],
)  # fmt: skip
def test_damaged_elements_raise_the_given_words(data: bytes) -> None:
    with pytest.raises(DerError, match=r"^the words$"):
        Reader(data).any("the words")


def test_another_tag_is_refused_by_take_and_left_alone_by_optional() -> None:
    reader = Reader(integer(5))
    assert reader.optional(0x04, "bad") is None
    with pytest.raises(DerError):
        reader.take(0x04, "bad")
    assert (reader.next_tag(), reader.integer("bad"), reader.next_tag(), reader.is_empty) == (2, 5, -1, True)


def test_enter_reads_inside_and_stands_behind() -> None:
    outer = Reader(sequence(integer(1), integer(2)) + integer(3))
    inner = outer.enter("bad")
    assert [inner.integer("bad"), inner.integer("bad"), outer.integer("bad")] == [1, 2, 3]
    assert inner.is_empty


@given(st.integers(-(1 << 300), 1 << 300))
def test_integers_are_read_back(value: int) -> None:
    # the shortest two's complement
    content = value.to_bytes((value.bit_length() if value >= 0 else (~value).bit_length()) // 8 + 1, signed=True)
    assert read_integer(content, "bad") == value


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"\x00\x7f", b"\xff\x80", b"\xff\xff"])
def test_padded_integers_are_refused(content: bytes) -> None:
    with pytest.raises(DerError):
        read_integer(content, "bad")


def test_zero_in_front_of_a_high_bit_is_needed() -> None:
    assert (read_integer(b"\x00\x80", "bad"), read_integer(b"\x80", "bad"), read_integer(b"\xff\x7f", "bad")) == (
        128,
        -128,
        -129,
    )


@pytest.mark.parametrize(("octet", "value"), [(b"\x00", False), (b"\xff", True)])
def test_booleans_are_all_or_nothing(octet: bytes, value: bool) -> None:
    assert Reader(der(1, octet)).boolean("bad") is value


@pytest.mark.parametrize("content", [b"", b"\x01", b"\xff\xff"])
def test_other_booleans_are_refused(content: bytes) -> None:
    with pytest.raises(DerError):
        Reader(der(1, content)).boolean("bad")


@pytest.mark.parametrize("dotted", ["0.9.2342", "1.2.840.113549.1.1.11", "2.5.29.17", "2.999.3", "1.39.2147483647"])
def test_oids_are_read_as_dotted_text(dotted: str) -> None:
    assert Reader(oid(dotted)).oid("bad") == dotted


@pytest.mark.parametrize(
    "content",
    [b"", b"\x2a\x86", b"\x80\x01", b"\x2a\x80\x01", b"\x2a\x88\x80\x80\x80\x00"],
    ids=["empty", "cut", "padded first", "padded second", "2**31"],
)
def test_damaged_oids_are_refused(content: bytes) -> None:
    with pytest.raises(DerError):
        read_oid(content, "bad")


def test_bit_strings_tell_their_unused_bits() -> None:
    assert Reader(bits(b"\xa0", 5)).bits("bad") == (b"\xa0", 5)
    assert Reader(bits(b"")).bits("bad") == (b"", 0)


@pytest.mark.parametrize("element", [der(3), bits(b"\x00", 8), bits(b"", 1), bits(b"\xa1", 5)])
def test_bit_strings_with_wrong_padding_are_refused(element: bytes) -> None:
    with pytest.raises(DerError):
        Reader(element).bits("bad")


@given(st.binary(max_size=40))
def test_a_whole_walk_raises_one_type_and_always_ends(data: bytes) -> None:
    reader, raw = Reader(data), b""
    try:
        while not reader.is_empty:
            raw += reader.any("bad").raw
    except DerError:
        assert data.startswith(raw)
    else:
        assert raw == data
