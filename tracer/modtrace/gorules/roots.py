"""Which roots Go trusts on Linux (Go 1.26 crypto/x509: root_unix.go loadSystemRoots, root_linux.go, cert_pool.go).

``SSL_CERT_FILE`` replaces the list of files, ``SSL_CERT_DIR`` the list of directories, each only its own half. Of the
files the first readable one counts, of the directories every file. Certificates are parsed when somebody asks for them.
"""

import binascii
import errno
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from modtrace.gorules.certparse import Certificate, parse_certificate, raw_subject_of
from modtrace.gorules.der import DerError

CERT_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
CERT_DIRECTORIES = ("/etc/ssl/certs", "/etc/pki/tls/certs")

_BLOCK = re.compile(
    rb"(?:\A|(?<=\n))-----BEGIN CERTIFICATE-----[ \t\r]*\n([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----[ \t\r]*(?:\n|\Z)"
)
_SPACE = b" \t\r\n\v\f"


class RootCertificate(NamedTuple):
    """``origin`` is the file that it was read from."""

    der: bytes
    origin: str


class Roots:
    """A pool: looked up by the subject's bytes; certificates that Go cannot parse are not in it."""

    def __init__(
        self, found: Iterable[RootCertificate], *, error: str | None = None, files: Iterable[str] = ()
    ) -> None:
        self.files: tuple[str, ...] = tuple(files)
        self._error = error
        self._by_subject: dict[bytes, list[RootCertificate]] = {}
        self._all: dict[bytes, RootCertificate] = {}
        self._parsed: dict[bytes, Certificate | None] = {}
        for root in found:
            if root.der not in self._all:
                try:
                    subject = raw_subject_of(root.der)
                except DerError:
                    continue
                self._all[root.der] = root
                self._by_subject.setdefault(subject, []).append(root)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[RootCertificate]:
        return iter(self._all.values())

    @property
    def error(self) -> str | None:
        """Why there are no roots at all, in Go's words; ``None`` for a pool that is merely empty, or not empty."""
        return self._error if not self._all else None

    def contains(self, der: bytes) -> bool:
        return der in self._all and self._parse(der) is not None

    def with_subject(self, subject: bytes) -> list[Certificate]:
        """The roots with exactly this subject, in the order in which they were found."""
        parsed = (self._parse(root.der) for root in self._by_subject.get(subject, ()))
        return [cert for cert in parsed if cert is not None]

    def origin_of(self, der: bytes) -> str | None:
        root = self._all.get(der)
        return root.origin if root else None

    def _parse(self, der: bytes) -> Certificate | None:
        if der not in self._parsed:
            try:
                self._parsed[der] = parse_certificate(der)
            except DerError:
                self._parsed[der] = None
        return self._parsed[der]


def load_roots(
    environ: Mapping[str, str],
    *,
    read_file: Callable[[str], bytes | None],
    list_directory: Callable[[str], list[str] | None],
) -> Roots:
    """The pool of this machine. ``read_file`` and ``list_directory`` give ``None`` for what doesn't exist."""
    plan = _Loading(read_file, list_directory)
    file, directories = environ.get("SSL_CERT_FILE", ""), environ.get("SSL_CERT_DIR", "")
    plan.first_of((file,) if file else CERT_FILES)
    for directory in directories.split(":") if directories else CERT_DIRECTORIES:
        plan.all_of(directory)
    return Roots(plan.found, error=plan.error, files=plan.files)


def split_pem(text: bytes) -> list[bytes]:
    """The DER of every CERTIFICATE block; blocks of other types, with headers or not in base64 are passed over."""
    found: list[bytes] = []
    for match in _BLOCK.finditer(text):
        der = _decode(match[1])
        if der is not None:
            found.append(der)
    return found


def _decode(body: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(body.translate(None, _SPACE), strict_mode=True)
    except binascii.Error:
        return None


class _Loading:
    def __init__(
        self, read_file: Callable[[str], bytes | None], list_directory: Callable[[str], list[str] | None]
    ) -> None:
        self.found: list[RootCertificate] = []
        self.files: list[str] = []
        self.error: str | None = None
        self._bodies: set[bytes] = set()
        self._read_file = read_file
        self._list_directory = list_directory

    def first_of(self, paths: Iterable[str]) -> None:
        for path in paths:
            try:
                data = self._read_file(path)
            except OSError as exc:
                self._remember("read" if exc.errno == errno.EISDIR else "open", path, exc)
                continue
            if data is not None:
                self._add(data, path)
                return

    def all_of(self, directory: str) -> None:
        try:
            names = self._list_directory(directory)
        except OSError as exc:
            self._remember("readdirent" if exc.errno == errno.ENOTDIR else "open", directory, exc)
            return
        for name in names or ():
            path = f"{directory}/{name}"
            try:
                data = self._read_file(path)
            except OSError:
                continue
            if data is not None:
                self._add(data, path)

    def _add(self, data: bytes, path: str) -> None:
        self.files.append(path)
        for match in _BLOCK.finditer(data):
            body = match[1].translate(None, _SPACE)
            if body not in self._bodies:  # directories hold most certificates a second and third time
                self._bodies.add(body)
                der = _decode(body)
                if der is not None:
                    self.found.append(RootCertificate(der, path))

    def _remember(self, act: str, path: str, exc: OSError) -> None:
        if self.error is None:
            words = (exc.strerror or str(exc)).lower()
            self.error = f"{act} {path}: {words}"
