"""The requests behind ``go mod download M@QUERY``, in go's order, until the version is known.

Go 1.26 cmd/go/internal/modload/query.go: queryProxy, filterVersions, versionHasGoMod; modload/modfile.go:
CheckRetractions, queryLatestVersionIgnoringRetractions; modload/list.go: modinfoError; modfetch/proxy.go: proxyRepo and
TryProxies; modfetch/cache.go: cachingRepo. A plan is a generator: it yields what to ask of which source, and is sent
the body or the failure. It asks twice where go asks twice, and never where go has the answer.
"""

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from modtrace.gorules import gomod, semver
from modtrace.gorules.goquote import quote
from modtrace.gorules.listfile import InfoError, RevInfo, parse_info, parse_list, version_mismatch
from modtrace.gorules.modescape import escape_version_reason, version_error
from modtrace.gorules.modpath import canonical_version, module_path_reason
from modtrace.gorules.pseudo import is_pseudo_version, pseudo_version_time
from modtrace.gorules.query import QueryMatcher, is_revision_query, no_match_text, parse_query, pick
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, GoRuleError, StepFailed

AskKind = Literal["list", "info", "latest", "mod"]
Answer = bytes | Failure
_T = TypeVar("_T")


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request: ``version`` is the revision of ``info`` and ``mod`` (unescaped), ``source`` an index."""

    kind: AskKind
    version: str = ""
    source: int = 0


class QuerySource(msgspec.Struct, frozen=True, kw_only=True):
    """A module proxy of the list: its redacted base URL, and whether a ``|`` follows it."""

    base: str
    falls_back_on_error: bool = False


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The version, and what go holds already and will not ask again, by version: errors are remembered too."""

    version: str
    time: datetime
    infos: dict[str, RevInfo]
    mods: dict[str, bytes]
    mod_failures: dict[str, Failure]


Plan = Generator[Ask, Answer, _T]


def plan_query(module: str, query: str, *, sources: tuple[QuerySource, ...], current: str = "") -> Plan[Resolved]:
    """The plan of ``go mod download module@query``.

    Raises GoRuleError before the first request, StepFailed after; both in the words that follow ``go: ``.
    """
    if query[:1] in ("-", "/"):
        raise GoRuleError("config.version_invalid", f"invalid module version {quote(query)}")
    reason = module_path_reason(module)
    if reason is not None:
        text = f"{module}@{query}: malformed module path {quote(module)}: {reason}"
        raise GoRuleError("config.module_path_invalid", text)
    try:
        parse_query(module, query, current)
    except GoRuleError as error:
        raise GoRuleError(error.cause, f"{module}@{query}: {error.text}") from None
    planner = _Planner(module, sources)
    info = yield from planner.query(query, current, heeds_retractions=not is_revision_query(query))
    return Resolved(
        version=info.version,
        time=info.time,
        infos=planner.disk_infos,
        mods=planner.disk_mods,
        mod_failures=planner.mod_failures,
    )


class _Planner:
    """The caches of one go process."""

    def __init__(self, module: str, sources: tuple[QuerySource, ...]) -> None:
        self.module = module
        self.sources = sources
        self.repos = [_ProxyRepo(self, index) for index in range(len(sources))]
        self.disk_infos: dict[str, RevInfo] = {}
        self.disk_mods: dict[str, bytes] = {}
        self.mod_failures: dict[str, Failure] = {}
        self.latest_mod: gomod.GoMod | None = None
        self.knows_latest_mod = False

    def query(self, query: str, current: str, *, heeds_retractions: bool) -> Plan[RevInfo]:
        return (yield from self.try_sources(lambda repo: self._query_one(repo, query, current, heeds_retractions)))

    def try_sources(self, act: "Callable[[_ProxyRepo], Plan[_T]]") -> Plan[_T]:
        """Go's ``TryProxies``: the next source after not-exist, or after any error when ``|`` stands between."""
        best: StepFailed | None = None
        for repo, source in zip(self.repos, self.sources, strict=True):
            try:
                return (yield from act(repo))
            except StepFailed as error:
                if best is None or best.failure.is_not_exist or not error.failure.is_not_exist:
                    best = error
                if not source.falls_back_on_error and not error.failure.is_not_exist:
                    break
        if best is None:
            raise GoRuleError("config.goproxy_invalid", "GOPROXY list is not the empty string, but contains no entries")
        raise best

    def _query_one(self, repo: "_ProxyRepo", query: str, current: str, heeds: bool) -> Plan[RevInfo]:
        matcher = parse_query(self.module, query, current)
        if matcher.can_stat or matcher.is_revision:
            return (yield from self._revision(repo, query))
        tagged = yield from repo.versions(matcher.prefix)
        allowed = yield from self._filter(matcher, tagged, heeds)
        chosen = pick(matcher, allowed)
        if chosen is not None:
            return (yield from self._lookup(repo, query, current, chosen))
        if matcher.may_use_latest:
            latest = yield from self._latest(repo)
            is_usable = latest is not None and matcher.fits(latest.version)
            if latest is not None and is_usable and not (heeds and (yield from self._is_retracted(latest.version))):
                return (yield from self._lookup(repo, query, current, latest.version))
        if query in ("upgrade", "patch") and current not in ("", "none"):
            return (yield from self._lookup(repo, query, current, current))
        text = f"module {self.module}: {no_match_text(query, current)}"
        raise _failed("module.unknown_version", text)

    def _revision(self, repo: "_ProxyRepo", query: str) -> Plan[RevInfo]:
        """As it stands; a semantic version with other metadata also without it, the first error being reported."""
        try:
            return (yield from repo.stat(query))
        except StepFailed as error:
            canonical = canonical_version(query)
            if canonical in ("", query):
                raise
            first = error
        try:
            return (yield from repo.stat(canonical))
        except StepFailed as error:
            raise (first if error.failure.is_not_exist else error) from None

    def _lookup(self, repo: "_ProxyRepo", query: str, current: str, version: str) -> Plan[RevInfo]:
        info = yield from repo.stat(version)
        if query in ("upgrade", "patch") and is_pseudo_version(current) and info.time.year > 1:
            try:
                is_older = info.time < pseudo_version_time(current)
            except GoRuleError:
                return info
            if is_older:
                return (yield from repo.stat(current))
        return info

    def _latest(self, repo: "_ProxyRepo") -> Plan[RevInfo | None]:
        try:
            return (yield from repo.latest())
        except StepFailed as error:
            if error.failure.is_not_exist:
                return None
            raise

    def _filter(self, matcher: QueryMatcher, versions: tuple[str, ...], heeds: bool) -> Plan[list[str]]:
        """Go's ``filterVersions``: +incompatible ones only when no compatible one has a real go.mod."""
        kept: list[str] = []
        needs_incompatible = matcher.prefers_incompatible
        last_compatible = ""
        for version in versions:
            if not matcher.fits(version) or (heeds and (yield from self._is_retracted(version))):
                continue
            if not needs_incompatible:
                if not version.endswith("+incompatible"):
                    last_compatible = version
                elif last_compatible:
                    if (yield from self.go_mod(last_compatible)) != gomod.legacy_go_mod(self.module):
                        break
                    needs_incompatible = True
            kept.append(version)
        return kept

    def _is_retracted(self, version: str) -> Plan[bool]:
        """By the latest version's go.mod, which is asked for once; when it cannot be had, nothing is retracted."""
        if not self.knows_latest_mod:
            self.knows_latest_mod = True
            try:
                latest = yield from self.query("latest", "", heeds_retractions=False)
                self.latest_mod = gomod.parse_go_mod((yield from self.go_mod(latest.version)))
            except (StepFailed, gomod.GoModError):
                self.latest_mod = None
        return self.latest_mod is not None and self.latest_mod.retraction_of(version) is not None

    def go_mod(self, version: str) -> Plan[bytes]:
        """The version's go.mod; the driver has checked its hash before it hands it over."""
        if version not in self.disk_mods:
            try:
                self.disk_mods[version] = yield from self.try_sources(lambda repo: repo.go_mod(version))
            except StepFailed as error:
                self.mod_failures[version] = error.failure
                raise
        return self.disk_mods[version]


class _ProxyRepo:
    """One source's answers, each asked for once: Go's proxyRepo inside its cachingRepo."""

    def __init__(self, planner: _Planner, index: int) -> None:
        self.planner = planner
        self.index = index
        self.lists: dict[str, tuple[str, ...] | StepFailed] = {}
        self.stats: dict[str, RevInfo | StepFailed] = {}
        self.mods: dict[str, bytes | StepFailed] = {}
        self.latest_answer: RevInfo | StepFailed | None = None
        self.list_latest: RevInfo | StepFailed | None = None

    def versions(self, prefix: str) -> Plan[tuple[str, ...]]:
        """``@v/list``, once for each prefix; the first one also asks for the newest pseudo-version in it."""
        if prefix not in self.lists:
            self.lists[prefix] = yield from _caught(self._versions(prefix))
        return _value(self.lists[prefix])

    def _versions(self, prefix: str) -> Plan[tuple[str, ...]]:
        try:
            data = yield from self._ask("list", "")
        except StepFailed as error:
            self.list_latest = self.list_latest or error
            raise
        if self.list_latest is None:
            self.list_latest = yield from _caught(self._latest_from(data))
        return parse_list(data, prefix).tagged

    def _latest_from(self, data: bytes) -> Plan[RevInfo]:
        newest = parse_list(data).newest_untagged
        if newest is None:
            text = version_error(self.planner.module, "", "no commits")
            raise _failed("module.unknown_version", text, is_not_exist=True)
        return (yield from self._fetch_info("info", newest))

    def latest(self) -> Plan[RevInfo]:
        if self.latest_answer is None:
            self.latest_answer = yield from _caught(self._latest())
            if isinstance(self.latest_answer, RevInfo):
                self._keep(self.latest_answer)
        return _value(self.latest_answer)

    def _latest(self) -> Plan[RevInfo]:
        try:
            return (yield from self._fetch_info("latest", ""))
        except StepFailed as error:
            if not error.failure.is_not_exist:
                raise
        if self.list_latest is None:
            yield from _caught(self._versions(""))
        assert self.list_latest is not None
        return _value(self.list_latest)

    def stat(self, revision: str) -> Plan[RevInfo]:
        """``.info``, from memory or disk when it is there."""
        if revision not in self.stats:
            on_disk = self.planner.disk_infos.get(revision)
            self.stats[revision] = on_disk or (yield from _caught(self._fetch_info("info", revision)))
            found = self.stats[revision]
            if isinstance(found, RevInfo):
                self._keep(found)
        return _value(self.stats[revision])

    def _keep(self, info: RevInfo) -> None:
        self.stats.setdefault(info.version, info)
        if escape_version_reason(info.version) is None:
            self.planner.disk_infos.setdefault(info.version, info)

    def _fetch_info(self, kind: AskKind, revision: str) -> Plan[RevInfo]:
        module = self.planner.module
        reason = escape_version_reason(revision) if kind == "info" else None
        if reason is not None:
            raise _failed("config.version_invalid", version_error(module, revision, reason), side="local")
        data = yield from self._ask(kind, revision)
        try:
            info = parse_info(data)
        except InfoError as error:
            base = self.planner.sources[self.index].base
            text = f"invalid response from proxy {quote(base)}: {error}"
            raise _failed("module.info_invalid", version_error(module, revision, text)) from None
        mismatch = version_mismatch(module, revision, info.version) if kind == "info" else None
        if mismatch is not None:
            raise _failed("module.version_mismatch", version_error(module, revision, mismatch))
        return info

    def go_mod(self, version: str) -> Plan[bytes]:
        if version not in self.mods:
            self.mods[version] = yield from _caught(self._go_mod(version))
        return _value(self.mods[version])

    def _go_mod(self, version: str) -> Plan[bytes]:
        if not semver.is_valid(version) or version != canonical_version(version):
            text = "internal error: version passed to GoMod is not canonical"
            raise _failed("module.info_invalid", version_error(self.planner.module, version, text))
        return (yield from self._ask("mod", version))

    def _ask(self, kind: AskKind, version: str) -> Plan[bytes]:
        answer = yield Ask(kind=kind, version=version, source=self.index)
        if isinstance(answer, bytes):
            return answer
        text = None if answer.go_text is None else version_error(self.planner.module, version, answer.go_text)
        raise StepFailed(msgspec.structs.replace(answer, go_text=text))


def _caught(plan: Plan[_T]) -> Plan["_T | StepFailed"]:
    """The value or the failure, to be kept: go remembers errors too."""
    try:
        return (yield from plan)
    except StepFailed as error:
        return error


def _value(kept: "_T | StepFailed") -> _T:
    if isinstance(kept, StepFailed):
        raise kept
    return kept


def _failed(
    cause: Cause, go_text: str, *, is_not_exist: bool = False, side: Literal["local", "source"] = "source"
) -> StepFailed:
    return StepFailed(Failure(cause=cause, side=side, text=go_text, go_text=go_text, is_not_exist=is_not_exist))
