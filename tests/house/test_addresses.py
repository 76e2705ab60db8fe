"""No host of a package registry, no path of somebody's machine, no download address stands in a file of the project."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from tests.house.tree import ROOT, files

MACHINE_PATH = re.compile(r"(?<![\w.])/(work|farm|root)/")


@cache
def texts() -> dict[Path, str]:
    found = {}
    for path in files():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data:
            found[path] = data.decode(errors="replace")
    return found


def registry_hosts() -> set[str]:
    """Asked of the tools that know them, so that they don't stand here either."""
    hosts: set[str] = set()
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        pass
    else:
        hosts |= {PyPI.netloc, PyPI.file_storage_domain}
    try:
        root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
        lines = [line for line in (Path(root) / "go.env").read_text().splitlines() if line.startswith("GOPROXY=")]
        hosts |= set(re.findall(r"https?://([\w.-]+)", "".join(lines)))
    except (OSError, subprocess.CalledProcessError):
        pass
    return hosts


def test_no_registry_is_named() -> None:
    hosts = registry_hosts()
    if not hosts:
        pytest.skip("neither pip nor go is here to name the registries")
    assert [f"{path}: {host}" for path, text in texts().items() for host in sorted(hosts) if host in text] == []


def test_no_path_of_a_machine_is_named() -> None:
    assert [f"{path}: {found[0]}" for path, text in texts().items() for found in MACHINE_PATH.finditer(text)] == []


def test_constraints_name_versions_and_hashes_only() -> None:
    locks = {path: text for path, text in texts().items() if path.parts[0] == "constraints"}
    assert locks
    for path, text in locks.items():
        assert "://" not in text, path
        for entry in re.split(r"\n(?=[a-z])", text.partition("\n")[2].strip()):
            assert re.match(r"[a-z0-9-]+==\S+ ", entry), f"{path}: {entry.splitlines()[0]}"
            assert "--hash=sha256:" in entry, f"{path}: {entry.splitlines()[0]}"


def test_constraints_agree_with_each_other() -> None:
    pins = {
        path.stem: dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))
        for path, text in texts().items()
        if path.parts[0] == "constraints"
    }
    assert pins["runtime"].items() <= pins["test"].items()
