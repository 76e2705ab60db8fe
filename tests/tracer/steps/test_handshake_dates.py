"""A chain is judged whatever its dates: OpenSSL's own objection to them is how a refusal gets out, so it must come."""

import datetime
import re
from collections.abc import Sequence

import pytest
from OpenSSL import SSL
from tests.sim.certmaker import HOST, Made, leaf, root
from tests.sim.tls_handshakes import served, shake
from tests.sim.tls_server import MemoryTlsServer
from tests.sim.zonemaker import zone_file

from modtrace.gorules.tlsprofile import go_profile
from modtrace.tracer.wire import tls
from modtrace.tracer.wire.tls import TlsClientSession
from modtrace.tracer.wire.tlsfaults import TlsFault

STRANGER = root("Stranger")
UNKNOWN = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
VERSIONS = [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION]
YEARS = [1950, 1970, 2020]
HANDSHAKE_RECORD, APPLICATION_RECORD, ALERT_RECORD = 22, 23, 21


def since(year: int) -> datetime.datetime:
    return datetime.datetime(year, 1, 1, tzinfo=datetime.UTC)


def chain_of(year: int, root_year: int) -> list[Made]:
    anchor = root(f"Root {root_year}", start=since(root_year))
    return [leaf(anchor, start=since(year)), anchor]


def record_types(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        found.append(data[at])
        at += 5 + int.from_bytes(data[at + 3 : at + 5])
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("root_year", YEARS)
@pytest.mark.parametrize("with_root", [True, False])
def test_untrusted_chain_is_refused_with_the_words_and_the_alert_of_go(
    version: int, year: int, root_year: int, with_root: bool
) -> None:
    chain = chain_of(year, root_year)[: 2 if with_root else 1]
    server, memory = served(chain, versions=(version, version))
    outcome = shake(memory, roots=[STRANGER])
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.failure.go_text) == ("tls.unknown_authority", UNKNOWN)
    assert outcome.chain == tuple(made.der for made in chain)
    assert outcome.alerts == [(True, "bad certificate")]
    assert "bad certificate" in str(server.error)
    assert not server.is_done  # it never saw our Finished
    assert (server.received, memory.is_closed) == (b"", True)
    assert len(memory.sent) == 2  # the hello, the alert
    if version == SSL.TLS1_2_VERSION:
        assert record_types(memory.sent[1]) == [ALERT_RECORD]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("root_year", YEARS)
def test_trusted_chain_is_accepted_and_recorded(version: int, year: int, root_year: int) -> None:
    chain = chain_of(year, root_year)
    server, memory = served(chain, versions=(version, version))
    outcome = shake(memory, roots=chain[1:])
    assert outcome.failure is None
    assert outcome.chain == tuple(made.der for made in chain)
    assert outcome.closed.attributes["verified"] is True
    assert server.is_done


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("year", YEARS)
def test_wrong_host_is_refused_whatever_the_dates(version: int, year: int) -> None:
    chain = chain_of(year, year)
    server, memory = served(chain, versions=(version, version))
    outcome = shake(memory, roots=chain[1:], host="x.example")
    assert outcome.failure is not None
    assert outcome.failure.cause == "tls.wrong_host"
    assert not server.is_done


@pytest.mark.parametrize("version", VERSIONS)
def test_refusal_stands_when_openssl_has_nothing_against_the_dates(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a certificate older than the store's clock."""
    monkeypatch.setattr(tls, "_BEFORE_ALL_CERTIFICATES", datetime.datetime(2026, 6, 1))
    judged: list[Sequence[bytes]] = []
    client = TlsClientSession(go_profile(), HOST, lambda chain: bool(judged.append(chain)))
    chain = chain_of(1970, 1970)
    server = MemoryTlsServer(chain, versions=(version, version))
    client.feed(server.feed(client.start()))
    with pytest.raises(TlsFault):
        client.advance()
    server.feed(client.to_send())
    assert not server.is_done
    assert server.error is not None
    assert "alert" in str(server.error)
    assert [list(each) for each in judged] == [[made.der for made in chain]]


class Deaf(TlsClientSession):
    """As if OpenSSL never asked about a certificate."""

    def _on_certificate(self, *_: object) -> bool:
        return True


def to_the_end(client: TlsClientSession, server: MemoryTlsServer) -> None:
    out = client.start()
    while not client.is_done:
        client.feed(server.feed(out))
        client.advance()
        out = client.to_send()


@pytest.mark.parametrize("version", VERSIONS)
def test_chain_that_openssl_never_asked_about_is_judged_before_anything_more_is_sent(version: int) -> None:
    client = Deaf(go_profile(), HOST, lambda _chain: False)
    server = MemoryTlsServer(chain_of(2020, 2020), versions=(version, version))
    with pytest.raises(TlsFault) as caught:
        to_the_end(client, server)
    assert caught.value.go_text == "tls: bad certificate"
    assert (client.was_judged, client.is_done, len(client.chain_der)) == (True, False, 2)
    assert client.to_send() == b""
    if version == SSL.TLS1_3_VERSION:
        assert not server.is_done


def test_the_chain_is_judged_once_however_many_certificates_it_has() -> None:
    calls: list[int] = []
    client = TlsClientSession(go_profile(), HOST, lambda chain: not calls.append(len(chain)))
    server = MemoryTlsServer(chain_of(1950, 1950), versions=(VERSIONS[1],) * 2)
    client.feed(server.feed(client.start()))
    assert client.advance()
    assert calls == [2]


@pytest.mark.parametrize(("offset_s", "zone"), [(9 * 3600, r"\+09:00"), (-12600, r"-03:30"), (0, "Z")])
def test_what_time_it_is_is_said_as_go_says_it_in_local_time(offset_s: int, zone: str) -> None:
    anchor = root()
    expired = leaf(anchor, start=since(2019), end=since(2020))
    outcome = shake(served([expired, anchor])[1], roots=[anchor], zone=zone_file(offset_s))
    assert outcome.failure is not None
    words = rf"current time \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{zone} is after 2020-01-01T00:00:00Z"
    assert re.search(words, outcome.failure.go_text or ""), outcome.failure.go_text
