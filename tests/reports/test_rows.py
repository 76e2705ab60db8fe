"""Which phases a first screen shows, and in what words."""

import pytest
from tests.builders import Events, failed, fetched, refused

from modtrace.record.failures import Json
from modtrace.reports.rows import Row, rows_of
from modtrace.reports.summarize import summarize

BASE = "https://goproxy.example/lab.test/hello/@v"


def rows(events: Events) -> list[Row]:
    return rows_of(summarize(events.trace()))


def request(events: Events, url: str, *, parent: int | None = None, **attributes: Json) -> None:
    span = events.start("http.request", "as sent", parent=parent)
    events.close_with(span, {"url": url, **attributes})


def test_the_path_of_a_fetch_in_order() -> None:
    assert [(row.phase, row.subject, row.detail) for row in rows(fetched())] == [
        ("config.plan", "lab.test/hello@v1.0.0", ""),
        ("dns.resolve", "goproxy.example", "192.0.2.1"),
        ("tcp.connect", "192.0.2.1:443", "rtt 9.5 ms"),
        ("tls.handshake", "goproxy.example", "TLS 1.3 h2 X25519"),
        ("module.info", "goproxy.example …v1.0.0.info", "200 HTTP/2.0 50 B"),
        ("module.mod", "goproxy.example …v1.0.0.mod", "200 HTTP/2.0 300 B"),
        ("module.zip", "goproxy.example …v1.0.0.zip", "200 HTTP/2.0 123 kB"),
        ("zip.check", "lab.test/hello@v1.0.0", "3 files 4567 B"),
    ]


def test_an_operation_that_failed_below_is_told_by_what_failed() -> None:
    assert [(row.phase, row.outcome, row.detail) for row in rows(failed())] == [
        ("config.plan", "ok", ""),
        ("tcp.connect", "failed", "tcp.refused"),
    ]


def test_an_operation_that_failed_by_itself_has_its_own_row() -> None:
    events = Events()
    events.whole("module.info", "lab.test/hello@v1.0.0", failed=refused())
    assert [row.phase for row in rows(events)] == ["module.info"]


def test_what_waits_inside_a_request_has_no_row() -> None:
    events = Events()
    span = events.start("http.request", "x")
    events.whole("http.first_byte", parent=span)
    events.whole("body.receive", parent=span)
    events.close(span, url="https://h.test/x")
    assert [row.phase for row in rows(events)] == ["http.request"]


def test_a_request_is_named_by_its_nearest_operation_through_redirects() -> None:
    events = Events()
    proof = events.start("sumdb.proof")
    lookup = events.start("sumdb.lookup", parent=proof)
    hop = events.start("http.redirect", parent=lookup)
    request(events, "https://h.test/x", parent=hop)
    assert [row.phase for row in rows(events)] == ["sumdb.proof", "sumdb.lookup"]


@pytest.mark.parametrize(
    ("url", "subject"),
    [
        (f"{BASE}/v1.0.0.zip", "goproxy.example …v1.0.0.zip"),
        ("https://goproxy.example/sumdb/sum.example/lookup/m@v1", "goproxy.example …lookup/m@v1"),
        ("https://goproxy.example/m/@latest", "https://goproxy.example/m/@latest"),
        ("http://[broken", "http://[broken"),
        ("", ""),
        ("no url at all", "no url at all"),
    ],
)
def test_a_request_shows_the_end_of_its_url(url: str, subject: str) -> None:
    events = Events()
    request(events, url)
    assert rows(events)[0].subject == subject


def test_tiles_asked_together_are_one_row() -> None:
    events = Events()
    proof = events.start("sumdb.proof", "m@v1")
    for tile in range(3):
        operation = events.start("sumdb.tile", f"tile {tile}", parent=proof)
        request(events, f"https://h.test/sumdb/s/tile/{tile}", parent=operation, status=200, protocol="h2", bytes=9)
        events.close(operation)
    shown = rows(events)
    assert [(row.phase, row.subject, row.detail) for row in shown][1:] == [
        ("sumdb.tile", "3 tiles of the tree, asked together", "200 h2")
    ]
    assert shown[1].duration_s == pytest.approx(0.009)


def test_a_single_tile_and_a_failed_one_stay_as_they_are() -> None:
    events = Events()
    for failure in (None, refused(), None):
        operation = events.start("sumdb.tile", "tile")
        events.whole("http.request", "x", parent=operation, failed=failure, url="https://h.test/sumdb/s/tile/1")
        events.close(operation, failed=failure)
    assert [(row.outcome, row.subject) for row in rows(events)] == [
        ("ok", "h.test …tile/1"),
        ("failed", "h.test …tile/1"),
        ("ok", "h.test …tile/1"),
    ]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (9_999, "9999 B"),
        (10_000, "10 kB"),
        (9_999_999, "10000 kB"),
        (10_000_000, "10 MB"),
        (-1, ""),
        (10**400, ""),
        ("many", ""),
        (None, ""),
    ],
)
def test_sizes(size: int | str | None, shown: str) -> None:
    events = Events()
    request(events, "https://h.test/", bytes=size)
    assert rows(events)[0].detail == shown


@pytest.mark.parametrize("tcp", [None, 1, {}, {"rtt_us": "x"}, {"rtt_us": -1}, {"rtt_us": 10**400}])
def test_a_connection_without_a_usable_round_trip_time_shows_none(tcp: Json) -> None:
    events = Events()
    events.whole("tcp.connect", "192.0.2.1:443", tcp=tcp)
    assert rows(events)[0].detail == ""


@pytest.mark.parametrize(("addresses", "shown"), [(["a", "b", "c", "d"], "a, b, c"), ([], ""), ("a", ""), (None, "")])
def test_a_look_up_shows_three_addresses_at_most(addresses: Json, shown: str) -> None:
    events = Events()
    events.whole("dns.resolve", "h.test", addresses=addresses)
    assert rows(events)[0].detail == shown


def test_a_credential_command_shows_how_it_ended_and_how_much_it_gave() -> None:
    events = Events()
    for attributes in ({"exit_status": 0, "prefixes_count": 2}, {"exit_status": 3}, {"exit_status": None}):
        events.close_with(events.start("config.goauth", "helper"), dict[str, Json](attributes))
    assert [row.detail for row in rows(events)] == ["exit 0 2 URLs", "exit 3", ""]


def test_a_trace_of_nothing_has_no_rows() -> None:
    assert rows(Events()) == []


def test_a_very_long_chain_of_spans_is_walked_once() -> None:
    events = Events()
    parent = events.start("module.info")
    for _ in range(20_000):
        parent = events.start("http.request", "https://h.test/", parent=parent)
    assert {row.phase for row in rows(events)} == {"module.info"}


@pytest.mark.parametrize(
    ("attributes", "detail"),
    [
        ({"status_text": "200 Connection established"}, "200 Connection established"),
        ({"status_text": "200 OK", "response_headers": [["Via", "x"], ["Server", "squid/5.7"]]}, "200 OK (squid/5.7)"),
        ({"reply_name": "succeeded"}, "succeeded"),
        ({"response_headers": "odd"}, ""),
    ],
)
def test_a_tunnel_says_what_the_proxy_answered(attributes: dict[str, Json], detail: str) -> None:
    events = Events()
    events.close_with(events.start("proxy.tunnel", "http://p.test:1 to h.test:443"), attributes)
    assert [(row.phase, row.detail) for row in rows(events)] == [("proxy.tunnel", detail)]


@pytest.mark.parametrize(
    ("attributes", "detail"),
    [
        ({"answered": True}, "the target answers"),
        ({"answered": False}, "silence"),
        ({"answered": None, "ended_by": "proxy.denied"}, "undecided: proxy.denied"),
    ],
)
def test_an_experiment_is_one_row_and_its_steps_none(attributes: dict[str, Json], detail: str) -> None:
    events = Events()
    probe = events.start("proxy.probe.prefix", "h.test:443 through no proxy")
    tunnel = events.start("proxy.tunnel", "x", parent=probe)
    events.whole("tcp.connect", "192.0.2.1:443", parent=tunnel, failed=refused())
    events.close(tunnel)
    events.whole("tls.handshake", "h.test", parent=probe)
    events.close_with(probe, attributes)
    assert [(row.phase, row.detail) for row in rows(events)] == [("proxy.probe.prefix", detail)]
