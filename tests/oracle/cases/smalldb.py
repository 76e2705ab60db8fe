"""A checksum database of a handful of records, computed whole for every request.

Small on purpose: at most 256 records, so that every hash of level 0 lies in one tile and the tree needs one tile only.
(RFC 6962 s.2.1 for the hashes; Go 1.26 golang.org/x/mod/sumdb/tlog and .../note for the texts.)
"""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from modtrace.lab.modules import Module, escaped

NAME = "sum.test"


class SmallDatabase:
    """Records of modules, in order; ``get`` takes the path after the database's base, as the lab's server calls it."""

    def __init__(self, *modules: Module, name: str = NAME, records: tuple[str, ...] | None = None) -> None:
        self._name = name
        self._private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self._paths = [f"{escaped(one.path)}@{escaped(one.version)}" for one in modules]
        self._records = [one.encode() for one in records or tuple(one.go_sum for one in modules)]
        self._leaves = [hashlib.sha256(b"\0" + record).digest() for record in self._records]

    @property
    def verifier_key(self) -> str:
        """What GOSUMDB is set to."""
        return f"{self._name}+{self._key_hash.hex()}+{base64.b64encode(self._key).decode()}"

    def get(self, path: str) -> tuple[int, bytes]:
        if path == "/supported":
            return 200, b""
        if path == "/latest":
            return 200, self._note()
        if path.startswith("/lookup/"):
            return self._lookup(path.removeprefix("/lookup/"))
        if path in (f"/tile/8/0/000.p/{len(self._leaves)}", "/tile/8/0/000"):
            return 200, b"".join(self._leaves)
        return 404, b"not found: no such tile\n"

    def _lookup(self, what: str) -> tuple[int, bytes]:
        if what not in self._paths:
            return 404, f"not found: {what}: unknown revision\n".encode()
        number = self._paths.index(what)
        return 200, f"{number}\n".encode() + self._records[number] + b"\n" + self._note()

    def _note(self) -> bytes:
        root = base64.b64encode(_tree(self._leaves)).decode()
        text = f"go.sum database tree\n{len(self._leaves)}\n{root}\n".encode()
        signature = base64.b64encode(self._key_hash + self._private.sign(text)).decode()
        return text + f"\n— {self._name} {signature}\n".encode()

    @property
    def _key(self) -> bytes:
        return b"\x01" + self._private.public_key().public_bytes_raw()

    @property
    def _key_hash(self) -> bytes:
        return hashlib.sha256(self._name.encode() + b"\n" + self._key).digest()[:4]


def _tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + _tree(leaves[:half]) + _tree(leaves[half:])).digest()
