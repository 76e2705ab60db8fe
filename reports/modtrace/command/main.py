"""The entry point. Imports are lazy by command: ``--version`` needs nothing but the version."""

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """``modtrace …``; ends the process with the contract's exit codes."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from modtrace.record.version import VERSION

        _end(0, f"modtrace {VERSION}\n")
    gc.disable()  # imports make no garbage worth looking for: a tenth of the start-up; on again once a command runs
    from modtrace.command.cli import run

    _end(run())


def _end(code: int, last_words: str = "") -> NoReturn:
    """Leave without tearing the interpreter down, which takes longer than the report: every file is closed by now."""
    try:
        sys.stdout.write(last_words)
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass
    os._exit(code)


if __name__ == "__main__":
    main()
