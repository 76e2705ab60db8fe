"""The bundle directory: files of mode 0600, never through a link, never over what was there without ``--force``.

``events.jsonl`` is written as it happens and is the truth; everything else can be made again from it.
"""

import os
from pathlib import Path

from modtrace.record.events import Event, encode

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_JOURNAL_BUFFER_BYTES = 64 << 10
_OWNED_NAMES = frozenset(
    {
        "events.jsonl",
        "summary.json",
        "capture.pcapng",
        "tls-keys.log",
        "report.html",
        "module.zip",
        "certs",
        "responses",
        "sumdb",
    }
)


class BundleError(Exception):
    """The output directory can't be used; the text is one line for the user.

    ``is_unwritable``: the system forbids it; otherwise what stands there does.
    """

    def __init__(self, text: str, *, is_unwritable: bool = False) -> None:
        super().__init__(text)
        self.is_unwritable = is_unwritable


class Bundle:
    """A directory being filled. Every write is a new file that replaces the old one by rename."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def create(cls, directory: Path, *, force: bool = False) -> "Bundle":
        """Make the directory; an existing one is refused unless ``force`` and it holds nothing but a bundle's files.

        Raises :class:`BundleError`.
        """
        try:
            directory.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            _refuse_strangers(directory, force=force)
            _remove_old_trace(directory)
        except OSError as exc:
            raise BundleError(f"cannot create {directory}: {exc.strerror}", is_unwritable=True) from exc
        return cls(directory)

    def write(self, name: str, data: bytes) -> None:
        """``name`` (may hold one ``/``) with ``data``, atomically. Raises ``OSError`` (a full disk, say)."""
        target = self.directory / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            descriptor = os.open(temporary, _NEW_FILE, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def open_scratch(self, name: str) -> "ScratchFile":
        """A private file for a body on its way through; removed by its ``close``."""
        path = self.directory / f".{name}.{os.getpid()}.tmp"
        path.unlink(missing_ok=True)
        return ScratchFile(path)


class ScratchFile:
    """A temporary file for streamed bytes; readable again from its start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self.file = os.fdopen(descriptor, "w+b", buffering=0)

    def write(self, data: bytes | memoryview) -> None:
        """All of ``data``. Raises ``OSError`` (disk full)."""
        rest = memoryview(data)
        while rest:
            rest = rest[self.file.write(rest) :]

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to ``size`` written bytes, in any thread: the place where :meth:`write` goes on is not moved."""
        return os.pread(self.file.fileno(), size, offset)

    def restart(self) -> None:
        """Empty again, for the next source (Go modfetch/fetch.go downloadZip truncates too)."""
        self.file.seek(0)
        self.file.truncate()

    def close(self) -> None:
        self.file.close()
        self._path.unlink(missing_ok=True)


class Journal:
    """``events.jsonl``: one line per event. Lines are gathered and written by :meth:`flush`, many times a second.

    A full disk ends the file, never the run.
    """

    def __init__(self, bundle: Bundle) -> None:
        path = bundle.directory / "events.jsonl"
        self._lines: list[bytes] = []
        self._waiting_bytes = 0
        self.lost_bytes = 0
        self.failure: OSError | None = None
        self._descriptor = -1
        try:
            path.unlink(missing_ok=True)
            self._descriptor = os.open(path, _NEW_FILE | os.O_APPEND, 0o600)
        except OSError as exc:
            self.failure = exc

    def append(self, event: Event) -> None:
        """Take the event's line. After the first failure only ``lost_bytes`` grows."""
        line = encode(event)
        if self.failure is not None:
            self.lost_bytes += len(line)
            return
        self._lines.append(line)
        self._waiting_bytes += len(line)
        if self._waiting_bytes > _JOURNAL_BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        if not self._lines or self._descriptor < 0:
            return
        rest = memoryview(b"".join(self._lines))
        self._lines.clear()
        self._waiting_bytes = 0
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as exc:
            self.failure = exc
            self.lost_bytes += len(rest)

    def close(self) -> None:
        """Flush and close; more than once is no harm."""
        self.flush()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _refuse_strangers(directory: Path, *, force: bool) -> None:
    if directory.is_symlink() or not directory.is_dir():
        raise BundleError(f"{directory} exists and is not a directory")
    try:
        names = {entry.name for entry in directory.iterdir()}
    except OSError as exc:
        raise BundleError(f"cannot read {directory}: {exc.strerror}", is_unwritable=True) from exc
    if not names:
        return
    if not force:
        raise BundleError(f"{directory} exists and is not empty; --force writes over an old trace")
    strangers = sorted(name for name in names - _OWNED_NAMES if not name.startswith("."))
    if strangers:
        raise BundleError(f"{directory} holds {strangers[0]}, which is not a trace's file; choose another directory")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise BundleError(f"cannot write to {directory}: permission denied", is_unwritable=True)


def _remove_old_trace(directory: Path) -> None:
    """What an earlier run left, so that no evidence of it passes for this run's. Links are removed, not followed."""
    import shutil  # a new directory goes without it, and the first packet waits for this file

    for name in _OWNED_NAMES:
        path = directory / name
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as exc:
            raise BundleError(f"cannot remove the old {path}: {exc.strerror}", is_unwritable=True) from exc
