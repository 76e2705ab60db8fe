"""Modules made in memory, and what a module server says about them.

The hashes are this file's own, on purpose: a second opinion beside ``modtrace.gorules`` and go itself
(Go 1.26 golang.org/x/mod/sumdb/dirhash, Hash1).
"""

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

_PSEUDO = re.compile(r"[-.]\d{14}-[0-9a-f]{12}(\+incompatible)?$")
TIME = "2024-01-02T03:04:05Z"


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one module. ``names`` are further revisions (a branch, a commit) that mean this version."""

    path: str
    version: str
    files: dict[str, bytes] = {}
    time: str = TIME
    names: tuple[str, ...] = ()
    listed: bool = True

    @property
    def info(self) -> bytes:
        return json.dumps({"Version": self.version, "Time": self.time}, separators=(",", ":")).encode()

    @property
    def mod(self) -> bytes:
        return self.files.get("go.mod", f"module {self.path}\n".encode())

    @property
    def zip(self) -> bytes:
        return zip_of((f"{self.path}@{self.version}/{name}", data) for name, data in self.files.items())

    @property
    def zip_h1(self) -> str:
        return h1((f"{self.path}@{self.version}/{name}", data) for name, data in self.files.items())

    @property
    def mod_h1(self) -> str:
        return h1([("go.mod", self.mod)])

    @property
    def go_sum(self) -> str:
        """The two lines of go.sum, and of the checksum database's record."""
        return f"{self.path} {self.version} {self.zip_h1}\n{self.path} {self.version}/go.mod {self.mod_h1}\n"


class Said(NamedTuple):
    status: int
    content_type: str
    body: bytes


def hello(path: str = "lab.test/hello", version: str = "v1.0.0", **more: str) -> Module:
    """A small module with a go.mod; ``more`` are further files, name and text."""
    files = {
        "go.mod": f"module {path}\n\ngo 1.20\n",
        "hello.go": f"package hello\n\nconst Version = {version!r}\n",
        **more,
    }
    return Module(path=path, version=version, files={name: text.encode() for name, text in files.items()})


def h1(files: Iterable[tuple[str, bytes]]) -> str:
    """``h1:`` and the base64 of the SHA-256 over the sorted lines ``hex(sha256)  name``."""
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files)]
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The same bytes for the same files: fixed time, fixed order, deflated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


def escaped(text: str) -> str:
    """``!x`` for each upper-case letter (Go 1.26 golang.org/x/mod/module, escapeString)."""
    return re.sub(r"[A-Z]", lambda letter: "!" + letter[0].lower(), text)


def unescaped(text: str) -> str:
    return re.sub(r"!([a-z])", lambda letter: letter[1].upper(), text)


class Library:
    """Modules as a GOPROXY tree. ``latest`` names the version that ``@latest`` answers with, by module path."""

    def __init__(self, *modules: Module, latest: dict[str, str] | None = None) -> None:
        self.modules = modules
        self.latest = latest or {}

    def get(self, path: str) -> Said:
        """The answer to a path (percent-decoded, no query); 404 in text/plain for everything unknown."""
        base, marker, name = path.partition("/@v/")
        if path.endswith("/@latest"):
            base, marker, name = path.removesuffix("/@latest"), "/", "@latest"
        module_path = unescaped(base.strip("/"))
        known = [one for one in self.modules if one.path == module_path]
        if not marker or not known:
            return missing(f"not found: {path}")
        if name == "list":
            return Said(200, "text/plain; charset=utf-8", self.list_of(module_path))
        if name == "@latest":
            return self._info(known, self.latest.get(module_path))
        return self._file(known, *unescaped(name).rsplit(".", 1))

    def list_of(self, module_path: str) -> bytes:
        """``@v/list``: the listed versions, one a line; a pseudo-version with its time in a second column."""
        lines = [
            f"{one.version} {one.time}\n" if _PSEUDO.search(one.version) else f"{one.version}\n"
            for one in self.modules
            if one.path == module_path and one.listed
        ]
        return "".join(lines).encode()

    def _info(self, known: list[Module], version: str | None) -> Said:
        for one in known:
            if version is not None and version in (one.version, *one.names):
                return Said(200, "application/json", one.info)
        return missing(f"not found: {known[0].path}@{version or 'latest'}: unknown revision")

    def _file(self, known: list[Module], version: str, kind: str = "") -> Said:
        if kind == "info":
            return self._info(known, version)
        for one in known:
            if one.version == version and kind == "mod":
                return Said(200, "text/plain; charset=utf-8", one.mod)
            if one.version == version and kind == "zip":
                return Said(200, "application/zip", one.zip)
        return missing(f"not found: {known[0].path}@{version}: unknown revision")


def missing(text: str) -> Said:
    return Said(404, "text/plain; charset=utf-8", text.encode() + b"\n")
