"""``M@QUERY``: what a query string means, and which versions of a list fit it.

Go 1.26 cmd/go/internal/modload/query.go: newQueryMatcher, allowsVersion, IsRevisionQuery, NoMatchingVersionError,
NoPatchBaseError; cmd/go/internal/gover/mod.go: ModIsPrefix. The order of requests is in ``queryplan.py``.
"""

from typing import Literal

import msgspec

from modtrace.gorules import semver
from modtrace.gorules.goquote import quote
from modtrace.gorules.modpath import match_path_major, split_path_version
from modtrace.gorules.pseudo import is_pseudo_version
from modtrace.record.failures import GoRuleError

Comparison = Literal["any", "<", "<=", ">", ">=", "="]


class QueryMatcher(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that a query sets. ``is_revision``: a branch or commit, only the server can say what it is."""

    prefix: str = ""
    comparison: Comparison = "any"
    bound: str = ""
    is_revision: bool = False
    can_stat: bool = False
    prefers_lower: bool = False
    may_use_latest: bool = False
    prefers_incompatible: bool = False

    def fits(self, version: str) -> bool:
        """True when prefix and comparison let ``version`` pass."""
        if not version.startswith(self.prefix):
            return False
        if self.comparison == "any":
            return True
        order = semver.compare(version, self.bound)
        if order == 0:
            return "=" in self.comparison
        return order < 0 if "<" in self.comparison else order > 0 and ">" in self.comparison


def parse_query(path: str, query: str, current: str = "") -> QueryMatcher:
    """The meaning of ``query``; ``current`` is the selected version (``none`` or empty: there is none).

    Raises GoRuleError for what go refuses before any request.
    """
    incompatible = current.endswith("+incompatible")
    has_current = current not in ("", "none")
    if query == "latest" or (query == "upgrade" and not has_current):
        return QueryMatcher(may_use_latest=True, prefers_incompatible=incompatible)
    if query == "patch" and not has_current:
        text = f'can\'t query version "patch" of module {path}: no existing version is required'
        raise GoRuleError("config.version_invalid", text)
    if query in ("upgrade", "patch"):
        return QueryMatcher(
            prefix=semver.major_minor(current) + "." if query == "patch" else "",
            comparison=">=",
            bound=current,
            may_use_latest=is_pseudo_version(current),
            prefers_incompatible=incompatible,
        )
    comparisons: tuple[Comparison, ...] = ("<=", "<", ">=", ">")
    for comparison in comparisons:
        if query.startswith(comparison):
            return _range(path, query, comparison, incompatible)
    if not semver.is_valid(query):
        return QueryMatcher(is_revision=True)
    incompatible = incompatible or not _matches_major(path, query)
    if is_prefix(query):
        return QueryMatcher(prefix=query + ".", comparison=">=", bound=query, prefers_incompatible=incompatible)
    return QueryMatcher(
        prefix=semver.canonical(query),
        comparison="=",
        bound=query,
        can_stat=True,
        prefers_incompatible=incompatible,
    )


def _range(path: str, query: str, comparison: Comparison, incompatible: bool) -> QueryMatcher:
    version = query[len(comparison) :]
    if not semver.is_valid(version):
        text = f"invalid semantic version {quote(version)} in range {quote(query)}"
        raise GoRuleError("config.version_invalid", text)
    if comparison in ("<=", ">") and is_prefix(version):
        text = f"ambiguous semantic version {quote(version)} in range {quote(query)}"
        raise GoRuleError("config.version_invalid", text)
    return QueryMatcher(
        comparison=comparison,
        bound=version,
        prefers_lower=comparison[0] == ">",
        prefers_incompatible=incompatible or not _matches_major(path, version),
    )


def _matches_major(path: str, version: str) -> bool:
    split = split_path_version(path)
    return split.is_ok and match_path_major(version, split.path_major)


def is_prefix(version: str) -> bool:
    """True for ``v1`` and ``v1.2``: fewer than two dots before any ``-`` or ``+``."""
    return version.count(".") < 2 and "-" not in version and "+" not in version


def is_revision_query(query: str) -> bool:
    """Go's ``IsRevisionQuery``: it names one revision, so that retractions do not count."""
    if query in ("latest", "upgrade", "patch") or query.startswith(("<", ">")):
        return False
    return not (semver.is_valid(query) and is_prefix(query))


def pick(matcher: QueryMatcher, versions: list[str]) -> str | None:
    """The one that go takes of allowed, ascending versions: releases before pre-releases."""
    releases = [each for each in versions if not semver.prerelease(each)]
    chosen = releases or versions
    if not chosen:
        return None
    return chosen[0] if matcher.prefers_lower else chosen[-1]


def no_match_text(query: str, current: str = "") -> str:
    """Go's ``NoMatchingVersionError``."""
    suffix = ""
    if query in ("upgrade", "patch") and current not in ("", "none"):
        suffix = f" (current version is {current})"
    return f"no matching versions for query {quote(query)}{suffix}"
