"""One way through third parties, gone twice: by the real ``go mod download`` and by ``modtrace fetch``.

Each program gets its own fresh module server of the lab behind the same running third party, the same environment made
from nothing, and its own empty folder. Ports and folders are replaced by names before texts are compared.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from tests.end_to_end.ground import MODULE, RUN_S, Ground, ground
from tests.oracle.harness import authority, fill
from tests.real.party import BLOCKED, GROUP, MODULES, PUBLIC, UNKNOWN

from modtrace.lab.behaviour import Faults
from modtrace.lab.journal import Request
from modtrace.lab.modules import Library, hello
from modtrace.lab.server import Place

HELLO = hello()
_HOSTS = (MODULES, BLOCKED, GROUP, UNKNOWN, PUBLIC)


def at(host: str, scheme: str = "https", port: str = "") -> str:
    """A GOPROXY entry: the lab's module server by that name, or another port of that host."""
    return f"{scheme}://{host}:{port or '{secure_port}' if scheme == 'https' else port or '{plain_port}'}"


SECURE, PLAIN = at(MODULES), at(MODULES, "http")


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How a fetch is to go. ``env`` for both programs; ``options`` for modtrace, which then gets no ``proxy_env``;
    ``extra`` options change nothing about that.

    ``proxy_env`` is what go needs to go the same way; without ``options`` modtrace gets it too.
    """

    goproxy: str = SECURE
    env: dict[str, str] = {}
    proxy_env: dict[str, str] = {}
    options: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    module: str = MODULE
    faults: Faults = {}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a program made of a way. ``summary`` is modtrace's; ``page`` is for a failed test."""

    ok: bool
    error: str | None
    zip_h1: str | None
    mod_h1: str | None
    requests: tuple[Request, ...]
    connections: int
    seconds: float
    raw: str
    summary: dict[str, Any] = {}
    exit: int

    @property
    def asked(self) -> list[str]:
        """The requests at the module server, in words."""
        return sorted(f"{one.method} {one.path} {one.protocol} {one.header('user-agent')}" for one in self.requests)

    @property
    def verdict(self) -> dict[str, Any]:
        found: dict[str, Any] = self.summary["verdict"]
        return found

    @property
    def page(self) -> str:
        return f"exit {self.exit} after {self.seconds:.1f} s\n{self.raw}\n{self.asked}"


def through(url: str, **more: Any) -> Way:
    """By the environment: both variables name the proxy."""
    return Way(proxy_env={"HTTPS_PROXY": url, "HTTP_PROXY": url}, **more)


def go(way: Way, folder: Path, go_tool: str) -> Said:
    """``go mod download -json`` in an empty module."""
    with _lab(way, folder / "go") as here:
        assert here.live is not None
        started = time.monotonic()
        done = subprocess.run(
            (go_tool, "mod", "download", "-json", way.module),
            cwd=_module(here.work),
            env=_go_env(here, way, go_tool),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_S * 2,
            check=False,
        )
        said: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
        error: str | None = said.get("Error")
        if done.returncode and error is None:
            error = done.stderr.removeprefix("go: ")
        return Said(
            ok=done.returncode == 0,
            error=None if error is None else _normal(error, here),
            zip_h1=said.get("Sum"),
            mod_h1=said.get("GoModSum"),
            requests=here.live.journal.requests,
            connections=len(here.live.journal.connections),
            seconds=time.monotonic() - started,
            raw=f"{done.stdout}\n{done.stderr}",
            exit=done.returncode,
        )


def modtrace(way: Way, folder: Path) -> Said:
    """``modtrace fetch --json``, fenced in to loopback, in an empty module."""
    with _lab(way, folder / "modtrace") as here:
        assert here.live is not None
        _module(here.work)
        env = {} if way.options else way.proxy_env
        options = ("--json", "--probe", "off", "--capture", "off", *way.options, *way.extra)
        done = here.fetch(*options, module=way.module, env=env)
        assert done.out.strip(), f"modtrace printed no JSON: {done.err}"
        verdict, artifacts = done.json["verdict"], done.json["artifacts"]
        error: str | None = verdict["go"]["error"]
        return Said(
            ok=verdict["outcome"] in ("ok", "suspicious"),
            error=None if error is None else _normal(error, here),
            zip_h1=artifacts.get("zip"),
            mod_h1=artifacts.get("mod"),
            requests=here.live.journal.requests,
            connections=len(here.live.journal.connections),
            seconds=done.seconds,
            raw=f"{done.out}\n{done.err}",
            summary=done.json,
            exit=done.code,
        )


@contextmanager
def _lab(way: Way, folder: Path) -> Generator[Ground]:
    site = Library(HELLO).get
    places = (
        Place(name="secure", host=MODULES, issued=authority().leaf(*_HOSTS), site=site, faults=way.faults),
        Place(name="plain", host=MODULES, site=site, faults=way.faults),
    )
    with ground(folder, *places, goproxy="off", env=way.env) as here:
        known = {f"{name}_port": str(port) for name, port in here.live.ports.items()} if here.live else {}
        yield msgspec.structs.replace(
            here, env={**here.env, "GOPROXY": fill(way.goproxy, known)}, words={**here.words, **known}
        )


def _module(folder: Path) -> Path:
    (folder / "go.mod").write_text("module lab.test/current\n\ngo 1.20\n")
    return folder


def _go_env(here: Ground, way: Way, go_tool: str) -> Mapping[str, str]:
    own = {
        "PATH": f"{Path(go_tool).parent}{os.pathsep}{os.defpath}",
        "GOMODCACHE": str(here.folder / "modcache"),
        "GOCACHE": str(here.folder / "cache"),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=mod -modcacherw",
    }
    return {**{name: value for name, value in here.env.items() if name != "GOROOT"}, **own, **way.proxy_env}


def _normal(text: str, here: Ground) -> str:
    """The text with what differs from run to run replaced by what it is."""
    for name, port in here.live.ports.items() if here.live else ():
        text = re.sub(rf":{port}\b", f":<{name}>", text)
    return re.sub(r"((?:read|write) tcp 127\.0\.0\.1):\d+->", r"\1:<own>->", text).strip()
