"""What the servers saw, in order."""

from modtrace.lab.journal import Journal, Request


def asked(journal: Journal, connection: int, target: str = "/x", *headers: tuple[str, str]) -> Request:
    return journal.asked(connection, protocol="HTTP/1.1", method="GET", target=target, headers=headers)


def test_connections_and_requests_are_numbered_in_order() -> None:
    journal = Journal()
    assert [journal.opened("a", 1), journal.opened("b", 2)] == [0, 1]
    first, second = asked(journal, 1), asked(journal, 0)
    assert [(one.number, one.connection, one.place) for one in (first, second)] == [(0, 1, "b"), (1, 0, "a")]
    assert journal.requests == (first, second)
    assert [(one.place, one.peer_port) for one in journal.connections] == [("a", 1), ("b", 2)]
    assert 0 <= journal.connections[0].at_s <= journal.connections[1].at_s <= first.at_s <= second.at_s


def test_a_handshake_is_added_to_its_connection() -> None:
    journal = Journal()
    good, bad, plain = (journal.opened("a", port) for port in range(3))
    journal.handshaken(good, sni="a.test", alpn="h2", tls="TLSv1.3")
    journal.handshake_failed(bad, sni=None, failure="unknown ca")
    one, two, three = journal.connections
    assert (one.sni, one.alpn, one.tls, one.failure) == ("a.test", "h2", "TLSv1.3", None)
    assert (two.sni, two.alpn, two.tls, two.failure) == (None, None, None, "unknown ca")
    assert (three.number, three.sni, three.failure) == (plain, None, None)


def test_an_answer_is_noted_once() -> None:
    journal = Journal()
    journal.opened("a", 1)
    known, other = asked(journal, 0), asked(journal, 0)
    journal.answered(known.number, 200)
    noted = journal.requests[0]
    journal.answered(known.number, 500)
    assert journal.requests == (noted, other)
    assert noted.status == 200
    assert noted.answered_s is not None
    assert noted.answered_s >= noted.at_s
    assert other.answered_s is None


def test_an_answer_without_a_head_has_no_status() -> None:
    journal = Journal()
    journal.opened("a", 1)
    journal.answered(asked(journal, 0).number, None)
    assert journal.requests[0].status is None
    assert journal.requests[0].answered_s is not None


def test_what_was_returned_before_does_not_change() -> None:
    journal = Journal()
    journal.opened("a", 1)
    asked(journal, 0)
    before = journal.requests
    journal.answered(0, 200)
    asked(journal, 0)
    assert len(before) == 1
    assert before[0].status is None


def test_a_request_knows_its_path_host_and_headers() -> None:
    journal = Journal()
    journal.opened("a", 1)
    one = asked(journal, 0, "/a?b=c?d", ("X-One", "1"), ("x-one", "2"), ("Host", "h.test:80"))
    assert (one.path, one.header("x-ONE"), one.header("none"), one.host) == ("/a", "1", None, "h.test:80")
    assert asked(journal, 0, "/", ("host", "h"), (":authority", "a.test")).host == "a.test"
    assert asked(journal, 0).host is None
