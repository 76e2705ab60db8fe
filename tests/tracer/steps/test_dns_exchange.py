"""One question: which servers are asked how often, what is ignored, the step to TCP, and what the spans tell."""

from collections.abc import Mapping, Sequence

import pytest
import trio
import trio.testing
from tests.sim.dns_world import DnsWorld, Reply, Script, closed, framed, response, silent, zone

from modtrace.gorules.resolvconf import ResolvConf
from modtrace.record.events import Event, SpanClosed, SpanNoted, SpanStarted
from modtrace.record.recorder import Recorder
from modtrace.tracer.steps.dns_exchange import Asker, Outcome, Rotation, family_of
from modtrace.tracer.wire.dns import AAAA, A

S1, S2 = "192.0.2.53", "192.0.2.54"
NAME = "proxy.test."
good = zone({(NAME, "A"): [f"{NAME} 60 A 203.0.113.7"]})


class Asking:
    """One or more questions to scripted servers; the lookup stays open for ``late_s`` after the answer."""

    def __init__(
        self,
        scripts: Mapping[tuple[str, str], Script],
        *,
        conf: ResolvConf | None = None,
        name: str = NAME,
        times: int = 1,
        late_s: float = 0.0,
        leaves_after_s: float = 0.0,
    ) -> None:
        self.events: list[Event] = []
        self.outcomes: list[Outcome] = []
        self._scripts, self._name, self._times, self._late_s = scripts, name, times, late_s
        self._leaves_after_s = leaves_after_s
        self._conf = conf or ResolvConf(servers=(S1, S2), servers_are_default=False)
        trio.run(self._main, clock=trio.testing.MockClock(autojump_threshold=0))

    async def _main(self) -> None:
        self.world = DnsWorld(self._scripts)
        self.world.leaves_after_s = self._leaves_after_s
        recorder = Recorder(now_ns=self.world.now_ns, sink=self.events.append)
        with recorder.span("dns.resolve", "proxy.test") as span:
            asker = Asker(self.world, self._conf, "proxy.test", span, edns0=True, rotation=Rotation())
            async with trio.open_nursery() as late:
                for _ in range(self._times):
                    self.outcomes.append(await asker.ask(self._name, A, late))
                await trio.sleep(self._late_s)
                late.cancel_scope.cancel()
        assert all(end.is_closed for end in self.world.ends)

    def asked(self) -> list[tuple[float, str, str]]:
        return [(one.at_s, one.server, one.transport) for one in self.world.asked]

    def queries(self) -> list[SpanClosed]:
        ids = {one.span for one in self.events if isinstance(one, SpanStarted) and one.phase == "dns.query"}
        return [event for event in self.events if isinstance(event, SpanClosed) and event.span in ids]

    def notes(self, what: str) -> list[Mapping[str, object]]:
        return [event.data for event in self.events if isinstance(event, SpanNoted) and event.what == what]


def altered(query: bytes) -> bytes:
    """A right answer but for its id."""
    wire = bytearray(response(query, f"{NAME} 60 A 198.51.100.1"))
    wire[0] ^= 0xFF
    return bytes(wire)


def test_families_are_named_by_their_record_type() -> None:
    assert (family_of(A), family_of(AAAA)) == ("A", "AAAA")


def test_the_first_answer_ends_the_question_and_its_span_tells_it() -> None:
    asking = Asking({(S1, "udp"): good})
    outcome = asking.outcomes[0]
    assert outcome.answer is not None
    assert [record.address for record in outcome.answer.addresses] == ["203.0.113.7"]
    assert (outcome.family, outcome.failure, outcome.silences, outcome.ended_ns) == ("A", None, 0, 10_000_000)
    assert asking.asked() == [(0.0, S1, "udp")]
    (query,) = asking.queries()
    assert (query.attributes["rcode"], query.attributes["ttl"], query.attributes["answers"]) == ("NOERROR", 60, 1)


@pytest.mark.parametrize("rcode", ["NOERROR", "SERVFAIL"])
def test_the_time_of_a_query_is_from_its_datagram_to_the_answers(rcode: str) -> None:
    server = good if rcode == "NOERROR" else zone({(NAME, "A"): rcode})
    asking = Asking({(S1, "udp"): server, (S2, "udp"): good}, leaves_after_s=0.25)
    query = asking.queries()[0]
    assert (query.started_ns, query.at_ns) == (250_000_000, 260_000_000)
    assert query.attributes["duration_s"] == pytest.approx(0.01)


def test_silence_is_asked_attempts_times_servers_and_counted() -> None:
    asking = Asking({(S1, "udp"): silent, (S2, "udp"): silent})
    assert asking.asked() == [(0.0, S1, "udp"), (5.0, S2, "udp"), (10.0, S1, "udp"), (15.0, S2, "udp")]
    failure = asking.outcomes[0].failure
    assert failure is not None
    assert failure.where == f"{S2}:53"
    assert asking.outcomes[0].silences == 4
    assert [query.outcome for query in asking.queries()] == ["failed"] * 4


@pytest.mark.parametrize(("rcode", "asked"), [("NXDOMAIN", 1), ("NOERROR", 1), ("SERVFAIL", 4)])
def test_only_a_server_that_says_there_is_none_ends_the_asking(rcode: str, asked: int) -> None:
    server = zone({(NAME, "A"): rcode})
    asking = Asking({(S1, "udp"): server, (S2, "udp"): server})
    assert len(asking.asked()) == asked
    assert asking.outcomes[0].failure is not None


def test_a_closed_port_moves_on_to_the_next_server_at_once() -> None:
    asking = Asking({(S1, "udp"): closed, (S2, "udp"): good})
    assert asking.asked() == [(0.0, S1, "udp"), (0.0, S2, "udp")]
    server = asking.outcomes[0].server
    assert server is not None
    assert (server.address.host, asking.outcomes[0].silences) == (S2, 0)


def test_rotation_starts_each_question_one_server_further() -> None:
    conf = ResolvConf(servers=(S1, S2), servers_are_default=False, rotate=True)
    asking = Asking({(S1, "udp"): good, (S2, "udp"): good}, conf=conf, times=3)
    assert [server for _, server, _ in asking.asked()] == [S1, S2, S1]


def test_a_cut_answer_is_asked_again_over_tcp() -> None:
    def cut(query: bytes) -> Sequence[Reply]:
        return [(0.01, response(query, flags="QR RD RA TC"))]

    asking = Asking({(S1, "udp"): cut, (S1, "tcp"): framed(good)})
    assert [transport for _, _, transport in asking.asked()] == ["udp", "tcp"]
    assert asking.outcomes[0].answer is not None
    assert [(query.outcome, query.attributes["tc"]) for query in asking.queries()] == [("ok", True), ("ok", False)]
    refused = Asking({(S1, "udp"): cut}, conf=ResolvConf(servers=(S1,), servers_are_default=False, attempts=1))
    failure = refused.outcomes[0].failure
    assert failure is not None
    assert (failure.cause, failure.errno) == ("dns.truncated_tcp_blocked", "ECONNREFUSED")


@pytest.mark.parametrize(
    ("sent", "words"), [(b"", "EOF"), (b"\x00", "unexpected EOF"), (b"\x00\x09abc", "unexpected EOF")]
)
def test_a_tcp_connection_that_ends_early_is_told_as_go_tells_it(sent: bytes, words: str) -> None:
    conf = ResolvConf(servers=(S1,), servers_are_default=False, use_tcp=True, attempts=1)
    asking = Asking({(S1, "tcp"): lambda query: [(0.0, sent), (0.1, b"")]}, conf=conf)
    failure = asking.outcomes[0].failure
    assert failure is not None
    assert failure.go_text == f"lookup proxy.test on {S1}:53: {words}"


def test_strays_are_noted_and_do_not_end_the_wait() -> None:
    asking = Asking({(S1, "udp"): lambda query: [(0.1, b"noise"), (0.2, altered(query)), (0.3, good(query)[0][1])]})
    reasons = [note["reason"] for note in asking.notes("stray_answer")]
    assert len(reasons) == 2
    assert reasons[1] == "wrong id"
    assert asking.queries()[0].attributes["stray_answers"] == 2
    assert asking.outcomes[0].ended_ns == 300_000_000


def test_a_second_answer_with_another_address_is_noted_while_the_lookup_lasts() -> None:
    def injected(query: bytes) -> Sequence[Reply]:
        return [
            (0.01, response(query, f"{NAME} 60 A 198.51.100.1")),
            (0.2, response(query, f"{NAME} 60 A 203.0.113.7")),
        ]

    (note,) = Asking({(S1, "udp"): injected}, late_s=1.0).notes("second_answer")
    assert (note["is_valid"], note["differs"], note["addresses"]) == (True, True, ["203.0.113.7"])
    assert Asking({(S1, "udp"): injected}).notes("second_answer") == []


def test_a_name_that_cannot_be_packed_is_never_sent() -> None:
    asking = Asking({(S1, "udp"): good}, name="a" * 64 + ".test.")
    failure = asking.outcomes[0].failure
    assert failure is not None
    assert (failure.cause, failure.side, asking.asked()) == ("dns.no_address", "local", [])
