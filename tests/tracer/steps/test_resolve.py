"""Every way a lookup can go: addresses or failure, the exact time it takes, and the queries sent."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import dns.message
import pytest
import trio
import trio.testing
from tests.sim.dns_world import (
    DnsWorld,
    Reply,
    Script,
    closed,
    dropped,
    framed,
    no_route,
    response,
    silent,
    zone,
)
from tests.sim.headstart import Scripted

from modtrace.record.events import Event, SpanClosed, SpanNoted, SpanStarted
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer.steps.dns_exchange import Rotation
from modtrace.tracer.steps.firstpackets import first_packets
from modtrace.tracer.steps.locallookup import Resolution
from modtrace.tracer.steps.resolve import resolve
from modtrace.tracer.world.interface import Ask, BegunDial, BegunQuery, HostPort

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


@pytest.mark.parametrize(
    ("scripts", "conf", "addresses", "seconds", "queries"),
    [
        ({(S1, "udp"): good}, CONF, ("2001:db8::7", "203.0.113.7"), 0.01, 2),
        ({(S1, "udp"): zone(ONLY_A)}, CONF, ("203.0.113.7",), 0.01, 2),
        ({(S1, "udp"): silent, (S2, "udp"): good}, CONF + f"nameserver {S2}\n", None, 5.01, 4),
        ({(S1, "udp"): closed, (S2, "udp"): good}, CONF + f"nameserver {S2}\n", None, 0.01, 4),
        ({(S1, "udp"): rcode("SERVFAIL"), (S2, "udp"): good}, CONF + f"nameserver {S2}\n", None, 0.02, 4),
        ({(S1, "udp"): by_kind(A=good, AAAA=silent)}, CONF, ("203.0.113.7",), 10.0, 3),
        ({(S1, "udp"): by_kind(A=good, AAAA=silent)}, CONF + "options timeout:1\n", ("203.0.113.7",), 2.0, 3),
        ({(S1, "udp"): cut, (S1, "tcp"): framed(good)}, CONF, None, 0.02, 4),
        ({(S1, "tcp"): framed(good)}, CONF + "options use-vc\n", None, 0.01, 2),
        ({(S1, "udp"): good}, CONF + "options single-request\n", None, 0.02, 2),
    ],
)
def test_addresses_come_at_the_exact_time_and_for_the_exact_queries(
    scripts: dict[tuple[str, str], Script], conf: str, addresses: tuple[str, ...] | None, seconds: float, queries: int
) -> None:
    run = ran(scripts, conf)
    assert run.failure is None
    assert run.resolution is not None
    assert run.resolution.addresses == (addresses or ("2001:db8::7", "203.0.113.7"))
    assert run.seconds == pytest.approx(seconds, abs=1e-6)
    assert len(run.world.asked) == queries


@pytest.mark.parametrize(
    ("scripts", "conf", "cause", "words", "seconds", "queries"),
    [
        (rcode("NXDOMAIN"), CONF, "dns.nxdomain", " on 192.0.2.53:53: no such host", 0.01, 2),
        (rcode("NOERROR"), CONF, "dns.no_address", " on 192.0.2.53:53: no such host", 0.01, 2),
        (rcode("SERVFAIL"), CONF, "dns.servfail", " on 192.0.2.53:53: server misbehaving", 0.02, 4),
        (rcode("REFUSED"), CONF, "dns.refused", " on 192.0.2.53:53: server misbehaving", 0.02, 4),
        (rcode("NOTIMP"), CONF, "dns.servfail", " on 192.0.2.53:53: server misbehaving", 0.02, 4),
        (rcode("NOERROR", flags="QR", edns=False), CONF, "dns.refused", " on 192.0.2.53:53: lame referral", 0.02, 4),
        (
            silent,
            CONF,
            "dns.resolver_silent",
            " on 192.0.2.53:53: read udp 127.0.0.1:40000->192.0.2.53:53: i/o timeout",
            10.0,
            4,
        ),
        (
            garbage,
            CONF + "options timeout:1 attempts:1\n",
            "dns.resolver_silent",
            " on 192.0.2.53:53: read udp 127.0.0.1:40000->192.0.2.53:53: i/o timeout",
            1.0,
            2,
        ),
        (
            closed,
            CONF,
            "dns.resolver_port_closed",
            " on 192.0.2.53:53: read udp 127.0.0.1:40000->192.0.2.53:53: read: connection refused",
            0.0,
            4,
        ),
        (
            no_route,
            CONF,
            "dns.resolver_silent",
            " on 192.0.2.53:53: dial udp 192.0.2.53:53: connect: network is unreachable",
            0.0,
            0,
        ),
        (silent, CONF + "search a.test b.test c.test\n", "dns.resolver_silent", ": i/o timeout", 30.0, 12),
        (silent, CONF + "options timeout:90\n", "dns.resolver_silent", ": i/o timeout", 30.0, 2),
    ],
)
def test_a_failed_lookup_has_its_cause_gos_words_and_the_exact_time(
    scripts: Script, conf: str, cause: str, words: str, seconds: float, queries: int
) -> None:
    run = ran({(S1, "udp"): scripts}, conf)
    assert run.failure is not None
    assert (run.failure.cause, run.failure.go_text) == (cause, f"lookup {HOST}{words}")
    assert run.seconds == pytest.approx(seconds, abs=1e-6)
    assert len(run.world.asked) == queries
    assert run.closed("dns.resolve")[0].failure is not None


@pytest.mark.parametrize(
    ("tcp", "words", "seconds"),
    [
        (None, "dial tcp 192.0.2.53:53: connect: connection refused", 0.02),
        (dropped, "dial tcp 192.0.2.53:53: i/o timeout", 10.02),
        (silent, "read tcp 127.0.0.1:40000->192.0.2.53:53: i/o timeout", 10.02),
        (lambda query: [(0.0, b"")], "EOF", 0.02),
        (lambda query: [(0.0, b"\0"), (0.0, b"")], "unexpected EOF", 0.02),
        (lambda query: [(0.0, b"\0\x50"), (0.0, b"")], "EOF", 0.02),
    ],
)
def test_a_cut_answer_whose_tcp_fails_is_named_so(tcp: Script | None, words: str, seconds: float) -> None:
    run = ran({(S1, "udp"): cut} | ({(S1, "tcp"): tcp} if tcp else {}))
    assert run.failure is not None
    assert run.failure.cause == "dns.truncated_tcp_blocked"
    assert run.failure.go_text == f"lookup {HOST} on {S1}:53: {words}"
    assert run.seconds == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize("stranger", [wrong_id, garbage])
def test_a_stray_answer_is_noted_and_the_true_one_still_wins(stranger: Script) -> None:
    def both(query: bytes) -> Sequence[Reply]:
        return [*stranger(query), (0.2, good(query)[0][1])]

    run = ran({(S1, "udp"): both})
    assert run.resolution is not None
    assert len(run.notes("stray_answer")) == 2
    assert run.seconds == pytest.approx(0.2, abs=1e-6)


def test_a_second_answer_is_noted_while_the_other_family_is_awaited_and_delays_nothing() -> None:
    def forged_first(query: bytes) -> Sequence[Reply]:
        forged = response(query, f"{HOST}. 60 A 10.0.0.1")
        return [(0.01, forged), (0.1, good(query)[0][1])]

    def later(query: bytes) -> Sequence[Reply]:
        return [(0.5, good(query)[0][1])]

    run = ran({(S1, "udp"): by_kind(A=forged_first, AAAA=later)})
    (note,) = run.notes("second_answer")
    assert note.data["differs"] is True
    assert note.data["addresses"] == ["203.0.113.7"]
    assert run.seconds == pytest.approx(0.5, abs=1e-6)


def test_a_silent_family_is_named_with_the_seconds_it_cost() -> None:
    run = ran({(S1, "udp"): by_kind(A=good, AAAA=silent)})
    assert run.resolution is not None
    assert run.resolution.slow_family == "AAAA"
    assert run.resolution.lost_s == pytest.approx(9.99, abs=1e-6)
    assert run.closed("dns.resolve")[0].attributes["slow_family"] == "AAAA"


def test_without_name_server_go_asks_itself_and_the_cause_says_so() -> None:
    run = ran({}, None)
    assert run.failure is not None
    assert run.failure.cause == "dns.no_resolver_configured"
    expected = f"lookup {HOST} on [::1]:53: read udp [::1]:40000->[::1]:53: read: connection refused"
    assert run.failure.go_text == expected
    assert len(run.world.asked) == 8


@pytest.mark.parametrize(
    ("host", "conf", "names"),
    [
        ("proxy.test", "search corp.test", ["proxy.test.", "proxy.test.corp.test."]),
        ("proxy", "search corp.test", ["proxy.corp.test.", "proxy."]),
        ("proxy.test.", "search corp.test", ["proxy.test."]),
        ("proxy.test", "search corp.test\noptions ndots:2", ["proxy.test.corp.test.", "proxy.test."]),
        ("x.onion", "search corp.test", ["x.onion.corp.test."]),
    ],
)
def test_the_search_list_is_walked_as_go_walks_it(host: str, conf: str, names: list[str]) -> None:
    run = ran({(S1, "udp"): rcode("NXDOMAIN")}, CONF + conf + "\n", host=host)
    assert list(dict.fromkeys(one.name for one in run.world.asked)) == names


def test_rotation_moves_on_with_every_question() -> None:
    conf = CONF + f"nameserver {S2}\noptions rotate\n"
    run = ran({(S1, "udp"): good, (S2, "udp"): good}, conf, rotation=Rotation())
    assert {one.server for one in run.world.asked} == {S1, S2}


@pytest.mark.parametrize(
    ("files", "expected", "origin"),
    [
        ({"/etc/hosts": f"203.0.113.9 x {HOST.upper()}\n"}, ("203.0.113.9",), "hosts"),
        ({"/etc/hosts": f"203.0.113.9 {HOST}\n2001:db8::9 {HOST}\n"}, ("2001:db8::9", "203.0.113.9"), "hosts"),
        ({"/etc/hosts": f"203.0.113.9 {HOST}\n", "/etc/nsswitch.conf": "hosts: dns files\n"}, None, "dns"),
    ],
)
def test_the_hosts_file_comes_where_nsswitch_puts_it(
    files: dict[str, str], expected: tuple[str, ...] | None, origin: str
) -> None:
    run = ran({(S1, "udp"): good}, files=files)
    assert run.resolution is not None
    assert run.resolution.origin == origin
    assert run.resolution.addresses == (expected or ("2001:db8::7", "203.0.113.7"))


def test_dns_first_falls_back_to_the_hosts_file() -> None:
    files = {"/etc/hosts": f"203.0.113.9 {HOST}\n", "/etc/nsswitch.conf": "hosts: dns files\n"}
    run = ran({(S1, "udp"): rcode("NXDOMAIN")}, files=files)
    assert run.resolution is not None
    assert run.resolution.addresses == ("203.0.113.9",)


@pytest.mark.parametrize(
    ("host", "files", "text"),
    [
        (HOST, {"/etc/nsswitch.conf": "hosts: files\n"}, f"lookup {HOST}: no such host"),
        ("a" * 64 + ".test", {}, f"lookup {'a' * 64}.test: no such host"),
        ("x.onion", {}, "address x.onion: no suitable address found"),
    ],
)
def test_some_names_are_never_asked(host: str, files: dict[str, str], text: str) -> None:
    run = ran({(S1, "udp"): good}, host=host, files=files)
    assert run.failure is not None
    assert run.failure.go_text == text
    assert run.world.asked == []


@pytest.mark.parametrize(
    ("literal", "addresses"),
    [
        ("192.0.2.1", ("192.0.2.1",)),
        ("2001:DB8::0:1", ("2001:db8::1",)),
        ("::ffff:192.0.2.1", ("192.0.2.1",)),
        ("::", ("::", "0.0.0.0")),
    ],
)
def test_a_literal_address_is_no_lookup_and_leaves_no_span(literal: str, addresses: tuple[str, ...]) -> None:
    run = ran({}, host=literal)
    assert run.resolution == Resolution(addresses=addresses, origin="literal")
    assert run.closed("dns.resolve") == []


def test_special_addresses_of_a_public_name_are_flagged() -> None:
    table = {(f"{HOST}.", "A"): [f"{HOST}. 60 A 10.0.0.1"], (f"{HOST}.", "AAAA"): "NOERROR"}
    run = ran({(S1, "udp"): zone(table)})
    assert run.closed("dns.resolve")[0].attributes["bogons"] == {"10.0.0.1": "private"}


def test_a_query_span_tells_what_was_asked_and_answered() -> None:
    run = ran({(S1, "udp"): zone(ONLY_A)})
    started = [event for event in run.events if isinstance(event, SpanStarted) and event.phase == "dns.query"]
    assert {(one.attributes["qtype"], one.attributes["transport"]) for one in started} == {
        ("A", "udp"),
        ("AAAA", "udp"),
    }
    by_answers = {one.attributes["answers"]: one for one in run.closed("dns.query")}
    assert by_answers[1].attributes["ttl"] == 60
    assert [one.outcome for one in run.closed("dns.query")] == ["ok", "ok"]


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
