"""What a TLS connection needs and takes 60 ms to load, in pieces, so that it is loaded while the network is awaited.

Code for the ClientHello first. The rest (HTTP/2, this machine's roots, Mozilla's list) is not needed before the
server's answer: what the connect leaves of it is loaded behind the hello, or before it where the answer is near.
"""

import importlib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from modtrace.tracer.world.interface import World

if TYPE_CHECKING:
    from modtrace.gorules.roots import Roots


class Preparation:
    """Pieces are done once, by whoever comes first: the thread beside the connect, or the handshake."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._roots: Roots | None = None
        self._pieces: deque[Callable[[], object]] = deque(
            (_import_handshake, _import_judges, _import_http2, _read_public_roots, self._read_roots)
        )

    @property
    def is_complete(self) -> bool:
        return not self._pieces and self._roots is not None

    def begin(self, is_waiting: Callable[[], bool]) -> None:
        """For a thread: the hello's code in any case, more while ``is_waiting``."""
        self._next()
        while is_waiting() and self._next():
            pass

    def roots(self) -> "Roots":
        """This machine's roots, and everything else done by now."""
        while self._next():
            pass
        return self._roots or self._read_roots()  # another thread may be about to read them

    def _next(self) -> bool:
        try:
            piece = self._pieces.popleft()
        except IndexError:
            return False
        piece()
        return True

    def _read_roots(self) -> "Roots":
        from modtrace.gorules.roots import load_roots

        world = self._world
        self._roots = load_roots(world.environ(), read_file=world.read_file, list_directory=world.list_directory)
        return self._roots


def _import_handshake() -> None:
    importlib.import_module("modtrace.tracer.steps.handshake")


def _import_judges() -> None:
    importlib.import_module("modtrace.gorules.certificates")


def _import_http2() -> None:
    importlib.import_module("modtrace.tracer.steps.exchange_h2")


def _read_public_roots() -> None:
    from modtrace.gorules.certfacts import is_public_root

    is_public_root(b"")  # reads Mozilla's list, once
