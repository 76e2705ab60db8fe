"""Happy Eyeballs in virtual time: who wins, when, and what every attempt is recorded as."""

import errno
from collections.abc import Sequence

import msgspec
import pytest
import trio
import trio.testing
from tests.sim.headstart import Scripted
from tests.sim.tcp_world import SILENT, Peer, TcpWorld

from modtrace.record.causes import Cause
from modtrace.record.events import Event, SpanClosed, SpanNoted, SpanStarted
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer.steps.connect import connect, failure_of_errno, go_errno_text, tcp_attributes
from modtrace.tracer.world.interface import HostPort, Link, TcpInfo

A, B, C, D = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"
V6, W6 = "2001:db8::1", "2001:db8::2"
REFUSED = Peer(0.01, errno.ECONNREFUSED)


class Outcome(msgspec.Struct, frozen=True):
    """``winner`` or ``failure``; the finish in seconds; per attempt: host, start, end, outcome."""

    winner: str | None
    failure: Failure | None
    finished_s: float
    attempts: list[tuple[str, float, float, str]]
    open_links: int
    dialled: list[str]
    events: list[Event]


def dial(
    peers: Sequence[tuple[str, Peer]],
    *,
    started_s: float = 0.0,
    deadline_s: float = 30.0,
    unrouted: tuple[str, ...] = (),
    lead_s: float | None = None,
) -> Outcome:
    """``lead_s``: the first address's SYN left that long before the step."""
    events: list[Event] = []

    async def main() -> tuple[TcpWorld, str | None, Failure | None]:
        world = TcpWorld(dict(peers), started_s=started_s, unrouted=unrouted)
        recorder = Recorder(now_ns=world.now_ns, sink=events.append)
        parent = recorder.span("http.request", "GET")
        addresses = tuple(address for address, _ in peers)
        if lead_s is not None:
            world.headstart = Scripted({HostPort(addresses[0], 443): 0})
            await trio.sleep(lead_s)
        try:
            link = await connect(
                world, addresses, 443, host="proxy.test", parent=parent, deadline_ns=int(deadline_s * 1e9)
            )
        except StepFailed as failed:
            return world, None, failed.failure
        finally:
            finished.append(round(world.now_s(), 6))
        return world, link.peer.host, None

    finished: list[float] = []
    world, winner, failure = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    still_open = sum(not link.is_closed for link in world.links)
    dialled = [host for _, host in world.dialled]
    return Outcome(winner, failure, finished[0], attempts_of(events), still_open, dialled, events)


def attempts_of(events: list[Event]) -> list[tuple[str, float, float, str]]:
    ends = {event.span: event for event in events if isinstance(event, SpanClosed)}
    return [
        (
            event.subject.rpartition(":")[0].strip("[]"),
            round(event.at_ns / 1e9, 6),
            round(ends[event.span].at_ns / 1e9, 6),
            ends[event.span].outcome,
        )
        for event in events
        if isinstance(event, SpanStarted) and event.phase == "tcp.connect"
    ]


EVERY_RACE = pytest.mark.parametrize(
    ("peers", "winner", "finished_s", "attempts"),
    [
        ([(A, Peer(0.05))], A, 0.05, [(A, 0, 0.05, "ok")]),
        ([(A, REFUSED), (B, Peer(0.05))], B, 0.06, [(A, 0, 0.01, "failed"), (B, 0.01, 0.06, "ok")]),
        ([(A, SILENT), (B, Peer(0.05))], B, 15.05, [(A, 0, 15, "failed"), (B, 15, 15.05, "ok")]),
        (
            [(A, SILENT), (B, SILENT), (C, SILENT), (D, Peer(0.05))],
            D,
            22.55,
            [(A, 0, 7.5, "failed"), (B, 7.5, 15, "failed"), (C, 15, 22.5, "failed"), (D, 22.5, 22.55, "ok")],
        ),
        ([(V6, SILENT), (A, Peer(0.05))], A, 0.35, [(V6, 0, 0.35, "abandoned"), (A, 0.3, 0.35, "ok")]),
        ([(V6, REFUSED), (A, Peer(0.05))], A, 0.06, [(V6, 0, 0.01, "failed"), (A, 0.01, 0.06, "ok")]),
        ([(A, SILENT), (V6, Peer(0.05))], V6, 0.35, [(A, 0, 0.35, "abandoned"), (V6, 0.3, 0.35, "ok")]),
        ([(V6, Peer(0.2)), (A, Peer(0.01))], V6, 0.2, [(V6, 0, 0.2, "ok")]),
        ([(V6, Peer(0.5)), (A, Peer(1.0))], V6, 0.5, [(V6, 0, 0.5, "ok"), (A, 0.3, 0.5, "abandoned")]),
        ([(V6, SILENT), (A, REFUSED), (B, Peer(0.05))], B, 0.36, [
            (V6, 0, 0.36, "abandoned"), (A, 0.3, 0.31, "failed"), (B, 0.31, 0.36, "ok")]),
        ([(V6, Peer(2.0)), (A, REFUSED)], V6, 2.0, [(V6, 0, 2.0, "ok"), (A, 0.3, 0.31, "failed")]),
        (
            [(V6, SILENT), (A, SILENT), (W6, Peer(0.05))],
            W6,
            15.05,
            [(V6, 0, 15, "failed"), (A, 0.3, 15.05, "abandoned"), (W6, 15, 15.05, "ok")],
        ),
    ],
    ids=[
        "one address",
        "the second after a refusal",
        "the second after half of the time",
        "the fourth after three quarters",
        "the other family after 300 ms",
        "the other family at once after a refusal",
        "IPv6 as the other family",
        "a slow first family before the other starts",
        "a slow first family before the other ends",
        "the other family's second",
        "the first family after the other was refused",
        "the first family's second",
    ],
)  # fmt: skip


@EVERY_RACE
def test_the_winner_its_moment_and_every_attempt(
    peers: list[tuple[str, Peer]], winner: str, finished_s: float, attempts: list[tuple[str, float, float, str]]
) -> None:
    outcome = dial(peers)
    assert outcome.winner == winner
    assert outcome.finished_s == pytest.approx(finished_s, abs=1e-6)
    assert outcome.attempts == [(*row[:1], *map(pytest.approx, row[1:3]), row[3]) for row in attempts]
    assert outcome.open_links == 1


@EVERY_RACE
def test_a_syn_that_left_ahead_of_its_step_changes_no_moment_and_is_sent_once(
    peers: list[tuple[str, Peer]], winner: str, finished_s: float, attempts: list[tuple[str, float, float, str]]
) -> None:
    outcome = dial(peers, lead_s=0.005)
    assert outcome.winner == winner
    assert outcome.finished_s == pytest.approx(finished_s, abs=1e-6)
    assert outcome.attempts == [(*row[:1], *map(pytest.approx, row[1:3]), row[3]) for row in attempts]
    assert outcome.dialled == [host for host, *_ in sorted(attempts, key=lambda row: row[1])][1:]
    assert outcome.open_links == 1


def test_a_first_family_that_answered_while_code_was_loaded_is_not_raced() -> None:
    outcome = dial([(V6, Peer(0.2)), (A, Peer(0.05))], lead_s=0.5)
    assert (outcome.winner, outcome.dialled) == (V6, [])
    assert outcome.attempts == [(V6, 0, 0.5, "ok")]


def test_a_refusal_of_a_syn_ahead_says_that_it_may_be_older() -> None:
    outcome = dial([(A, REFUSED)], lead_s=0.07)
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.dialled) == ("tcp.refused", [])
    (note,) = [event for event in outcome.events if isinstance(event, SpanNoted)]
    assert (note.what, note.data["took_ns"]) == ("self_delay", 70_000_000)
    assert outcome.attempts == [(A, 0, 0.07, "failed")]


@pytest.mark.parametrize(
    ("peers", "finished_s", "cause", "go_text"),
    [
        ([(A, REFUSED)], 0.01, "tcp.refused", f"dial tcp {A}:443: connect: connection refused"),
        ([(V6, REFUSED)], 0.01, "tcp.refused", f"dial tcp [{V6}]:443: connect: connection refused"),
        ([(A, SILENT)], 30.0, "tcp.unanswered", f"dial tcp {A}:443: i/o timeout"),
        ([(A, SILENT), (B, REFUSED)], 15.01, "tcp.unanswered", f"dial tcp {A}:443: i/o timeout"),
        ([(A, REFUSED), (B, SILENT)], 30.0, "tcp.refused", f"dial tcp {A}:443: connect: connection refused"),
        ([(V6, REFUSED), (A, SILENT)], 30.0, "tcp.refused", f"dial tcp [{V6}]:443: connect: connection refused"),
        ([(V6, SILENT), (A, REFUSED)], 30.0, "tcp.unanswered", f"dial tcp [{V6}]:443: i/o timeout"),
        (
            [(V6, Peer(0.0, errno.ENETUNREACH)), (A, REFUSED)],
            0.01,
            "tcp.unreachable.net",
            f"dial tcp [{V6}]:443: connect: network is unreachable",
        ),
    ],
)
def test_when_nothing_answers_the_first_familys_first_error_is_shown(
    peers: list[tuple[str, Peer]], finished_s: float, cause: str, go_text: str
) -> None:
    outcome = dial(peers)
    assert outcome.winner is None
    assert outcome.failure is not None
    assert (outcome.failure.cause, outcome.failure.go_text) == (cause, go_text)
    assert outcome.finished_s == pytest.approx(finished_s)
    assert outcome.open_links == 0


def test_time_that_the_lookup_took_is_missing_from_the_shares() -> None:
    outcome = dial([(A, SILENT), (B, SILENT)], started_s=20.0)
    assert [(start, end) for _, start, end, _ in outcome.attempts] == [(20.0, 25.0), (25.0, 30.0)]


def test_a_share_has_at_least_two_seconds_so_late_addresses_are_never_tried() -> None:
    outcome = dial([(A, SILENT), (B, SILENT), (C, SILENT), (D, Peer(0.0))], started_s=25.0)
    assert [(host, start, end) for host, start, end, _ in outcome.attempts] == [
        (A, 25.0, 27.0),
        (B, 27.0, 29.0),
        (C, 29.0, 30.0),
    ]
    assert outcome.winner is None


def test_a_deadline_in_the_past_tries_nothing_and_is_a_timeout() -> None:
    outcome = dial([(A, Peer(0.0))], started_s=31.0)
    assert outcome.attempts == []
    assert outcome.failure is not None
    assert outcome.failure.cause == "tcp.unanswered"


@pytest.mark.parametrize(
    ("number", "cause", "side", "call"),
    [
        (errno.ECONNREFUSED, "tcp.refused", "unknown", "connect"),
        (errno.ETIMEDOUT, "tcp.unanswered", "path", "connect"),
        (errno.ENETUNREACH, "tcp.unreachable.net", "path", "connect"),
        (errno.EHOSTUNREACH, "tcp.unreachable.host", "path", "connect"),
        (errno.EPERM, "tcp.unreachable.prohibited", "local", "connect"),
        (errno.EACCES, "tcp.unreachable.prohibited", "unknown", "connect"),
        (errno.ECONNRESET, "tcp.reset", "unknown", "connect"),
        (errno.EADDRNOTAVAIL, "tcp.no_route", "local", "connect"),
        (errno.EMFILE, "local.descriptors_exhausted", "local", "socket"),
        (errno.ENFILE, "local.descriptors_exhausted", "local", "socket"),
        (errno.ENOPROTOOPT, "tcp.unreachable.net", "unknown", "connect"),
    ],
)
def test_every_errno_has_its_cause(number: int, cause: Cause, side: str, call: str) -> None:
    exc = OSError(number, "Words of the C library")
    failure = failure_of_errno(exc, HostPort(A, 443), is_routed=True)
    assert (failure.cause, failure.side, failure.errno) == (cause, side, errno.errorcode[number])
    assert failure.go_text == f"dial tcp {A}:443: {call}: words of the C library"


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENETUNREACH, "tcp.no_route"),
        (errno.EHOSTUNREACH, "tcp.no_route"),
        (errno.EINVAL, "tcp.no_route"),
        (errno.EACCES, "tcp.unreachable.prohibited"),
        (errno.EPERM, "tcp.unreachable.prohibited"),
    ],
)
def test_where_this_machine_has_no_way_the_network_is_not_to_blame(number: int, cause: Cause) -> None:
    failure = failure_of_errno(OSError(number, "words"), HostPort(A, 443), is_routed=False)
    assert (failure.cause, failure.side) == (cause, "local")


def test_the_routing_table_is_asked_whose_no_it_was() -> None:
    peers = [(V6, Peer(0.0, errno.ENETUNREACH))]
    routed, unrouted = dial(peers), dial(peers, unrouted=(V6,))
    assert routed.failure is not None
    assert unrouted.failure is not None
    assert (routed.failure.cause, unrouted.failure.cause) == ("tcp.unreachable.net", "tcp.no_route")


def test_an_error_without_a_number_still_has_words() -> None:
    failure = failure_of_errno(OSError("Odd"), HostPort(A, 443), is_routed=False)
    assert (failure.errno, go_errno_text(OSError("Odd"))) == ("unknown", "odd")


class Measured:
    """A link whose kernel knows its round trip."""

    def __init__(self, link: Link, info: TcpInfo, sent_at_ns: int) -> None:
        self._link, self._info = link, info
        self.local, self.peer = link.local, link.peer
        self.received_at_ns = 0
        self.sent_at_ns = sent_at_ns

    def tcp_info(self) -> TcpInfo | None:
        return self._info

    async def receive(self, max_bytes: int = 65536) -> bytes:
        return await self._link.receive(max_bytes)

    async def send(self, data: bytes | memoryview, *, is_timed: bool = False) -> None:
        await self._link.send(data, is_timed=is_timed)

    async def aclose(self) -> None:
        await self._link.aclose()


class MeasuringWorld(TcpWorld):
    """``TcpWorld`` with a ``TCP_INFO`` of a given round trip and retransmissions."""

    def __init__(self, rtt_us: int, retransmits: int, syn_s: float = 0.0) -> None:
        super().__init__({A: Peer(0.05)})
        self.syn_ns = int(syn_s * 1e9)
        self.info = TcpInfo(
            rtt_us=rtt_us,
            rtt_var_us=1,
            min_rtt_us=rtt_us,
            retransmits=retransmits,
            send_mss_bytes=1460,
            receive_mss_bytes=536,
            congestion_window=10,
            segments_out=2,
            segments_in=1,
            bytes_acked=1,
            bytes_received=0,
        )

    async def open_tcp(self, address: HostPort) -> Link:
        return Measured(await super().open_tcp(address), self.info, self.syn_ns)


@pytest.mark.parametrize(
    ("rtt_us", "retransmits", "ended_s"),
    [(20_000, 0, 0.021), (90_000, 0, 0.05), (20_000, 1, 0.05), (0, 0, 0.05)],
    ids=["the kernel's round trip", "never later than now", "not after a retransmission", "unknown"],
)
def test_the_attempt_lasts_from_its_syn_until_the_kernel_says_that_the_answer_came(
    rtt_us: int, retransmits: int, ended_s: float
) -> None:
    events: list[Event] = []

    async def main() -> dict[str, object]:
        world = MeasuringWorld(rtt_us, retransmits, syn_s=0.001)
        parent = Recorder(now_ns=world.now_ns, sink=events.append).span("http.request", "GET")
        link = await connect(world, (A,), 443, host="proxy.test", parent=parent, deadline_ns=30_000_000_000)
        return dict(tcp_attributes(link))

    shown = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert [end for _, _, end, _ in attempts_of(events)] == [ended_s]
    assert [event.started_ns for event in events if isinstance(event, SpanClosed)] == [1_000_000]
    assert shown["rtt_us"] == rtt_us
