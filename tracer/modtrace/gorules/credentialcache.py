"""Credentials by URL prefix, as go keeps them for a process: who gets which headers, and where they came from.

Go 1.26 cmd/go/internal/auth/auth.go: storeCredential, loadCredential.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from modtrace.gorules.goauth import Headers, basic_authorization
from modtrace.gorules.netrc import NetrcLine


class Origin(NamedTuple):
    """What gave a credential: netrc, or a command of GOAUTH (its text)."""

    kind: Literal["netrc", "command", "git"]
    text: str


class Kept(NamedTuple):
    """A stored credential. ``key`` is the prefix under which it stands."""

    key: str
    headers: Headers
    origin: Origin


class CredentialCache:
    """Headers by URL prefix. Keys are ``host[:port]/path``: the port and any userinfo are part of the key."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def store(self, prefix: str, headers: Headers, origin: Origin) -> None:
        """No headers take the prefix out again."""
        key = key_of(prefix)
        if headers:
            self._kept[key] = Kept(key, headers, origin)
        else:
            self._kept.pop(key, None)

    def store_netrc(self, lines: Iterable[NetrcLine]) -> None:
        """In reverse, so that the first line of a machine is the one that stays."""
        for line in reversed(tuple(lines)):
            self.store(line.machine, basic_authorization(line.login, line.password), Origin("netrc", "netrc"))

    def load(self, url: str) -> Kept | None:
        """The credential of the longest stored prefix in whole path elements."""
        key = key_of(url)
        while key not in self._kept:
            key, slash, _ = key.rpartition("/")
            if not slash:
                return None
        return self._kept[key]


def key_of(prefix: str) -> str:
    """A URL as the cache knows it."""
    return prefix.removeprefix("https://").removesuffix("/")
