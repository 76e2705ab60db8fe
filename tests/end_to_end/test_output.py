"""The output directory and the two streams: what is refused, what is replaced, and what a full disk leaves."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.ground import RUN_S, Done, Ground, ground, honest

from modtrace.lab.behaviour import Reply

pytestmark = pytest.mark.loopback

NOBODY = 65534


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def one_line(done: Done) -> str:
    (line,) = done.err.splitlines()
    assert line.startswith("modtrace: ")
    return line


def requests_of(here: Ground) -> int:
    assert here.live is not None
    return len(here.live.journal.requests)


def test_a_fetch_leaves_private_files_and_nothing_temporary(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        done = here.fetch()
        assert done.code == 0, done.err
        assert files_of(here.bundle) == {"events.jsonl", "summary.json"}
        assert {oct(path.stat().st_mode & 0o777) for path in here.bundle.iterdir()} == {"0o600"}
        assert here.bundle.stat().st_mode & 0o777 == 0o700
        assert str(here.bundle) in done.err
        assert [path for path in here.folder.rglob("*") if "gopath" in path.parts] == []


def test_without_an_output_directory_one_is_named_after_the_module(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        command = [word for word in here.command() if word not in ("-o", str(here.bundle))]
        done = subprocess.run(
            command, cwd=here.work, env=here.env, capture_output=True, text=True, timeout=RUN_S, check=False
        )
        assert done.returncode == 0
        (made,) = here.work.iterdir()
        assert made.name.startswith("modtrace-lab.test_hello-v1.0.0-")


def test_an_old_trace_is_kept_without_force(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        here.fetch()
        before = (here.bundle / "events.jsonl").read_bytes()
        asked = requests_of(here)
        done = here.fetch()
        assert done.code == 2
        assert "--force" in one_line(done)
        assert (here.bundle / "events.jsonl").read_bytes() == before
        assert requests_of(here) == asked


def test_force_replaces_an_old_trace_whole(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        here.fetch()
        (here.bundle / "responses").mkdir()
        (here.bundle / "responses" / "span-1").write_text("of the old run")
        done = here.fetch("--force")
        assert done.code == 0
        assert files_of(here.bundle) == {"events.jsonl", "summary.json"}
        assert here.trace().ended is not None


def test_force_never_touches_a_directory_with_somebodys_files(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        here.bundle.mkdir()
        (here.bundle / "thesis.tex").write_text("ten years")
        done = here.fetch("--force")
        assert done.code == 2
        assert "thesis.tex" in one_line(done)
        assert files_of(here.bundle) == {"thesis.tex"}


def test_an_empty_directory_is_used_as_it_is(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        here.bundle.mkdir()
        assert here.fetch().code == 0


@pytest.mark.parametrize("options", [(), ("--force",)])
@pytest.mark.parametrize("kind", ["link", "dangling link", "file", "pipe"])
def test_what_is_no_directory_is_refused_and_left(kind: str, options: tuple[str, ...], tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        elsewhere = tmp_path / "elsewhere"
        if kind == "link":
            elsewhere.mkdir()
        if "link" in kind:
            here.bundle.symlink_to(elsewhere)
        elif kind == "file":
            here.bundle.write_text("mine")
        else:
            os.mkfifo(here.bundle)
        done = here.fetch(*options)
        assert done.code == 2
        assert "not a directory" in one_line(done)
        assert not elsewhere.exists() or list(elsewhere.iterdir()) == []
        assert requests_of(here) == 0


def test_links_inside_an_old_bundle_are_replaced_not_followed(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        here.fetch()
        mine = tmp_path / "mine"
        mine.mkdir()
        (mine / "note").write_text("mine")
        (tmp_path / "target").write_text("mine")
        for name in ("events.jsonl", "summary.json"):
            (here.bundle / name).unlink()
            (here.bundle / name).symlink_to(tmp_path / "target")
        (here.bundle / "responses").symlink_to(mine)
        assert here.fetch("--force").code == 0
        assert (tmp_path / "target").read_text() == "mine"
        assert (mine / "note").read_text() == "mine"
        assert not (here.bundle / "events.jsonl").is_symlink()


def as_nobody(tmp_path: Path) -> tuple[str, ...]:
    """The words that drop root's rights, which write everywhere; empty for an ordinary user."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv to drop root's rights")
    for path in (tmp_path, *tmp_path.parents[:-1]):
        if path.stat().st_uid == 0 and not path.stat().st_mode & 0o001 and path.name.startswith("pytest-"):
            path.chmod(0o711)
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


@pytest.mark.parametrize("exists", [False, True])
def test_an_unwritable_directory_is_not_measured(exists: bool, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with ground(tmp_path) as here:
        locked = tmp_path / "locked"
        (locked / "old").mkdir(parents=True)
        for folder in (locked / "old", locked):
            folder.chmod(0o555)
        output = locked / ("old" if exists else "new")
        child = {"PYTHONDONTWRITEBYTECODE": "1"}
        del here.env["NETRC"]
        done = here.fetch("-o", str(output), wrap=as_nobody(tmp_path), env=child)
        assert done.code == 4
        assert "ermission denied" in one_line(done)
        assert requests_of(here) == 0


def closed_pipe(here: Ground, *options: str) -> Done:
    """Like ``| head -c 0``: nobody reads standard output any more."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = subprocess.run(
            here.command(*options),
            cwd=here.work,
            env=here.env,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=RUN_S,
            check=False,
        )
    finally:
        os.close(writing)
    return Done(process.returncode, "", process.stderr.decode(), 0.0, 0.0)


@pytest.mark.parametrize("options", [(), ("--json",), ("-q",)])
def test_a_reader_that_went_away_is_no_error(options: tuple[str, ...], tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        done = closed_pipe(here, *options)
        assert done.code == 0
        assert "Traceback" not in done.err
        assert "Exception" not in done.err
        assert here.summary()["verdict"]["outcome"] == "ok"


def test_a_reader_that_went_away_does_not_turn_a_failure_into_success(tmp_path: Path) -> None:
    with ground(tmp_path, honest(faults={"*.zip": Reply(status=500)})) as here:
        done = closed_pipe(here)
        assert "Traceback" not in done.err
        assert done.code == 1


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_full_disk_behind_standard_output_is_one_line(options: tuple[str, ...], tmp_path: Path) -> None:
    with ground(tmp_path) as here, open("/dev/full", "wb") as full:
        done = subprocess.run(
            here.command(*options),
            cwd=here.work,
            env=here.env,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=RUN_S,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert "No space left on device" in done.stderr
        assert done.returncode == 4
        assert here.summary()["verdict"]["outcome"] == "ok"


@pytest.mark.parametrize("options", [(), ("-v",), ("-q",), ("--no-color",)])
def test_json_is_all_that_stands_on_standard_output(options: tuple[str, ...], tmp_path: Path) -> None:
    with ground(tmp_path, env={"GOPROXY_TIMEOUT": "3"}) as here:
        done = here.fetch("--json", *options)
        assert done.code == 0
        assert done.json == here.summary()
        assert done.json["schema"] == "modtrace/1"
        assert ("GOPROXY_TIMEOUT" in done.err) == ("-q" not in options)


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_escape_sequence_reaches_a_file(env: dict[str, str], tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        done = here.fetch(env=env)
        assert done.code == 0
        assert "\x1b" not in done.out + done.err
