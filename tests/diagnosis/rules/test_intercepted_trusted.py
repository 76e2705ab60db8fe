"""Somebody on the way ends TLS with an installed authority: who is accused, and who is not."""

import pytest
from tests.builders import Events, handshake

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules.intercepted_trusted import intercepted_trusted
from modtrace.record.summary import Finding

COMPANY = "git.company.com"  # a public name that is no well-known service


def found(events: Events) -> list[Finding]:
    return list(intercepted_trusted(Case(events.end().trace())))


@pytest.mark.parametrize("host", ["github.com", "pkg.go.dev", "gitlab.com"])
def test_a_private_root_for_a_well_known_service_is_an_interception(host: str) -> None:
    (finding,) = found(handshake(host))
    assert (finding.cause, finding.outcome, finding.side) == ("tls.intercepted.trusted", "suspicious", "path")
    assert (finding.where, finding.confidence) == (host, "high")


def test_the_authority_is_quoted_from_the_certificate() -> None:
    (finding,) = found(handshake("github.com", issuer="CN=Company TLS Inspection"))
    assert "“CN=Company TLS Inspection”" in finding.summary
    assert "“CN=Company TLS Inspection”" in finding.evidence[0].text


@pytest.mark.parametrize(
    ("host", "peer"),
    [
        (COMPANY, "10.1.2.3:443"),
        (COMPANY, "127.0.0.1:443"),
        (COMPANY, "[fd00::1]:443"),
        (COMPANY, ""),
        ("git.test", "8.8.8.8:443"),
        ("goproxy.example", "8.8.8.8:443"),
        ("git.corp", "8.8.8.8:443"),
        ("git.internal", "10.1.2.3:443"),
        ("localhost", "127.0.0.1:443"),
        ("git", "10.1.2.3:443"),
        ("8.8.8.8", "8.8.8.8:443"),
    ],
)
def test_a_private_authority_for_somebodys_own_host_is_none(host: str, peer: str) -> None:
    assert found(handshake(host, peer=peer)) == []
    assert found(handshake(host, peer=peer, sct_present=False)) == []


def test_a_public_root_is_none() -> None:
    assert found(handshake("github.com", is_public=True)) == []


def test_a_root_of_which_nothing_is_known_is_none() -> None:
    events = Events()
    events.whole("tls.handshake", "github.com", sni="github.com", peer="8.8.8.8:443")
    assert found(events) == []


def test_a_handshake_that_failed_is_left_to_its_own_cause() -> None:
    events = Events()
    span = events.start("tls.handshake", "github.com")
    events.close(span, outcome="failed", sni="github.com", peer="8.8.8.8:443", root_is_public=False)
    assert found(events) == []


@pytest.mark.parametrize("sct", [None, False, True])
def test_one_signal_alone_stays_at_medium_and_a_missing_sct_is_no_second_one(sct: bool | None) -> None:
    (finding,) = found(handshake(COMPANY, sct_present=sct))
    assert finding.confidence == "medium"


def test_a_missing_sct_is_told() -> None:
    (finding,) = found(handshake(COMPANY, sct_present=False))
    assert [evidence.text for evidence in finding.evidence][-1].endswith("(SCT)")


def test_each_host_is_one_finding_with_every_handshake_as_evidence() -> None:
    events = handshake("github.com")
    for host in ("github.com", "gitlab.com"):
        events.whole("tls.handshake", host, sni=host, peer="8.8.8.8:443", root_is_public=False)
    both = found(events)
    assert [(finding.where, len(finding.evidence)) for finding in both] == [("github.com", 2), ("gitlab.com", 1)]


@pytest.mark.parametrize("chain", [None, [], ["text"], [{}], "text"])
def test_a_chain_that_says_nothing_leaves_the_authority_unnamed(chain: object) -> None:
    events = Events()
    span = events.start("tls.handshake", "github.com")
    events.close(span, sni="github.com", root_is_public=False, chain=chain)  # type: ignore[arg-type]  # damaged JSON
    (finding,) = found(events)
    assert "unnamed" in finding.summary


def test_without_a_server_name_the_spans_subject_is_the_host() -> None:
    events = Events()
    events.whole("tls.handshake", "github.com", root_is_public=False)
    assert found(events)[0].where == "github.com"
