"""The netrc file: Go 1.26 cmd/go/internal/auth/netrc.go, parseNetrc and netrcPath."""

import posixpath
from collections.abc import Mapping

import msgspec

from modtrace.gorules.goquote import fields


class NetrcLine(msgspec.Struct, frozen=True, kw_only=True):
    """One machine with its login and password; the port, if any, is part of the machine's name."""

    machine: str
    login: str
    password: str


def netrc_path(environ: Mapping[str, str]) -> str | None:
    """``$NETRC``, else ``$HOME/.netrc``; ``None`` when go reports ``$HOME is not defined``. Unix rule."""
    named = environ.get("NETRC", "")
    if named:
        return named
    home = environ.get("HOME", "")
    return posixpath.normpath(posixpath.join(home, ".netrc")) if home else None


def parse_netrc(data: bytes) -> tuple[NetrcLine, ...]:
    """Every complete entry in file order. Of two entries for one machine, go uses the first.

    A ``macdef`` hides everything up to an empty line (in a file with CRLF there is none). ``default`` as an odd last
    word of a line ends the file; anywhere else it is a word like any other, and its entry is never used.
    """
    found: list[NetrcLine] = []
    entry = _Entry()
    in_macro = False
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        if in_macro:
            in_macro = line != ""
            continue
        words = fields(line)
        for key, value in zip(words[0::2], words[1::2], strict=False):
            in_macro = in_macro or key == "macdef"
            complete = entry.take(key, value)
            if complete is not None:
                found.append(complete)
                entry = _Entry()
        if len(words) % 2 == 1 and words[-1] == "default":
            break
    return tuple(found)


class _Entry:
    """What has been read of the entry so far."""

    def __init__(self) -> None:
        self._values = {"machine": "", "login": "", "password": ""}

    def take(self, key: str, value: str) -> NetrcLine | None:
        """One pair of words; the entry as soon as it has all three parts, in whatever order they came."""
        if key == "machine":
            self._values = {"machine": value, "login": "", "password": ""}
        elif key in self._values:
            self._values[key] = value
        return NetrcLine(**self._values) if all(self._values.values()) else None
