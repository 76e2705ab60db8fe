"""The program under test as a child process: fenced in to loopback, and telling its peak of memory when it ends.

``python -m tests.end_to_end.child fetch …`` is ``modtrace fetch …``. The peak is the kernel's high-water mark of this
process image (``VmHWM``); ``getrusage`` would count the parent's pages from before the exec.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from tests.oracle.fence import up

PEAK_FILE = "MODTRACE_TESTS_PEAK_FILE"


def _tell_peak(path: str) -> None:
    status = Path("/proc/self/status").read_text()
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    with suppress(OSError):  # a child that runs as nobody
        Path(path).write_text(line.split()[1])


def _telling(path: str) -> Callable[[int], NoReturn]:
    """``os._exit``, by which the program leaves, with a last word."""
    leave = os._exit

    def tell_and_leave(status: int) -> NoReturn:
        _tell_peak(path)
        leave(status)

    return tell_and_leave


if __name__ == "__main__":
    up()
    if PEAK_FILE in os.environ:
        setattr(os, "_exit", _telling(os.environ.pop(PEAK_FILE)))  # noqa: B010 - mypy wants the parameter's name too
    from modtrace.command.main import main

    main()
