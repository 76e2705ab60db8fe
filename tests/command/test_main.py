"""The entry point as a process: its exit codes, and that the version costs no imports."""

import subprocess
import sys

import pytest
from tests.house.tree import ROOT

from modtrace.record.version import VERSION

ROOTS = [str(ROOT / name) for name in ("tracer", "capture", "reports", "lab")]
START = f"import sys; sys.path[:0] = {ROOTS!r}; "
MAIN = START + "sys.argv[0] = 'modtrace'; from modtrace.command.main import main; main()"
NAMING = START + (
    "import os, modtrace.command.main as it\n"
    "def leave(code):\n"
    "    print(*sorted(name for name in ('click', 'trio', 'msgspec') if name in sys.modules)); sys.stdout.flush()\n"
    "    real(code)\n"
    "real, os._exit = os._exit, leave\n"
    "it.main()"
)


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_needs_nothing_but_the_version(flag: str) -> None:
    done = run(NAMING, flag)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"modtrace {VERSION}\n\n", "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--help",), 0), (("fetch", "nonsense"), 2), ((), 2), (("report", "no-such-trace"), 4)],
)
def test_the_exit_code_is_the_commands(arguments: tuple[str, ...], code: int) -> None:
    done = run(MAIN, *arguments)
    assert done.returncode == code
    assert bool(done.stdout) is (code == 0)
    assert bool(done.stderr) is (code != 0)
    assert "Traceback" not in done.stderr


def test_help_imports_no_network_code() -> None:
    assert run(NAMING, "--help").stdout.splitlines()[-1] == "click"


@pytest.mark.parametrize("unbuffered", [True, False])
def test_a_reader_that_has_gone_is_no_error(unbuffered: bool) -> None:
    command = [sys.executable, *(["-u"] if unbuffered else []), "-c", MAIN, "--version"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), said) == (0, b"")
