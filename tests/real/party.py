"""A third party's program in the foreground on loopback for as long as a block lasts; its log is for a failed test.

A program whose name resolution goes through the C library learns the lab's names from ``libnss_wrapper`` (Debian's
libnss-wrapper), so that nobody's ``/etc/hosts`` is touched and no right is needed.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest

# The names of the tests. go goes round its proxy for ``localhost`` and 127.0.0.0/8 written as such, so the targets are
# names, which the proxy resolves. ``.invalid`` exists nowhere (RFC 6761); the group's address (RFC 5771) has no route
# for TCP on any machine, and no packet leaves it.
MODULES = "modules.lab.test"
BLOCKED = "blocked.lab.test"
GROUP = "group.lab.test"
UNKNOWN = "nowhere.invalid"
PUBLIC = "github.com"  # its owner is known to use public authorities; here the name means the lab's module server
BLOCKED_ADDRESS = "127.0.0.2"
HOSTS = f"127.0.0.1 {MODULES} {PUBLIC}\n{BLOCKED_ADDRESS} {BLOCKED}\n224.0.0.1 {GROUP}\n"

USER, PASSWORD, WRONG = "alice", "sword:fish/%41 ", "wrong"
IN_URL = "sword%3Afish%2F%2541%20"  # the password as a URL's userinfo
# crypt(3) of the password, for squid's helper and for dante's shadow file
HASHED = "$6$modtrace$wLR9Wdv5LfjPtAAENeNyTKLOkG/0mH16EMuZd5DY0nU1inl/zrpqds6zyNugVaqNnsok2B19bcDxCpdFnM5n0."

_WRAPPER = "libnss_wrapper.so"
_START_S = 60.0  # a cold start on a machine with other work
_END_S = 10.0
_POLL_S = 0.02
_NOBODY = 65534


class Party(msgspec.Struct, frozen=True):
    """A running program and the file with what it says."""

    name: str
    log: Path
    process: "subprocess.Popen[bytes]"

    def page(self) -> str:
        """For a failed test."""
        return f"--- {self.name} (exit {self.process.poll()})\n{self.log.read_text(errors='replace')[-8000:]}"


def program(name: str) -> str:
    """Its path; the test is skipped where it is not installed (scripts/check.sh installs it, and CI allows no skip)."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin{os.pathsep}/sbin")
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def own_names(folder: Path) -> dict[str, str]:
    """The environment in which ``getaddrinfo`` knows the lab's names."""
    try:
        ctypes.CDLL(_WRAPPER)
    except OSError:
        pytest.skip(f"needs {_WRAPPER}")
    (folder / "hosts").write_text(HOSTS)
    return {"LD_PRELOAD": _WRAPPER, "NSS_WRAPPER_HOSTS": str(folder / "hosts")}


@contextmanager
def yard() -> Generator[Path]:
    """A folder of its own that a program without root's rights can use; pytest's folders are closed to others."""
    with tempfile.TemporaryDirectory(prefix="modtrace-real-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        yield folder


def outward_address() -> str:
    """The address from which this machine reaches others; without a way out, loopback's. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        address: str = one.getsockname()[0]
        return address


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listened a moment ago."""
    taken = [socket.socket() for _ in range(count)]
    try:
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]
    finally:
        for one in taken:
            one.close()


@contextmanager
def running(
    command: Sequence[str | Path],
    ports: Sequence[int],
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    as_nobody: bool = False,
) -> Generator[Party]:
    """The program, listening on all its ports, until the end of the block. ``as_nobody``: for one that refuses root."""
    name = Path(command[0]).name
    log = folder / f"{name}.log"
    drops = as_nobody and os.geteuid() == 0
    with log.open("ab") as said:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C.UTF-8", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that its helpers can be ended with it
            user=_NOBODY if drops else None,
            group=_NOBODY if drops else None,
            extra_groups=() if drops else None,
        )
    party = Party(name, log, process)
    try:
        _await(party, ports)
        yield party
    finally:
        _end(process)


def _await(party: Party, ports: Sequence[int]) -> None:
    deadline = time.monotonic() + _START_S
    for port in ports:
        while not _listens(port):
            if party.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{party.name} does not listen on port {port}\n{party.page()}")
            time.sleep(_POLL_S)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    """By its id. It is reaped last, so that its id, which is also its group's, can't be anybody else's meanwhile."""
    process.terminate()
    deadline = time.monotonic() + _END_S
    while not _has_ended(process) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # helpers that outlived it, or itself
    process.wait()


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
