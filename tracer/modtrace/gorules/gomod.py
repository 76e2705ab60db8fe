"""The part of a dependency's go.mod that a download needs: module, go, retract and the deprecation notice.

Go 1.26 golang.org/x/mod/modfile/read.go (parseFile, parseStmt, parseLineBlock, readToken) and rule.go (ParseLax, add,
parseVersionInterval, parseDirectiveComment). Lax means: unknown directives are stepped over, damaged retractions are
dropped; but damaged ``require`` and ``go`` lines refuse the whole file, and then no retraction counts.
"""

import re
from collections.abc import Iterator

import msgspec

from modtrace.gorules import semver
from modtrace.gorules.goquote import quote
from modtrace.gorules.modlex import GoModError, Line, statements
from modtrace.gorules.modpath import canonical_version, path_major_reason, split_path_version

__all__ = [
    "GO_VERSION",
    "GoMod",
    "GoModError",
    "Retraction",
    "legacy_go_mod",
    "parse_go_mod",
    "quote_reason",
    "unquoted",
]

GO_VERSION = re.compile(r"[1-9][0-9]*\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[a-z]+[0-9]+)?")
_LAXGO_VERSION = re.compile(r"v?([1-9][0-9]*\.(?:0|[1-9][0-9]*))[^0-9].*")
_DEPRECATED = re.compile(r"(?:^|\n\n)Deprecated: *(.*?)(?:$|\n\n)", re.DOTALL)
_BLOCKS = frozenset({"module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"})
_MUST_QUOTE = re.compile(r"""[ "'`]|//|/\*""")


class Retraction(msgspec.Struct, frozen=True, kw_only=True):
    """Versions ``low`` to ``high``, both included, that the author took back."""

    low: str
    high: str
    rationale: str

    def covers(self, version: str) -> bool:
        return semver.compare(self.low, version) <= 0 <= semver.compare(self.high, version)


class GoMod(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; empty strings for what is missing."""

    module: str = ""
    deprecated: str = ""
    go: str = ""
    retract: tuple[Retraction, ...] = ()

    def retraction_of(self, version: str) -> list[str] | None:
        """The rationales when ``version`` is retracted (there may be none), else ``None``."""
        hits = [each for each in self.retract if each.covers(version)]
        return [each.rationale for each in hits if each.rationale] if hits else None


def legacy_go_mod(path: str) -> bytes:
    """What go and module proxies make up for a module without a go.mod."""
    return f"module {quote(path) if _MUST_QUOTE.search(path) else path}\n".encode("utf-8", "surrogateescape")


def parse_go_mod(data: bytes, *, file: str = "go.mod") -> GoMod:
    """The file's content; raises :class:`GoModError` with go's text."""
    found = _Found(file)
    for verb, arguments, line, comment in _directives(statements(data, file)):
        found.add(verb, arguments, line, comment)
    if found.errors:
        raise GoModError("\n".join(found.errors))
    return GoMod(
        module=found.module or "", deprecated=found.deprecated, go=found.go or "", retract=tuple(found.retract)
    )


def _directives(lines: Iterator[Line]) -> Iterator[tuple[str, list[str], int, str]]:
    """(verb, arguments, line number, comment) of each directive, in blocks or not."""
    for line in lines:
        if not line.block:
            yield line.tokens[0], line.tokens[1:], line.number, line.comment
        elif len(line.block) == 1 and line.block[0] in _BLOCKS:
            yield line.block[0], line.tokens, line.number, line.comment


class _Found:
    """The directives so far, and every complaint."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.module: str | None = None
        self.deprecated = ""
        self.go: str | None = None
        self.retract: list[Retraction] = []
        self.errors: list[str] = []

    def add(self, verb: str, arguments: list[str], line: int, comment: str) -> None:
        reason: str | None = None
        if verb == "go":
            reason = self._go(arguments)
        elif verb == "module":
            reason = self._module(arguments, comment)
        elif verb == "retract":
            self._retract(arguments, comment)
        elif verb == "require":
            reason = _require_reason(arguments)
        elif verb == "ignore":
            reason = None if len(arguments) == 1 else "ignore directive expects exactly one argument"
        if reason is not None:
            self.errors.append(f"{self.file}:{line}: {reason}")

    def _go(self, arguments: list[str]) -> str | None:
        if self.go is not None:
            return "repeated go statement"
        if len(arguments) != 1:
            return "go directive expects exactly one argument"
        lax = _LAXGO_VERSION.fullmatch(arguments[0])
        if GO_VERSION.fullmatch(arguments[0]):
            self.go = arguments[0]
        elif lax:
            self.go = lax[1]
        else:
            return f"invalid go version '{arguments[0]}': must match format 1.23.0"
        return None

    def _module(self, arguments: list[str], comment: str) -> str | None:
        if self.module is not None:
            return "repeated module statement"
        notice = _DEPRECATED.search(comment)
        self.deprecated = notice[1] if notice else ""
        self.module = ""
        if len(arguments) != 1:
            return "usage: module module/path"
        text = unquoted(arguments[0])
        if text is None:
            return f"invalid quoted string: {quote_reason(arguments[0])}"
        self.module = text
        return None

    def _retract(self, arguments: list[str], comment: str) -> None:
        """One version or ``[ low , high ]``; what cannot be read is left out."""
        match arguments:
            case ["[", low, ",", high, "]", *_]:
                pass
            case [low, *_] if low not in ("[", "("):
                high = low
            case _:
                return
        versions = [canonical_version(unquoted(each) or "") for each in (low, high)]
        if all(versions):
            self.retract.append(Retraction(low=versions[0], high=versions[1], rationale=comment))


def _require_reason(arguments: list[str]) -> str | None:
    if len(arguments) != 2:
        return "usage: require module/path v1.2.3"
    path, version = unquoted(arguments[0]), unquoted(arguments[1])
    if path is None:
        return f"invalid quoted string: {quote_reason(arguments[0])}"
    if version is None:
        reason = quote_reason(arguments[1])
        return f"require {path}: version {quote(arguments[1])} invalid: {reason}"
    canonical = canonical_version(version)
    if not canonical:
        return f"require {path}: version {quote(version)} invalid: must be of the form v1.2.3"
    split = split_path_version(path)
    if not split.is_ok:
        return "invalid module path"
    mismatch = path_major_reason(canonical, split.path_major)
    return None if mismatch is None else f"require {path}: version {quote(canonical)} invalid: {mismatch}"


def unquoted(token: str) -> str | None:
    """A token's value (modfile/rule.go parseString); ``None`` for one that cannot be read."""
    if token.startswith('"'):
        inner = token[1:-1]
        return inner if "\\" not in inner else None  # escapes in module paths do not occur
    return None if any(mark in token for mark in "\"'`") else token


def quote_reason(token: str) -> str:
    """Why it cannot be."""
    return "invalid syntax" if token.startswith('"') else "unquoted string cannot contain quote"
