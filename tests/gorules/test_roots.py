"""Which roots Go would trust: each setting replaces its half; the first readable file, every file of directories."""

import base64
import errno

import pytest
from tests.sim.certmaker import Made, leaf, root

from modtrace.gorules.certfacts import is_public_root
from modtrace.gorules.roots import CERT_FILES, RootCertificate, Roots, load_roots, split_pem

A, B, C = root("A"), root("B"), root("C")


class Files:
    """Files and directories by path; an ``OSError`` as content is raised."""

    def __init__(
        self, files: dict[str, bytes | OSError], directories: dict[str, list[str] | OSError] | None = None
    ) -> None:
        self.files = files
        self.directories = directories or {}
        self.read: list[str] = []

    def read_file(self, path: str) -> bytes | None:
        self.read.append(path)
        content = self.files.get(path)
        if isinstance(content, OSError):
            raise content
        return content

    def list_directory(self, path: str) -> list[str] | None:
        names = self.directories.get(path)
        if isinstance(names, OSError):
            raise names
        return names

    def load(self, **environ: str) -> Roots:
        return load_roots(environ, read_file=self.read_file, list_directory=self.list_directory)


def found(roots: Roots) -> list[bytes]:
    return [item.der for item in roots]


def test_first_readable_file_counts_and_the_later_ones_are_not_opened() -> None:
    files = Files({CERT_FILES[1]: A.pem, CERT_FILES[2]: B.pem})
    assert found(files.load()) == [A.der]
    assert files.read == [CERT_FILES[0], CERT_FILES[1]]


def test_empty_first_file_still_ends_the_search() -> None:
    assert len(Files({CERT_FILES[0]: b"", CERT_FILES[1]: A.pem}).load()) == 0


def test_unreadable_file_is_passed_over() -> None:
    files = Files({CERT_FILES[0]: PermissionError(errno.EACCES, "Permission denied"), CERT_FILES[1]: A.pem})
    assert found(files.load()) == [A.der]


def test_every_file_of_the_directories_is_read_after_the_bundle() -> None:
    files = Files(
        {CERT_FILES[0]: A.pem, "/etc/ssl/certs/b.pem": B.pem, "/etc/pki/tls/certs/readme": b"hi" + C.pem},
        {"/etc/ssl/certs": ["b.pem", "gone"], "/etc/pki/tls/certs": ["readme"]},
    )
    roots = files.load()
    assert found(roots) == [A.der, B.der]  # C's block does not begin a line
    assert roots.origin_of(B.der) == "/etc/ssl/certs/b.pem"


def test_cert_file_replaces_only_the_files() -> None:
    files = Files({CERT_FILES[0]: A.pem, "/mine.pem": B.pem, "/etc/ssl/certs/c": C.pem}, {"/etc/ssl/certs": ["c"]})
    assert found(files.load(SSL_CERT_FILE="/mine.pem")) == [B.der, C.der]
    assert found(files.load(SSL_CERT_FILE="/missing.pem")) == [C.der]
    assert found(files.load(SSL_CERT_FILE="")) == [A.der, C.der]


def test_cert_dir_replaces_only_the_directories_and_splits_at_colons() -> None:
    files = Files(
        {CERT_FILES[0]: A.pem, "/x/b": B.pem, "/y/c": C.pem},
        {"/x": ["b"], "/y": ["c"], "/etc/ssl/certs": ["never"]},
    )
    assert found(files.load(SSL_CERT_DIR="/x:/y")) == [A.der, B.der, C.der]
    assert found(files.load(SSL_CERT_FILE="/none", SSL_CERT_DIR="/none")) == []


def test_nothing_anywhere_is_an_empty_pool_without_an_error() -> None:
    roots = Files({}).load()
    assert len(roots) == 0
    assert roots.error is None


def test_nothing_and_a_refused_file_is_the_error_of_go() -> None:
    refused = PermissionError(errno.EACCES, "Permission denied")
    assert Files({"/mine.pem": refused}).load(SSL_CERT_FILE="/mine.pem").error == "open /mine.pem: permission denied"
    a_directory = IsADirectoryError(errno.EISDIR, "Is a directory")
    assert Files({"/d": a_directory}).load(SSL_CERT_FILE="/d").error == "read /d: is a directory"
    listed = Files({CERT_FILES[0]: A.pem}, {"/d": refused}).load(SSL_CERT_DIR="/d")
    assert listed.error is None
    assert found(listed) == [A.der]


def test_the_same_certificate_counts_once() -> None:
    files = Files({CERT_FILES[0]: A.pem + A.pem, "/etc/ssl/certs/a": A.pem}, {"/etc/ssl/certs": ["a"]})
    assert found(files.load()) == [A.der]


def _block(kind: str, body: str, headers: str = "") -> bytes:
    return f"-----BEGIN {kind}-----\n{headers}{body}\n-----END {kind}-----\n".encode()


GOOD = base64.encodebytes(A.der).decode().strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_block("CERTIFICATE", GOOD), [A.der]),
        (b"words before\n" + _block("CERTIFICATE", GOOD) + b"words after", [A.der]),
        (_block("CERTIFICATE", GOOD).replace(b"\n", b"\r\n"), [A.der]),
        (_block("CERTIFICATE", GOOD.replace("\n", "")), [A.der]),
        (_block("CERTIFICATE", GOOD).rstrip(), [A.der]),
        (_block("CERTIFICATE", GOOD, "Proc-Type: 4\n\n"), []),
        (_block("TRUSTED CERTIFICATE", GOOD), []),
        (_block("PRIVATE KEY", GOOD) + _block("CERTIFICATE", GOOD), [A.der]),
        (_block("CERTIFICATE", "???"), []),
        (_block("CERTIFICATE", "abc"), []),
        (_block("CERTIFICATE", GOOD[:50]) + _block("CERTIFICATE", GOOD), [A.der]),
        (b"-----BEGIN CERTIFICATE-----\n" + GOOD.encode(), []),
        (b"", []),
        (b"\x00\xff" * 100, []),
    ],
)
def test_blocks_are_found_as_go_finds_them(text: bytes, expected: list[bytes]) -> None:
    assert [der for der in split_pem(text) if der == A.der] == expected


def test_unparsable_certificates_are_no_roots() -> None:
    broken = bytearray(A.der)
    broken[4] = 0x31  # the tbs is no SEQUENCE any more
    pool = Roots([RootCertificate(b"\x30\x00", "x"), RootCertificate(bytes(broken), "x"), RootCertificate(A.der, "a")])
    assert not pool.contains(b"\x30\x00")
    assert pool.contains(A.der)
    assert [cert.raw for cert in pool.with_subject(pool.with_subject(_subject(A))[0].raw_subject)] == [A.der]
    assert pool.with_subject(b"nobody") == []


def _subject(made: Made) -> bytes:
    return made.cert.subject.public_bytes()


def test_roots_of_mozilla_are_told_from_our_own() -> None:
    import certifi

    first = split_pem(certifi.contents().encode())[0]
    assert is_public_root(first)
    assert not is_public_root(A.der)
    assert not is_public_root(leaf(A).der)
