"""Queries that left ahead of their step: adopted, sent once, recorded with their true times."""

from collections.abc import Mapping

import pytest
import trio
import trio.testing
from tests.sim.dns_world import (
    DnsWorld,
    Script,
    framed,
    silent,
    zone,
)
from tests.sim.headstart import Scripted
from tests.tracer.steps.resolving import (
    CONF,
    GOOD,
    HOST,
    ONLY_A,
    Ran,
    by_kind,
    cut,
    garbage,
    good,
    ran,
    rcode,
    wrong_id,
)

from modtrace.record.events import Event, SpanStarted
from modtrace.record.failures import StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer.steps.firstpackets import first_packets
from modtrace.tracer.steps.resolve import resolve
from modtrace.tracer.world.interface import Ask, BegunDial, BegunQuery, HostPort

S1, S2 = "192.0.2.53", "192.0.2.54"


LEAD_S = 0.007


def begun(scripts: Mapping[tuple[str, str], Script], conf: str = CONF, *, host: str = HOST) -> Ran:
    """The same lookup with its first queries sent ``LEAD_S`` before the step begins."""

    async def main() -> Ran:
        world = DnsWorld(scripts, {"/etc/resolv.conf": conf})
        events: list[Event] = []
        recorder = Recorder(now_ns=world.now_ns, sink=events.append)
        packets = first_packets(world, host, 443, edns0=True)
        assert isinstance(packets, Ask)
        queries: dict[tuple[HostPort, bytes], BegunQuery] = {}
        for wire in packets.queries:
            link = await world.open_udp(packets.server)
            await link.send(wire)
            queries[packets.server, wire[2:]] = BegunQuery(link, int.from_bytes(wire[:2], "big"), 0)
        world.headstart = Scripted(queries=queries)
        await trio.sleep(LEAD_S)
        resolution, failure = None, None
        with recorder.span("http.request", "root") as parent:
            try:
                resolution = await resolve(
                    world, host, parent=parent, deadline_ns=30_000_000_000, begun=BegunDial(0, 0)
                )
            except StepFailed as failed:
                failure = failed.failure
        assert all(end.is_closed for end in world.ends), "a socket was left open"
        return Ran(resolution, failure, round(world.now_s(), 6), world, events)

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.mark.parametrize(
    ("scripts", "conf"),
    [
        ({(S1, "udp"): good}, CONF),
        ({(S1, "udp"): zone(ONLY_A)}, CONF),
        ({(S1, "udp"): silent, (S2, "udp"): good}, CONF + f"nameserver {S2}\n"),
        ({(S1, "udp"): rcode("SERVFAIL"), (S2, "udp"): good}, CONF + f"nameserver {S2}\n"),
        ({(S1, "udp"): by_kind(A=good, AAAA=silent)}, CONF),
        ({(S1, "udp"): by_kind(A=good, AAAA=silent)}, CONF + "options timeout:1\n"),
        ({(S1, "udp"): cut, (S1, "tcp"): framed(good)}, CONF),
        ({(S1, "udp"): good}, CONF + "options single-request\n"),
        ({(S1, "udp"): rcode("NXDOMAIN")}, CONF),
        ({(S1, "udp"): garbage}, CONF + "options timeout:1\n"),
        ({(S1, "udp"): wrong_id}, CONF + "options timeout:1\n"),
    ],
)
def test_queries_that_left_ahead_of_their_step_change_no_moment_and_are_sent_once(
    scripts: dict[tuple[str, str], Script], conf: str
) -> None:
    plain, ahead = ran(scripts, conf), begun(scripts, conf)
    assert ahead.asked() == plain.asked()
    assert ahead.seconds == plain.seconds
    assert ahead.failure == plain.failure
    assert ahead.resolution == plain.resolution


def test_what_left_ahead_is_recorded_with_its_own_id_and_its_true_times() -> None:
    run = begun({(S1, "udp"): zone(GOOD, after=0.002)})
    queries = [event for event in run.events if isinstance(event, SpanStarted) and event.phase == "dns.query"]
    assert sorted(str(event.attributes["id"]) for event in queries) == ["1001", "1002"]
    assert {event.at_ns for event in queries} == {0}
    assert {event.at_ns for event in run.closed("dns.query")} == {2_000_000}, "when the answers came, not when read"
    assert {event.at_ns for event in run.closed("dns.resolve")} == {2_000_000}
