"""The lab's certificates are right, or wrong in the one way their name says."""

import ssl  # noqa: TID251 - a second opinion on the certificates
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from modtrace.lab.authority import Authority, Issued, write, write_roots

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)
LAB = Authority(now=NOW)


def verify(issued: Issued, name: str = "proxy.test", when: datetime = NOW) -> None:
    verifier = PolicyBuilder().store(Store([LAB.root])).time(when).build_server_verifier(x509.DNSName(name))
    verifier.verify(issued.leaf, list(issued.rest))


def test_a_leaf_is_good_for_its_names() -> None:
    verify(LAB.leaf("proxy.test", "127.0.0.1"))


@pytest.mark.parametrize(
    "issued",
    [
        LAB.expired("proxy.test"),
        LAB.future("proxy.test"),
        LAB.wrong_host(),
        LAB.common_name_only("proxy.test"),
        LAB.self_signed("proxy.test"),
        LAB.without_intermediate("proxy.test"),
        Authority(now=NOW).leaf("proxy.test"),
    ],
    ids=["expired", "future", "wrong host", "common name only", "self-signed", "no intermediate", "another authority"],
)
def test_a_wrong_leaf_is_refused(issued: Issued) -> None:
    with pytest.raises(VerificationError):
        verify(issued)


def test_expired_and_future_are_wrong_in_their_time_only() -> None:
    for issued in (LAB.expired("proxy.test"), LAB.future("proxy.test")):
        verify(issued, when=issued.leaf.not_valid_before_utc)


def test_the_files_load(tmp_path: Path) -> None:
    files = write(LAB.leaf("proxy.test"), tmp_path, "leaf")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.chain, files.key)
    ssl.create_default_context(cafile=str(write_roots(LAB, tmp_path)))
    assert x509.load_der_x509_certificate(files.der.read_bytes()).subject.rfc4514_string() == "CN=proxy.test"
    assert files.key.stat().st_mode & 0o077 == 0
