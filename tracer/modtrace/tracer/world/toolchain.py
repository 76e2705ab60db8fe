"""Where the user's Go toolchain lies, without running it: only its ``go.env`` is read."""

import os
from collections.abc import Mapping
from pathlib import Path

_USUAL_PLACES = ("/usr/local/go", "/usr/lib/go")


def find_goroot(environ: Mapping[str, str]) -> str | None:
    """``$GOROOT``, else the tree around the ``go`` of ``$PATH``, else the usual places; ``None`` without any."""
    named = environ.get("GOROOT")
    if named:
        return named
    found = _which("go", environ.get("PATH", os.defpath))
    if found is not None:
        tree = Path(os.path.realpath(found)).parent.parent
        if os.path.isfile(tree / "go.env"):
            return str(tree)
    return next((place for place in _USUAL_PLACES if os.path.isfile(Path(place) / "go.env")), None)


def working_directory(environ: Mapping[str, str]) -> str:
    """Where we stand: ``$PWD`` when that is here (it keeps the user's links), else the system's word (Go os.Getwd)."""
    named = environ.get("PWD", "")
    try:
        if named.startswith("/") and os.path.samefile(named, "."):
            return named
    except OSError:
        pass
    return os.getcwd()


def find_go_work(directory: str, goroot: str | None) -> str | None:
    """The nearest ``go.work`` at or above ``directory``, but not in or above GOROOT (init.go findWorkspaceFile)."""
    here = Path(directory).absolute()
    for place in (here, *here.parents):
        path = place / "go.work"
        if os.path.exists(path) and not os.path.isdir(path):
            return str(path)
        if goroot is not None and str(place.parent) == goroot:
            return None
    return None


def find_go_mod(directory: str) -> str | None:
    """The nearest ``go.mod`` at or above ``directory`` (Go cmd/go/internal/modload/init.go findModuleRoot)."""
    here = Path(directory).absolute()
    for place in (here, *here.parents):
        if os.path.isfile(place / "go.mod"):  # False where it may not be looked at, as Go's err == nil
            return str(place / "go.mod")
    return None


def _which(name: str, path: str) -> str | None:
    """The first executable of that name; ``shutil`` loads three compressors to say the same."""
    for directory in filter(None, path.split(os.pathsep)):
        candidate = os.path.join(directory, name)
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    return None
