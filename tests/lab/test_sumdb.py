"""The lab's checksum database: an honest log, and the lies it can tell."""

import base64
import hashlib
from pathlib import Path
from typing import get_args

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from modtrace.lab.sumdb import HTML, Database, Lie, Recorded, lookup_path, tile_path

RECORD = Recorded(module="lab.test/Hello", version="v1.0.0", zip_h1="h1:zip=", mod_h1="h1:mod=")
TEXT = b"lab.test/Hello v1.0.0 h1:zip=\nlab.test/Hello v1.0.0/go.mod h1:mod=\n"
LOOKUP = "/lookup/lab.test/!hello@v1.0.0"


def verifies(database: Database, note: bytes) -> bool:
    text, _, line = note.rpartition(b"\n\n")
    raw = base64.b64decode(line.split(b" ")[2])
    key = base64.b64decode(database.verifier_key.split("+", 2)[2])
    try:
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text + b"\n")
    except InvalidSignature:
        return False
    return True


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def test_the_same_seed_gives_the_same_key() -> None:
    assert Database().verifier_key == Database(after=5).verifier_key != Database(seed=b"other").verifier_key
    name, digest, key = Database().verifier_key.split("+", 2)
    assert hashlib.sha256(name.encode() + b"\n" + base64.b64decode(key)).hexdigest().startswith(digest)


def test_a_lookup_is_a_number_a_record_and_a_signed_head() -> None:
    database = Database([RECORD], before=7, after=4)
    assert database.get(LOOKUP) == (200, b"7\n" + TEXT + b"\n" + database.head())
    assert database.get("/latest") == (200, database.head())
    assert database.get("/supported") == (200, b"")
    assert database.record_id("lab.test/Hello", "v1.0.0") == 7
    assert verifies(database, database.head())


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 200, 256, 257, 300])
def test_the_root_is_the_rfcs(size: int) -> None:
    database = Database(after=300)
    leaves = [
        database.get(f"/lookup/filler.test/m{number}@v1.0.0")[1].split(b"\n", 1)[1].split(b"\n\n")[0] + b"\n"
        for number in range(size)
    ]
    assert database.root(size) == naive_root(leaves)


def test_tiles_hold_hashes_of_their_level() -> None:
    database = Database(after=600)
    status, tile = database.get("/tile/8/0/001")
    assert (status, len(tile)) == (200, 8192)
    assert database.get("/tile/8/0/001.p/7") == (200, tile[: 7 * 32])
    row = [tile[at : at + 32] for at in range(0, 8192, 32)]
    while len(row) > 1:
        row = [hashlib.sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    assert database.get("/tile/8/1/000.p/2")[1][32:] == row[0]
    assert database.get("/tile/8/data/000.p/1")[1] == b"0\n" + database.get("/lookup/filler.test/m0@v1.0.0")[1].split(
        b"\n", 1
    )[1].removesuffix(database.head())


@pytest.mark.parametrize(
    "path",
    [
        "/tile/8/0/002", "/tile/8/0/002.p/89", "/tile/8/0/003.p/1", "/tile/8/1/000", "/tile/8/9/000.p/1",
        "/tile/0/0/000",
        "/tile/8/0/2", "/tile/8/data/002.p/89", "/lookup/lab.test/no@v1.0.0", "/lookup/", "/", "", "/nothing",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert Database(after=600).get(path)[0] == 404


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "/tile/8/0/000"),
        (1, 69206, 256, "/tile/8/1/x069/206"),
        (0, 1000, 5, "/tile/8/0/x001/000.p/5"),
        (0, 1234567, 255, "/tile/8/0/x001/x234/567.p/255"),
    ],
)
def test_a_tiles_path_is_in_groups_of_three(level: int, number: int, width: int, path: str) -> None:
    assert tile_path(level, number, width) == path


def test_a_static_server_finds_every_file(tmp_path: Path) -> None:
    database = Database([RECORD], before=300, after=300)
    database.write_static(tmp_path)
    found = {f"/{file.relative_to(tmp_path)}": file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert set(found) == {"/supported", "/latest", LOOKUP, *database.tile_paths()}
    assert database.tile_paths() == ["/tile/8/0/000", "/tile/8/0/001", "/tile/8/0/002.p/89", "/tile/8/1/000.p/2"]
    assert all(database.get(path) == (200, body) for path, body in found.items())


def test_an_older_head_keeps_its_place_in_the_log() -> None:
    database = Database([RECORD], before=300, after=300, shown_size=310)
    assert database.head() == Database([RECORD], before=300, after=9).head()


def test_another_salt_is_a_fork_from_its_number_on() -> None:
    one, other = Database(after=50), Database(after=50, salt="fork", salted_from=20)
    assert one.root(20) == other.root(20)
    assert one.root(21) != other.root(21)
    assert verifies(one, other.head())


def test_replies_come_first() -> None:
    database = Database([RECORD], replies={LOOKUP: (500, b"no"), "/tile/*": (403, b"")})
    assert database.get(LOOKUP) == (500, b"no")
    assert database.get("/tile/8/0/000.p/1") == (403, b"")
    assert database.get("/supported") == (200, b"")


@pytest.mark.parametrize("lie", get_args(Lie))
def test_every_lie_changes_what_is_served(lie: Lie) -> None:
    paths = [LOOKUP, "/tile/8/0/000", "/tile/8/0/001.p/50"]
    honest = Database([RECORD], before=300, after=300)
    lying = Database([RECORD], before=300, after=300, lies=[lie])
    assert [honest.get(path) for path in paths] != [lying.get(path) for path in paths]


@pytest.mark.parametrize(
    ("lie", "holds"), [("bad signature", False), ("wrong key", False), ("wrong root", True), ("wrong key name", True)]
)
def test_a_lie_about_the_head_is_signed_or_not(lie: Lie, holds: bool) -> None:
    database = Database([RECORD], lies=[lie])
    assert verifies(database, database.head()) is holds


def test_the_huge_note_is_beyond_gos_limit() -> None:
    database = Database([RECORD], lies=["huge note"])
    assert len(database.head()) > 1_000_000
    assert verifies(database, database.head())


def test_a_portal_answers_everything_with_its_page() -> None:
    database = Database([RECORD], lies=["html"])
    assert {database.get(path) for path in ("/supported", LOOKUP, "/tile/8/0/000")} == {(200, HTML)}


def test_a_lookups_path_escapes_capitals() -> None:
    assert lookup_path("lab.test/Hello", "v1.0.0") == LOOKUP
