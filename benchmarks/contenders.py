"""The programs that are measured side by side, each with an environment of its own and a cold start every time."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.origin import PROXY, SUMDB, VERSION, Origin
from benchmarks.place import Program

MAIN = "from modtrace.command.main import main; main()"


def go_binary() -> str:
    """The real go command, not a wrapper on the PATH."""
    found = shutil.which("go")
    if found is None:
        raise FileNotFoundError("no go command on the PATH")
    root = subprocess.run([found, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    return str(Path(root) / "bin" / "go")


def modtrace_words() -> list[str]:
    """modtrace by the real interpreter: the installed command, or the module where there is none."""
    command = Path(sys.executable).with_name("modtrace")
    return [str(command)] if command.exists() else [sys.executable, "-c", MAIN]


def environment(home: Path, origin: Origin, **more: str) -> dict[str, str]:
    """Nothing of the user's: an empty module cache, no go env file, our authority as the only root."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "GOPATH": str(home / "go"),
        "GOCACHE": str(home / "cache"),
        "GOROOT": str(Path(go_binary()).parents[1]),
        "GOENV": "off",
        "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local",
        "GOPROXY": f"https://{PROXY}",
        "GOSUMDB": f"{origin.verifier_key} https://{SUMDB}",
        "SSL_CERT_FILE": str(origin.roots),
        "SSL_CERT_DIR": str(home),
        **more,
    }


def urls(module: str) -> list[str]:
    """What go asks for, in its order. One tile holds all records of this database."""
    base = f"https://{PROXY}/mod.bench.test/{module}/@v/{VERSION}"
    database = f"https://{SUMDB}"
    records = [f"{database}/lookup/mod.bench.test/{module}@{VERSION}", f"{database}/tile/8/0/000.p/3"]
    return [f"{base}.info", f"{base}.mod", *records, f"{base}.zip"]


def go(module: str, home: Path, origin: Origin) -> Program:
    """``go mod download -json MODULE@VERSION`` outside any module."""
    words = [go_binary(), "mod", "download", "-json", f"mod.bench.test/{module}@{VERSION}"]
    return Program(words, environment(home, origin), home)


def curl(module: str, home: Path, origin: Origin) -> Program:
    """One curl that gets the same five files, one after another, and keeps its connections."""
    words = ["/usr/bin/curl", "--silent", "--show-error", "--fail", "--cacert", str(origin.roots)]
    for number, url in enumerate(urls(module)):
        words += ["--output", str(home / f"file{number}"), url]
    return Program(words, environment(home, origin), home)


def modtrace(module: str, home: Path, origin: Origin) -> Program:
    """``modtrace fetch`` with the same work as go: no capture, no probes."""
    words = [*modtrace_words(), "fetch", f"mod.bench.test/{module}@{VERSION}", "--json", "-o", str(home / "bundle")]
    return Program([*words, "--probe", "off", "--capture", "off"], environment(home, origin), home)


CONTENDERS = {"go": go, "curl": curl, "modtrace": modtrace}


@contextmanager
def fresh_home(parent: Path) -> Iterator[Path]:
    """An empty folder for one run, gone after it."""
    home = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
