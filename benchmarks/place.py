"""A namespace to run things in: the benchmark's side of ``agent.py``."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.delayline.line import end

AGENT = Path(__file__).with_name("agent.py")
TIMEOUT_S = 120.0


class Program(NamedTuple):
    """Something to run: its words, its whole environment, its folder (output lands there)."""

    argv: list[str]
    env: dict[str, str]
    cwd: Path


class Run(NamedTuple):
    """What a run cost. ``exit`` is negative for a signal, the time-out's among them."""

    wall_s: float
    cpu_s: float = 0.0
    rss_bytes: int = 0
    exit: int = 0


class RunFailed(RuntimeError):
    """A measured program did not do its job; the text holds the end of what it said."""


class Place:
    """Runs programs in one namespace."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, program: Program, *, succeeds: bool = True) -> Run:
        """One whole run. Raises :class:`RunFailed` when it should succeed and doesn't."""
        done = self._order("run", program)
        if succeeds and done.exit:
            said = "".join(_tail(program.cwd / name) for name in ("stdout", "stderr"))
            raise RunFailed(f"{' '.join(program.argv)}: exit {done.exit}\n{said}")
        return done

    def first_packet(self, program: Program) -> Run:
        """From its start to its first DNS query."""
        done = self._order("first_packet", program)
        if done.exit:
            raise RunFailed(f"{' '.join(program.argv)}: no packet\n{_tail(program.cwd / 'stderr')}")
        return done

    def connect(self, host: str) -> float:
        """Seconds of one TCP connect to port 443."""
        done = self._say({"act": "connect", "host": host, "timeout_s": TIMEOUT_S})
        if done.exit:
            raise RunFailed(f"nothing listens at {host}")
        return done.wall_s

    def _order(self, act: str, program: Program) -> Run:
        return self._say(
            {
                "act": act,
                "argv": program.argv,
                "env": program.env,
                "cwd": str(program.cwd),
                "stdout": str(program.cwd / "stdout"),
                "stderr": str(program.cwd / "stderr"),
                "timeout_s": TIMEOUT_S,
            }
        )

    def _say(self, order: dict[str, object]) -> Run:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise RunFailed("the agent in the namespace died")
        return Run(**json.loads(answer))


def _tail(path: Path) -> str:
    return path.read_text(errors="replace")[-2000:] if path.exists() else ""


@contextmanager
def place(namespace: str) -> Iterator[Place]:
    """An agent in the namespace (with its hosts file), up until the block ends."""
    words = ["ip", "netns", "exec", namespace, sys.executable, "-I", str(AGENT)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Place(process)
    finally:
        end(process)
