"""The ground of an end-to-end test: a folder, an environment made from nothing, a lab server, and ``modtrace``."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from tests.end_to_end.child import PEAK_FILE
from tests.oracle.harness import ROOT, authority, certificate, fill

from modtrace.lab.authority import write_roots
from modtrace.lab.modules import Library, hello
from modtrace.lab.server import Live, Place, Server, running
from modtrace.record.trace import Trace, read_lines

MODULE = "lab.test/hello@v1.0.0"
RUN_S = 60.0
_PROGRAM = (sys.executable, "-m", "tests.end_to_end.child")
_POLL_S = 0.01


class Done(msgspec.Struct, frozen=True):
    """A child that has ended. ``code`` is negative for a signal that ended it; ``peak_mb`` 0 when it could not tell."""

    code: int
    out: str
    err: str
    seconds: float
    peak_mb: float

    @property
    def json(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.out)
        return said


class Child:
    """A running ``modtrace``; its streams go to files, so that nothing it says can block it."""

    def __init__(self, command: tuple[str, ...], cwd: Path, env: Mapping[str, str], streams: Path) -> None:
        self._out, self._err, self._peak = (streams.with_suffix(end) for end in (".out", ".err", ".peak"))
        self._started = time.monotonic()
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**env, PEAK_FILE: str(self._peak)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def wait(self, limit_s: float = RUN_S) -> Done:
        try:
            code = self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        return Done(
            code=code,
            out=self._out.read_text(),
            err=self._err.read_text(),
            seconds=time.monotonic() - self._started,
            peak_mb=int(self._peak.read_text()) / 1024 if self._peak.exists() else 0.0,
        )

    def until(self, condition: Callable[[], bool], limit_s: float = 20.0) -> None:
        """Wait for something that the child makes happen."""
        deadline = time.monotonic() + limit_s
        while not condition():
            assert self.process.poll() is None, f"ended early: {self._err.read_text()}"
            assert time.monotonic() < deadline, f"did not happen: {self._err.read_text()}"
            time.sleep(_POLL_S)


class Ground(msgspec.Struct, frozen=True):
    """``words`` fill ``{a}`` (a place's base URL) in arguments."""

    folder: Path
    env: dict[str, str]
    words: dict[str, str]
    live: Live | None

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    def command(self, *options: str, module: str = MODULE) -> tuple[str, ...]:
        given = ("-o", str(self.bundle), *options) if "-o" not in options else options
        return (*_PROGRAM, "fetch", module, *(fill(option, self.words) for option in given))

    def start(
        self, *options: str, module: str = MODULE, wrap: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> Child:
        """``modtrace fetch`` in the background. ``wrap`` is put in front of the command."""
        whole = {**self.env, **(env or {})}
        return Child((*wrap, *self.command(*options, module=module)), self.work, whole, self.folder / "child")

    def fetch(
        self, *options: str, module: str = MODULE, wrap: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> Done:
        """``modtrace fetch`` to its end. A traceback is a failed test, whatever is tested."""
        done = self.start(*options, module=module, wrap=wrap, env=env).wait()
        assert "Traceback" not in done.err, done.err
        return done

    def trace(self) -> Trace:
        with (self.bundle / "events.jsonl").open("rb") as file:
            return read_lines(file)

    def summary(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.bundle / "summary.json").read_bytes())
        return said

    def asked(self, ending: str) -> bool:
        """Has the lab been asked for a path that ends so?"""
        assert self.live is not None
        return any(request.path.endswith(ending) for request in self.live.journal.requests)


@contextmanager
def ground(
    folder: Path,
    *places: Place,
    goproxy: str = "{a}",
    env: Mapping[str, str] | None = None,
    netrc: str = "",
    words: Mapping[str, str] | None = None,
) -> Generator[Ground]:
    """A folder with the lab's root, and the lab's places served until the end of the block."""
    for name in ("work", "home"):
        (folder / name).mkdir(parents=True)
    write_roots(authority(), folder)
    with running(Server(places=places or (honest(),), lifetime_s=RUN_S * 2)) as live:
        hosts = {f"{name}_host": urlsplit(base).netloc for name, base in live.bases.items()}
        known = {**live.bases, **hosts, **(words or {})}
        (folder / "netrc").write_text(fill(netrc, known))
        own = {**_environment(folder), "GOPROXY": goproxy, **(env or {})}
        yield Ground(folder, {name: fill(value, known) for name, value in own.items()}, known, live)


def honest(name: str = "a", *, tls: bool = False, **more: Any) -> Place:
    """A place with the module."""
    return Place(name=name, site=Library(hello()).get, issued=certificate() if tls else None, **more)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("tracer", "capture", "reports", "lab", "")),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder / "home"),
        "GOPATH": str(folder / "gopath"),
        "GOENV": "off",
        "GOROOT": str(folder / "no-go"),
        "GOSUMDB": "off",
        "NETRC": str(folder / "netrc"),
        "SSL_CERT_FILE": str(folder / "roots.pem"),
        "SSL_CERT_DIR": str(folder / "no-more-roots"),
        "LC_ALL": "C.UTF-8",
    }
