"""GOSUMDB: which checksum database is asked, when, and over which base URL.

Go 1.26 cmd/go/internal/modfetch/sumdb.go, useSumDB, dbDial, initBase, ReadConfig, ReadCache; modfetch/key.go;
internal/web/url.go, Join.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from modtrace.gorules import gourl
from modtrace.gorules.note import NoteError, parse_verifier
from modtrace.gorules.urlescape import EscapeError, Part, escape, is_valid_encoded, unescape
from modtrace.record.failures import Failure, GoRuleError, StepFailed

KNOWN_KEYS: Final = {"sum.golang.org": "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"}
ALIASES: Final = {"sum.golang.google.cn": "sum.golang.org https://sum.golang.google.cn"}
DISABLED_TEXT: Final = "checksum database disabled by GOSUMDB=off"
TOOLCHAIN_MODULE: Final = "golang.org/toolchain"


_GO_SPACE = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


class SumdbConfig(msgspec.Struct, frozen=True, kw_only=True):
    """GOSUMDB taken apart. ``direct_url`` is the URL written in it, which bypasses every proxy's relay."""

    name: str
    verifier_key: str
    direct_url: str | None = None
    is_off: bool = False


class SumdbEntry(NamedTuple):
    """One GOPROXY entry as initBase walks it: a URL, ``noproxy``, ``direct`` or ``off``; ``|`` follows it or not."""

    url: str
    falls_back_on_error: bool = False


class AskSupported(NamedTuple):
    """The next thing to learn: does this GOPROXY entry relay the database."""

    entry: int
    url: str


class SumdbBase(NamedTuple):
    """Where the database is spoken to for the rest of the process; ``entry`` is the relaying GOPROXY entry, if any."""

    url: str
    entry: int | None = None
    below_entry: tuple[str, ...] = ()


def parse_gosumdb(value: str) -> SumdbConfig:
    """GOSUMDB's meaning; raises :class:`GoRuleError` (``config.gosumdb_invalid``) in go's words."""
    value = ALIASES.get(value, value)
    if value == "off":
        return SumdbConfig(name="", verifier_key="", is_off=True)
    fields = [field for field in _GO_SPACE.split(value) if field]
    if not fields:
        raise _invalid("missing GOSUMDB")
    key = KNOWN_KEYS.get(fields[0], fields[0])
    if len(fields) > 2:
        raise _invalid("invalid GOSUMDB: too many fields")
    try:
        name = parse_verifier(key).name
    except NoteError as error:
        raise _invalid(f"invalid GOSUMDB: {error.text}") from None
    _check_name(name)
    url = fields[1] if len(fields) > 1 else None
    if url is not None:
        try:
            gourl.parse(url)
        except gourl.UrlError as error:
            raise _invalid(f"invalid GOSUMDB URL: {error}") from None
    return SumdbConfig(name=name, verifier_key=key, direct_url=url)


def uses_sumdb(
    module: str,
    *,
    is_off: bool,
    matches_gonosumdb: bool,
    is_file_goproxy_only: bool = False,
    is_go_proxy_itself: bool = False,
) -> bool:
    """Does go ask the checksum database about this module (useSumDB).

    Toolchains are always checked, but for a lone ``file://`` GOPROXY, and when the Go proxy itself downloads them
    (its host in GIT_HTTP_USER_AGENT).
    """
    if module == TOOLCHAIN_MODULE and not is_file_goproxy_only and not is_go_proxy_itself:
        return True
    return not is_off and not matches_gonosumdb


def is_file_goproxy_only(goproxy: str) -> bool:
    """GOPROXY is one ``file://`` URL: toolchains of a distpack under test are not checked."""
    return goproxy.startswith("file://") and not any(mark in goproxy for mark in ",|")


def decide_base(
    config: SumdbConfig, entries: Sequence[SumdbEntry], results: Sequence[Failure | None]
) -> AskSupported | SumdbBase:
    """What initBase does after ``results`` (one per asked URL entry, ``None`` for status 200; the body is ignored).

    Raises :class:`StepFailed` when no base remains: go keeps that error for the whole process.
    """
    if config.direct_url is not None:
        return SumdbBase(config.direct_url)
    direct = SumdbBase(f"https://{config.name}")
    told = iter(results)
    best: Failure | None = None
    for number, entry in enumerate(entries):
        if entry.url == "noproxy":
            continue
        if entry.url == "direct":
            return direct
        if entry.url == "off":
            break
        try:
            failure = next(told)
        except StopIteration:
            return AskSupported(number, join_url(entry.url, f"sumdb/{config.name}/supported"))
        if failure is None:
            below = f"sumdb/{config.name}"
            return SumdbBase(join_url(entry.url, below), number, (below,))
        best = best if failure.is_not_exist else failure
        if not failure.is_not_exist and not entry.falls_back_on_error:
            break
    if best is not None:
        raise StepFailed(best)
    return direct


def join_url(base: str, *paths: str) -> str:
    """One path after the other below the URL ``base``, whose query and fragment stay at the end (web.Join).

    Below a base with a path of its own ``!`` becomes ``%21``: web.Join then builds a RawPath that no longer matches
    Path, and net/url falls back to its own escaping.
    """
    url = gourl.parse(base)
    decoded, raw = url.decoded_path, _raw(url.path, "path")
    for path in paths:
        decoded = decoded.removesuffix("/") + "/" + path.removeprefix("/")
        raw = raw.removesuffix("/") + "/" + path.removeprefix("/")
    return str(url._replace(path=raw if _is_escaping_of(raw, decoded) else escape(decoded, "path")))


def _is_escaping_of(raw: str, decoded: str) -> bool:
    """Does ``EscapedPath`` use ``raw``. No ``!`` pair or version holds a percent sign, so that it can be unescaped."""
    try:
        return is_valid_encoded(raw, "path") and unescape(raw, "path") == decoded
    except EscapeError:
        return False


def remote_url(base: SumdbBase, path: str, *, entry_url: str | None = None) -> str:
    """The URL of a database path. ``entry_url`` is the GOPROXY entry that relays, when one does."""
    if entry_url is None:
        return join_url(base.url, path)
    return join_url(entry_url, *base.below_entry, path)


def latest_path(config: SumdbConfig) -> str:
    """The trusted tree head's file, below ``$GOPATH/pkg/sumdb``; survives ``go clean -modcache``."""
    return f"{config.name}/latest"


def cache_path(config: SumdbConfig, remote_path: str) -> str:
    """A cached lookup's or tile's file, below ``$GOMODCACHE/cache/download/sumdb``. An empty file counts as none."""
    return config.name + remote_path


def _invalid(text: str) -> GoRuleError:
    return GoRuleError("config.gosumdb_invalid", text, origin="GOSUMDB")


def _check_name(name: str) -> None:
    """No funny business: the name must be a host, and perhaps a path that needs no escapes."""
    try:
        url = gourl.parse(f"https://{name}")
    except gourl.UrlError:
        # Go reads a nil URL for its message here and dies of it.
        raise _invalid("panic: runtime error: invalid memory address or nil pointer dereference") from None
    before, _, fragment = name.partition("#")
    _, slash, path = before.partition("?")[0].partition("/")
    raw_path = _raw(slash + path, "path")
    is_odd = bool(fragment) or url.query is not None or url.user is not None or bool(raw_path)
    if not is_odd and url.host and not name.endswith("/"):
        return
    fields = (
        f"Scheme:https Opaque: User:{url.userinfo} Host:{url.host} Path:{unescape(slash + path, 'path')} "
        f"Fragment:{unescape(fragment, 'fragment')} RawQuery:{url.query or ''} RawPath:{raw_path} "
        f"RawFragment:{_raw(fragment, 'fragment')} ForceQuery:{'true' if url.query == '' else 'false'} OmitHost:false"
    )
    raise _invalid(f"invalid sumdb name (must be host[/path]): {name} {{{fields}}}")


def _raw(text: str, part: Part) -> str:
    """``RawPath`` and ``RawFragment``: the text as written, where Go's own escaping would write it otherwise."""
    return "" if escape(unescape(text, part), part) == text else text
