"""modtrace's own memory of the checksum databases' tree heads, beside go's (which is only read)."""

import os
from collections.abc import Mapping
from pathlib import Path

from modtrace.record.limits import SUMDB_NOTE_BYTES
from modtrace.tracer.world.bundle import Bundle


class OwnAnchors:
    """``$XDG_STATE_HOME/modtrace/sumdb/<name>/latest``. Without a home nothing is kept; a full disk is no failure."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        state = environ.get("XDG_STATE_HOME") or (f"{environ['HOME']}/.local/state" if environ.get("HOME") else "")
        self._root = Path(state) / "modtrace" / "sumdb" if os.path.isabs(state) else None

    def read(self, name: str) -> bytes:
        """The note last seen; empty when there is none."""
        if self._root is None or ".." in name.split("/"):
            return b""
        try:
            with (self._root / name / "latest").open("rb") as file:
                return file.read(SUMDB_NOTE_BYTES)
        except OSError:
            return b""

    def write(self, name: str, note: bytes) -> None:
        """Remember ``note``."""
        if self._root is None or ".." in name.split("/"):
            return
        try:
            folder = self._root / name
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            Bundle(folder).write("latest", note)
        except OSError:
            return
