"""A lookup in a scripted world of name servers, run to its end under trio's clock."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import dns.message
import trio
import trio.testing
from tests.sim.dns_world import (
    DnsWorld,
    Reply,
    Script,
    response,
    zone,
)

from modtrace.record.events import Event, SpanClosed, SpanNoted, SpanStarted
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer.steps.dns_exchange import Rotation
from modtrace.tracer.steps.locallookup import Resolution
from modtrace.tracer.steps.resolve import resolve

S1, S2 = "192.0.2.53", "192.0.2.54"

HOST = "proxy.test"
GOOD = {(f"{HOST}.", "A"): [f"{HOST}. 60 A 203.0.113.7"], (f"{HOST}.", "AAAA"): [f"{HOST}. 60 AAAA 2001:db8::7"]}
ONLY_A: dict[tuple[str, str], Sequence[str] | str] = {
    (f"{HOST}.", "A"): [f"{HOST}. 60 A 203.0.113.7"],
    (f"{HOST}.", "AAAA"): "NOERROR",
}
CONF = f"nameserver {S1}\n"


class Ran(NamedTuple):
    resolution: Resolution | None
    failure: Failure | None
    seconds: float
    world: DnsWorld
    events: list[Event]

    def asked(self) -> list[str]:
        return sorted(f"{one.name} {one.kind} {one.transport} {one.server}" for one in self.world.asked)

    def notes(self, what: str) -> list[SpanNoted]:
        return [event for event in self.events if isinstance(event, SpanNoted) and event.what == what]

    def closed(self, phase: str) -> list[SpanClosed]:
        ids = {one.span for one in self.events if isinstance(one, SpanStarted) and one.phase == phase}
        return [event for event in self.events if isinstance(event, SpanClosed) and event.span in ids]


def ran(
    scripts: Mapping[tuple[str, str], Script],
    conf: str | None = CONF,
    *,
    host: str = HOST,
    deadline_s: float | None = 30.0,
    files: Mapping[str, str] | None = None,
    sources: Mapping[str, str] | None = None,
    rotation: Rotation | None = None,
) -> Ran:
    async def main() -> Ran:
        every_file = dict(files or {})
        if conf is not None:
            every_file["/etc/resolv.conf"] = conf
        world = DnsWorld(scripts, every_file, sources=sources)
        events: list[Event] = []
        recorder = Recorder(now_ns=world.now_ns, sink=events.append)
        deadline_ns = None if deadline_s is None else round(deadline_s * 1e9)
        resolution: Resolution | None = None
        failure: Failure | None = None
        with recorder.span("http.request", "root") as parent:
            try:
                resolution = await resolve(world, host, parent=parent, deadline_ns=deadline_ns, rotation=rotation)
            except StepFailed as failed:
                failure = failed.failure
        assert not recorder.open_spans()
        assert all(end.is_closed for end in world.ends), "a socket was left open"
        return Ran(resolution, failure, round(world.now_s(), 6), world, events)

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def by_kind(**scripts: Script) -> Script:
    def script(query: bytes) -> Sequence[Reply]:
        kind = dns.message.from_wire(query).question[0].rdtype.name
        return scripts[kind](query)

    return script


def rcode(name: str, *, flags: str = "QR RD RA", edns: bool = True) -> Script:
    return lambda query: [(0.01, response(query, rcode=name, flags=flags, edns=edns))]


def cut(query: bytes) -> Sequence[Reply]:
    return [(0.01, response(query, flags="QR RD RA TC"))]


def garbage(query: bytes) -> Sequence[Reply]:
    return [(0.01, b"\x00garbage")]


def wrong_id(query: bytes) -> Sequence[Reply]:
    answer = bytearray(zone(GOOD)(query)[0][1] if isinstance(zone(GOOD)(query)[0][1], bytes) else b"")  # type: ignore[arg-type]  # bytes by the line above
    answer[0] ^= 0xFF
    return [(0.01, bytes(answer))]


good = zone(GOOD)
