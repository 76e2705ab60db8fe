"""Which credentials a request carries: GOAUTH's list, of which this release applies ``netrc`` and ``off``.

Go 1.26 cmd/go/internal/auth/auth.go runGoAuth; https only. External commands and ``git`` are not run yet: a warning
names them.
"""

from collections.abc import Sequence

from modtrace.gorules.goauth import Credentials as Stored
from modtrace.gorules.goauth import GoauthCommand
from modtrace.gorules.netrc import NetrcLine
from modtrace.record.redaction import Redactor


class Credentials:
    """Looks up the ``Authorization`` of a URL; every secret is known to the redactor from the start."""

    def __init__(self, lines: Sequence[NetrcLine], redactor: Redactor) -> None:
        self._stored = Stored()
        self._stored.store_netrc(lines)
        for line in lines:
            redactor.learn_basic(line.login, line.password)

    def header_for(self, url: str) -> dict[str, str] | None:
        """Headers for an https ``url``."""
        return dict(self._stored.load(url)) or None


def unapplied(commands: Sequence[GoauthCommand]) -> list[str]:
    """A warning for each entry of GOAUTH that this release does not run."""
    return [
        f"GOAUTH: {command.text!r} is not run by this release; go would ask it for credentials"
        for command in commands
        if command.kind in ("git", "command")
    ]
