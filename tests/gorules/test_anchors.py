"""Two signed tree heads of one database, compared without asking anything."""

import pytest

from modtrace.gorules.anchors import Relation, relation
from modtrace.lab.sumdb import Database, Lie

HONEST = Database(after=20)
FORK = Database(after=20, salt="fork", salted_from=10)
KEY = HONEST.verifier_key


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (b"", HONEST.head(), "first"),
        (b"", b"not a note", "first"),
        (HONEST.head(), HONEST.head(), "equal"),
        (HONEST.head(12), HONEST.head(), "newer"),
        (HONEST.head(), HONEST.head(12), "older"),
        (HONEST.head(), FORK.head(), "contradicts"),
        (FORK.head(), HONEST.head(), "contradicts"),
        (HONEST.head(9), FORK.head(9), "equal"),
        (HONEST.head(12), FORK.head(), "newer"),
        (b"not a note", HONEST.head(), "unreadable"),
        (HONEST.head(), HONEST.head()[:-5], "unreadable"),
        (HONEST.sign("no tree\n"), HONEST.head(), "unreadable"),
    ],
)
def test_heads_of_one_size_must_have_one_root(before: bytes, now: bytes, expected: Relation) -> None:
    assert relation(before, now, KEY) == expected


@pytest.mark.parametrize("lie", ["bad signature", "wrong key", "no signature", "wrong key name"])
def test_a_head_that_no_key_vouches_for_contradicts_nothing(lie: Lie) -> None:
    lying = Database(after=20, salt="fork", lies=[lie])
    assert relation(HONEST.head(), lying.head(), KEY) == "unreadable"
    assert relation(lying.head(), HONEST.head(), KEY) == "unreadable"
