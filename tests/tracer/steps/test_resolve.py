"""Every way a lookup can go: addresses or failure, the exact time it takes, and the queries sent."""

from collections.abc import Sequence

import pytest
from tests.sim.dns_world import (
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
from tests.tracer.steps.resolving import CONF, HOST, ONLY_A, by_kind, cut, garbage, good, ran, rcode, wrong_id

from modtrace.record.events import SpanStarted
from modtrace.tracer.steps.dns_exchange import Rotation
from modtrace.tracer.steps.locallookup import Resolution

S1, S2 = "192.0.2.53", "192.0.2.54"


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
