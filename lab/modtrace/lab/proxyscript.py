"""What a proxy says other than the honest words, and how it ends: one record per stage of its protocol."""

from collections.abc import Mapping
from typing import Literal

import msgspec
import trio

from modtrace.lab import streams

# HTTP: accept (the connection, before any TLS), head (a request), tunnel (the first bytes inside the tunnel).
# SOCKS5 (RFC 1928, RFC 1929): accept, greeting, auth, request, tunnel.
Stage = Literal["accept", "head", "greeting", "auth", "request", "tunnel"]
End = Literal["go_on", "hold", "close", "reset"]
ENDLESS_BYTES = 1 << 30  # "endless" ends here, or with the proxy's lifetime


class Say(msgspec.Struct, frozen=True, kw_only=True):
    """The words at one stage. ``data`` of ``None`` is what an honest proxy would say.

    ``piece_bytes`` cuts the words (0: in one piece), with ``pause_s`` before each piece but the first. ``endless`` is
    said again and again after them. Then the proxy goes on, holds its tongue until the client goes, closes or resets.
    """

    data: bytes | None = None
    piece_bytes: int = 0
    pause_s: float = 0.0
    endless: bytes = b""
    then: End = "go_on"


Script = Mapping[Stage, Say | tuple[Say, ...]]
HONEST = Say()


class Prompter:
    """Which line comes next: of a tuple, the n-th time that the stage is reached gets the n-th, and then the last."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._reached: dict[Stage, int] = {}

    def line(self, stage: Stage) -> Say:
        lines = self._script.get(stage, HONEST)
        row = lines if isinstance(lines, tuple) else (lines,)
        reached = self._reached.get(stage, 0)
        self._reached[stage] = reached + 1
        return row[min(reached, len(row) - 1)]


async def speak(stream: trio.abc.Stream, line: Say, honest: bytes) -> bool:
    """Says it. False when that was the end of the connection."""
    data = honest if line.data is None else line.data
    size = line.piece_bytes or len(data) or 1
    for start in range(0, len(data), size):
        if start:
            await trio.sleep(line.pause_s)
        await stream.send_all(data[start : start + size])
    sent = 0
    while line.endless and sent < ENDLESS_BYTES:
        await stream.send_all(line.endless)
        sent += len(line.endless)
    if line.then == "hold":
        await streams.until_gone(stream)
    elif line.then == "close":
        await streams.vanish(stream)
    elif line.then == "reset":
        await streams.reset(stream)
    return line.then == "go_on"
