"""What a module proxy's ``@v/list``, ``.info`` and ``@latest`` mean to go, and the words for damaged ones.

Go 1.26 cmd/go/internal/modfetch/proxy.go: Versions, latestFromList, Stat, Latest; modfetch/repo.go: RevInfo;
modfetch/codehost/codehost.go: Origin; encoding/json/decode.go: object, literalStore.
"""

from datetime import datetime
from typing import cast

import msgspec

from modtrace.gorules import semver
from modtrace.gorules.gojson import syntax_error
from modtrace.gorules.goquote import fields as fields_of
from modtrace.gorules.gotime import ZERO, TimeError, parse_rfc3339
from modtrace.gorules.modpath import canonical_version, module_path_reason, path_major_reason, split_path_version
from modtrace.gorules.pseudo import is_pseudo_version, pseudo_version_time
from modtrace.record.failures import GoRuleError

_ORIGIN_FIELDS = ("VCS", "URL", "Subdir", "Hash", "TagPrefix", "TagSum", "Ref", "RepoSum")
_FIELDS = ("Version", "Time", "Origin")


class RevInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A version as a proxy describes it. ``time`` is Go's zero time when the answer had none."""

    version: str
    time: datetime = ZERO
    origin: dict[str, str] | None = None


class VersionList(msgspec.Struct, frozen=True, kw_only=True):
    """``tagged``: usable versions, ascending. ``newest_untagged``: what go asks about at once, used or not."""

    tagged: tuple[str, ...]
    newest_untagged: str | None
    lines: int
    dropped: int


class InfoError(ValueError):
    """A damaged answer; the text is go's, without ``invalid response from proxy "…": ``."""


def parse_list(data: bytes, prefix: str = "") -> VersionList:
    """The versions of ``@v/list`` that begin with ``prefix``.

    Whatever is no version is dropped in silence, so an HTML page reads as an empty list; ``dropped`` counts it.
    """
    tagged: list[str] = []
    lines = dropped = 0
    rows = [fields_of(line) for line in _text(data).split("\n")]
    for fields in rows:
        if not fields:
            continue
        lines += 1
        if not semver.is_valid(fields[0]):
            dropped += 1
        elif fields[0].startswith(prefix) and not is_pseudo_version(fields[0]):
            tagged.append(fields[0])
    return VersionList(
        tagged=tuple(semver.sort(tagged)), newest_untagged=_newest_untagged(rows), lines=lines, dropped=dropped
    )


def _newest_untagged(rows: list[list[str]]) -> str | None:
    """The line with the newest time: its second column, else the pseudo-version's own. The first of equals wins."""
    best_time, best = ZERO, None
    for fields in rows:
        if not fields or not semver.is_valid(fields[0]):
            continue
        if len(fields) >= 2:
            time = _time_or_zero(fields[1])
        elif is_pseudo_version(fields[0]):
            time = _pseudo_time_or_zero(fields[0])
        else:
            continue
        if best_time < time:
            best_time, best = time, fields[0]
    return best


def _time_or_zero(text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except TimeError:
        return ZERO


def _pseudo_time_or_zero(version: str) -> datetime:
    try:
        return pseudo_version_time(version)
    except GoRuleError:
        return ZERO


def parse_info(data: bytes) -> RevInfo:
    """The answer to ``.info`` or ``@latest``; raises :class:`InfoError` in go's words.

    Names match without case, the last of several wins, unknown ones and ``null`` are ignored: as Go's decoder does.
    """
    error = syntax_error(data)
    if error is not None:
        raise InfoError(error)
    return _Reader().read(_decoded(data))


def _decoded(data: bytes) -> object:
    """Python's view of valid JSON; objects become lists of pairs, so that the order and doubles are kept."""
    import json  # the first packet waits for this file, and no answer came before it

    try:
        return cast("object", json.loads(_text(data), object_pairs_hook=_Pairs, parse_int=_number, parse_float=_number))
    except RecursionError:
        raise InfoError("exceeded max depth of this reader") from None


class _Pairs(list[tuple[str, object]]):
    """A JSON object."""


class _Number(str):
    """A JSON number, as text."""

    __slots__ = ()


def _number(text: str) -> _Number:
    return _Number(text)


class _Reader:
    """One decoding: the first wrong type is remembered and reported at the end, as Go does; a bad time ends it."""

    def __init__(self) -> None:
        self.saved: str | None = None
        self.version = ""
        self.time = ZERO
        self.origin: dict[str, str] | None = None

    def read(self, value: object) -> RevInfo:
        if isinstance(value, _Pairs):
            for key, item in value:
                self.field(_field_name(key, _FIELDS), item)
        elif value is not None:
            self.save(f"json: cannot unmarshal {_kind(value)} into Go value of type modfetch.RevInfo")
        if self.saved is not None:
            raise InfoError(self.saved)
        return RevInfo(version=self.version, time=self.time, origin=self.origin)

    def field(self, name: str | None, item: object) -> None:
        if item is None:
            self.origin = None if name == "Origin" else self.origin
        elif name == "Version":
            self.version = self.string(item, "RevInfo.Version") or self.version
        elif name == "Time":
            self.time = self.read_time(item)
        elif name == "Origin":
            self.read_origin(item)

    def read_time(self, item: object) -> datetime:
        if not isinstance(item, str) or isinstance(item, _Number):
            raise InfoError("Time.UnmarshalJSON: input is not a JSON string")
        try:
            return parse_rfc3339(item)
        except TimeError as error:
            raise InfoError(str(error)) from None

    def read_origin(self, item: object) -> None:
        if not isinstance(item, _Pairs):
            self.save(
                f"json: cannot unmarshal {_kind(item)} into Go struct field RevInfo.Origin of type codehost.Origin"
            )
            return
        self.origin = self.origin or {}
        for key, value in item:
            name = _field_name(key, _ORIGIN_FIELDS)
            if name is not None and value is not None:
                text = self.string(value, f"Origin.Origin.{name}")
                if text is not None:
                    self.origin[name] = text

    def string(self, item: object, field: str) -> str | None:
        if isinstance(item, str) and not isinstance(item, _Number):
            return item
        self.save(f"json: cannot unmarshal {_kind(item)} into Go struct field {field} of type string")
        return None

    def save(self, text: str) -> None:
        self.saved = self.saved or text


def _field_name(key: str, names: tuple[str, ...]) -> str | None:
    """The field for a key: exact first, then without case (Go's foldName)."""
    if key in names:
        return key
    folded = _fold(key)
    return next((name for name in names if _fold(name) == folded), None)


def _fold(name: str) -> str:
    return name.replace("\u017f", "s").replace("\u212a", "k").lower()


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, _Pairs):
        return "object"
    if isinstance(value, list):
        return "array"
    return "number" if isinstance(value, _Number) else "string"


def version_mismatch(path: str, asked: str, answered: str) -> str | None:
    """Go's text when a canonical version was asked and another one was answered, else ``None``."""
    if answered == asked or asked != canonical_version(asked) or module_path_reason(path) is not None:
        return None
    if not semver.is_valid(asked) or path_major_reason(asked, split_path_version(path).path_major) is not None:
        return None
    return f"proxy returned info for version {answered} instead of requested version"


def _text(data: bytes) -> str:
    """Bytes as Go's strings: what is not UTF-8 stays, one mark per byte."""
    return data.decode("utf-8", "surrogateescape")
