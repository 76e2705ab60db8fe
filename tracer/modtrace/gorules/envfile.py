"""Go's environment files: the user's ``go/env`` and ``$GOROOT/go.env``.

Go 1.26 cmd/go/internal/cfg/cfg.go: EnvFile, readEnvFile, initEnvCache; os/file.go UserConfigDir (Linux).
"""

import posixpath
from collections.abc import Mapping


def parse_env_file(data: bytes) -> dict[str, str]:
    """``KEY=VALUE`` lines; the first of a key wins. No quoting, no trimming, no comments: a CR stays in the value.

    A line counts only when its first byte is A-Z and it holds a ``=``.
    """
    found: dict[str, str] = {}
    for raw in data.split(b"\n"):
        if not raw or not b"A" <= raw[:1] <= b"Z" or b"=" not in raw:
            continue
        key, _, value = raw.decode("utf-8", "surrogateescape").partition("=")
        found.setdefault(key, value)
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
    elif not posixpath.isabs(base):
        return None
    return posixpath.join(base, "go", "env")
