"""Where the user's Go toolchain lies, without running it: only its ``go.env`` is read."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

_USUAL_PLACES = ("/usr/local/go", "/usr/lib/go")


def find_goroot(environ: Mapping[str, str]) -> str | None:
    """``$GOROOT``, else the tree around the ``go`` of ``$PATH``, else the usual places; ``None`` without any."""
    named = environ.get("GOROOT")
    if named:
        return named
    found = shutil.which("go", path=environ.get("PATH"))
    if found is not None:
        tree = Path(os.path.realpath(found)).parent.parent
        if (tree / "go.env").is_file():
            return str(tree)
    return next((place for place in _USUAL_PLACES if (Path(place) / "go.env").is_file()), None)


def find_go_mod(directory: str) -> str | None:
    """The nearest ``go.mod`` at or above ``directory`` (Go cmd/go/internal/modload/init.go findModuleRoot)."""
    here = Path(directory).absolute()
    for place in (here, *here.parents):
        if (place / "go.mod").is_file():
            return str(place / "go.mod")
    return None
