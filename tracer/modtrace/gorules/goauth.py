"""GOAUTH: which commands run, in which order, and which of their headers a request gets.

Go 1.26 cmd/go/internal/auth: auth.go (runGoAuth, loadCredential, storeCredential), userauth.go (parseUserAuth,
buildCommand, writeResponseToStdin), gitauth.go (parseGitAuth). https only. Running a command, and looking whether a
directory exists, is done elsewhere.
"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from modtrace.gorules import gourl, quoted
from modtrace.gorules.goquote import fields
from modtrace.gorules.netrc import NetrcLine
from modtrace.record.causes import Cause
from modtrace.record.failures import GoRuleError

_FATAL: Final[Cause] = "config.goenv_unreadable"  # the closed list has no cause of GOAUTH's own yet
_GIT_USAGE = "go: GOAUTH=git dir method requires an absolute path to the git working directory"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Headers = tuple[tuple[str, str], ...]


class GoauthOutputError(ValueError):
    """A command's output that go cannot read. Not fatal to go; the message is in its words."""


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


def parse_goauth(value: str) -> tuple[GoauthCommand, ...]:
    """The commands in running order, which is the reverse of the written one: an earlier entry overwrites a later.

    Raises ``GoRuleError`` where go ends with a fatal message at its first https request.
    """
    entries = value.split(";")[::-1]
    return tuple(_command(quoted.trim_space(entry), value, len(entries)) for entry in entries)


def command_argv(command: str, url: str = "") -> tuple[str, ...]:
    """What go runs for an external command; ``url`` is its last argument on the retry after a 4xx."""
    try:
        words = quoted.split(command)
    except ValueError as error:
        raise GoauthOutputError(f"cannot parse GOAUTH command {command}: {error}") from None
    return (*words, url) if url else tuple(words)


def response_stdin(proto: str, status: str, headers: Mapping[str, Sequence[str]]) -> str:
    """What an external command reads on its standard input after a 4xx."""
    lines = [f"{proto} {status}", *(f"{name}: {', '.join(values)}" for name, values in headers.items())]
    return "\n".join(lines) + "\n\n"


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


class Credentials:
    """Headers by URL prefix. Keys are ``host[:port]/path``: the port and any userinfo are part of the key."""

    def __init__(self) -> None:
        self._headers: dict[str, Headers] = {}

    def store(self, prefix: str, headers: Headers) -> None:
        """No headers take the prefix out again."""
        key = _key(prefix)
        if headers:
            self._headers[key] = headers
        else:
            self._headers.pop(key, None)

    def store_netrc(self, lines: Iterable[NetrcLine]) -> None:
        """In reverse, so that the first line of a machine is the one that stays."""
        for line in reversed(tuple(lines)):
            self.store(line.machine, basic_authorization(line.login, line.password))

    def load(self, url: str) -> Headers:
        """The headers of the longest stored prefix in whole path elements; empty when there is none."""
        key = _key(url)
        while key not in self._headers:
            key, slash, _ = key.rpartition("/")
            if not slash:
                return ()
        return self._headers[key]


def _command(text: str, value: str, count: int) -> GoauthCommand:
    words = tuple(fields(text))
    if not words:
        raise GoRuleError(_FATAL, f"go: GOAUTH encountered an empty command (GOAUTH={value})")
    match words[0]:
        case "off":
            if count != 1:
                words_of_go = "go: GOAUTH=off cannot be combined with other authentication commands"
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
        raise GoauthOutputError(f"could not parse URL {line}: {_reason(line)}")
    return str(url).removeprefix("https://")


def _parsed(line: str) -> gourl.Url | None:
    """Like Go's ParseRequestURI: absolute, or a rooted path."""
    try:
        url = gourl.parse(line)
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


def _key(prefix: str) -> str:
    return prefix.removeprefix("https://").removesuffix("/")
