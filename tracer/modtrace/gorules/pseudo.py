"""Pseudo-versions: a version made from a commit, ``v0.0.0-20240102030405-abcdef123456``.

Go 1.26 golang.org/x/mod/module/pseudo.go: IsPseudoVersion, PseudoVersionTime, PseudoVersionRev, PseudoVersionBase.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from modtrace.gorules import semver
from modtrace.gorules.goquote import quote
from modtrace.record.failures import GoRuleError

_PSEUDO = re.compile(
    r"v[0-9]+\.(0\.0-|[0-9]+\.[0-9]+-([^+]*\.)?0\.)[0-9]{14}-[A-Za-z0-9]+(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)


class PseudoParts(NamedTuple):
    """``base`` is ``vX.0.0``, ``vX.Y.Z-0`` or ``vX.Y.Z-pre.0``; ``build`` is ``""`` or ``+incompatible``."""

    base: str
    timestamp: str
    rev: str
    build: str


def is_pseudo_version(version: str) -> bool:
    """Go's ``IsPseudoVersion``."""
    return version.count("-") >= 2 and semver.is_valid(version) and _PSEUDO.fullmatch(version) is not None


def parse_pseudo_version(version: str) -> PseudoParts:
    """The parts; raises GoRuleError ``pseudo-version "x" invalid: syntax error``."""
    if not is_pseudo_version(version):
        raise _invalid(version, "syntax error")
    build = semver.build(version)
    head, _, rev = version.removesuffix(build).rpartition("-")
    dash, dot = head.rfind("-"), head.rfind(".")
    cut = max(dash, dot)
    return PseudoParts(head[:cut], head[cut + 1 :], rev, build)


def pseudo_version_time(version: str) -> datetime:
    """When the commit was made (UTC); raises GoRuleError for no pseudo-version, or for no date."""
    timestamp = parse_pseudo_version(version).timestamp
    try:
        month, day, hour, minute, second = (int(timestamp[at : at + 2]) for at in range(4, 14, 2))
        return datetime(int(timestamp[:4]), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise _invalid(version, f"malformed time {quote(timestamp)}") from None


def pseudo_version_rev(version: str) -> str:
    """The commit's shortened name."""
    return parse_pseudo_version(version).rev


def pseudo_version_base(version: str) -> str:
    """The tagged version that it follows; empty when there is none."""
    base, _, _, build = parse_pseudo_version(version)
    prerelease = semver.prerelease(base)
    if prerelease == "":
        if build:
            raise _invalid(version, f"lacks base version, but has build metadata {quote(build)}")
        return ""
    if prerelease == "-0":
        stem, _, patch = base.removesuffix("-0").rpartition(".")
        if patch.strip("0") == "":
            text = f"version before {base.removesuffix('-0')} would have negative patch number"
            raise _invalid(version, text)
        return f"{stem}.{_decremented(patch)}{build}"
    return base.removesuffix(".0") + build


def _decremented(decimal: str) -> str:
    """One less, as text: a patch number may be longer than Python is willing to read as an integer."""
    head = decimal.rstrip("0")
    digits = head[:-1] + str(int(head[-1]) - 1) + "9" * (len(decimal) - len(head))
    return digits[1:] if digits[0] == "0" and len(digits) > 1 else digits


def _invalid(version: str, reason: str) -> GoRuleError:
    return GoRuleError("config.version_invalid", f"pseudo-version {quote(version)} invalid: {reason}")
