"""How a tree head relates to one seen before, as far as the two notes alone can say.

Go proves an older head to be a prefix of a newer one with tiles (x/mod/sumdb/client.go checkTrees). That needs requests
which go would not make for *our* memory of the database, so here only heads of one size are compared: there equal means
equal roots (RFC 6962 section 2.1).
"""

from typing import Literal

from modtrace.gorules.note import NoteError, open_note, parse_verifier
from modtrace.gorules.tlog import TlogError, Tree, parse_tree

Relation = Literal["first", "equal", "newer", "older", "contradicts", "unreadable"]


def relation(seen_before: bytes, now: bytes, verifier_key: str) -> Relation:
    """How ``now`` relates to ``seen_before``: ``contradicts`` is two signed roots for one size, which is proof."""
    if not seen_before:
        return "first"
    before, after = _tree(seen_before, verifier_key), _tree(now, verifier_key)
    if before is None or after is None:
        return "unreadable"
    if before.size == after.size:
        return "equal" if before.root == after.root else "contradicts"
    return "newer" if after.size > before.size else "older"


def _tree(note: bytes, verifier_key: str) -> Tree | None:
    try:
        return parse_tree(open_note(note, parse_verifier(verifier_key)).text)
    except (NoteError, TlogError):
        return None
