"""Hostile servers: each becomes a finding with its cause and the name of the limit, in bounded memory and time."""

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.ground import MODULE, Done, Ground, ground, honest

from modtrace.lab.behaviour import Reply
from modtrace.lab.modules import Library, Said, hello, zip_of
from modtrace.lab.server import Place
from modtrace.lab.sumdb import Database, Lie, Recorded

pytestmark = pytest.mark.loopback

MOST_MB = 150.0
HELLO = hello()
RECORD = Recorded(module=HELLO.path, version=HELLO.version, zip_h1=HELLO.zip_h1, mod_h1=HELLO.mod_h1)


def finding(done: Done, *, most_mb: float = MOST_MB) -> tuple[str, set[str]]:
    """The verdict's cause, and the limits that phases name; nothing else may have gone wrong."""
    assert done.code == 1, (done.code, done.err)
    assert 0 < done.peak_mb < most_mb
    said: dict[str, Any] = done.json
    assert said["verdict"]["outcome"] == "failed"
    assert said["verdict"]["summary"]
    limits = {one["failure"]["limit"] for one in said["phases"] if one["failure"]}
    return said["verdict"]["cause"], limits - {None}


def gzip_of_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(megabytes)), packer.flush()])


def fetched(here: Ground, module: str = MODULE, *options: str) -> Done:
    return here.fetch("--json", "--patience", "15", *options, module=module)


def endless(status: int = 200) -> Reply:
    return Reply(status=status, body=b"x", content_type="text/plain", fault="endless_body")


@pytest.mark.parametrize("tls", [False, True], ids=["http/1.1", "h2"])
@pytest.mark.parametrize(
    ("path", "reply", "module", "cause", "limit"),
    [
        ("*.mod", endless(), MODULE, "body.too_large", "MODULE_MOD_BYTES"),
        ("*.info", endless(), "lab.test/hello@main", "body.too_large", "MODULE_INFO_BYTES"),
        ("*/list", endless(), "lab.test/hello@latest", "body.too_large", "MODULE_LIST_BYTES"),
        ("*/@latest", endless(), "lab.test/none@latest", "body.too_large", "MODULE_INFO_BYTES"),
    ],
)
def test_an_endless_answer_ends_at_its_limit(
    path: str, reply: Reply, module: str, cause: str, limit: str, tls: bool, tmp_path: Path
) -> None:
    faults = {path: reply, "*/none/@v/list": Reply(status=200, body=b"")}
    with ground(tmp_path, honest(tls=tls, faults=faults)) as here:
        found, limits = finding(fetched(here, module))
    assert (found, limits) == (cause, {limit})


@pytest.mark.parametrize("tls", [False, True], ids=["http/1.1", "h2"])
def test_an_endless_refusal_is_cut_off(tls: bool, tmp_path: Path) -> None:
    """1 GiB of "not found" tells no more than its first lines."""
    with ground(tmp_path, honest(tls=tls, faults={"*.mod": endless(404)})) as here:
        found, _ = finding(fetched(here, MODULE, "--timeout", "15"))
        body = max(int(one["attributes"]["bytes"]) for one in here.summary()["phases"] if one["layer"] == "body")
    assert found in ("http.not_found", "body.too_large")
    assert body < 64 << 20


@pytest.mark.parametrize(
    ("path", "module", "limit"),
    [("*.mod", MODULE, "MODULE_MOD_BYTES"), ("*.info", "lab.test/hello@main", "MODULE_INFO_BYTES")],
)
def test_a_gzip_bomb_ends_at_the_limit_of_what_it_unpacks_to(
    path: str, module: str, limit: str, tmp_path: Path
) -> None:
    bomb = Reply(status=200, body=gzip_of_zeros(600), headers=(("Content-Encoding", "gzip"),))
    with ground(tmp_path, honest(faults={path: bomb})) as here:
        found, limits = finding(fetched(here, module))
    assert (found, limits) == ("body.too_large", {limit})


def zipped(data: bytes) -> Place:
    def site(path: str) -> Said:
        if path.endswith(".zip"):
            return Said(200, "application/zip", data)
        return Library(HELLO).get(path)

    return Place(name="a", site=site)


def bomb(megabytes: int) -> bytes:
    prefix = "lab.test/hello@v1.0.0/"
    return zip_of([(f"{prefix}zeros{number}.txt", bytes(100 << 20)) for number in range(megabytes // 100)])


def lying(data: bytes) -> bytes:
    """The central directory and the local header say 10 bytes where there are many."""
    at = data.rindex(b"PK\x01\x02")
    directory = data[: at + 24] + struct.pack("<I", 10) + data[at + 28 :]
    return directory[:22] + struct.pack("<I", 10) + directory[26:]


def test_a_zip_bomb_is_refused_in_gos_words(tmp_path: Path) -> None:
    with ground(tmp_path, zipped(bomb(600))) as here:
        done = fetched(here)
        found, limits = finding(done)
    assert (found, limits) == ("zip.too_large", {"ZIP_UNCOMPRESSED_BYTES"})


def test_a_zip_that_lies_about_its_size_is_no_zip_bomb(tmp_path: Path) -> None:
    with ground(tmp_path, zipped(lying(bomb(100)))) as here:
        found, _ = finding(fetched(here))
    assert found.startswith("zip.")


def test_a_zip_without_an_end_stops_at_gos_own_limit(tmp_path: Path) -> None:
    with ground(tmp_path, honest(faults={"*.zip": Reply(fault="endless_body")})) as here:
        done = fetched(here)
        found, limits = finding(done)
    assert (found, limits) == ("body.too_large", {"MODULE_ZIP_BYTES"})
    assert list(here.bundle.glob(".*")) == []


@pytest.mark.parametrize(
    ("lie", "cause", "limit"),
    [
        ("huge note", "sumdb.malformed", "SUMDB_NOTE_BYTES"),
        ("truncated tile", "sumdb.malformed", None),
        ("long tile", "sumdb.malformed", None),
        ("flipped tile", "sumdb.inconsistent", None),
        ("html tile", "sumdb.malformed", None),
        ("empty tile", "sumdb.malformed", None),
        ("wrong root", "sumdb.inconsistent", None),
        ("wrong leaf", "sumdb.inconsistent", None),
        ("bad signature", "sumdb.bad_signature", None),
        ("id out of range", "sumdb.malformed", None),
        ("negative id", "sumdb.inconsistent", None),
    ],
)
def test_a_lying_checksum_database_is_found_out(lie: Lie, cause: str, limit: str | None, tmp_path: Path) -> None:
    database = Database([RECORD], before=300, after=300, lies=[lie])
    with ground(
        tmp_path, honest(databases={"/sumdb/sum.test": database.get}), env={"GOSUMDB": database.verifier_key}
    ) as here:
        found, limits = finding(here.start("--json", "--patience", "15").wait(20))
        assert (found, limits) == (cause, {limit} - {None})
        if lie == "bad signature":
            assert any(path.is_file() for path in (here.bundle / "sumdb").iterdir())


def test_an_endless_tile_stops_at_its_limit(tmp_path: Path) -> None:
    database = Database([RECORD], before=300, after=300)
    place = honest(databases={"/sumdb/sum.test": database.get}, faults={"*/tile/*": Reply(fault="endless_body")})
    with ground(tmp_path, place, env={"GOSUMDB": database.verifier_key}) as here:
        found, limits = finding(fetched(here))
    assert limits == {"SUMDB_RESPONSE_BYTES"}
    assert found in ("body.too_large", "sumdb.unreachable", "sumdb.malformed")


@pytest.mark.parametrize("filler", ["x", "\x01", '"'])
def test_what_a_hostile_note_leaves_in_the_trace_can_be_read_again(filler: str, tmp_path: Path) -> None:
    body = f"5\nlab.test/hello v1.0.0 h1:x\n\ngo.sum database tree\n{filler * 900_000}\n".encode()
    database = Database([RECORD], replies={"/lookup/*": (200, body)})
    place = honest(databases={"/sumdb/sum.test": database.get})
    with ground(tmp_path, place, env={"GOSUMDB": database.verifier_key}) as here:
        assert fetched(here).code == 1
        trace = here.trace()
    assert trace.damage is None
    assert trace.ended is not None
