"""The project's files, as the house rules see them."""

import ast
import subprocess
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("tracer", "capture", "reports", "lab")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is tracked or would be, relative to the root; without git, all that .gitignore lets through."""
    try:
        out = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
        ).stdout.decode()
        names = [Path(name) for name in out.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if not _is_hidden(path.relative_to(ROOT))]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def _is_hidden(path: Path) -> bool:
    patterns = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line.strip()]
    return any(fnmatchcase(part, pattern) for part in path.parts for pattern in [*patterns, ".git"])


def python_files() -> list[Path]:
    return [path for path in files() if path.suffix == ".py"]


def sources() -> list[Path]:
    """The package's own files."""
    return [path for path in python_files() if path.parts[0] in SOURCE_ROOTS]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), filename=str(path))


def imports_of(path: Path) -> set[str]:
    """Every module that a file names in an import, whether at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found
