"""The log's arithmetic, against the lab's own implementation and against the definitions."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modtrace.gorules import tlog
from modtrace.gorules.tlog import TlogError, Tree
from modtrace.lab.sumdb import Database

LAB = Database(after=600)
ROOT64 = base64.b64encode(bytes(32)).decode()
BIG = 1 << 62


def leaf(number: int) -> bytes:
    _, body = LAB.get(f"/lookup/filler.test/m{number}@v1.0.0")
    return tlog.record_hash(tlog.parse_record(body).text)


def stored(count: int) -> list[bytes]:
    """Every stored hash of a log, in the dense order: each record's, then those of the subtrees that it completes."""
    rows: list[list[bytes]] = []
    dense: list[bytes] = []
    for number in range(count):
        digest, level = leaf(number), 0
        while True:
            if len(rows) <= level:
                rows.append([])
            rows[level].append(digest)
            dense.append(digest)
            if len(rows[level]) % 2:
                break
            digest, level = tlog.node_hash(rows[level][-2], rows[level][-1]), level + 1
    return dense


DENSE = stored(600)


def tree(size: int) -> Tree:
    return Tree(size, LAB.root(size))


@given(st.integers(0, 40), st.integers(0, 1 << 40))
def test_an_index_splits_into_what_made_it(level: int, number: int) -> None:
    assert tlog.split_stored_hash_index(tlog.stored_hash_index(level, number)) == (level, number)


def test_stored_hashes_stand_in_gos_order() -> None:
    assert [tlog.split_stored_hash_index(index) for index in range(9)] == [
        (0, 0), (0, 1), (1, 0), (0, 2), (0, 3), (1, 1), (2, 0), (0, 4), (0, 5),
    ]  # fmt: skip


def test_a_negative_record_stands_where_the_first_does() -> None:
    assert tlog.stored_hash_index(0, -1) == tlog.stored_hash_index(0, -5) == 0


@settings(deadline=None)
@given(st.integers(1, 600))
def test_every_tree_hash_is_the_labs(size: int) -> None:
    assert tlog.fold([DENSE[index] for index in tlog.subtree_indexes(0, size)]) == LAB.root(size)


@settings(deadline=None)
@given(st.integers(1, 600), st.data())
def test_every_older_tree_is_provable_and_no_other(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    proof = [tlog.fold([DENSE[at] for at in part]) for part in tlog.tree_proof_parts(size, old)]
    assert tlog.check_tree_proof(proof, tree(size), tree(old))
    assert not tlog.check_tree_proof([*proof, bytes(32)], tree(size), tree(old))
    assert not tlog.check_tree_proof(proof, tree(size), Tree(old, bytes(32)))
    if proof:
        at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        flipped = bytearray(proof[at])
        flipped[bit // 8] ^= 1 << bit % 8
        assert not tlog.check_tree_proof([*proof[:at], bytes(flipped), *proof[at + 1 :]], tree(size), tree(old))
        assert not tlog.check_tree_proof(proof[1:], tree(size), tree(old))


@pytest.mark.parametrize(("size", "old"), [(0, 0), (1, 0), (0, 1), (3, 4), (-1, -1)])
def test_a_proof_needs_an_older_tree(size: int, old: int) -> None:
    with pytest.raises(TlogError, match=r"^tlog: invalid inputs in ProveTree$"):
        tlog.tree_proof_parts(size, old)
    assert not tlog.check_tree_proof([], Tree(size, b""), Tree(old, b""))


def test_a_tree_too_large_for_gos_arithmetic_hangs() -> None:
    with pytest.raises(TlogError) as caught:
        tlog.subtree_indexes(0, BIG)
    assert caught.value.hangs
    assert len(tlog.subtree_indexes(0, BIG - 1)) == 62


@given(st.integers(0, (1 << 63) - 1), st.binary(min_size=32, max_size=32))
def test_a_tree_head_survives_its_text(size: int, root: bytes) -> None:
    text = tlog.format_tree(Tree(size, root))
    assert tlog.parse_tree(text) == tlog.parse_tree(text + b"more\nlines\n") == Tree(size, root)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "go.sum database tree",
        "go.sum database tree\n5\n",
        f"go.sum database tree\n5\n{ROOT64}",
        f"go.sum database tree v2\n5\n{ROOT64}\n",
        f"go.sum database tree\n05\n{ROOT64}\n",
        f"go.sum database tree\n+5\n{ROOT64}\n",
        f"go.sum database tree\n-5\n{ROOT64}\n",
        f"go.sum database tree\n5 \n{ROOT64}\n",
        f"go.sum database tree\n٥\n{ROOT64}\n",
        f"go.sum database tree\n{1 << 63}\n{ROOT64}\n",
        f"go.sum database tree\n5\n{ROOT64[:-4]}\n",
        f"go.sum database tree\n5\n{ROOT64[:-1]}\n",
        f"go.sum database tree\n5\n{ROOT64}\n" + "x" * 1_000_000 + "\n",
    ],
)
def test_a_malformed_tree_head_is_refused(text: str) -> None:
    with pytest.raises(TlogError, match=r"^malformed tree note$"):
        tlog.parse_tree(text.encode())


def test_the_largest_tree_note_has_a_million_bytes() -> None:
    text = tlog.format_tree(Tree(5, bytes(32)))
    full = text + b"x" * (1_000_000 - len(text) - 1) + b"\n"
    assert len(full) == 1_000_000
    assert tlog.parse_tree(full).size == 5


@pytest.mark.parametrize(
    ("first", "number"), [("0", 0), ("+7", 7), ("-7", -7), ("0007", 7), (str((1 << 63) - 1), (1 << 63) - 1)]
)
def test_a_records_number_is_read_as_go_does(first: str, number: int) -> None:
    assert tlog.parse_record(f"{first}\na v1 h1:x\n\nnote".encode()) == (number, b"a v1 h1:x\n", b"note")


@pytest.mark.parametrize(
    "message",
    [
        b"", b"5", b"5\n", b"5\ntext\n",
        b"x\ntext\n\n", b"\ntext\n\n", b" 5\ntext\n\n", b"5 \ntext\n\n", b"1_0\ntext\n\n",
        b"9223372036854775808\ntext\n\n", b"5\nte\x00xt\n\n", b"5\nte\rxt\n\n", b"5\nte\xffxt\n\n",
        b"5\r\ntext\r\n\r\n",
        b"<html>\n<p>\n\n</html>", b"5\n\ntext\n",
    ],
)  # fmt: skip
def test_malformed_record_data_is_refused(message: bytes) -> None:
    with pytest.raises(TlogError, match=r"^malformed record data$"):
        tlog.parse_record(message)


def test_a_record_without_lines_is_a_record() -> None:
    assert tlog.parse_record(b"5\n\n\nnote").text == b"\n"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parsers(message: bytes) -> None:
    for parse in (tlog.parse_record, tlog.parse_tree):
        try:
            parse(message)
        except TlogError:
            continue


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert hashlib.sha256(b"").digest() == tlog.EMPTY_ROOT == LAB.root(0)
