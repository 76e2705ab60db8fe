"""A checksum database in memory, honest or lying in one chosen way.

The log's arithmetic is this file's own, on purpose: a second opinion beside ``modtrace.gorules.tlog`` and go itself
(RFC 6962 section 2.1; Go 1.26 golang.org/x/mod/sumdb/server.go, tlog/note.go, tlog/tile.go, note/note.go).
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Lie = Literal[
    "bad signature",  # one bit of the head's signature is wrong
    "wrong key",  # another key of the same name signs
    "wrong key name",  # the right key signs under another name
    "no signature",
    "wrong root",  # a validly signed head over hashes that no tile leads to
    "wrong leaf",  # lookups show another zip hash than the one in the log
    "wrong id",  # lookups name the neighbour's number
    "id out of range",
    "negative id",
    "no zip line",  # logged like this: the record itself lacks the line
    "no mod line",
    "html",  # every answer is 200 with a web page
    "html lookup",
    "huge note",  # a signed head with more than 1e6 bytes
    "truncated tile",
    "long tile",
    "flipped tile",
    "html tile",
    "empty tile",
    "no partial tiles",  # 404 for them; honest where the full tile exists
    "no tiles",
]
HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>\n"
_TILE = re.compile(r"/tile/(\d{1,2})/(data|\d{1,2})/((?:x\d{3}/)*\d{3})(?:\.p/(\d{1,10}))?", re.ASCII)
_NOT_FOUND = (404, b"not found\n")


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What the database says of one module version."""

    module: str
    version: str
    zip_h1: str
    mod_h1: str

    def text(self, lies: frozenset[Lie] = frozenset()) -> bytes:
        lines = [] if "no zip line" in lies else [f"{self.module} {self.version} {self.zip_h1}\n"]
        if "no mod line" not in lies:
            lines.append(f"{self.module} {self.version}/go.mod {self.mod_h1}\n")
        return "".join(lines).encode()


class Database:
    """A log of ``before`` made-up records, then ``records``, then ``after`` made-up ones, signed with a seeded key.

    ``shown_size`` is the size of the head that it shows (an older one, say). With ``salt`` the made-up records from
    number ``salted_from`` on differ from those of every other salt: two databases of one seed then are a fork.
    ``replies`` come before everything else: by path, or by a prefix that ends in ``*``.
    """

    def __init__(
        self,
        records: Iterable[Recorded] = (),
        *,
        name: str = "sum.test",
        seed: bytes = b"modtrace lab",
        before: int = 0,
        after: int = 0,
        shown_size: int | None = None,
        salt: str = "",
        salted_from: int = 0,
        lies: Iterable[Lie] = (),
        replies: Mapping[str, tuple[int, bytes]] | None = None,
    ) -> None:
        self.name = name
        self.records = tuple(records)
        self.lies = frozenset(lies)
        self.replies = dict(replies or {})
        self._key = _private_key(seed)
        end = before + len(self.records)
        self._own = range(before, end)
        made_up = [_filler(number, salt if number >= salted_from else "") for number in range(end + after)]
        self._log = [*made_up[:before], *self.records, *made_up[end:]]
        self._ids = {(one.module, one.version): number for number, one in enumerate(self._log)}
        self._levels = _levels([_leaf(self._text(number)) for number in range(end + after)])
        self.size = end + after
        self.shown_size = self.size if shown_size is None else shown_size

    @property
    def verifier_key(self) -> str:
        """What GOSUMDB needs: ``name+hash+key``."""
        public = _public(self._key)
        return f"{self.name}+{_key_hash(self.name, public).hex()}+{base64.b64encode(public).decode()}"

    def record_id(self, module: str, version: str) -> int:
        """The record's number in the log."""
        return self._ids[module, version]

    def root(self, size: int) -> bytes:
        """The hash of the first ``size`` records (RFC 6962, MTH)."""
        return self._subtree(0, size) if size else hashlib.sha256(b"").digest()

    def head(self, size: int | None = None) -> bytes:
        """The signed note of the tree with ``size`` records."""
        size = self.shown_size if size is None else size
        root = self.root(min(size, self.size))
        if "wrong root" in self.lies:
            root = hashlib.sha256(root).digest()
        more = "x" * 1_000_000 + "\n" if "huge note" in self.lies else ""
        return self.sign(f"go.sum database tree\n{size}\n{base64.b64encode(root).decode()}\n{more}")

    def sign(self, text: str) -> bytes:
        """The note of any text; how honest its signature is depends on the lies."""
        if "no signature" in self.lies:
            return text.encode() + b"\n"
        key = _private_key(b"another") if "wrong key" in self.lies else self._key
        name = "other.test" if "wrong key name" in self.lies else self.name
        signature = bytearray(key.sign(text.encode()))
        if "bad signature" in self.lies:
            signature[17] ^= 1
        line = base64.b64encode(_key_hash(name, _public(key)) + signature).decode()
        return f"{text}\n— {name} {line}\n".encode()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body for a path below the database's base URL (percent-decoded)."""
        for asked, reply in self.replies.items():
            if path == asked or (asked.endswith("*") and path.startswith(asked[:-1])):
                return reply
        if "html" in self.lies:
            return 200, HTML
        if path == "/supported":
            return 200, b""
        if path == "/latest":
            return 200, self.head()
        if path.startswith("/lookup/"):
            return self._lookup(path.removeprefix("/lookup/"))
        return self._tile(path)

    def write_static(self, directory: Path) -> None:
        """Every file that a static web server needs for go to prove the records, in ``directory``."""
        paths = ["/supported", "/latest", *(lookup_path(one.module, one.version) for one in self.records)]
        for path in [*paths, *self.tile_paths()]:
            status, body = self.get(path)
            if status == 200:
                target = directory / path[1:]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(body)

    def tile_paths(self) -> list[str]:
        """All tiles of height 8 of the shown tree: the full ones, and each level's partial one at its right edge."""
        paths: list[str] = []
        level, count = 0, self.shown_size
        while count:
            paths += [tile_path(level, number) for number in range(count // 256)]
            if count % 256:
                paths.append(tile_path(level, count // 256, count % 256))
            level, count = level + 1, count // 256
        return paths

    def _text(self, number: int) -> bytes:
        return self._log[number].text(self.lies if number in self._own else frozenset())

    def _subtree(self, low: int, high: int) -> bytes:
        width = high - low
        if width & (width - 1) == 0 and low % width == 0:
            return self._levels[width.bit_length() - 1][low // width]
        split = 1 << ((width - 1).bit_length() - 1)
        return _node(self._subtree(low, low + split), self._subtree(low + split, high))

    def _lookup(self, escaped: str) -> tuple[int, bytes]:
        if "html lookup" in self.lies:
            return 200, HTML
        module, _, version = re.sub(r"!([a-z])", lambda letter: letter[1].upper(), escaped).partition("@")
        number = self._ids.get((module, version))
        if number is None:
            return 404, f"not found: {module}@{version}: unknown revision\n".encode()
        text = self._text(number)
        if "wrong leaf" in self.lies:
            text = text.replace(b" h1:", b" h1:A", 1)
        if "wrong id" in self.lies:
            number = number - 1 if number else number + 1
        elif "id out of range" in self.lies:
            number = self.shown_size
        elif "negative id" in self.lies:
            number = -1
        return 200, b"%d\n%s\n%s" % (number, text, self.head())

    def _tile(self, path: str) -> tuple[int, bytes]:
        match = _TILE.fullmatch(path)
        if match is None or "no tiles" in self.lies:
            return _NOT_FOUND
        height, level, groups, partial = match.groups()
        if not 1 <= int(height) <= 30 or (partial and "no partial tiles" in self.lies):
            return _NOT_FOUND
        width = int(partial) if partial else 1 << int(height)
        first = int(groups.replace("/", "").replace("x", "")) << int(height)
        if level == "data":
            return self._data_tile(first, width)
        row = self._row(int(height) * int(level))[first : first + width]
        if not 1 <= width <= len(row):
            return _NOT_FOUND
        return 200, self._spoiled(b"".join(row))

    def _data_tile(self, first: int, width: int) -> tuple[int, bytes]:
        if not 1 <= width <= self.size - first:
            return _NOT_FOUND
        return 200, b"".join(b"%d\n%s\n" % (number, self._text(number)) for number in range(first, first + width))

    def _row(self, level: int) -> Sequence[bytes]:
        return self._levels[level] if level < len(self._levels) else ()

    def _spoiled(self, tile: bytes) -> bytes:
        if "truncated tile" in self.lies:
            return tile[:-1]
        if "long tile" in self.lies:
            return tile + bytes(32)
        if "flipped tile" in self.lies:
            return bytes([tile[0] ^ 1]) + tile[1:]
        if "html tile" in self.lies:
            return HTML
        return b"" if "empty tile" in self.lies else tile


def lookup_path(module: str, version: str) -> str:
    """``/lookup/…``, capitals as ``!`` and the small letter."""
    return "/lookup/" + re.sub(r"[A-Z]", lambda letter: "!" + letter[0].lower(), f"{module}@{version}")


def tile_path(level: int, number: int, width: int = 256) -> str:
    """The path of a tile of height 8; the number in groups of three digits, all but the last with an ``x``."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    partial = "" if width == 256 else f".p/{width}"
    return f"/tile/8/{level}/" + "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]]) + partial


def _filler(number: int, salt: str) -> Recorded:
    digest = base64.b64encode(hashlib.sha256(f"{salt}/{number}".encode()).digest()).decode()
    return Recorded(module=f"filler.test/m{number}", version="v1.0.0", zip_h1=f"h1:{digest}", mod_h1=f"h1:{digest}")


def _leaf(text: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + text).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _levels(leaves: list[bytes]) -> list[list[bytes]]:
    """Row by row all complete subtrees' hashes, leaves first."""
    rows = [leaves]
    while len(rows[-1]) > 1:
        below = rows[-1]
        rows.append([_node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return rows


def _private_key(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest())


def _public(key: Ed25519PrivateKey) -> bytes:
    """The algorithm's number, 1 for Ed25519, and the key."""
    return b"\x01" + key.public_key().public_bytes_raw()


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
