"""Signed notes: verifier keys and signed text, as go checks them.

Go 1.26 x/mod/sumdb/note/note.go, NewVerifier, keyHash, Open. Go's ``Open`` has no size limit of its own in this
release: the cap of 1e6 bytes is ``tlog.ParseTree``'s. ``cryptography`` is imported on the first signature only.
"""

import base64
import hashlib
import re
from typing import Final

import msgspec

ALGORITHM_ED25519: Final = 1
SIGNATURES_COUNT: Final = 100  # Go x/mod/sumdb/note Open, numSig

_PUBLIC_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_SIGNATURE_PREFIX = "— "
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
# Go unicode.IsSpace, the White_Space property; Python's str.isspace also takes U+001C..U+001F.
_SPACE = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


class NoteError(ValueError):
    """A key or note that go refuses; ``text`` is in go's words. ``is_forged`` when the signature is what is wrong."""

    def __init__(self, text: str, *, is_forged: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.is_forged = is_forged


class Verifier(msgspec.Struct, frozen=True, kw_only=True):
    """A public key and the server name that it speaks for."""

    name: str
    key_hash: int
    public_key: bytes

    def verify(self, message: bytes, signature: bytes) -> bool:
        """True when ``signature`` is this key's Ed25519 signature of ``message``."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        if len(signature) != _SIGNATURE_BYTES:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """One signature line of a note."""

    name: str
    key_hash: int
    base64: str


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A text whose signature by the known key holds; lines by other keys are kept unverified."""

    text: bytes
    signatures: tuple[Signature, ...]
    unverified: tuple[Signature, ...]


def decode_base64(text: str) -> bytes | None:
    """Go's ``base64.StdEncoding.DecodeString``: CR and LF ignored, padding required; ``None`` when malformed."""
    stripped = text.replace("\r", "").replace("\n", "")
    if _BASE64.fullmatch(stripped) is None:
        return None
    return base64.b64decode(stripped)


def key_hash(name: str, key: bytes) -> int:
    """The four bytes that tell keys apart: of the name and the algorithm byte with the public key."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape") + b"\n" + key).digest()
    return int.from_bytes(digest[:4], "big")


def is_valid_name(name: str) -> bool:
    """Not empty, valid UTF-8, no Unicode space, no plus."""
    if not name or "+" in name or _SPACE.search(name):
        return False
    return not any(0xD800 <= ord(char) < 0xE000 for char in name)


def parse_verifier(encoded: str) -> Verifier:
    """The verifier of ``name+hash+key``; raises :class:`NoteError` with go's words."""
    name, _, rest = encoded.partition("+")
    hash16, _, key64 = rest.partition("+")
    key = decode_base64(key64)
    if re.fullmatch(r"[0-9A-Fa-f]{8}", hash16) is None or not key or not is_valid_name(name):
        raise NoteError("malformed verifier id")
    claimed = int(hash16, 16)
    if claimed != key_hash(name, key):
        raise NoteError("invalid verifier hash")
    if key[0] != ALGORITHM_ED25519:
        raise NoteError("unknown verifier algorithm")
    if len(key) != 1 + _PUBLIC_KEY_BYTES:
        raise NoteError("malformed verifier id")
    return Verifier(name=name, key_hash=claimed, public_key=key[1:])


def open_note(message: bytes, known: Verifier) -> Note:
    """The note, once ``known`` has signed it; raises :class:`NoteError` otherwise."""
    text, lines = _split(message)
    verified: list[Signature] = []
    unverified: dict[Signature, None] = {}
    for number, line in enumerate(lines):
        signature, raw = _parse_signature(line)
        if number >= SIGNATURES_COUNT:
            raise NoteError("malformed note")
        if (signature.name, signature.key_hash) != (known.name, known.key_hash):
            unverified[signature] = None
        elif not verified:
            if not known.verify(text, raw):
                raise NoteError(f"invalid signature for key {known.name}+{known.key_hash:08x}", is_forged=True)
            verified.append(signature)
    if not verified:
        raise NoteError("note has no verifiable signatures", is_forged=True)
    return Note(text=text, signatures=tuple(verified), unverified=tuple(unverified))


def _split(message: bytes) -> tuple[bytes, list[str]]:
    """The signed text (with its final newline) and the signature lines."""
    if _CONTROL.search(message):
        raise NoteError("malformed note")
    text, blank, block = message.rpartition(b"\n\n")
    if not blank or not block.endswith(b"\n"):
        raise NoteError("malformed note")
    try:
        text.decode("utf-8")
        lines = block[:-1].decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise NoteError("malformed note") from None
    return text + b"\n", lines


def _parse_signature(line: str) -> tuple[Signature, bytes]:
    if not line.startswith(_SIGNATURE_PREFIX):
        raise NoteError("malformed note")
    name, _, encoded = line[len(_SIGNATURE_PREFIX) :].partition(" ")
    raw = decode_base64(encoded)
    if raw is None or len(raw) < 5 or not is_valid_name(name):
        raise NoteError("malformed note")
    return Signature(name=name, key_hash=int.from_bytes(raw[:4], "big"), base64=encoded), raw[4:]
