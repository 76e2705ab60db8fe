"""A disk that fills up while the trace is written: the run goes on, says what was lost, and leaves what loads."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.ground import Done, Ground, ground, honest

from modtrace.lab.authority import Issued
from modtrace.lab.modules import Library, hello
from modtrace.lab.server import Place
from modtrace.record.trace import read_lines

pytestmark = pytest.mark.loopback

INCOMPRESSIBLE = "".join(f"{os.urandom(32).hex()}\n" for _ in range(4000))


def can_mount() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.fixture(autouse=True)
def _small_disks() -> None:
    if not can_mount():
        pytest.skip("needs the right to mount a tmpfs in a mount namespace of its own")


def fetch_on_small_disk(here: Ground, size: str, *options: str) -> tuple[Done, Path]:
    """The bundle on a tmpfs of ``size`` that only the child sees; what it left is copied out before it vanishes."""
    disk, left = here.folder / "disk", here.folder / "left"
    disk.mkdir()
    command = shlex.join(here.command("-o", str(disk / "bundle"), *options))
    script = (
        f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(disk))} && {{ {command}; code=$?; "
        f"cp -r {shlex.quote(str(disk))} {shlex.quote(str(left))}; exit $code; }}"
    )
    env = {**here.env, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        cwd=here.work,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr, 0.0, 0.0), left / "bundle"


def big(issued: Issued | None = None) -> Place:
    return Place(name="a", site=Library(hello(data=INCOMPRESSIBLE)).get, issued=issued)


def test_a_zip_that_does_not_fit_is_a_full_disk_and_no_fault_of_the_network(tmp_path: Path) -> None:
    with ground(tmp_path, big()) as here:
        done, left = fetch_on_small_disk(here, "64k", "--json")
        assert "Traceback" not in done.err
        assert done.json["verdict"]["cause"] == "local.disk_full"
        assert done.json["verdict"]["side"] == "local"
        assert done.code == 4
        assert done.json["verdict"]["outcome"] == "incomplete"
        with (left / "events.jsonl").open("rb") as file:
            assert read_lines(file).started.module == "lab.test/hello"


@pytest.mark.parametrize("size", ["4k", "8k", "16k"])
def test_a_disk_that_ends_in_the_journal_loses_its_tail_only(size: str, tmp_path: Path) -> None:
    with ground(tmp_path, honest()) as here:
        done, left = fetch_on_small_disk(here, size)
        assert "Traceback" not in done.err
        assert done.code in (0, 1, 4)
        with (left / "events.jsonl").open("rb") as file:
            trace = read_lines(file)
        assert trace.started.module == "lab.test/hello"
        assert list(left.glob(".*")) == []
        if trace.ended is None:
            assert "disk is full" in done.err


def test_a_disk_that_is_full_from_the_start_still_gives_the_report(tmp_path: Path) -> None:
    """Room for the directory, none for a page of any file."""
    with ground(tmp_path, honest()) as here:
        done, _ = fetch_on_small_disk(here, "64k,nr_inodes=2", "--json")
        assert "Traceback" not in done.err
        assert done.json["verdict"]["cause"] == "local.disk_full"
        assert done.code == 4
        assert "summary.json could not be written" in done.err
        assert "bytes of events could not be written" in done.err
