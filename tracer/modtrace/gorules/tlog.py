"""The transparency log's arithmetic: hashes, where they are stored, tree heads, records, and proofs.

Go 1.26 x/mod/sumdb/tlog/tlog.go and tlog/note.go (RFC 6962). Pure functions of numbers and bytes.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from modtrace.gorules.note import decode_base64
from modtrace.record.limits import SUMDB_NOTE_BYTES

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
TREE_SIZE_HANGS: Final = 1 << 62  # from here on Go's maxpow2 shifts into the sign bit and never ends

_TREE_PREFIX = b"go.sum database tree\n"
_INT64_MAX = (1 << 63) - 1
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")


class TlogError(ValueError):
    """Data that go refuses, in go's words. ``hangs`` when go itself would compute for ever instead."""

    def __init__(self, text: str, *, hangs: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.hangs = hangs


class Tree(NamedTuple):
    """A tree head: how many records, and the root of all."""

    size: int
    root: bytes


class Record(NamedTuple):
    """A lookup's answer taken apart: the record's number and text, and the signed tree note after it."""

    id: int
    text: bytes
    note: bytes


def record_hash(data: bytes) -> bytes:
    """The leaf hash of a record's text."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an interior node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def shown(digest: bytes) -> str:
    """A hash as go prints it."""
    return base64.b64encode(digest).decode()


def format_tree(tree: Tree) -> bytes:
    """The text that a tree note signs."""
    return _TREE_PREFIX + f"{tree.size}\n{shown(tree.root)}\n".encode()


def parse_tree(text: bytes) -> Tree:
    """The tree head of a note's text; lines after the third are ignored."""
    lines = text.split(b"\n", 3)
    if not text.startswith(_TREE_PREFIX) or len(lines) < 4 or len(text) > SUMDB_NOTE_BYTES:
        raise TlogError("malformed tree note")
    if re.fullmatch(rb"0|[1-9][0-9]{0,18}", lines[1]) is None or int(lines[1]) > _INT64_MAX:
        raise TlogError("malformed tree note")
    root = decode_base64(lines[2].decode("utf-8", "replace"))
    if root is None or len(root) != HASH_BYTES:
        raise TlogError("malformed tree note")
    return Tree(int(lines[1]), root)


def parse_record(message: bytes) -> Record:
    """Take a lookup's answer apart. As in Go the number may carry a sign: a negative one reads record 0."""
    first, newline, rest = message.partition(b"\n")
    if not newline or re.fullmatch(rb"[+-]?[0-9]+", first) is None or len(first) > 4096:
        raise TlogError("malformed record data")
    number = int(first)
    text, blank, note = rest.partition(b"\n\n")
    text += b"\n"
    if not -_INT64_MAX - 1 <= number <= _INT64_MAX or not blank or not _is_record_text(text):
        raise TlogError("malformed record data")
    return Record(number, text, note)


def _is_record_text(text: bytes) -> bool:
    if _CONTROL.search(text):
        return False
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def stored_hash_index(level: int, number: int) -> int:
    """Where the ``number``-th hash of ``level`` stands in the dense order. Go gives 0 for a negative leaf."""
    number = ((number + 1) << level) - 1
    index = level
    while number > 0:
        index += number
        number >>= 1
    return index


def split_stored_hash_index(index: int) -> tuple[int, int]:
    """The level and number of a stored hash: the inverse of :func:`stored_hash_index`."""
    number = index // 2
    at = stored_hash_index(0, number)
    while True:
        after = at + 1 + _trailing_zeros(number + 1)
        if after > index:
            break
        number += 1
        at = after
    level = index - at
    return level, number >> level


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def split_point(count: int) -> tuple[int, int]:
    """The largest power of two smaller than ``count`` and its logarithm (Go maxpow2)."""
    level = max((count - 1).bit_length() - 1, 0)
    return 1 << level, level


def subtree_indexes(low: int, high: int) -> list[int]:
    """Where the hashes stand that make up the subtree of the records ``low`` up to ``high``."""
    if high - low + 1 > TREE_SIZE_HANGS:
        raise TlogError(f"a tree of size {high} is beyond what go can compute", hangs=True)
    need: list[int] = []
    while low < high:
        width, level = split_point(high - low + 1)
        need.append(stored_hash_index(level, low >> level))
        low += width
    return need


def fold(hashes: Sequence[bytes]) -> bytes:
    """The subtree's root from the hashes that :func:`subtree_indexes` named, largest subtree first."""
    root = hashes[-1]
    for digest in reversed(hashes[:-1]):
        root = node_hash(digest, root)
    return root


def tree_proof_parts(size: int, old_size: int) -> list[list[int]]:
    """The consistency proof's hashes, leaf to root, each as the indexes that fold into it (ProveTree)."""
    if size < 1 or old_size < 1 or old_size > size:
        raise TlogError("tlog: invalid inputs in ProveTree")
    low, high = 0, size
    upwards: list[list[int]] = []
    while old_size != high:
        width, _ = split_point(high - low)
        middle = low + width
        if old_size <= middle:
            upwards.append(subtree_indexes(middle, high))
            high = middle
        else:
            upwards.append(subtree_indexes(low, middle))
            low = middle
    if low != 0:
        upwards.append(subtree_indexes(low, high))
    return upwards[::-1]


def check_tree_proof(proof: Sequence[bytes], tree: Tree, old: Tree) -> bool:
    """True when ``proof`` shows that ``old`` is a prefix of ``tree`` (CheckTree)."""
    if tree.size < 1 or old.size < 1 or old.size > tree.size:
        return False
    turns, low, high = _turns(tree.size, old.size)
    rest = list(proof)
    if low == 0:
        old_root = new_root = old.root
    elif not rest:
        return False
    else:
        old_root = new_root = rest.pop(0)
    if len(rest) != len(turns) or high != old.size:
        return False
    for went_right, digest in zip(reversed(turns), rest, strict=True):
        if went_right:
            old_root, new_root = node_hash(digest, old_root), node_hash(digest, new_root)
        else:
            new_root = node_hash(new_root, digest)
    return (old_root, new_root) == (old.root, tree.root)


def _turns(size: int, old_size: int) -> tuple[list[bool], int, int]:
    """From the root down to the common ground: which way each step went, and the subtree reached."""
    low, high = 0, size
    turns: list[bool] = []
    while old_size != high:
        middle = low + split_point(high - low)[0]
        turns.append(old_size > middle)
        low, high = (middle, high) if old_size > middle else (low, middle)
    return turns, low, high
