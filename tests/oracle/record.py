"""Writes ``go_baseline.json``: what the real go does with every configuration. ``python -m tests.oracle.record``.

Run it with ``lab`` and ``tracer`` on the path when a configuration is added, and read the difference: it is evidence
about go, not something to be made green.
"""

import json
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.oracle.cases import CASES
from tests.oracle.comparison import shorthand
from tests.oracle.harness import Case, run_go

BASELINE = Path(__file__).with_name("go_baseline.json")


def observed(case: Case, folder: Path, go_tool: str) -> dict[str, str | bool | None]:
    """The part of a run that must be the same on every machine."""
    run = run_go(case, folder, go_tool)
    return {
        "does": shorthand(run.requests),
        "says": run.error,
        "resolved": run.resolved,
        "zip": run.zip_h1,
        "mod": run.mod_h1,
        "json": run.is_json,
        **({"calls": run.calls} if run.calls else {}),
    }


def main() -> None:
    go_tool = shutil.which("go")
    assert go_tool, "needs a Go toolchain"

    def one(case: Case) -> dict[str, str | bool | None]:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            return observed(case, Path(folder), go_tool)

    release = subprocess.run([go_tool, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout.strip()
    with ThreadPoolExecutor(2) as pool:
        cases = dict(zip((case.name for case in CASES), pool.map(one, CASES), strict=True))
    page = {"go": release, "cases": cases}
    BASELINE.write_text(json.dumps(page, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
