"""What go accepts inside a module's zip, over names and sizes only; no file is opened here.

Go 1.26 cmd/go/internal/modfetch/fetch.go, downloadZip (the prefix, before the hash is known); then, after hash and
go.sum and checksum database, golang.org/x/mod/zip/zip.go: checkZip, collisionChecker, strToFold.
"""

import posixpath
from collections.abc import Iterable
from typing import NamedTuple

from modtrace.gorules import semver
from modtrace.gorules.goquote import quote
from modtrace.gorules.modpath import (
    canonical_version,
    module_path_reason,
    path_major_reason,
    path_reason,
    split_path_version,
)
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, Json
from modtrace.record.limits import MODULE_ZIP_BYTES, ZIP_GOMOD_BYTES, ZIP_LICENSE_BYTES, ZIP_UNCOMPRESSED_BYTES

_NOT_CLEAN = "file path is not clean"
_GO_MOD_CASE = "go.mod files must have lowercase names"
_GO_MOD_ELSEWHERE = "go.mod file not in module root directory"
TOO_LARGE_TEXT = f"total uncompressed size of module contents too large (max size is {ZIP_UNCOMPRESSED_BYTES} bytes)"
_INVALID_SHOWN_COUNT = 64


class ZipEntry(NamedTuple):
    """One line of the zip's directory: ``name`` in ``surrogateescape``, ``size`` as declared (uncompressed, bytes)."""

    name: str
    size: int


class Complaint(NamedTuple):
    """One refused entry, with go's reason."""

    name: str
    cause: Cause
    reason: str


def prefix_failure(path: str, version: str, name: str) -> Failure | None:
    """The go command's own check: ``zip for M@V has unexpected file NAME``."""
    if name.startswith(f"{path}@{version}/"):
        return None
    return _failure("zip.path_invalid", f"zip for {path}@{version} has unexpected file {name}", where=name)


def check_entries(path: str, version: str, entries: Iterable[ZipEntry], *, zip_bytes: int = 0) -> Failure | None:
    """The rules of x/mod/zip, as ``go mod download`` meets them after the hash was accepted.

    ``go_text`` is without the words ``unzip ZIPFILE: ``, which hold a path of the user's cache.
    """
    early = _module_failure(path, version)
    if early is not None:
        return early
    if zip_bytes > MODULE_ZIP_BYTES:
        text = f"module zip file is too large ({zip_bytes} bytes; limit is {MODULE_ZIP_BYTES} bytes)"
        return _failure("zip.too_large", text, limit="MODULE_ZIP_BYTES")
    rules = _EntryRules(f"{path}@{version}/")
    for entry in entries:
        rules.check(entry)
    return rules.failure()


def too_large_failure() -> Failure:
    """The contents pass the limit that go sets for their sum."""
    return _failure("zip.too_large", TOO_LARGE_TEXT, limit="ZIP_UNCOMPRESSED_BYTES")


def _module_failure(path: str, version: str) -> Failure | None:
    canonical = canonical_version(version)
    if canonical != version:
        return _failure("zip.invalid", f"version {quote(version)} is not canonical (should be {quote(canonical)})")
    reason = module_path_reason(path)
    if reason is not None:
        return _failure("zip.invalid", f"malformed module path {quote(path)}: {reason}")
    reason = path_major_reason(version, split_path_version(path).path_major)
    if not semver.is_valid(version):
        reason = "not a semantic version"
    return None if reason is None else _failure("zip.invalid", f"{path}@{version}: invalid version: {reason}")


class _EntryRules:
    """Every complaint is kept, as go prints them all; a sum that is too large wins over them."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.seen: dict[str, tuple[str, bool]] = {}
        self.size = 0
        self.is_too_large = False
        self.complaints: list[Complaint] = []

    def check(self, entry: ZipEntry) -> None:
        complaint = self._complaint(entry)
        if complaint is not None:
            self.complaints.append(Complaint(entry.name, *complaint))

    def _complaint(self, entry: ZipEntry) -> tuple[Cause, str] | None:
        if not entry.name.startswith(self.prefix):
            return "zip.path_invalid", f"path does not have prefix {quote(self.prefix)}"
        name = entry.name[len(self.prefix) :]
        if name == "":
            return None
        is_dir = name.endswith("/")
        name = name[:-1] if is_dir else name
        if clean_path(name) != name:
            return "zip.path_invalid", _NOT_CLEAN
        reason = path_reason(name, "file")
        if reason is not None:
            return "zip.path_invalid", f"malformed file path {quote(name)}: {reason}"
        reason = self._collision(name, is_dir)
        if reason is not None:
            return "zip.collision", reason
        return None if is_dir else self._file(name, entry.size)

    def _file(self, name: str, size: int) -> tuple[Cause, str] | None:
        if posixpath.basename(name).lower() == "go.mod":
            if "/" in name:
                return "zip.path_invalid", _GO_MOD_ELSEWHERE
            if name != "go.mod":
                return "zip.path_invalid", _GO_MOD_CASE
        if 0 <= size <= ZIP_UNCOMPRESSED_BYTES - self.size:
            self.size += size
        else:
            self.is_too_large = True
        for special, limit in (("go.mod", ZIP_GOMOD_BYTES), ("LICENSE", ZIP_LICENSE_BYTES)):
            if name == special and size > limit:
                return "zip.too_large", f"{special} file too large (max size is {limit} bytes)"
        return None

    def _collision(self, name: str, is_dir: bool) -> str | None:
        """The name and each directory above it, against every one seen, letters' case aside."""
        while name:
            folded = fold(name)
            other = self.seen.get(folded)
            if other is None:
                self.seen[folded] = (name, is_dir)
            elif other[0] != name:
                return f"case-insensitive file name collision: {quote(other[0])} and {quote(name)}"
            elif other[1] != is_dir:
                return f"entry {quote(name)} is both a file and a directory"
            elif not is_dir:
                return f"multiple entries for file {quote(name)}"
            name, is_dir = posixpath.dirname(name), True
        return None

    def failure(self) -> Failure | None:
        if self.is_too_large:
            return too_large_failure()
        if not self.complaints:
            return None
        text = "\n".join(f"{each.name}: {each.reason}" for each in self.complaints)
        first = self.complaints[0]
        names = [each.name for each in self.complaints[:_INVALID_SHOWN_COUNT]]
        details: dict[str, Json] = {"invalid": list(names), "invalid_count": len(self.complaints)}
        return _failure(first.cause, text, where=first.name, details=details)


def clean_path(name: str) -> str:
    """Go's ``path.Clean`` (Python's keeps two leading slashes)."""
    cleaned = posixpath.normpath(name)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def fold(name: str) -> str:
    """Equal for exactly the names that Go's ``strings.EqualFold`` calls equal."""
    return name.lower() if name.isascii() else "".join(_fold_char(char) for char in name)


def _fold_char(char: str) -> str:
    """Simple case folding: Python's is the full one, so that what grows is taken from lower case, or left alone."""
    for folded in (char.casefold(), char.lower()):
        if len(folded) == 1:
            return folded
    return char


def _failure(
    cause: Cause,
    go_text: str,
    *,
    where: str | None = None,
    limit: str | None = None,
    details: dict[str, Json] | None = None,
) -> Failure:
    return Failure(
        cause=cause,
        side="source",
        text=go_text.partition("\n")[0],
        go_text=go_text,
        where=where,
        limit=limit,
        details=details or {},
    )
