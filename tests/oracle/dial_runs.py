"""Every case run by ``go mod download`` and by ``modtrace fetch``, all side by side, and what the network saw of each.

A run's start waits for the first packet of the one before, so that no clock runs while interpreters start; then they
all wait for their timers together. The whole costs little more than the longest case.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec
from tests.oracle.dial_cases import CASES, Case
from tests.oracle.dial_ground import ADDRESSES, LABELS, Client, Ground, filled, laid
from tests.oracle.dial_server import MODULE, PLAIN_PORT, TLS_PORT
from tests.oracle.module_server import go_environment

from modtrace.lab.authority import Authority, write, write_roots

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LONGEST_S = 90.0
START_S = 5.0
PROGRAMS: tuple[Literal["go"], Literal["modtrace"]] = ("go", "modtrace")
_FETCH = ("fetch", MODULE, "--json", "-q", "--probe", "off", "--capture", "off", "-o", "bundle")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One run: ``tries`` and ``asks`` as they arrived, seconds from the first packet; ``used`` carried data.

    ``recorded`` is modtrace's own list of its connections, ``after_s`` its claim when go gives up, ``cause`` its
    verdict with whose side it was.
    """

    tries: list[tuple[str, float]]
    asks: list[tuple[float, str, str, str]]
    used: list[str]
    ok: bool
    error: str
    ended_s: float
    recorded: list[str] = []
    after_s: float = 0.0
    cause: str = ""
    raw: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    case: Case
    program: Literal["go", "modtrace"]
    client: Client

    @property
    def host(self) -> str:
        return host_of(self.case)


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``dial_watch.py``."""

    at_ns: int
    interface: str
    what: str
    target: str
    port: int
    name: str = ""
    kind: str = ""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    code: int
    out: str
    err: str
    at_ns: int


def host_of(case: Case) -> str:
    """The host that a case asks for; nobody else does."""
    return f"c{CASES.index(case)}.test"


def run_all(folder: Path, go_tool: str) -> dict[str, dict[str, Seen]]:
    """What was seen, by case and program."""
    pairs = [(case, program) for case in CASES for program in PROGRAMS]
    runs = [Run(case=case, program=program, client=_client(case, n)) for n, (case, program) in enumerate(pairs, 1)]
    authority = Authority()
    files = write(authority.leaf(*{run.host for run in runs}), folder, "server")
    write_roots(authority, folder)
    (folder / "records").write_text("".join(_records(case) for case in CASES))
    with laid([run.client for run in runs]) as ground:
        late = [f"{run.client.interface}={_late(run.case)}" for run in runs if run.case.late]
        names = ["--records", str(folder / "records"), f"{filled('{ns}')}=good"]
        names.append(f"{filled('{ns-without-aaaa}')}=aaaa-silent")
        good = [address for label, address in ADDRESSES.items() if re.fullmatch(r"ok[46]\.[1-4]", label)]
        with (
            _serving(ground, "dns_server.py", *names),
            _serving(ground, "dial_server.py", str(files.chain), str(files.key), *good),
            _watching(ground, *late) as watch,
        ):
            ended = _started_one_by_one(runs, ground, watch, folder, go_tool)
        return _told(runs, ended, watch)


def _client(case: Case, number: int) -> Client:
    return Client(
        number=number,
        has_ipv6=case.has_ipv6,
        late=_late(case).partition("@")[0] or None,
        routes=tuple(filled(case.routes).splitlines()),
        files={
            "resolv.conf": filled(case.resolv_conf) + "\n",
            "hosts": filled(case.hosts.replace("{host}", host_of(case))),
            "nsswitch.conf": "hosts: files dns\n",
        },
    )


def _late(case: Case) -> str:
    """``ADDRESS@SECONDS``, or nothing."""
    label, at, delay_s = case.late.partition("@")
    return f"{ADDRESSES[label]}{at}{delay_s}" if label else ""


def _records(case: Case) -> str:
    host = host_of(case)
    lines = [f"{host}. 60 IN A {ADDRESSES[label]}\n" for label in case.a.split()]
    return "".join(lines + [f"{host}. 60 IN AAAA {ADDRESSES[label]}\n" for label in case.aaaa.split()])


class Watch:
    """The watcher's lines as they come, by interface."""

    def __init__(self) -> None:
        self.events: dict[str, list[Watched]] = {}
        self._news = threading.Condition()

    def listen(self, lines: Sequence[str]) -> None:
        for line in lines:
            event = msgspec.json.decode(line, type=Watched)
            with self._news:
                self.events.setdefault(event.interface, []).append(event)
                self._news.notify_all()

    def wait_for(self, interface: str, limit_s: float) -> None:
        """Until something came from there, or long enough."""
        with self._news:
            self._news.wait_for(lambda: interface in self.events, limit_s)


@contextmanager
def _serving(ground: Ground, script: str, *words: str) -> "Generator[subprocess.Popen[str]]":
    """A script of this folder in the server's namespace, until the end of the block."""
    command = [*ground.inside(), *_early(), sys.executable, str(HERE / script), *words]
    process = subprocess.Popen(
        command, env=_python_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == "ready\n", script
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@contextmanager
def _watching(ground: Ground, *words: str) -> Generator[Watch]:
    watch = Watch()
    with _serving(ground, "dial_watch.py", *words) as process:
        thread = threading.Thread(target=watch.listen, args=(process.stdout,), daemon=True)
        thread.start()
        yield watch
        assert process.stdin is not None
        process.stdin.close()
        thread.join(10)


def _early() -> list[str]:
    """Before the other processes of this machine, so that a moment is the program's own. Without the right: no harm."""
    return ["nice", "-n", "-10"]


def _started_one_by_one(runs: Sequence[Run], ground: Ground, watch: Watch, folder: Path, go_tool: str) -> list[Ended]:
    with ThreadPoolExecutor(len(runs)) as pool:
        futures = []
        for run in runs:
            home = folder / str(run.client.number)
            (home / "current").mkdir(parents=True)
            (home / "current" / "go.mod").write_text("module lab.test/current\n\ngo 1.20\n")
            command = [*ground.inside(run.client), *_early(), *_command(run, go_tool)]
            futures.append(pool.submit(_ended, command, home / "current", _environment(run, home, folder)))
            watch.wait_for(run.client.interface, START_S)
        return [future.result() for future in futures]


def _ended(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Ended:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, err = process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    return Ended(code=process.returncode, out=out, err=err, at_ns=time.time_ns())


def _command(run: Run, go_tool: str) -> tuple[str, ...]:
    if run.program == "go":
        return (go_tool, "mod", "download", "-json", MODULE)
    return (sys.executable, "-c", "from modtrace.command.main import main; main()", *_FETCH)


def _python_environment() -> dict[str, str]:
    roots = (ROOT / name for name in ("tracer", "capture", "reports", "lab", ""))
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, roots))}


def _environment(run: Run, home: Path, folder: Path) -> dict[str, str]:
    port = TLS_PORT if run.case.scheme == "https" else PLAIN_PORT
    host = ADDRESSES[run.case.literal] if run.case.literal else run.host
    return {
        **_python_environment(),
        **go_environment(home, f"{run.case.scheme}://{host}:{port}"),
        "SSL_CERT_FILE": str(folder / "roots.pem"),
        "SSL_CERT_DIR": str(folder / "nothing-here"),
        "LC_ALL": "C.UTF-8",
    }


def _told(runs: Sequence[Run], ended: Sequence[Ended], watch: Watch) -> dict[str, dict[str, Seen]]:
    told: dict[str, dict[str, Seen]] = {}
    for run, end in zip(runs, ended, strict=True):
        events = watch.events.get(run.client.interface, [])
        told.setdefault(run.case.name, {})[run.program] = _seen(run, end, sorted(events, key=lambda one: one.at_ns))
    return told


def _seen(run: Run, end: Ended, events: Sequence[Watched]) -> Seen:
    start_ns = events[0].at_ns if events else end.at_ns
    tries: dict[tuple[str, int], float] = {}
    for event in events:
        if event.what == "syn":  # a repeated SYN comes from the same port
            tries.setdefault((LABELS[event.target], event.port), (event.at_ns - start_ns) / 1e9)
    asks = [
        ((event.at_ns - start_ns) / 1e9, LABELS[event.target], event.kind, event.name)
        for event in events
        if event.what == "ask"
    ]
    said = json.loads(end.out) if end.out.strip() else {}
    phases, verdict = said.get("phases", []), said.get("verdict", {"go": {}})
    error = said.get("Error") if run.program == "go" else verdict["go"]["error"]
    return Seen(
        tries=[(label, at_s) for (label, _), at_s in tries.items()],
        asks=asks,
        used=[*dict.fromkeys(LABELS[event.target] for event in events if event.what == "data")],
        ok=end.code == 0,
        error=_plain(error or "", run.client),
        ended_s=(end.at_ns - start_ns) / 1e9,
        recorded=[_label(one["subject"]) for one in phases if (one["layer"], one["name"]) == ("tcp", "connect")],
        after_s=verdict["go"].get("after_s", 0.0),
        cause=f"{verdict.get('cause') or ''} {verdict.get('side') or ''}",
        raw=f"exit {end.code}\n{end.out}\n{end.err}",
    )


def _label(host_port: str) -> str:
    return LABELS[host_port.rpartition(":")[0].strip("[]")]


def _plain(text: str, client: Client) -> str:
    """Without the client's own address and ports."""
    for address in client.own_addresses:
        text = text.replace(f"{address}:", "OWN:").replace(f"[{address}]:", "[OWN]:")
    return re.sub(r"(OWN\]?):\d+", r"\1:PORT", text)
