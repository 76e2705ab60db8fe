"""Which credentials a request carries: GOAUTH's list, of which this release applies ``netrc`` and ``off``.

Go 1.26 cmd/go/internal/auth/auth.go: runGoAuth, loadCredential; https only. Commands and ``git`` come with the proxies
issue; until then they are named in a warning.
"""

import base64
from collections.abc import Sequence

from modtrace.gorules.netrc import NetrcLine
from modtrace.record.redaction import Redactor


class Credentials:
    """Looks up the ``Authorization`` of a URL; every secret is known to the redactor from the start."""

    def __init__(self, lines: Sequence[NetrcLine], redactor: Redactor) -> None:
        self._by_prefix: dict[str, str] = {}
        for line in lines:
            redactor.learn_basic(line.login, line.password)
            pair = f"{line.login}:{line.password}".encode("utf-8", "surrogateescape")
            self._by_prefix.setdefault(line.machine, "Basic " + base64.b64encode(pair).decode())

    def header_for(self, url: str) -> dict[str, str] | None:
        """Headers for an https ``url`` (loadCredential): the longest stored prefix of ``host[:port]/path``."""
        prefix = url.removeprefix("https://").partition("?")[0]
        while True:
            value = self._by_prefix.get(prefix)
            if value is not None:
                return {"Authorization": value}
            shorter, slash, _ = prefix.rpartition("/")
            if not slash:
                return None
            prefix = shorter


def unapplied(goauth: str) -> list[str]:
    """The words of GOAUTH that this release does not run."""
    words = [word.strip() for word in goauth.split(";")]
    return [word for word in words if word and word not in ("netrc", "off")]


def uses_netrc(goauth: str) -> bool:
    """Does the list read the netrc file?"""
    return "netrc" in [word.strip() for word in goauth.split(";")]
