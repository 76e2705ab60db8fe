"""GOSUMDB: which checksum database is asked, when, and over which base URL.

Go 1.26 cmd/go/internal/modfetch/sumdb.go, useSumDB, dbDial, initBase, ReadConfig, ReadCache; modfetch/key.go;
modfetch/fetch.go, checkSumDB, sumdbMismatch, sumdbAbsent.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from modtrace.gorules.note import NoteError, parse_verifier
from modtrace.record.failures import Failure, GoRuleError, StepFailed

KNOWN_KEYS: Final = {"sum.golang.org": "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"}
ALIASES: Final = {"sum.golang.google.cn": "sum.golang.org https://sum.golang.google.cn"}
DISABLED_TEXT: Final = "checksum database disabled by GOSUMDB=off"
TOOLCHAIN_MODULE: Final = "golang.org/toolchain"


_GO_SPACE = re.compile("[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_HOST = re.compile(r"(?:[^\x00-\x20\x7f\"%/:<>?#@\[\\\]^`{|}]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_RAW_PATH = re.compile(r"[A-Za-z0-9\-._~$&+,/:;=@]*")  # what Go's default encoding of a path leaves alone


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
    reason = _url_error(url) if url is not None else None
    if reason is not None:
        raise _invalid(f'invalid GOSUMDB URL: parse "{url}": {reason}')
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
    (``proxy.golang.org`` in GIT_HTTP_USER_AGENT).
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
            return SumdbBase(join_url(entry.url, f"sumdb/{config.name}"), number)
        best = best if failure.is_not_exist else failure
        if not failure.is_not_exist and not entry.falls_back_on_error:
            break
    if best is not None:
        raise StepFailed(best)
    return direct


def join_url(base: str, path: str) -> str:
    """``path`` below the URL ``base``, whose query and fragment stay at the end (web.Join)."""
    cut = min((at for at in (base.find("?"), base.find("#")) if at >= 0), default=len(base))
    return base[:cut].removesuffix("/") + "/" + path.removeprefix("/") + base[cut:]


def remote_url(base: SumdbBase, path: str, *, entry_url: str | None = None) -> str:
    """The URL of a database path. ``entry_url`` is the GOPROXY entry that relays, when one does.

    ``!`` stays itself below a bare host, and becomes ``%21`` below a base that has a path of its own: web.Join then
    builds a RawPath that no longer matches Path, and net/url falls back to its own escaping.
    """
    root = entry_url if entry_url is not None else base.url
    host_and_path = root.partition("://")[2].partition("?")[0].partition("#")[0]
    own_path = host_and_path.partition("/")[2]
    if own_path.removesuffix("/") and _RAW_PATH.fullmatch(own_path):
        path = path.replace("!", "%21")
    return join_url(base.url, path)


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
    if _name_crashes_go(name):
        # Go reads a nil URL for its message here and dies of it.
        raise _invalid("panic: runtime error: invalid memory address or nil pointer dereference")
    rest, _, fragment = name.partition("#")
    rest, question, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    path = slash + path
    raw_path = "" if _RAW_PATH.fullmatch(path) else path
    is_odd = bool(fragment or question or at or raw_path)
    if not is_odd and host and not name.endswith("/"):
        return
    force = "true" if question and not query else "false"
    fields = (
        f"Scheme:https Opaque: User:{user} Host:{host} Path:{path} RawPath:{raw_path} OmitHost:false "
        f"ForceQuery:{force} RawQuery:{query} Fragment:{fragment} RawFragment:"
    )
    raise _invalid(f"invalid sumdb name (must be host[/path]): {name} {{{fields}}}")


def _name_crashes_go(name: str) -> bool:
    return _url_error("https://" + name) is not None


def _url_error(url: str) -> str | None:
    """Go's url.Parse refusal of a URL without spaces, without the ``parse "…":`` in front; ``None`` when it is fine."""
    if any(char < " " or char == "\x7f" for char in url):
        return "net/url: invalid control character in URL"
    scheme, colon, rest = url.partition("#")[0].partition(":")
    if colon and not scheme:
        return "missing protocol scheme"
    if not colon or "/" in scheme or not _SCHEME.fullmatch(scheme):
        if colon and "/" not in scheme:
            return "first path segment in URL cannot contain colon"
        return _escape_error(url)
    if not rest.startswith("//"):
        return _escape_error(rest) if rest.startswith("/") else None
    authority, slash, path = rest[2:].partition("?")[0].partition("/")
    return _host_error(authority.rpartition("@")[2]) or _escape_error(slash + path)


def _host_error(host: str) -> str | None:
    if _HOST.fullmatch(host):
        return None
    if "%" in host:
        return _escape_error(host) or f'invalid URL escape "{host[host.find("%") :][:3]}"'
    if host.startswith("[") and "]" not in host:
        return "missing ']' in host"
    port = host.rpartition("]")[2] if host.startswith("[") else host
    if ":" in port and not re.fullmatch(r":[0-9]*", port[port.rfind(":") :]):
        return f'invalid port "{port[port.rfind(":") :]}" after host'
    bad = re.search(r"[\"<>\[\\\]^`{|}]", host)
    return f'invalid character "{_quoted(bad.group())}" in host name' if bad else None


def _quoted(char: str) -> str:
    return "\\" + char if char in '"\\' else char


def _escape_error(path: str) -> str | None:
    bad = _BAD_ESCAPE.search(path.partition("?")[0])
    return f'invalid URL escape "{bad.group()}"' if bad else None
