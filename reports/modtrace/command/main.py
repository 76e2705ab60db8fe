"""The entry point. Imports are lazy by command: ``--version`` needs nothing but the version."""

import sys


def main() -> None:
    """``modtrace …``; ends the process with the contract's exit codes."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from modtrace.record.version import VERSION

        sys.stdout.write(f"modtrace {VERSION}\n")
        return
    from modtrace.command.cli import run

    run()


if __name__ == "__main__":
    main()
