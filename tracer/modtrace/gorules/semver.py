"""Semantic versions as Go reads them: a leading ``v`` is required, ``v1`` and ``v1.2`` are shorthands.

Go 1.26 golang.org/x/mod/semver/semver.go. An invalid version is never an error here: it has no canonical form, and it
is less than every valid one.
"""

import re
from functools import cmp_to_key
from typing import NamedTuple

_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENT = r"[0-9A-Za-z-]+"
_PRE_IDENT = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"v(?P<major>{_NUMBER})"
    rf"(?:\.(?P<minor>{_NUMBER})"
    rf"(?:\.(?P<patch>{_NUMBER})"
    rf"(?P<prerelease>-{_PRE_IDENT}(?:\.{_PRE_IDENT})*)?"
    rf"(?P<build>\+{_IDENT}(?:\.{_IDENT})*)?)?)?"
)


class Parsed(NamedTuple):
    """The pieces, as text: numbers may be longer than any integer type. ``short`` is what canonical form adds."""

    major: str
    minor: str
    patch: str
    short: str
    prerelease: str
    build: str


def parse(version: str) -> Parsed | None:
    """The pieces of ``version``, or ``None`` when it is not a semantic version."""
    match = _SEMVER.fullmatch(version)
    if match is None:
        return None
    minor, patch = match["minor"], match["patch"]
    short = ".0.0" if minor is None else ".0" if patch is None else ""
    return Parsed(match["major"], minor or "0", patch or "0", short, match["prerelease"] or "", match["build"] or "")


def is_valid(version: str) -> bool:
    """Go's ``semver.IsValid``."""
    return parse(version) is not None


def canonical(version: str) -> str:
    """``vMAJOR.MINOR.PATCH[-PRERELEASE]``, without build metadata; empty for an invalid version."""
    parsed = parse(version)
    if parsed is None:
        return ""
    return version[: len(version) - len(parsed.build)] + parsed.short


def major(version: str) -> str:
    """``v2`` of ``v2.1.0``; empty for an invalid version."""
    parsed = parse(version)
    return "" if parsed is None else "v" + parsed.major


def major_minor(version: str) -> str:
    """``v2.1`` of ``v2.1.0``; empty for an invalid version."""
    parsed = parse(version)
    return "" if parsed is None else f"v{parsed.major}.{parsed.minor}"


def prerelease(version: str) -> str:
    """``-pre`` of ``v2.1.0-pre+meta``; empty when there is none."""
    parsed = parse(version)
    return "" if parsed is None else parsed.prerelease


def build(version: str) -> str:
    """``+meta`` of ``v2.1.0+meta``; empty when there is none."""
    parsed = parse(version)
    return "" if parsed is None else parsed.build


def compare(left: str, right: str) -> int:
    """-1, 0 or +1 by precedence: build metadata does not count, invalid versions are equal and least."""
    one, two = parse(left), parse(right)
    if one is None or two is None:
        return int(one is not None) - int(two is not None)
    for ours, theirs in zip(one[:3], two[:3], strict=True):
        order = _compare_number(ours, theirs)
        if order:
            return order
    return _compare_prerelease(one.prerelease, two.prerelease)


def sort(versions: list[str]) -> list[str]:
    """A new list by precedence, equal ones by text (Go's ``semver.Sort``)."""
    return sorted(versions, key=cmp_to_key(_compare_or_text))


def _compare_or_text(left: str, right: str) -> int:
    return compare(left, right) or (left > right) - (left < right)


def _compare_number(left: str, right: str) -> int:
    """By length, then by text: no leading zeros, so it is numeric order without big integers."""
    one, two = (len(left), left), (len(right), right)
    return (one > two) - (one < two)


def _compare_prerelease(left: str, right: str) -> int:
    """No pre-release is the highest; else identifier by identifier, and a longer list wins over its own beginning."""
    if left == right:
        return 0
    if not left or not right:
        return -1 if left else 1
    ours, theirs = left[1:].split("."), right[1:].split(".")
    for one, two in zip(ours, theirs, strict=False):
        if one != two:
            return _compare_identifier(one, two)
    return (len(ours) > len(theirs)) - (len(ours) < len(theirs))


def _compare_identifier(left: str, right: str) -> int:
    """Numeric identifiers are below all others."""
    left_is_number, right_is_number = left.isdigit(), right.isdigit()
    if left_is_number and right_is_number:
        return _compare_number(left, right)
    if left_is_number != right_is_number:
        return -1 if left_is_number else 1
    return (left > right) - (left < right)
