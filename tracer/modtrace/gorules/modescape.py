"""How module paths and versions are written in URLs and on disk: an upper-case letter becomes ``!`` and the lower one.

Go 1.26 golang.org/x/mod/module/module.go: EscapePath, EscapeVersion, UnescapePath, UnescapeVersion, ModuleError and
InvalidVersionError; cmd/go/internal/modfetch/proxy.go: versionError.
"""

import re

from modtrace.gorules.goquote import quote
from modtrace.gorules.modpath import canonical_version, check_path, element_reason, module_path_reason
from modtrace.gorules.pseudo import is_pseudo_version
from modtrace.record.failures import GoRuleError

_INCONSISTENT = "internal error: inconsistency in EscapePath"
_UPPER = re.compile("[A-Z]")
_BANGED = re.compile("!([a-z])")


def escape_path(path: str) -> str:
    """``example.com/!foo`` for ``example.com/Foo``; raises GoRuleError for what is no module path."""
    check_path(path)
    return _escaped(path)


def escape_version(version: str) -> str:
    """The escaped version; branches with a slash, and anything with ``!``, cannot be asked of a proxy."""
    reason = escape_version_reason(version)
    if reason is not None:
        raise GoRuleError("config.version_invalid", reason)
    return _escaped(version)


def escape_version_reason(version: str) -> str | None:
    """Go's error text for a version that cannot be escaped, or ``None``."""
    if element_reason(version, "file") is not None or "!" in version:
        return f"version {quote(version)} invalid: disallowed version string"
    return None if version.isascii() else _INCONSISTENT


def _escaped(text: str) -> str:
    return _UPPER.sub(lambda match: "!" + match[0].lower(), text)


def unescape_path(escaped: str) -> str:
    """The inverse of :func:`escape_path`."""
    path = _unescaped(escaped)
    if path is None:
        raise GoRuleError("config.module_path_invalid", f"invalid escaped module path {quote(escaped)}")
    reason = module_path_reason(path)
    if reason is not None:
        text = f"invalid escaped module path {quote(escaped)}: malformed module path {quote(path)}: {reason}"
        raise GoRuleError("config.module_path_invalid", text)
    return path


def unescape_version(escaped: str) -> str:
    """The inverse of :func:`escape_version`."""
    version = _unescaped(escaped)
    if version is None:
        raise GoRuleError("config.version_invalid", f"invalid escaped version {quote(escaped)}")
    reason = element_reason(version, "file")
    if reason is not None:
        raise GoRuleError("config.version_invalid", f"invalid escaped version {quote(version)}: {reason}")
    return version


def _unescaped(escaped: str) -> str | None:
    if not escaped.isascii() or _UPPER.search(escaped):
        return None
    text = _BANGED.sub(lambda match: match[1].upper(), escaped)
    return None if "!" in text else text


def module_error(path: str, version: str, reason: str) -> str:
    """``M@V: reason``, or ``module M: reason`` without a version (Go's ``ModuleError.Error``)."""
    return f"{path}@{version}: {reason}" if version else f"module {path}: {reason}"


def version_error(path: str, version: str, reason: str) -> str:
    """How a module proxy's failure for ``version`` reads: non-canonical ones become ``M@V: invalid version: …``."""
    if version and version != canonical_version(version):
        noun = "pseudo-version" if is_pseudo_version(version) else "version"
        return f"{path}@{version}: invalid {noun}: {reason}"
    return module_error(path, version, reason)
