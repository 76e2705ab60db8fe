"""benchmarks/packets.py: what counts as a round trip."""

from benchmarks.packets import Packet, flights, percentile, phase_times

RTT_S = 0.1
MS = 1_000_000


def at(ms: float, payload: int = 0, *, sent: bool = True, syn: bool = False, port: int = 1000) -> Packet:
    return Packet(int(ms * MS), sent, port, syn, payload)


CONVERSATION = [
    at(0, syn=True),
    at(100, syn=True, sent=False),
    at(100.1),
    at(101, 1504),
    at(201, 1316, sent=False),
    at(203, 64),
    at(204, 160),
    at(303, 60, sent=False),
    at(304, 31),
    at(304.5, 155, sent=False),
    at(306, 80),
    at(406, 400, sent=False),
    at(420, 24),
]


def test_a_flight_is_what_was_sent_without_an_answer_in_between() -> None:
    assert [len(flight.packets) for flight in flights(CONVERSATION, RTT_S)] == [1, 1, 2, 2]


def test_a_slow_client_makes_no_further_round_trip() -> None:
    late = [
        packet._replace(at_ns=packet.at_ns + 70 * MS) if packet.payload_bytes in (160, 155) else packet
        for packet in CONVERSATION
    ]
    assert len(flights(late, RTT_S)) == 4


def test_a_goodbye_that_nobody_answers_is_no_round_trip() -> None:
    assert flights([at(0, 24)], RTT_S) == []


def test_phases_are_read_from_the_packets_that_bound_them() -> None:
    seen = phase_times(CONVERSATION, RTT_S)
    assert seen.connects_ns == [100 * MS]
    assert seen.handshakes_ns == [102 * MS]
    assert seen.first_bytes_ns == [None, 100 * MS]


def test_connections_are_told_apart_by_port() -> None:
    other = [packet._replace(at_ns=packet.at_ns + 500 * MS, port=1001) for packet in CONVERSATION]
    seen = phase_times([*CONVERSATION, *other], RTT_S)
    assert len(seen.connects_ns) == 2
    assert seen.first_bytes_ns == [None, 100 * MS, None, 100 * MS]


def test_what_an_earlier_connection_still_says_is_no_connection() -> None:
    assert phase_times([at(-5, port=999), at(-4, 24, port=999), *CONVERSATION], RTT_S).connects_ns == [100 * MS]


def test_percentile_takes_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
