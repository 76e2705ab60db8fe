"""The handshake step over links of memory, and what it left behind."""

from collections.abc import Awaitable, Callable, Mapping

import trio
import trio.testing
from tests.sim.certmaker import HOST, NOW_S, Made, leaf, root
from tests.sim.machine import NoPrograms
from tests.sim.tls_server import Answer, MemoryLink, MemoryTlsServer

from modtrace.gorules.roots import RootCertificate, Roots
from modtrace.gorules.tlsprofile import go_profile
from modtrace.record.events import Event, SpanClosed, SpanNoted
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.recorder import Recorder, Span
from modtrace.tracer.steps.handshake import handshake
from modtrace.tracer.steps.tlslink import TlsLink
from modtrace.tracer.world.interface import HostPort, Link, UdpLink

ANCHOR = root()
GOOD = leaf(ANCHOR)


class ClockWorld(NoPrograms):
    """The World as far as the handshake may use it: two clocks, and the zone to say what time it is."""

    def __init__(self, zone: bytes | None = None) -> None:
        self._zone = zone

    def now_ns(self) -> int:
        return int(trio.current_time() * 1e9)

    def wall_time_s(self) -> float:
        return NOW_S

    async def open_tcp(self, address: HostPort) -> Link:
        raise AssertionError

    async def open_udp(self, address: HostPort) -> UdpLink:
        raise AssertionError

    def source_address_for(self, host: str) -> str | None:
        raise AssertionError

    def random_u16(self) -> int:
        raise AssertionError

    def environ(self) -> Mapping[str, str]:
        return {}

    def read_file(self, path: str) -> bytes | None:
        assert path == "/etc/localtime"
        return self._zone

    def list_directory(self, path: str) -> list[str] | None:
        raise AssertionError

    def hostname(self) -> str:
        raise AssertionError


class Outcome:
    """What one handshake left behind."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.link: TlsLink | None = None
        self.failure: Failure | None = None
        self.chain: tuple[bytes, ...] = ()
        self.seconds = 0.0

    @property
    def closed(self) -> SpanClosed:
        return next(event for event in self.events if isinstance(event, SpanClosed) and event.span == 2)

    @property
    def alerts(self) -> list[tuple[bool, str]]:
        notes = [event for event in self.events if isinstance(event, SpanNoted) and event.what == "tls.alert"]
        return [(bool(note.data["sent_by_us"]), str(note.data["name"])) for note in notes]


def shake(
    memory: MemoryLink,
    *,
    roots: list[Made] | None = None,
    host: str = HOST,
    zone: bytes | None = None,
    then: Callable[[TlsLink], Awaitable[None]] | None = None,
    refine: Callable[[Failure], Failure] | None = None,
    attributes: Mapping[str, Json] | None = None,
) -> Outcome:
    outcome = Outcome()
    pool = Roots(RootCertificate(made.der, "test") for made in ([ANCHOR] if roots is None else roots))

    async def main() -> None:
        recorder = Recorder(now_ns=lambda: int(trio.current_time() * 1e9), sink=outcome.events.append)
        parent: Span = recorder.span("module.info", "m")
        started = trio.current_time()
        try:
            outcome.link = await handshake(
                ClockWorld(zone),
                memory,
                server_name=host,
                parent=parent,
                roots=lambda: pool,
                profile=go_profile(),
                peer_label=f"{host}:443",
                on_chain=lambda chain: setattr(outcome, "chain", chain),
                refine=refine,
                attributes=attributes,
            )
            if then is not None:
                await then(outcome.link)
        except StepFailed as failed:
            outcome.failure = failed.failure
        outcome.seconds = trio.current_time() - started

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return outcome


def served(chain: list[Made], *, piece: int = 65536, **options: object) -> tuple[MemoryTlsServer, MemoryLink]:
    server = MemoryTlsServer(chain, **options)  # type: ignore[arg-type]  # the tests' own keywords
    return server, MemoryLink(lambda data: [server.feed(data) or None], piece=piece)


def answering(*items: Answer) -> MemoryLink:
    """The same answer to the hello, whatever it says; silence after."""
    waiting = list(items)

    def answer(_data: bytes) -> list[Answer]:
        out, waiting[:] = list(waiting), []
        return out

    return MemoryLink(answer)


def alert(code: int, level: int = 2) -> bytes:
    return bytes([21, 3, 3, 0, 2, level, code])
