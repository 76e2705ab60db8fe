"""The rest of a machine, for worlds that are about something else: no directories, and no programs."""

from collections.abc import Mapping
from typing import NamedTuple

import trio
from tests.sim.headstart import NoHeadstart

from modtrace.tracer.world.interface import Command, CommandEnd, CommandNotStarted, Headstart


class NoPrograms:
    """Whoever runs one fails the test; and nothing leaves ahead of its step."""

    headstart: Headstart = NoHeadstart()

    def is_directory(self, path: str) -> bool:
        raise FileNotFoundError(2, "No such file or directory", path)

    async def run_command(self, command: Command, *, timeout_s: float) -> CommandEnd:
        raise AssertionError(f"no programs in this world: {command.argv}")


class Scripted(NamedTuple):
    """A program that takes ``after_s`` (``None``: for ever) and then ends so."""

    stdout: str = ""
    stderr: str = ""
    status: int = 0
    after_s: float | None = 0.0
    is_endless: bool = False


class Programs(NoPrograms):
    """``scripts`` by ``argv[0]``; of a tuple the n-th run gets the n-th. What was asked for stands in ``ran``."""

    def __init__(
        self, scripts: Mapping[str, Scripted | tuple[Scripted, ...]], *, directories: tuple[str, ...] = ()
    ) -> None:
        self._scripts = scripts
        self._directories = directories
        self.ran: list[Command] = []

    def is_directory(self, path: str) -> bool:
        if path == "/a-file":
            return False
        return path in self._directories or super().is_directory(path)

    async def run_command(self, command: Command, *, timeout_s: float) -> CommandEnd:
        name = command.argv[0]
        if name not in self._scripts:
            raise CommandNotStarted(f'exec: "{name}": executable file not found in $PATH')
        before = sum(ran.argv[0] == name for ran in self.ran)
        self.ran.append(command)
        row = self._scripts[name]
        script = row if isinstance(row, Scripted) else row[min(before, len(row) - 1)]
        with trio.move_on_after(timeout_s) as scope:
            await trio.sleep(float("inf") if script.after_s is None else script.after_s)
        out, err = script.stdout, script.stderr
        if command.merges_stderr:
            out, err = out + err, ""
        return CommandEnd(
            status=-15 if scope.cancelled_caught else script.status,
            stdout=out.encode("utf-8", "surrogateescape"),
            stderr=err.encode("utf-8", "surrogateescape"),
            was_late=scope.cancelled_caught,
            was_too_long=script.is_endless,
        )
