"""What every stage of one fetch shares, put together once by the command (or a test)."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from modtrace.record.recorder import Recorder
from modtrace.tracer.gosumfile import LazyGoSum
from modtrace.tracer.lists import ListedSource
from modtrace.tracer.steps.checksum_database import ChecksumDatabase
from modtrace.tracer.world.bundle import ScratchFile
from modtrace.tracer.world.interface import World


class Store(Protocol):
    """Where evidence that is not an event goes: certificates, bodies of refusals, signed notes."""

    def keep_certificate(self, der: bytes) -> None: ...

    def keep_response(self, name: str, body: bytes) -> None: ...

    def keep_note(self, name: str, note: bytes) -> None: ...


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """One fetch's means. ``database`` is ``None`` where go would not ask one; ``go_sum`` where there is no module."""

    world: World
    recorder: Recorder
    module: str
    query: str
    sources: tuple[ListedSource, ...]
    database: ChecksumDatabase | None
    go_sum: LazyGoSum | None
    mod_cache: str
    open_scratch: Callable[[], ScratchFile]
