"""Which module, import and file paths go accepts, in go's own words.

Go 1.26 golang.org/x/mod/module/module.go: CheckPath, CheckImportPath, CheckFilePath, Check, SplitPathVersion,
CheckPathMajor, MatchPathMajor, CanonicalVersion. A refused path raises :class:`GoRuleError`; the ``*_reason`` functions
give the bare reason, for callers that wrap it in other words.
"""

import unicodedata
from typing import Literal, NamedTuple

from modtrace.gorules import semver
from modtrace.gorules.goquote import is_valid_utf8, quote, quote_rune
from modtrace.record.failures import GoRuleError

PathKind = Literal["module", "import", "file"]

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_FIRST = frozenset("-." + _DIGITS + _LOWER)
_MODULE = frozenset("-._~" + _DIGITS + _LOWER + _LOWER.upper())
_IMPORT = _MODULE | {"+"}
_FILE = frozenset("!#$%&()+,-.=@[]^_{}~ " + _DIGITS + _LOWER + _LOWER.upper())
_BAD_WINDOWS_NAMES = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))]
)


class SplitPath(NamedTuple):
    """``prefix + path_major == path``; ``path_major`` is ``""``, ``/vN`` or, for gopkg.in, ``.vN``."""

    prefix: str
    path_major: str
    is_ok: bool


def check_path(path: str) -> None:
    """Refuse what is not a module path: ``malformed module path "x": missing dot in first path element``."""
    reason = module_path_reason(path)
    if reason is not None:
        raise GoRuleError("config.module_path_invalid", f"malformed module path {quote(path)}: {reason}")


def check_import_path(path: str) -> None:
    """Refuse what is not an import path."""
    reason = path_reason(path, "import")
    if reason is not None:
        raise GoRuleError("config.module_path_invalid", f"malformed import path {quote(path)}: {reason}")


def check_file_path(path: str) -> None:
    """Refuse what cannot be a file of a module."""
    reason = path_reason(path, "file")
    if reason is not None:
        raise GoRuleError("zip.path_invalid", f"malformed file path {quote(path)}: {reason}")


def check(path: str, version: str) -> None:
    """Go's ``module.Check``: the path, the version, and that they belong together."""
    check_path(path)
    if not semver.is_valid(version):
        raise GoRuleError("config.version_invalid", f"{path}@{version}: invalid version: not a semantic version")
    reason = path_major_reason(version, split_path_version(path).path_major)
    if reason is not None:
        raise GoRuleError("config.version_invalid", f"{path}@{version}: invalid version: {reason}")


def module_path_reason(path: str) -> str | None:
    """Why ``path`` is no module path, without the words around it; ``None`` when it is one."""
    reason = path_reason(path, "module")
    if reason is not None:
        return reason
    first = path.partition("/")[0]
    if not first:
        return "leading slash"
    if "." not in first:
        return "missing dot in first path element"
    if path[0] == "-":
        return "leading dash in first path element"
    for char in first:
        if char not in _FIRST:
            return f"invalid char {quote_rune(char)} in first path element"
    return None if split_path_version(path).is_ok else "invalid version"


def path_reason(path: str, kind: PathKind) -> str | None:
    """Go's ``checkPath``."""
    if not is_valid_utf8(path):
        return "invalid UTF-8"
    if path == "":
        return "empty string"
    if path[0] == "-" and kind != "file":
        return "leading dash"
    if "//" in path:
        return "double slash"
    if path.endswith("/"):
        return "trailing slash"
    for element in path.split("/"):
        reason = element_reason(element, kind)
        if reason is not None:
            return reason
    return None


def element_reason(element: str, kind: PathKind) -> str | None:
    """Go's ``checkElem``: one piece between slashes."""
    if element == "":
        return "empty path element"
    if element.strip(".") == "":
        return f"invalid path element {quote(element)}"
    if element[0] == "." and kind == "module":
        return "leading dot in path element"
    if element[-1] == ".":
        return "trailing dot in path element"
    for char in element:
        if not _is_char_ok(char, kind):
            return f"invalid char {quote_rune(char)}"
    short = element.partition(".")[0]
    if short.lower() in _BAD_WINDOWS_NAMES:
        return f"{quote(short)} disallowed as path element component on Windows"
    if kind != "file":
        _, tilde, suffix = short.rpartition("~")
        if tilde and suffix and all(char in _DIGITS for char in suffix):
            return "trailing tilde and digits in path element"
    return None


def _is_char_ok(char: str, kind: PathKind) -> bool:
    if kind == "module":
        return char in _MODULE
    if kind == "import":
        return char in _IMPORT
    return char in _FILE if char < "\x80" else unicodedata.category(char)[0] == "L"


def split_path_version(path: str) -> SplitPath:
    """Go's ``SplitPathVersion``: ``example.com/m/v2`` into ``example.com/m`` and ``/v2``."""
    if path.startswith("gopkg.in/"):
        return _split_gopkg_in(path)
    stem = path.rstrip(_DIGITS + ".")
    if len(stem) <= 1 or stem == path or not stem.endswith("/v"):
        return SplitPath(path, "", True)
    prefix, path_major = stem[:-2], path[len(stem) - 2 :]
    if "." in path_major or path_major[2] == "0" or path_major == "/v1":
        return SplitPath(path, "", False)
    return SplitPath(prefix, path_major, True)


def _split_gopkg_in(path: str) -> SplitPath:
    stem = path.removesuffix("-unstable").rstrip(_DIGITS)
    if not stem.endswith(".v"):
        return SplitPath(path, "", False)
    prefix, path_major = stem[:-2], path[len(stem) - 2 :]
    if len(path_major) <= 2 or (path_major[2] == "0" and path_major != ".v0"):
        return SplitPath(path, "", False)
    return SplitPath(prefix, path_major, True)


def path_major_reason(version: str, path_major: str) -> str | None:
    """Go's ``CheckPathMajor`` as a bare reason: ``should be v2, not v1``."""
    if path_major.startswith(".v"):
        path_major = path_major.removesuffix("-unstable")
    if version.startswith("v0.0.0-") and path_major == ".v1":
        return None  # an old bug of go made such pseudo-versions, and they are everywhere
    major = semver.major(version)
    if path_major == "":
        if major in ("v0", "v1") or semver.build(version) == "+incompatible":
            return None
        wanted = "v0 or v1"
    else:
        wanted = path_major[1:] if path_major[0] in "/." else path_major
        if path_major[0] in "/." and major == wanted:
            return None
    return f"should be {wanted}, not {major}"


def check_path_major(version: str, path_major: str) -> None:
    """Refuse a version that does not belong to a path ending in ``path_major``."""
    reason = path_major_reason(version, path_major)
    if reason is not None:
        raise GoRuleError("config.version_invalid", f"version {quote(version)} invalid: {reason}")


def match_path_major(version: str, path_major: str) -> bool:
    """True when :func:`check_path_major` would not refuse."""
    return path_major_reason(version, path_major) is None


def canonical_version(version: str) -> str:
    """The canonical form, with ``+incompatible`` kept; empty for an invalid version."""
    suffix = "+incompatible" if semver.build(version) == "+incompatible" else ""
    return semver.canonical(version) + suffix
