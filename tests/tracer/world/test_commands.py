"""Programs of this machine, really run: their streams, their ends, and ours for those that have none."""

import os
import signal
import time
from pathlib import Path

import pytest
import trio

from modtrace.tracer.world.commands import run
from modtrace.tracer.world.interface import Command, CommandEnd, CommandNotStarted

pytestmark = pytest.mark.loopback


def ran(script: str, *, timeout_s: float = 30.0, limit: int = 1 << 20, **more: object) -> CommandEnd:
    """A shell script's run."""
    fields: dict[str, object] = {
        "argv": ("sh", "-c", script),
        "environ": {"PATH": os.defpath},
        "output_limit_bytes": limit,
        "stderr_kept_bytes": 100,
        **more,
    }
    return trio.run(lambda: run(Command(**fields), timeout_s=timeout_s))  # type: ignore[arg-type]


def test_a_program_gets_its_input_environment_and_directory_and_gives_both_streams(tmp_path: Path) -> None:
    end = ran(
        'cat; echo "$A in $(pwd)"; echo problem >&2; exit 3',
        stdin=b"told\n",
        environ={"PATH": os.defpath, "A": "1"},
        directory=str(tmp_path),
    )
    assert end == CommandEnd(status=3, stdout=f"told\n1 in {tmp_path}\n".encode(), stderr=b"problem\n")


def test_without_an_input_it_reads_nothing_and_an_input_that_nobody_reads_is_no_error() -> None:
    assert ran("cat; echo end").stdout == b"end\n"
    assert ran("exec 0<&-; echo end", stdin=b"x" * (1 << 20)).stdout == b"end\n"


def test_both_streams_can_be_one() -> None:
    end = ran("echo out; echo err >&2; echo out", merges_stderr=True)
    assert (end.stdout, end.stderr) == (b"out\nerr\nout\n", b"")


def test_a_signal_is_told_as_its_number() -> None:
    assert ran("kill -9 $$").status == -signal.SIGKILL


def test_much_on_standard_error_stops_nobody_and_is_kept_in_part() -> None:
    end = ran("seq 1 100000 >&2; echo done")
    assert (end.stdout, len(end.stderr), end.status) == (b"done\n", 100, 0)


def test_an_output_over_its_limit_ends_the_run() -> None:
    end = ran("yes", limit=1000)
    assert end.was_too_long
    assert not end.was_late
    assert 1000 < len(end.stdout) <= 1000 + (64 << 10)
    assert end.status in (-signal.SIGTERM, 128 + signal.SIGTERM)  # the shell's own, or what it says of its child's


def alive(pid: int) -> bool:
    """Is it there, and no zombie?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def test_a_program_without_an_end_is_ended_with_what_it_started() -> None:
    end = ran("sleep 1000 & echo $!; echo $$; wait", timeout_s=0.5)
    assert (end.was_late, end.left_its_output_open, end.status) == (True, False, -signal.SIGTERM)
    child, own = map(int, end.stdout.split())
    assert gone(own)
    assert gone(child)


def test_a_program_that_ignores_the_first_signal_gets_the_last() -> None:
    end = ran("trap '' TERM; while :; do sleep 0.1; done", timeout_s=0.3)
    assert end.was_late
    assert end.status == -signal.SIGKILL


def test_an_output_held_open_by_something_left_behind_is_waited_for_as_go_waits() -> None:
    end = ran("sleep 3 & echo $!", timeout_s=0.5)
    assert (end.was_late, end.left_its_output_open, end.status) == (True, True, 0)
    assert gone(int(end.stdout))  # it was not ours to end, and ends by itself


def test_a_cancelled_run_leaves_no_program_behind(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    command = Command(
        argv=("sh", "-c", f"echo $$ > {note}.new; mv {note}.new {note}; sleep 1000"),
        environ={"PATH": os.defpath},
        output_limit_bytes=10,
        stderr_kept_bytes=10,
    )

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: run(command, timeout_s=1000))
            while not note.exists():
                await trio.sleep(0.01)
            nursery.cancel_scope.cancel()

    trio.run(main)
    assert gone(int(note.read_text()))


def test_a_program_that_is_to_be_left_alone_finishes_what_it_began(tmp_path: Path) -> None:
    note = tmp_path / "done"
    command = Command(
        argv=("sh", "-c", f"cat > {note}.new; sleep 0.3; mv {note}.new {note}"),
        environ={"PATH": os.defpath},
        stdin=b"kept",
        is_left_alone=True,
        output_limit_bytes=10,
        stderr_kept_bytes=10,
    )

    async def main() -> None:
        with trio.move_on_after(0.1):
            await run(command, timeout_s=float("inf"))

    trio.run(main)
    assert note.read_text() == "kept"


@pytest.mark.parametrize(
    ("argv", "more", "words"),
    [
        (("no-such-program",), {}, 'exec: "no-such-program": executable file not found in $PATH'),
        (("sh",), {"environ": {}}, 'exec: "sh": executable file not found in $PATH'),
        (
            ("tool",),
            {"environ": {"PATH": ":/nowhere"}},
            'exec: "tool": cannot run executable found relative to current',
        ),
        (("/no/such/program",), {}, "fork/exec /no/such/program: no such file or directory"),
        (("/dev/null",), {}, "fork/exec /dev/null: permission denied"),
        (("sh",), {"directory": "/no/such/directory"}, "chdir /no/such/directory: no such file or directory"),
        (("sh", "a\0b"), {}, "fork/exec /"),
    ],
)
def test_what_cannot_be_started_is_told_as_go_tells_it(
    argv: tuple[str, ...], more: dict[str, object], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandNotStarted) as refused:
        ran("", argv=argv, **more)
    assert str(refused.value).startswith(words)


def test_a_folder_or_a_plain_file_of_that_name_is_no_program(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "sh").mkdir()
    (tmp_path / "b" / "sh").write_text("")
    path = f"{tmp_path}/a:{tmp_path}/b:{os.defpath}"
    assert ran("echo found", environ={"PATH": path}).stdout == b"found\n"
