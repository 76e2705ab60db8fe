"""One configuration, run twice: by the real ``go mod download`` and by ``modtrace fetch``, each against a fresh server.

Both get the same environment, made from nothing: private HOME, GOPATH and module cache, the lab's root as the only
trusted one, and a closed port as HTTP(S) proxy, so that nothing but loopback can be reached (go uses no proxy for
``localhost`` and 127.0.0.0/8; everything else ends at the closed port);
modtrace also runs behind ``fence.py``. Ports differ from run to run, so every text
passes :meth:`Setting.normal` before it is compared.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.oracle.ownnames import with_own_names

from modtrace.lab.authority import Authority, Issued, write_roots
from modtrace.lab.journal import Request
from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyjournal import Heard
from modtrace.lab.proxyserver import LiveProxies, running_proxies
from modtrace.lab.server import Live, Place, Server, running

ROOT = Path(__file__).parents[2]
RUN_S = 60.0
UNUSABLE = 2  # exit status of both programs for arguments or settings that cannot be used
# The closed proxy contains a program that obeys it, as go does. modtrace is under test, so it is fenced in as well.
_MODTRACE = (
    sys.executable,
    "-c",
    "from tests.oracle.fence import up; up()\nfrom modtrace.command.main import main; main()",
)
_FETCH = ("--probe", "off", "--capture", "off")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration. What go does with it stands in ``go_baseline.json`` under its name.

    In its texts ``{a}`` is the base URL of place ``a``, ``{a_host}`` its ``host:port``, ``{closed}`` a host:port where
    none listens, ``{files}`` the file:// URL of the tree ``files``, ``{shared}`` its path, ``{folder}`` the run's own.
    ``git_config`` is the user's own file for git, ``repository_config`` is added to that of the repository
    ``{folder}/repository``. What a program of ``files`` writes into ``{folder}/calls`` is compared too.
    ``around``: more files, by their paths from the folder that the program stands in.
    ``may_suspect``: go succeeds, but saw something that modtrace may rightly call tampering.
    ``proxies``: ``{p}`` is the URL of proxy ``p``, ``{p_host}`` its ``host:port``. Then the programs know no name but
    ``hosts`` (name to address). ``options`` are modtrace's. ``go_waits_s``: go would never end; so long it is watched.
    """

    name: str
    places: tuple[Place, ...]
    goproxy: str = "{a}"
    argument: str = "lab.test/hello@v1.0.0"
    env: dict[str, str] = {}
    netrc: str = ""
    go_sum: str | None = None
    around: dict[str, str] = {}
    go_env: str = ""
    files: dict[str, bytes] = {}
    git_config: str | None = None
    repository_config: str | None = None
    may_suspect: bool = False
    proxies: tuple[Proxy, ...] = ()
    hosts: dict[str, str] = {}
    options: tuple[str, ...] = ()
    go_waits_s: float | None = None
    limit_s: float = RUN_S


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a program made of a case, with ports and folders replaced by names. ``raw`` is for the failing test's page.

    ``is_json``: the program got as far as a JSON answer. go prints none when it refuses the arguments or a setting, or
    stops on a go.sum conflict; then ``error`` is what it wrote to standard error, without the leading ``go: ``.
    ``heard``: by the proxies. ``is_waiting``: it was still at it when the watch ended. ``said``: its JSON.
    """

    ok: bool
    suspicious: bool = False
    is_json: bool
    error: str | None = None
    resolved: str | None = None
    zip_h1: str | None = None
    mod_h1: str | None = None
    requests: tuple[Request, ...]
    normal: "Setting"
    raw: str
    heard: tuple[Heard, ...]
    wall_s: float
    is_waiting: bool
    said: dict[str, Any] = {}

    @property
    def calls(self) -> str:
        """What the programs that were run have written down."""
        path = self.normal.folder / "calls"
        return self.normal.normal(path.read_text()) if path.exists() else ""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The prepared ground of one run: a folder, an environment, and the running server's names."""

    folder: Path
    env: dict[str, str]
    argument: str
    live: Live
    ports: dict[str, int]
    shared: Path
    proxies: LiveProxies

    def normal(self, text: str) -> str:
        """The text with what differs from run to run replaced by what it is."""
        for name, port in self.ports.items():
            text = re.sub(rf":{port}\b", f":<{name}>", text)
        text = re.sub(r"current time \S+ is", "current time <now> is", text)
        text = re.sub(r"127\.0\.0\.1:\d+->", "127.0.0.1:<own>->", text)
        return text.replace(str(self.folder), "<folder>").replace(str(self.shared), "<shared>").strip()


@cache
def authority() -> Authority:
    """The lab's own, one per test process."""
    return Authority()


@cache
def certificate() -> Issued:
    """For both names that go resolves without DNS."""
    return authority().leaf("localhost", "127.0.0.1")


class Done(NamedTuple):
    """A program that has ended, or (``is_waiting``) had not by the end of the watch and was ended."""

    code: int
    out: str
    err: str
    wall_s: float
    is_waiting: bool

    @property
    def raw(self) -> str:
        return f"exit {self.code} after {self.wall_s:.2f} s\n{self.out}\n{self.err}"


def run_go(case: Case, tmp_path: Path, go_tool: str) -> Outcome:
    """``go mod download -json`` in an empty module."""
    with _setting(case, tmp_path / "go", go_tool) as setting:
        command = (go_tool, "mod", "download", "-json", setting.argument)
        done = _run(command, setting, case, case.go_waits_s)
        said: dict[str, Any] = json.loads(done.out) if done.out.strip() else {}
        error: str | None = said.get("Error")
        if done.code and error is None and not done.is_waiting:
            error = done.err.removeprefix("go: ")  # go gave up before it had a module to speak of
        return Outcome(
            ok=done.code == 0,
            is_json=bool(said),
            error=None if error is None else setting.normal(error),
            resolved=said.get("Version"),
            zip_h1=said.get("Sum"),
            mod_h1=said.get("GoModSum"),
            **_common(done, setting),
        )


def run_modtrace(case: Case, tmp_path: Path, go_tool: str) -> Outcome:
    """``modtrace fetch --json`` in an empty module."""
    with _setting(case, tmp_path / "modtrace", go_tool) as setting:
        output = ("--json", "-o", str(setting.folder / "bundle"))
        done = _run((*_MODTRACE, "fetch", setting.argument, *output, *_FETCH, *case.options), setting, case)
        if done.code == UNUSABLE and not done.out.strip():
            return Outcome(ok=False, is_json=False, **_common(done, setting))
        assert done.out.strip(), f"modtrace printed no JSON: {done.raw}"
        said: dict[str, Any] = json.loads(done.out)
        verdict, artifacts = said["verdict"], said["artifacts"]
        error: str | None = verdict["go"]["error"]
        return Outcome(
            ok=verdict["outcome"] in ("ok", "suspicious"),
            suspicious=verdict["outcome"] == "suspicious",
            is_json=True,
            error=None if error is None else setting.normal(error),
            resolved=said["request"]["resolved"],
            zip_h1=artifacts.get("zip"),
            mod_h1=artifacts.get("mod"),
            said=said,
            **_common(done, setting),
        )


def _common(done: Done, setting: Setting) -> dict[str, Any]:
    return {
        "requests": setting.live.journal.requests,
        "heard": setting.proxies.journal.heard,
        "normal": setting,
        "raw": done.raw,
        "wall_s": done.wall_s,
        "is_waiting": done.is_waiting,
    }


def _run(command: tuple[str, ...], setting: Setting, case: Case, watch_s: float | None = None) -> Done:
    """To its end, which must come within the case's limit; or, when it is only watched, for so long."""
    if case.proxies or case.hosts:
        command = with_own_names(command, case.hosts, setting.folder)
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=setting.folder / "current",
        env=setting.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            out, err = process.communicate(timeout=watch_s or case.limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            wall_s = time.monotonic() - start
            assert watch_s, f"not ended after {wall_s} s: {command}\n{out}\n{err}"
            return Done(process.returncode, out, err, wall_s, is_waiting=True)
    return Done(process.returncode, out, err, time.monotonic() - start, is_waiting=False)


@contextmanager
def _setting(case: Case, folder: Path, go_tool: str) -> Generator[Setting]:
    (folder / "current").mkdir(parents=True)
    (folder / "home").mkdir()
    shared = folder.parent / "files"
    for name, data in case.files.items():
        (shared / name).parent.mkdir(parents=True, exist_ok=True)
        (shared / name).write_bytes(data)
    server = Server(places=case.places, lifetime_s=case.limit_s * 2)
    with ExitStack() as stack:
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        live = stack.enter_context(running(server))
        proxies = stack.enter_context(running_proxies(case.proxies, live.ports, lifetime_s=case.limit_s * 2))
        ports = {**live.ports, **proxies.ports, "closed": closed.getsockname()[1]}
        words = {f"{name}_port": str(port) for name, port in ports.items()}
        words |= {
            "closed": f"127.0.0.1:{ports['closed']}",
            "files": shared.as_uri(),
            "shared": str(shared),
            "folder": str(folder),
        }
        for name, base in {**live.bases, **proxies.urls}.items():
            words |= {name: base, f"{name}_host": urlsplit(base).netloc}
        _write_files(case, folder, words)
        yield Setting(
            folder=folder,
            env=_environment(case, folder, words, go_tool),
            argument=fill(case.argument, words),
            live=live,
            ports=ports,
            shared=shared,
            proxies=proxies,
        )


def _environment(case: Case, folder: Path, words: dict[str, str], go_tool: str) -> dict[str, str]:
    own = {
        "PATH": f"{Path(go_tool).parent}{os.pathsep}{os.defpath}",
        "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("tracer", "capture", "reports", "lab", "")),
        "HOME": str(folder / "home"),
        "GOPATH": str(folder / "gopath"),
        "GOMODCACHE": str(folder / "modcache"),
        "GOCACHE": str(folder / "cache"),
        "GOENV": str(folder / "goenv"),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOPROXY": case.goproxy,
        "GOSUMDB": "off",
        "NETRC": str(folder / "netrc"),
        "SSL_CERT_FILE": str(folder / "roots.pem"),
        "SSL_CERT_DIR": str(folder / "no-more-roots"),
        "HTTPS_PROXY": "http://{closed}",
        "HTTP_PROXY": "http://{closed}",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
    }
    merged = {**own, **case.env}
    return {name: fill(value, words) for name, value in merged.items() if value != "(unset)"}


def _write_files(case: Case, folder: Path, words: dict[str, str]) -> None:
    write_roots(authority(), folder)
    (folder / "goenv").write_text(fill(case.go_env, words))
    (folder / "current" / "go.mod").write_text("module lab.test/current\n\ngo 1.20\n")
    for name, text in case.around.items():
        path = folder / "current" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fill(text, words))
    if case.git_config is not None:
        (folder / "home" / ".gitconfig").write_text(fill(case.git_config, words))
    if case.repository_config is not None:
        _make_repository(folder, fill(case.repository_config, words))
    if case.netrc:
        (folder / "netrc").write_text(fill(case.netrc, words))
    if case.go_sum is not None:
        (folder / "current" / "go.sum").write_text(fill(case.go_sum, words))


def _make_repository(folder: Path, config: str) -> None:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    env = {"PATH": os.defpath, "HOME": str(folder / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", str(folder / "repository")], check=True, env=env)
    with (folder / "repository" / ".git" / "config").open("a") as file:
        file.write(config)


def fill(template: str, words: dict[str, str]) -> str:
    """``{name}`` replaced for the known names; every other brace stays."""
    for name, value in words.items():
        template = template.replace("{" + name + "}", value)
    return template
