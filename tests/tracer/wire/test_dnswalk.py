"""The reading position in a DNS message: names, records, and the one error at every edge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.tracer.wire.dnswalk import Walk, WireError

RECORD = b"\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04"


@pytest.mark.parametrize(
    ("wire", "at", "name", "after"),
    [
        (b"\0", 0, ".", 1),
        (b"\1a\2bc\0x", 0, "a.bc.", 6),
        (b"\1a\0\1b\xc0\x00", 3, "b.a.", 7),
        (b"\xc0\x02\1z\0", 0, "z.", 2),
        (b"\2\xff\x1b\0", 0, "\xff\x1b.", 4),
    ],
)
def test_names_are_read_and_the_position_stands_behind(wire: bytes, at: int, name: str, after: int) -> None:
    walk = Walk(wire, at)
    assert (walk.name(), walk.offset) == (name, after)
    skipping = Walk(wire, at)
    skipping.skip_name()
    assert skipping.offset == after


@pytest.mark.parametrize(
    "wire", [b"", b"\1", b"\2a", b"\1a", b"\xc0", b"\xc0\x00", b"\xc0\x09", b"\x40a\0", b"\3a.b\0"]
)
def test_damaged_names_raise_one_error_and_leave_the_position(wire: bytes) -> None:
    walk = Walk(wire)
    with pytest.raises(WireError):
        walk.name()
    assert walk.offset == 0


def test_names_end_at_254_characters() -> None:
    label = b"\x3f" + b"a" * 63
    assert len(Walk(label * 3 + b"\x3d" + b"a" * 61 + b"\0").name()) == 254
    with pytest.raises(WireError):
        Walk(label * 3 + b"\x3e" + b"a" * 62 + b"\0").name()


def test_skipping_does_not_follow_pointers() -> None:
    walk = Walk(b"\xc0\x00" + RECORD + b"\xc0\0\2\1!")
    assert (walk.skip_record(), walk.bytes_here(1)) == (1, b"!")


def test_a_record_is_read_up_to_its_data() -> None:
    walk = Walk(b"\1a\0" + RECORD + b"\xc0\0\2\1")
    assert walk.record() == ("a.", 1, 1, 60, 4)
    assert walk.bytes_here(4) == b"\xc0\0\2\1"
    with pytest.raises(WireError):
        walk.bytes_here(5)
    with pytest.raises(WireError):
        walk.skip(5)


def test_headers_and_questions() -> None:
    walk = Walk(b"\0\7\x81\x80\0\1\0\0\0\0\0\0" + b"\1a\0\0\x1c\0\1")
    assert walk.header() == (7, 0x8180, 1, 0, 0, 0)
    assert walk.question() == ("a.", 28, 1)
    assert Walk(b"\1a\0\0\1\0\1" * 2).skip_questions(2)
    assert not Walk(b"\1a\0\0\1\0\1").skip_questions(2)


@given(st.binary(max_size=60), st.integers(0, 60))
def test_no_bytes_raise_anything_else(wire: bytes, at: int) -> None:
    for act in (Walk.name, Walk.record, Walk.skip_record, Walk.question, Walk.header):
        walk = Walk(wire, at)
        try:
            act(walk)
        except WireError:
            continue
        assert at < walk.offset <= len(wire)
