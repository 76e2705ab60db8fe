"""The ``h1:`` hash of a module's files and of its go.mod.

Go 1.26 golang.org/x/mod/sumdb/dirhash/hash.go: Hash1; cmd/go/internal/modfetch/fetch.go: goModSum, emptyGoModHash.
"""

import base64
import hashlib
from collections.abc import Iterable

EMPTY_GO_MOD = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="
"""What an old bug of go wrote for modules without go.mod; such lines of go.sum are dropped."""

NEWLINE_TEXT = "dirhash: filenames with newlines are not supported"


def hash1(files: Iterable[tuple[bytes, bytes]]) -> str:
    """The hash of (name, SHA-256 digest of the content) pairs; they may come in any order, and twice.

    Names must not hold a newline: the caller refuses those with :data:`NEWLINE_TEXT`.
    """
    summary = hashlib.sha256()
    for name, digest in sorted(files, key=lambda pair: pair[0]):
        summary.update(f"{digest.hex()}  ".encode() + name + b"\n")
    return encode(summary.digest())


def hash_go_mod(data: bytes) -> str:
    """The hash that go.sum holds for ``M V/go.mod``."""
    return hash1([(b"go.mod", hashlib.sha256(data).digest())])


def encode(digest: bytes) -> str:
    """``h1:`` and base64."""
    return "h1:" + base64.b64encode(digest).decode("ascii")
