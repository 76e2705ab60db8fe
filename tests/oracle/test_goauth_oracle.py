"""go waits for a GOAUTH command without a limit, and for whatever holds the command's output after it."""

import os
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.oracle.module_server import go_environment

pytestmark = pytest.mark.oracle

# Both write down the process that is waited for, and then say nothing more.
ENDLESS = "echo $$ >{note}.new; mv {note}.new {note}; exec sleep 60"
HELD_OPEN = "sleep 60 & echo $! >{note}.new; mv {note}.new {note}"
_SEEN_WAITING_S = 3.0


@contextmanager
def waiting_go(go_tool: str, home: Path, command: str) -> Generator["subprocess.Popen[bytes]"]:
    """go, once its command has begun; both are ended at the end."""
    home.mkdir()
    note, script = home / "note", home / "command.sh"
    script.write_text(command.replace("{note}", str(note)))
    env = {**go_environment(home, "https://127.0.0.1:1"), "GOAUTH": f"sh {script}"}
    command_line = [go_tool, "mod", "download", "lab.test/hello@v1.0.0"]
    go = subprocess.Popen(command_line, cwd=home, env=env, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while not note.exists():
            assert time.monotonic() < deadline, "the command was not run"
            time.sleep(0.01)
        yield go
    finally:
        go.kill()
        go.communicate()
        with suppress(OSError, ValueError):
            os.kill(int(note.read_text()), signal.SIGKILL)


def test_go_is_still_waiting(go_tool: str, tmp_path: Path) -> None:
    with waiting_go(go_tool, tmp_path / "a", ENDLESS) as one, waiting_go(go_tool, tmp_path / "b", HELD_OPEN) as two:
        time.sleep(_SEEN_WAITING_S)
        assert [one.poll(), two.poll()] == [None, None]
