"""The version is a plain release number, and the command prints it."""

import re
import subprocess
import sys

from tests.house.tree import ROOT, SOURCE_ROOTS

from modtrace.record.version import VERSION


def test_the_version_is_a_release_number() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.?(a|b|rc|dev)\d+)?", VERSION)


def test_the_command_prints_it_and_imports_next_to_nothing() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--version']; "
        "from modtrace.command.main import main; main(); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(str(ROOT / root) for root in SOURCE_ROOTS)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"modtrace {VERSION}\n"
    assert {"trio", "click", "msgspec", "cryptography"} & set(done.stderr.split()) == set()
