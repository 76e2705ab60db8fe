"""Prints every skipped test of a pytest run (its junit file) by name and reason.

With ``CI=true`` a skip that isn't listed in ``ALLOWED`` is a failure.
"""

import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

# Pattern of ``tests.room.test_file.test_name`` -> why CI may go without it.
ALLOWED: dict[str, str] = {}


class Skip(NamedTuple):
    test: str
    reason: str

    @property
    def allowed(self) -> bool:
        """True when the list above names it."""
        return any(fnmatchcase(self.test, pattern) for pattern in ALLOWED)


def skips(junit: Path) -> Iterator[Skip]:
    """Skipped tests in the file's order; expected failures are not skips."""
    for case in ElementTree.parse(junit).iter("testcase"):
        for skipped in case.iter("skipped"):
            if skipped.get("type") == "pytest.skip":
                yield Skip(f"{case.get('classname')}.{case.get('name')}", skipped.get("message") or "")


def main(junit: str) -> int:
    """0, or 1 on CI when a skip is not allowed."""
    path = Path(junit)
    if not path.exists():
        print("pytest left no report")
        return 1
    found = list(skips(path))
    for skip in found:
        print(f"skipped: {skip.test}: {skip.reason}")
    if not found:
        print("none")
    strict = os.environ.get("CI", "").lower() in ("1", "true")
    refused = [skip.test for skip in found if not skip.allowed] if strict else []
    for test in refused:
        print(f"not allowed on CI: {test}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
