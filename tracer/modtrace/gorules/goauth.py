"""GOAUTH: which commands run, in which order, what they are given, and what they may answer.

Go 1.26 cmd/go/internal/auth: auth.go (runGoAuth), userauth.go (parseUserAuth, buildCommand, writeResponseToStdin),
gitauth.go (parseGitAuth); cmd/go/main.go invoke and modload/init.go Init for a command's environment. https only.
Running a command, and looking whether a directory exists, is done elsewhere.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from modtrace.gorules import gourl, quoted
from modtrace.gorules.goquote import fields
from modtrace.gorules.settings import Setting
from modtrace.record.causes import Cause
from modtrace.record.failures import GoRuleError

_FATAL: Final[Cause] = "config.goauth_invalid"
_GIT_USAGE = "GOAUTH=git dir method requires an absolute path to the git working directory"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# What go sets for the programs that it runs, of the settings that this package knows (envcmd.MkEnv).
_FOR_COMMANDS = (
    "GO111MODULE", "GOAUTH", "GODEBUG", "GOFLAGS", "GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOPATH",
    "GOPRIVATE", "GOPROXY", "GOROOT", "GOSUMDB", "GOTOOLCHAIN", "GOVCS",
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Headers = tuple[tuple[str, str], ...]


class GoauthOutputError(ValueError):
    """A command's output that go cannot read. Not fatal to go.

    The message is in go's words and may repeat a line of the output; ``public`` is what may be told.
    """

    def __init__(self, text: str, public: str | None = None) -> None:
        super().__init__(text)
        self.public = public or text


class GoauthCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One command. ``words`` are split at spaces; ``directory`` belongs to ``git``, which runs on a 4xx retry only."""

    kind: Literal["off", "netrc", "git", "command"]
    text: str
    words: tuple[str, ...]
    directory: str | None = None


class GitCredential(NamedTuple):
    """What ``git credential fill`` printed; empty where it printed nothing."""

    prefix: str
    user: str
    password: str


def entries_of(value: str) -> tuple[str, ...]:
    """The list in running order, which is the reverse of the written one: an earlier entry overwrites a later."""
    return tuple(quoted.trim_space(entry) for entry in value.split(";")[::-1])


def parse_goauth(value: str) -> tuple[GoauthCommand, ...]:
    """The commands in running order. Raises as :func:`parse_entry`; go runs those before a bad one."""
    return tuple(parse_entry(entry, value) for entry in entries_of(value))


def command_argv(command: str, url: str = "") -> tuple[str, ...]:
    """What go runs for an external command; ``url`` is its last argument on the retry after a 4xx."""
    try:
        words = quoted.split(command)
    except ValueError as error:
        raise GoauthOutputError(f"cannot parse GOAUTH command {command}: {error}") from None
    return (*words, url) if url else tuple(words)


def response_stdin(proto: str, status: str, headers: Iterable[tuple[str, str]]) -> str:
    """What an external command reads on its standard input after a 4xx; the order of go's own lines is random."""
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name, []).append(value)
    lines = [f"{proto} {status}", *(f"{name}: {', '.join(values)}" for name, values in by_name.items())]
    return "\n".join(lines) + "\n\n"


def command_environ(
    environ: Mapping[str, str], settings: Mapping[str, Setting], *, directory: str | None = None
) -> dict[str, str]:
    """What a command finds in its environment: go's settings, no prompts of git, and ``PWD`` where go changes it."""
    found = dict(environ)
    for name in _FOR_COMMANDS:
        if name in settings and settings[name].value != found.get(name, ""):
            found[name] = settings[name].value
    found["GIT_TERMINAL_PROMPT"] = found.get("GIT_TERMINAL_PROMPT") or "0"
    found["GCM_INTERACTIVE"] = found.get("GCM_INTERACTIVE") or "never"
    if directory is not None:
        found["PWD"] = directory
    return found


def cannot_stat(directory: str, reason: str) -> GoRuleError:
    """``git DIR`` with a directory that can't be looked at."""
    return GoRuleError(_FATAL, f"GOAUTH=git encountered an error; cannot stat {directory}: stat {directory}: {reason}")


def not_a_directory() -> GoRuleError:
    """``git DIR`` with something else."""
    return GoRuleError(_FATAL, f"{_GIT_USAGE}, dir is not a directory")


def parse_user_auth(data: str) -> dict[str, Headers]:
    """URL lines, an empty line, header lines, an empty line, and so on; keys are without ``https://``.

    Raises :class:`GoauthOutputError`.
    """
    credentials: dict[str, Headers] = {}
    while data:
        urls, data = _block(data, "URLs")
        prefixes = [_prefix(line) for line in urls]
        lines, data = _block(data, "headers")
        headers = tuple(_header(line) for line in lines)
        credentials.update(dict.fromkeys(prefixes, headers))
    return credentials


def parse_git_credential(output: str) -> GitCredential:
    """The output of ``git credential fill``; a ``url=`` line replaces what the lines before it said."""
    parts = {"protocol": "", "host": "", "path": "", "username": "", "password": ""}
    written: gourl.Url | None = None
    for line in output.split("\n"):
        key, equals, value = quoted.trim_space(line).partition("=")
        if not equals:
            continue
        if key in parts:
            parts[key] = value
        elif key == "url":
            written = _parsed(value) or written
            if written is not None:
                parts.update(protocol="", host="", path="")
    url = written or gourl.Url("", None, None, "", "", None, "")
    url = url._replace(
        scheme=parts["protocol"] or url.scheme, host=parts["host"] or url.host, path=parts["path"] or url.path
    )
    return GitCredential(str(url), parts["username"], parts["password"])


def basic_authorization(user: str, password: str) -> Headers:
    """The header of a netrc line or a git credential (Request.SetBasicAuth)."""
    pair = f"{user}:{password}".encode("utf-8", "surrogateescape")
    return (("Authorization", "Basic " + base64.b64encode(pair).decode()),)


def parse_entry(text: str, value: str) -> GoauthCommand:
    """One entry of the list ``value``. Raises ``GoRuleError`` where go ends with a fatal message."""
    words = tuple(fields(text))
    if not words:
        raise GoRuleError(_FATAL, f"GOAUTH encountered an empty command (GOAUTH={value})")
    match words[0]:
        case "off":
            if ";" in value:
                words_of_go = "GOAUTH=off cannot be combined with other authentication commands"
                raise GoRuleError(_FATAL, f"{words_of_go} (GOAUTH={value})")
            return GoauthCommand(kind="off", text=text, words=words)
        case "netrc":
            return GoauthCommand(kind="netrc", text=text, words=words)
        case "git":
            if len(words) != 2:
                raise GoRuleError(_FATAL, _GIT_USAGE)
            if not words[1].startswith("/"):
                raise GoRuleError(_FATAL, f"{_GIT_USAGE}, dir is not absolute")
            return GoauthCommand(kind="git", text=text, words=words, directory=words[1])
        case _:
            return GoauthCommand(kind="command", text=text, words=words)


def _block(data: str, what: str) -> tuple[list[str], str]:
    """The lines up to the empty one, and what follows it."""
    lines: list[str] = []
    while True:
        line, newline, data = data.partition("\n")
        if not newline:
            raise GoauthOutputError(f"invalid format: missing empty line after {what}")
        if not line:
            return lines, data
        lines.append(line)


def _prefix(line: str) -> str:
    url = _parsed(line)
    if url is None:
        raise GoauthOutputError(f"could not parse URL {line}: {_reason(line)}", "a line that should be a URL is none")
    return str(url).removeprefix("https://")


def _parsed(line: str) -> gourl.Url | None:
    """Like Go's ParseRequestURI: absolute, or a rooted path; a ``#`` begins no fragment."""
    path, mark, query = line.partition("?")
    try:
        url = gourl.parse(path.replace("#", "%23") + mark + query)
    except gourl.UrlError:
        return None
    return url if url.scheme or line.startswith("/") else None


def _reason(line: str) -> str:
    try:
        gourl.parse(line)
    except gourl.UrlError as error:
        return str(error)
    return f'parse "{line}": ' + ("invalid URI for request" if line else "empty url")


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(": ")
    value = quoted.trim_space(value)
    if not colon or not _TOKEN.fullmatch(name) or _CONTROL.search(value):
        raise GoauthOutputError("invalid format: invalid header line")
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-")), value
