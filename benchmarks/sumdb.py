"""A checksum database as plain files: signed note, records, one partial tile (at most 255 records)."""

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from modtrace.lab.modules import Module, escaped

NAME = "sumdb.bench.test"
_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"modtrace benchmark").digest())
_PUBLIC = b"\x01" + _KEY.public_key().public_bytes_raw()
_KEY_HASH = hashlib.sha256(f"{NAME}\n".encode() + _PUBLIC).digest()[:4]
VERIFIER = f"{NAME}+{_KEY_HASH.hex()}+{base64.b64encode(_PUBLIC).decode()}"


def _root(leaves: list[bytes]) -> bytes:
    """RFC 6962 s.2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def _note(leaves: list[bytes]) -> str:
    text = f"go.sum database tree\n{len(leaves)}\n{base64.b64encode(_root(leaves)).decode()}\n"
    signature = base64.b64encode(_KEY_HASH + _KEY.sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {NAME} {signature}\n"


def write(directory: Path, modules: list[Module]) -> None:
    """``latest``, ``lookup/…`` and ``tile/…`` under ``directory``."""
    records = [module.go_sum for module in modules]
    leaves = [hashlib.sha256(b"\x00" + record.encode()).digest() for record in records]
    note = _note(leaves)
    files = {"latest": note.encode(), f"tile/8/0/000.p/{len(leaves)}": b"".join(leaves)}
    for number, (module, record) in enumerate(zip(modules, records, strict=True)):
        files[f"lookup/{escaped(module.path)}@{escaped(module.version)}"] = f"{number}\n{record}\n{note}".encode()
    for name, data in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)
