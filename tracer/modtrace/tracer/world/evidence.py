"""Evidence that is not an event: certificates, bodies of refusals, signed notes, TLS secrets when asked for."""

import hashlib
import re

from modtrace.record.limits import HTTP_ERROR_BODY_KEPT_BYTES
from modtrace.tracer.world.bundle import Bundle

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Evidence:
    """Writes into the bundle, each thing once. A full disk loses evidence, never the run: ``lost`` names it."""

    def __init__(self, bundle: Bundle, *, keeps_keys: bool) -> None:
        self._bundle = bundle
        self._keeps_keys = keeps_keys
        self._keys: list[str] = []
        self._seen: set[str] = set()
        self.lost: list[str] = []

    def keep_certificate(self, der: bytes) -> None:
        self._write(f"certs/{hashlib.sha256(der).hexdigest()}.der", der)

    def keep_response(self, name: str, body: bytes) -> None:
        self._write(f"responses/{_file_name(name)}", body[:HTTP_ERROR_BODY_KEPT_BYTES])

    def keep_note(self, name: str, note: bytes) -> None:
        self._write(f"sumdb/{_file_name(name)}", note)

    def keep_keys(self, lines: list[str]) -> None:
        """In memory only, unless ``--keep-keys``: then ``tls-keys.log`` is written again with each handshake."""
        self._keys += lines
        if self._keeps_keys:
            self._seen.discard("tls-keys.log")
            self._write("tls-keys.log", ("\n".join(self._keys) + "\n").encode())

    def _write(self, name: str, data: bytes) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        try:
            self._bundle.write(name, data)
        except OSError as exc:
            self.lost.append(f"{name}: {exc.strerror}")


def _file_name(name: str) -> str:
    """A stranger's name as a file name: no separators, no dots in front, bounded."""
    return _UNSAFE.sub("_", name).lstrip(".")[:120] or "unnamed"
