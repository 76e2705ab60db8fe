"""Look-up and connection within one budget, and go's words for each."""

import errno

import pytest
import trio
from tests.sim.tcp_world import SILENT, Peer, TcpWorld
from tests.tracer.clocked import Clocked
from trio.testing import MockClock

from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import DIAL_S
from modtrace.tracer.steps import resolve as resolving
from modtrace.tracer.steps.reach import reach
from modtrace.tracer.world.interface import HostPort


class Reached:
    """One call in virtual time."""

    def __init__(self, host: str, peers: dict[str, Peer]) -> None:
        self.failure: Failure | None = None
        self.peer: HostPort | None = None
        self.seconds = 0.0
        self.phases: list[str] = []

        async def main() -> None:
            clocked = Clocked()
            world = TcpWorld(peers)
            try:
                link = await reach(world, host, 443, parent=clocked.root)
                self.peer = link.peer
            except StepFailed as failed:
                self.failure = failed.failure
            self.seconds = trio.current_time() - clocked.zero
            self.phases = [event.phase for phase in ("dns.resolve", "tcp.connect") for event in clocked.started(phase)]

        trio.run(main, clock=MockClock(autojump_threshold=0))


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_literal_is_connected_to_without_a_look_up(host: str) -> None:
    reached = Reached(host, {host: Peer(0.1)})
    assert (reached.peer, reached.phases) == (HostPort(host, 443), ["tcp.connect"])
    assert reached.seconds == pytest.approx(0.1)


def test_a_refused_connection_has_gos_words() -> None:
    reached = Reached("192.0.2.1", {"192.0.2.1": Peer(0.1, errno.ECONNREFUSED)})
    assert reached.failure is not None
    assert reached.failure.go_text == "dial tcp 192.0.2.1:443: connect: connection refused"


def test_a_silent_address_ends_after_gos_thirty_seconds() -> None:
    reached = Reached("192.0.2.1", {"192.0.2.1": SILENT})
    assert reached.failure is not None
    assert (reached.failure.cause, reached.failure.go_text) == ("tcp.unanswered", "dial tcp 192.0.2.1:443: i/o timeout")
    assert reached.seconds == pytest.approx(DIAL_S)


def test_an_empty_host_is_this_machine_in_gos_words() -> None:
    reached = Reached("", {"0.0.0.0": Peer(0.1)})
    assert (reached.peer, reached.phases) == (HostPort("0.0.0.0", 443), ["tcp.connect"])
    refused = Reached("", {"0.0.0.0": Peer(0.1, errno.ECONNREFUSED)})
    assert refused.failure is not None
    assert refused.failure.go_text == "dial tcp :443: connect: connection refused"


def test_a_look_up_shares_the_budget_and_its_failure_is_a_dials(monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines: list[float] = []

    async def resolve(
        world: TcpWorld, host: str, *, parent: object, deadline_ns: int, edns0: bool, begun: object
    ) -> object:
        deadlines.append((deadline_ns - world.now_ns()) / 1e9)
        await trio.sleep(12)
        if host == "gone.test":
            failure = Failure(cause="dns.nxdomain", side="unknown", text="no", go_text=f"lookup {host}: no such host")
            raise StepFailed(failure)
        return type("Found", (), {"addresses": ("192.0.2.1",)})

    monkeypatch.setattr(resolving, "resolve", resolve)
    slow = Reached("slow.test", {"192.0.2.1": SILENT})
    assert slow.failure is not None
    assert slow.failure.go_text == "dial tcp 192.0.2.1:443: i/o timeout"
    assert slow.seconds == pytest.approx(DIAL_S)
    gone = Reached("gone.test", {})
    assert gone.failure is not None
    assert (gone.failure.cause, gone.failure.go_text) == ("dns.nxdomain", "dial tcp: lookup gone.test: no such host")
    assert deadlines == [DIAL_S, DIAL_S]
