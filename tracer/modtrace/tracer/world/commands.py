"""Programs of this machine, run as Go's os/exec runs them for cmd/go's auth package.

Go 1.26 os/exec: Command, LookPath (lp_unix.go), Cmd.Output, Cmd.CombinedOutput. The child stays in our session and
process group, as go's does: a helper that asks on the terminal must reach it, and the terminal's Ctrl-C the helper.
"""

import os
import signal
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import trio

from modtrace.tracer.world.interface import Command, CommandEnd, CommandNotStarted

_GRACE_S = 1.0  # between SIGTERM and SIGKILL
_LAST_WORDS_S = 2.0  # for a command that is not to be ended half-way
_PIECE_BYTES = 64 << 10


async def run(command: Command, *, timeout_s: float) -> CommandEnd:
    """The command's end, or ours for it; see ``World.run_command``."""
    path = _executable(command.argv[0], command.environ.get("PATH", ""))
    process = await _started(command, path)
    running = _Running(command, process)
    try:
        with trio.move_on_after(timeout_s) as scope:
            await running.finish()
    finally:
        await running.settle()
    return running.end(was_late=scope.cancelled_caught)


class _Running:
    """A started child, its streams, and what they brought."""

    def __init__(self, command: Command, process: trio.Process) -> None:
        self._command = command
        self._process = process
        self._out = bytearray()
        self._err = bytearray()
        self._is_too_long = False
        self._left_its_output_open = False

    async def finish(self) -> None:
        """Until the child has ended and its output too, whoever holds it; at once when the output is over its limit."""
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._feed)
                nursery.start_soon(self._read_out, scope)
                if self._process.stderr is not None:
                    nursery.start_soon(self._read_err, self._process.stderr)
                await self._process.wait()

    async def settle(self) -> None:
        """Leave no child behind that go would have waited for, and no open pipe."""
        with trio.CancelScope(shield=True):
            self._left_its_output_open = self._process.returncode is not None
            if self._process.returncode is None and self._command.is_left_alone:
                with trio.move_on_after(_LAST_WORDS_S):
                    await self._process.wait()
            elif self._process.returncode is None:
                await self._stop()
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                if stream is not None:
                    await trio.aclose_forcefully(stream)

    def end(self, *, was_late: bool) -> CommandEnd:
        status = self._process.returncode
        return CommandEnd(
            status=status,
            stdout=bytes(self._out),
            stderr=bytes(self._err),
            was_late=was_late,
            was_too_long=self._is_too_long,
            left_its_output_open=was_late and self._left_its_output_open,
        )

    async def _feed(self) -> None:
        """A child that doesn't read its input is no error in go either."""
        stream = self._process.stdin
        if stream is None:
            return
        with suppress(trio.BrokenResourceError):
            await stream.send_all(self._command.stdin or b"")
        await stream.aclose()

    async def _read_out(self, scope: trio.CancelScope) -> None:
        assert self._process.stdout is not None
        while data := await self._process.stdout.receive_some(_PIECE_BYTES):
            self._out += data
            if len(self._out) > self._command.output_limit_bytes:
                self._is_too_long = True
                scope.cancel()
                return

    async def _read_err(self, stream: trio.abc.ReceiveStream) -> None:
        """The rest is read and dropped, so that the child isn't stopped by a full pipe."""
        while data := await stream.receive_some(_PIECE_BYTES):
            self._err += data[: self._command.stderr_kept_bytes - len(self._err)]

    async def _stop(self) -> None:
        """SIGTERM to the child and what it started, then SIGKILL."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in (*_descendants(self._process.pid), self._process.pid):
                with suppress(OSError):
                    os.kill(pid, number)
            with trio.move_on_after(_GRACE_S):
                await self._process.wait()
                return


async def _started(command: Command, path: str) -> trio.Process:
    try:
        return await trio.lowlevel.open_process(
            command.argv,
            executable=path,
            stdin=subprocess.DEVNULL if command.stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if command.merges_stderr else subprocess.PIPE,
            cwd=command.directory,
            env=dict(command.environ),
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        where = f"chdir {command.directory}" if error.filename == command.directory else f"fork/exec {path}"
        raise CommandNotStarted(f"{where}: {reason}") from error
    except ValueError as error:  # a NUL in an argument
        raise CommandNotStarted(f"fork/exec {path}: invalid argument") from error


def _executable(name: str, path: str) -> str:
    """``exec.LookPath``. A name with a slash is taken as it is; one found by way of ``.`` is refused."""
    if "/" in name:
        return name
    for folder in path.split(":") if path else ():
        found = os.path.join(folder or ".", name)
        if _is_executable(found):
            if not os.path.isabs(found):
                raise CommandNotStarted(f'exec: "{name}": cannot run executable found relative to current directory')
            return found
    raise CommandNotStarted(f'exec: "{name}": executable file not found in $PATH')


def _is_executable(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISDIR(mode) and os.access(path, os.X_OK)


def _descendants(pid: int) -> list[int]:
    """What a process started and still is its child (Linux; elsewhere nothing is known), parents before children."""
    found: list[int] = []
    for task in _listed(f"/proc/{pid}/task"):
        with suppress(OSError, ValueError):
            children = [int(word) for word in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
            for child in children:
                found += [child, *_descendants(child)]
    return found


def _listed(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []
