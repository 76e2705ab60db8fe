"""Go's environment files: the user's ``go/env`` and ``$GOROOT/go.env``.

Go 1.26 cmd/go/internal/cfg/cfg.go: EnvFile, readEnvFile, initEnvCache; os/file.go UserConfigDir (Linux).
"""

from collections.abc import Mapping

from modtrace.gorules import gopath


def parse_env_file(data: bytes, *, is_goroot_file: bool = False) -> dict[str, str]:
    """``KEY=VALUE`` lines. No quoting, no trimming, no comments: a CR stays in the value.

    A line counts only when its first byte is A-Z and it holds a ``=``. The last line of a key wins in the user's
    file, the first in ``$GOROOT/go.env``.
    """
    found: dict[str, str] = {}
    for raw in data.split(b"\n"):
        if not raw or not b"A" <= raw[:1] <= b"Z" or b"=" not in raw:
            continue
        key, _, value = raw.decode("utf-8", "surrogateescape").partition("=")
        if not (is_goroot_file and key in found):
            found[key] = value
    return found


def user_env_file(environ: Mapping[str, str]) -> str | None:
    """The user's file: ``$GOENV``, else below the config directory; ``None`` when it is ``off`` or has no place."""
    named = environ.get("GOENV", "")
    if named:
        return None if named == "off" else named
    base = environ.get("XDG_CONFIG_HOME", "")
    if not base:
        home = environ.get("HOME", "")
        if not home:
            return None
        base = f"{home}/.config"
    elif not base.startswith("/"):
        return None
    return gopath.join(base, "go/env")
