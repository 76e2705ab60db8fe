"""Mailboxes of rfc822Names, as Go's RFC 2821 parser takes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.gomailbox import parse_mailbox


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("first.last+tag@Sub.example", ("first.last+tag", "Sub.example")),
        ("!#$%&'*+-/=?^_`{|}~@c", ("!#$%&'*+-/=?^_`{|}~", "c")),
        ('""@c', ("", "c")),
        ('"a@b"@c', ("a@b", "c")),
        ('"a\\\\b"@c', ("a\\b", "c")),
        ('".a..b."@c', (".a..b.", "c")),
        ("a@", ("a", "")),
        ("a@b-_c.d", ("a", "b-_c.d")),
        ("a@b@c", ("a", "b@c")),
    ],
)
def test_local_part_and_domain(text: str, expected: tuple[str, str]) -> None:
    assert parse_mailbox(text) == expected


@pytest.mark.parametrize(
    "text",
    ["@c", "a b@c", "a(b@c", "a.@c", "a\\", '"a', '"a"', '"a"x@c', '"a\tb"@c', '"a\nb"@c', '"a\\\n"@c', '"\\', "a@.c",
     "a@c.", "a@c d", "a@c\x7f", "é@c"],
)  # fmt: skip
def test_what_is_no_mailbox(text: str) -> None:
    assert parse_mailbox(text) is None


@given(st.text(alphabet='ab."\\@ ', max_size=12))
def test_a_mailbox_always_holds_its_domain_at_the_end(text: str) -> None:
    found = parse_mailbox(text)
    if found is not None:
        assert text.endswith("@" + found[1])
        assert len(found[0]) <= len(text)
