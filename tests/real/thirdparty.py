"""Where scripts/check.sh puts the programs that Debian does not package: beside the tests' own Python."""

import os
import sys
from pathlib import Path

import pytest

_FOLDER = Path(sys.prefix, "third-party")


def installed(name: str) -> Path:
    """``NAME`` in its folder; the test is skipped where it is missing (scripts/check.sh installs it)."""
    path = _FOLDER / name
    if not os.access(path, os.X_OK):
        pytest.skip(f"needs {path.name} in {_FOLDER.name}/ (scripts/check.sh installs it)")
    return path
