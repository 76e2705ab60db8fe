"""Which hop of a silent chain is accused, and when nobody is."""

import pytest
from tests.builders import Events

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules.silent_hop import silent_hop
from modtrace.diagnosis.verdict import findings_of
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, Json
from modtrace.record.summary import Finding

CHAIN = ["http://a.test:1", "socks5://b.test:2", "http://c.test:3"]
Answers = dict[int, tuple[bool | None, str | None]]
ANSWERS: tuple[bool, None] = (True, None)
SILENT: tuple[bool, None] = (False, None)
DENIED: tuple[None, str] = (None, "proxy.denied")


def chain_of(
    answers: Answers,
    *,
    cause: Cause = "proxy.silent",
    hop: int = 2,
    chain: list[str] = CHAIN,
    other_dial: bool = False,
    cut_in_tls: int | None = None,
) -> Events:
    """A fetch that ended at ``hop``, and what each prefix of the chain answered."""
    accused = chain[hop - 1]
    failure = Failure(
        cause=cause,
        side="proxy",
        text=f"{accused}: nothing came",
        go_text="context deadline exceeded",
        where=accused,
    )
    events = Events()
    operation = events.start("module.info", "lab.test/hello@v1.0.0")
    shown: list[Json] = [*chain]
    tunnel = events.start("proxy.tunnel", f"{accused} to x", parent=operation, hop=hop)
    parent = events.start("module.mod", "another") if other_dial else operation
    for length, (answered, ended_by) in answers.items():
        probe = events.start(
            "proxy.probe.prefix", "goproxy.example:443 through x", parent=parent, prefix=length, chain=shown
        )
        if length == cut_in_tls:
            events.close(events.start("tls.handshake", "goproxy.example", parent=probe), outcome="abandoned")
        events.close(probe, answered=answered, ended_by=ended_by)
    events.close(tunnel, failed=failure)
    events.close(operation, failed=failure)
    return events.end(failed=failure)


def found(events: Events) -> list[Finding]:
    return list(silent_hop(Case(events.trace())))


def test_the_silent_middle_hop_is_named_with_its_control() -> None:
    (finding,) = found(chain_of({0: ANSWERS, 1: ANSWERS, 2: SILENT}))
    assert (finding.cause, finding.where, finding.side) == ("proxy.silent", CHAIN[1], "proxy")
    assert finding.confidence == "certain"
    assert finding.go.error == "context deadline exceeded"
    assert "through http://a.test:1 the target answers" in finding.evidence[0].text
    assert all(evidence.span is not None for evidence in finding.evidence)


def test_it_is_the_verdict() -> None:
    assert findings_of(chain_of({0: ANSWERS, 1: ANSWERS, 2: SILENT}).trace())[0].rule == "silent_hop"


def test_a_hop_that_says_yes_and_carries_nothing_is_found_before_the_one_that_was_asked_last() -> None:
    (finding,) = found(chain_of({0: ANSWERS, 1: SILENT, 2: SILENT}, hop=2))
    assert (finding.cause, finding.where, finding.confidence) == ("proxy.tunnel_silent", CHAIN[0], "high")


def test_a_last_hop_whose_tunnel_is_dead_is_named_when_the_hops_before_it_work() -> None:
    (finding,) = found(chain_of({0: ANSWERS, 1: ANSWERS, 2: ANSWERS}, cause="proxy.tunnel_silent", hop=3))
    assert (finding.cause, finding.where) == ("proxy.tunnel_silent", CHAIN[2])


def test_one_proxy_is_the_shortest_chain() -> None:
    (finding,) = found(chain_of({0: ANSWERS}, hop=1, chain=CHAIN[:1], cause="proxy.tunnel_silent"))
    assert (finding.cause, finding.where) == ("proxy.tunnel_silent", CHAIN[0])
    assert "no proxy at all" in finding.evidence[0].text


def test_a_target_that_is_silent_without_a_proxy_too_clears_the_proxy() -> None:
    events = chain_of({0: (False, "tls.hello_unanswered")}, hop=1, chain=CHAIN[:1], cause="proxy.tunnel_silent")
    (finding,) = found(events)
    assert (finding.cause, finding.where, finding.side) == ("tls.hello_unanswered", "goproxy.example:443", "unknown")


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {0: SILENT, 1: SILENT, 2: SILENT},
        {0: (False, "tcp.unanswered"), 1: SILENT, 2: SILENT},
        {0: (None, "dns.nxdomain"), 1: (False, "proxy.silent"), 2: SILENT},
        {0: (None, "dns.nxdomain"), 1: (False, "proxy.tunnel_silent"), 2: DENIED},
        {0: ANSWERS, 1: DENIED, 2: SILENT},
        {0: ANSWERS, 1: ANSWERS, 2: DENIED},
        {0: ANSWERS, 1: ANSWERS},
    ],
)
def test_without_a_control_or_with_a_gap_nobody_is_accused(answers: Answers) -> None:
    assert found(chain_of(answers)) == []


@pytest.mark.parametrize("tls", [True, False])
def test_without_a_control_two_silent_tunnels_of_one_hop_accuse_it_with_medium_confidence(tls: bool) -> None:
    if tls:
        events = chain_of({0: (None, "dns.nxdomain"), 1: (False, "proxy.tunnel_silent"), 2: SILENT})
    else:
        events = chain_of({0: (None, "dns.nxdomain"), 1: SILENT, 2: SILENT}, cut_in_tls=1)
    (finding,) = found(events)
    assert (finding.cause, finding.where, finding.confidence) == ("proxy.tunnel_silent", CHAIN[0], "medium")
    assert findings_of(events.trace())[0].rule == "silent_hop", "however sure the hop that was asked last looks"


def test_another_dials_probes_are_no_evidence() -> None:
    assert found(chain_of({0: ANSWERS, 1: ANSWERS, 2: SILENT}, other_dial=True)) == []


def test_a_refusal_is_no_silence() -> None:
    assert found(chain_of({0: ANSWERS, 1: ANSWERS, 2: SILENT}, cause="proxy.denied")) == []


def test_a_fetch_that_worked_accuses_nobody() -> None:
    assert found(Events().end()) == []
