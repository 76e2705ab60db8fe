"""Hostile and honest zips: the same verdict, in the same words, as the real go; and the same hashes."""

import io
import re
import struct
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.oracle.module_server import ModuleServer, download, run

from modtrace.gorules.dirhash import hash_go_mod
from modtrace.record.failures import StepFailed
from modtrace.tracer.wire.zipahead import Piece, Unpacked, ZipAhead
from modtrace.tracer.wire.ziparchive import check_zip, hash_zip

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

MODULE = "example.com/m"
GO_MOD = b"module example.com/m\n"


def _zip(prefix: str, files: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(prefix + name), data, compress_type=method)
    return out.getvalue()


NAMES: dict[str, list[str]] = {
    "plain": ["go.mod", "a.go", "LICENSE", "d/e.go"],
    "empty": [],
    "only the root directory": [""],
    "dot dot": ["../evil"],
    "dot dot inside": ["a/../b"],
    "dot": ["./a"],
    "double slash": ["a//b"],
    "absolute": ["/etc/passwd"],
    "backslash": ["a\\b"],
    "drive": ["c:x"],
    "reserved name": ["aux.go"],
    "reserved directory": ["Con/x"],
    "trailing dot": ["a./b"],
    "three dots": [".../b"],
    "hidden file": [".gitignore"],
    "star": ["a*b"],
    "quote": ['a"b'],
    "apostrophe": ["a'b"],
    "control": ["a\x01b"],
    "delete": ["a\x7fb"],
    "letters of other scripts": ["ä/文.go", "ß"],
    "an emoji": ["\U0001f600.go"],
    "bidi": ["a\u202eb"],
    "same letters": ["A.go", "a.go"],
    "kelvin": ["k", "\u212a"],
    "sharp s": ["ß", "ẞ"],
    "dotless i": ["İ", "i"],
    "sigma": ["Σ", "ς"],
    "twice": ["a", "a"],
    "file and directory": ["a", "a/b"],
    "directory and file": ["a/b", "a"],
    "directories' case": ["Dir/a", "dir/b", "dir/c"],
    "directory entries": ["d/", "d/", "d/a"],
    "go.mod case": ["GO.mod"],
    "go.mod below": ["sub/go.mod"],
    "go.mod case below": ["sub/Go.Mod"],
    "go.mod directory": ["go.mod/"],
    "many complaints": ["a:b", "x|y", "../z", "A", "a"],
    "newline": ["a\nb"],
    "dash first": ["-x"],
    "space": [" a b "],
    "tilde": ["abc~1"],
    "short com": ["com0", "com10"],
    "slash only": ["/"],
    "a symlink's bits": ["link"],
}


def _damaged(prefix: str) -> dict[str, bytes]:
    good = _zip(prefix, [("go.mod", GO_MOD), ("a.go", b"package a\n" * 50)])
    stored = _zip(prefix, [("go.mod", GO_MOD), ("a.go", b"package a\n")], zipfile.ZIP_STORED)
    at = stored.rindex(b"PK\x01\x02")
    end = stored.rindex(b"PK\x05\x06")

    def patched(data: bytes, offset: int, new: bytes) -> bytes:
        return data[:offset] + new + data[offset + len(new) :]

    return {
        "html": b"<!DOCTYPE html><title>login</title>" * 40,
        "no bytes": b"",
        "cut": good[:-30],
        "cut in the middle": good[: len(good) // 2],
        "bytes before": b"#!/bin/sh\n" + good,
        "bytes after": good + b"tail",
        "wrong checksum": patched(stored, at + 16, b"\1\2\3\4"),
        "no checksum": patched(stored, at + 16, bytes(4)),
        "unknown method": patched(stored, at + 10, struct.pack("<H", 12)),
        "encrypted flag": patched(stored, at + 8, struct.pack("<H", 1)),
        "descriptor flag": patched(stored, at + 8, struct.pack("<H", 8)),
        "declares less": patched(stored, at + 24, struct.pack("<I", 3)),
        "declares more": patched(stored, at + 24, struct.pack("<I", 300)),
        "declares 600 MB": patched(stored, at + 24, struct.pack("<I", 600 << 20)),
        "compressed beyond the end": patched(stored, at + 20, struct.pack("<I", 1 << 20)),
        "offset beyond the end": patched(stored, at + 42, struct.pack("<I", 1 << 30)),
        "offset into content": patched(stored, at + 42, struct.pack("<I", 7)),
        "overlapping": patched(stored, at + 42, struct.pack("<I", 0)),
        "full sizes without zip64": patched(stored, at + 20, b"\xff" * 8),
        "one entry too many claimed": patched(stored, end + 10, struct.pack("<H", 3)),
        "one entry too few claimed": patched(stored, end + 10, struct.pack("<H", 1)),
        "directory elsewhere": patched(stored, end + 16, struct.pack("<I", 1 << 28)),
        "records full": patched(stored, end + 10, b"\xff\xff"),
        "comment cut": patched(stored, end + 20, struct.pack("<H", 9)),
        "not utf-8": stored.replace(b"a.go", b"\xff.go"),
        "deflate damaged": patched(good, good.index(b"a.go") + 4, b"\xff\xff\xff"),
        "deflate cut": patched(good, good.rindex(b"PK\x01\x02") + 20, struct.pack("<I", 9)),
    }


def _cases() -> dict[str, tuple[str, bytes]]:
    """Version and zip by title."""
    cases: dict[str, tuple[str, bytes]] = {}
    for number, (title, names) in enumerate(NAMES.items()):
        version = f"v1.0.{number}"
        cases[title] = (
            version,
            _zip(f"{MODULE}@{version}/", [(name, b"" if name.endswith("/") else b"x") for name in names]),
        )
    damaged = list(_damaged(""))
    for number, title in enumerate(damaged):
        version = f"v1.1.{number}"
        cases[title] = version, _damaged(f"{MODULE}@{version}/")[title]
    cases["another module"] = "v1.2.0", _zip("example.com/M@v1.2.0/", [("a", b"")])
    cases["another version"] = "v1.2.1", _zip(f"{MODULE}@v1.2.0/", [("a", b"")])
    cases["big go.mod"] = "v1.2.2", _zip(f"{MODULE}@v1.2.2/", [("go.mod", bytes((16 << 20) + 1))])
    cases["big LICENSE"] = "v1.2.3", _zip(f"{MODULE}@v1.2.3/", [("LICENSE", bytes((16 << 20) + 1))])
    many = [(f"d{n % 9}/{n}", b"") for n in range(66_000)]  # more than the 16 bits of the end record: zip64
    cases["sixty-six thousand files"] = "v1.2.4", _zip(f"{MODULE}@v1.2.4/", many, zipfile.ZIP_STORED)
    return cases


CASES = _cases()


@pytest.fixture(scope="module")
def answers(go_tool: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """One run of go over all zips."""
    files: dict[str, bytes] = {}
    for version, body in CASES.values():
        files[f"{MODULE}/@v/{version}.info"] = b'{"Version":"%s"}' % version.encode()
        files[f"{MODULE}/@v/{version}.mod"] = GO_MOD
        files[f"{MODULE}/@v/{version}.zip"] = body
    with ModuleServer(files) as server:
        arguments = [f"{MODULE}@{version}" for version, _ in CASES.values()]
        return download(go_tool, tmp_path_factory.mktemp("go"), server.url, arguments)


def _ours(version: str, body: bytes, ahead: Mapping[Piece, Unpacked] | None = None) -> tuple[str, str]:
    """(go's error text, hash)."""
    try:
        contents = hash_zip(io.BytesIO(body), MODULE, version, ahead or {})
    except StepFailed as error:
        return error.failure.go_text or "", ""
    try:
        check_zip(contents, MODULE, version)
    except StepFailed as error:
        return f"unzip ZIP: {error.failure.go_text}", contents.h1
    return "", contents.h1


@pytest.mark.parametrize("title", CASES)
def test_verdict_words_and_hash_are_those_of_go(title: str, answers: dict[str, dict[str, Any]]) -> None:
    version, body = CASES[title]
    theirs = answers[f"{MODULE}@{version}"]
    error = re.sub(r"unzip \S+?\.zip: ", "unzip ZIP: ", theirs.get("Error", ""))
    error = re.sub(r"readat \S+\.tmp: ", "readat: ", error)
    text, h1 = _ours(version, body)
    if title == "declares 600 MB":  # go hashes on and then stumbles over the length
        assert error == "unexpected EOF"
    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    assert shown == error
    if "Sum" in theirs:
        assert h1 == theirs["Sum"]
    assert theirs.get("GoModSum", hash_go_mod(GO_MOD)) == hash_go_mod(GO_MOD)


@pytest.mark.parametrize("title", CASES)
def test_what_was_hashed_while_it_arrived_changes_no_verdict(title: str) -> None:
    version, body = CASES[title]
    ahead = ZipAhead()
    for at in range(0, len(body), 1000):
        ahead.feed(body[at : at + 1000])
    assert _ours(version, body, ahead.known) == _ours(version, body)


def test_go_mod_verify_agrees_with_the_hashes(go_tool: str, tmp_path: Path) -> None:
    body = _zip(f"{MODULE}@v1.0.0/", [("go.mod", GO_MOD), ("a.go", b"package a\n")])
    files = {
        f"{MODULE}/@v/v1.0.0.info": b'{"Version":"v1.0.0"}',
        f"{MODULE}/@v/v1.0.0.mod": GO_MOD,
        f"{MODULE}/@v/v1.0.0.zip": body,
    }
    h1 = hash_zip(io.BytesIO(body), MODULE, "v1.0.0").h1
    (tmp_path / "go.mod").write_text("module example.com/main\n\ngo 1.20\n\nrequire example.com/m v1.0.0\n")
    (tmp_path / "go.sum").write_text(f"{MODULE} v1.0.0 {h1}\n{MODULE} v1.0.0/go.mod {hash_go_mod(GO_MOD)}\n")
    with ModuleServer(files) as server:
        assert run(go_tool, tmp_path, server.url, ["mod", "download", MODULE]).returncode == 0
        verified = run(go_tool, tmp_path, server.url, ["mod", "verify"])
    assert verified.stdout == "all modules verified\n"
