"""Known hashes."""

import hashlib

from modtrace.gorules.dirhash import EMPTY_GO_MOD, hash1, hash_go_mod


def test_the_empty_go_mod() -> None:
    assert hash_go_mod(b"") == EMPTY_GO_MOD


def test_order_does_not_matter() -> None:
    pairs = [(name, hashlib.sha256(name).digest()) for name in (b"b", b"a", b"a/x")]
    assert hash1(pairs) == hash1(reversed(pairs))
