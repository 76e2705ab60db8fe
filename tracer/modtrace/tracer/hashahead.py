"""Hashes a zip's contents in a thread of its own while the rest is still on its way, so that little is left at the end.

The thread reads from the scratch file what has been written (from the page cache, so that a fast network and a slow
hash pile nothing up in memory), and only makes :class:`~modtrace.tracer.wire.zipahead.ZipAhead` know things: verdict
and hash stay with the reader of the finished file. Both ``zlib`` and ``hashlib`` work without the interpreter's lock.

It works while the network is what the fetch waits for. Bytes that come faster than a gigabit a second leave no
processor free on a small machine, and hashing among them would slow down the very body that is measured: then the rest
is hashed when they have all come.
"""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # loaded when there is a zip worth it: this module is there before the first packet
    from modtrace.tracer.wire.zipahead import Piece, Unpacked

_FAST_BYTES_PER_S = 150_000_000
_WORTH_BYTES = 256 << 10  # smaller zips are hashed sooner than a thread is started
_READ_BYTES = 256 << 10  # a bomb of this size holds a stop up for a third of a second


class Scratch(Protocol):
    """The part of a ``ScratchFile`` that is used here."""

    def write(self, data: bytes | memoryview) -> None: ...

    def restart(self) -> None: ...

    def read_at(self, offset: int, size: int) -> bytes: ...


class HashAhead:
    """A sink in front of the scratch file. One task writes; :meth:`finish` may be called in any thread."""

    def __init__(self, scratch: Scratch, now_ns: Callable[[], int]) -> None:
        self._scratch = scratch
        self._now_ns = now_ns
        self._work: _Work | None = None
        self._written = 0
        self._began_ns = 0

    def write(self, data: bytes | memoryview) -> None:
        """Into the file; raises its ``OSError``."""
        if not self._written:
            self._began_ns = self._now_ns()
        self._scratch.write(data)
        self._written += len(data)
        if self._written >= _WORTH_BYTES and not self._is_fast:
            self._work = self._work or _Work(self._scratch)
            self._work.more(self._written)

    @property
    def _is_fast(self) -> bool:
        seconds = (self._now_ns() - self._began_ns) / 1e9
        return self._written > seconds * _FAST_BYTES_PER_S

    def restart(self) -> None:
        """Empty the file for the next source."""
        self.stop()
        self._scratch.restart()
        self._written = 0

    def finish(self) -> "Mapping[Piece, Unpacked]":
        """What is known of the whole file, once the thread has seen its end."""
        return {} if self._work is None else self._work.finish(self._written)

    def stop(self) -> None:
        """End the thread, if there is one. The scratch file may be closed after it."""
        if self._work is not None:
            self._work.stop()
            self._work = None


class _Work:
    """The thread and what it shares with the writer."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._written = 0
        self._wanted = 0
        self._has_all = False
        self._is_stopped = False
        self._changed = threading.Condition()
        from modtrace.tracer.wire.zipahead import ZipAhead

        self._zip = ZipAhead()
        self._thread = threading.Thread(target=self._run, name="modtrace-hash-ahead", daemon=True)
        self._thread.start()

    def more(self, written: int) -> None:
        with self._changed:
            self._written = written
            if written >= self._wanted:
                self._changed.notify()

    def finish(self, written: int) -> "Mapping[Piece, Unpacked]":
        with self._changed:
            self._written = written
            self._has_all = True
            self._changed.notify()
        self._thread.join()
        return self._zip.known

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        read = 0
        while not self._zip.is_done and self._has_more(read):
            try:
                data = self._scratch.read_at(read, _READ_BYTES)
            except OSError:
                return  # the reader of the finished file meets it again, and says so
            if not data:
                return
            self._zip.feed(data)
            read += len(data)

    def _has_more(self, read: int) -> bool:
        with self._changed:
            self._wanted = read + _READ_BYTES
            while not self._is_stopped and not self._has_all and self._written < self._wanted:
                self._changed.wait()
            return not self._is_stopped and read < self._written
