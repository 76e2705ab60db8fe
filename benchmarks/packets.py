"""What tcpdump saw at the client's end of the line: packets, flights (round trips) and the times of phases."""

import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.delayline.line import CLIENT_ADDRESS, end

_NANO_MAGIC = 0xA1B23C4D
_SETTLE_S = 0.3
ALMOST_NS = 0.9e9  # of a round trip, in nanoseconds: the line's delay varies by a hundredth


class Packet(NamedTuple):
    """One TCP packet. ``port`` is the client's, and names the connection."""

    at_ns: int
    sent: bool
    port: int
    is_syn: bool
    payload_bytes: int

    @property
    def speaks(self) -> bool:
        """True for a packet that says more than an acknowledgement or a close."""
        return self.is_syn or self.payload_bytes > 0


class Flight(NamedTuple):
    """What the client sent without waiting for an answer in between, and when the answer's first packet came."""

    packets: list[Packet]
    answered_ns: int

    @property
    def sent_ns(self) -> int:
        """Its first packet."""
        return self.packets[0].at_ns

    @property
    def longest_sent_ns(self) -> int:
        """Its longest packet: the request, where a SETTINGS acknowledgement goes before it."""
        return max(self.packets, key=lambda packet: packet.payload_bytes).at_ns


@contextmanager
def captured(namespace: str, target: Path) -> Iterator[None]:
    """tcpdump on the line, running until everything of the block is in ``target``."""
    words = ["ip", "netns", "exec", namespace, "tcpdump", "-i", "line0", "-w", str(target), "-Z", "root", "-s", "128"]
    words += ["-n", "-U", "--immediate-mode", "--time-stamp-precision=nano", "tcp port 443"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        while line and "listening on" not in line:
            line = process.stderr.readline()
        yield
        time.sleep(_SETTLE_S)
    finally:
        end(process)


def read(path: Path) -> list[Packet]:
    """The packets of a nanosecond pcap file with bare IPv4 packets in it, as tcpdump writes for a TUN device."""
    data = path.read_bytes()
    magic, link = struct.unpack_from("<I", data)[0], struct.unpack_from("<I", data, 20)[0]
    if magic != _NANO_MAGIC or link not in (12, 101):
        raise ValueError(f"{path}: not a nanosecond pcap of bare IP packets")
    found, offset = [], 24
    while offset + 16 <= len(data):
        seconds, nanos, kept, _ = struct.unpack_from("<IIII", data, offset)
        found.append(_packet(data[offset + 16 : offset + 16 + kept], seconds * 1_000_000_000 + nanos))
        offset += 16 + kept
    return found


def _packet(data: bytes, at_ns: int) -> Packet:
    header = (data[0] & 15) * 4
    (total,) = struct.unpack_from("!H", data, 2)
    source, destination = struct.unpack_from("!HH", data, header)
    sent = data[12:16] == bytes(int(part) for part in CLIENT_ADDRESS.split("."))
    payload = total - header - (data[header + 12] >> 4) * 4
    return Packet(at_ns, sent, source if sent else destination, bool(data[header + 13] & 2), payload)


def flights(packets: list[Packet], rtt_s: float) -> list[Flight]:
    """The round trips that the client waited for, one after another: groups of sent packets, each with an answer.

    What leaves less than a round trip after a flight's first packet belongs to that flight: no answer can have come.
    """
    asked = [packet for packet in packets if packet.sent and packet.speaks]
    groups: list[list[Packet]] = []
    for packet in asked:
        if groups and packet.at_ns - groups[-1][0].at_ns < rtt_s * ALMOST_NS:
            groups[-1].append(packet)
        else:
            groups.append([packet])
    answers = [packet.at_ns for packet in packets if not packet.sent and packet.speaks]
    untils = [*(group[0].at_ns for group in groups[1:]), 1 << 63][: len(groups)]
    found = []
    for group, until in zip(groups, untils, strict=True):
        soonest = group[0].at_ns + rtt_s * ALMOST_NS
        came = [at for at in answers if soonest < at < until]
        if came:
            found.append(Flight(group, came[0]))
    return found


class PhaseTimes(NamedTuple):
    """Durations as the packets show them, in the order in which the phases happened."""

    connects_ns: list[int]
    handshakes_ns: list[int]
    first_bytes_ns: list[int | None]


def phase_times(packets: list[Packet], rtt_s: float) -> PhaseTimes:
    """SYN to SYN-ACK; ClientHello to Finished; request to answer.

    A connection's first request leaves with Finished and its answer comes behind the server's SETTINGS, so that no
    packet is the answer's own: ``None`` stands for it. What an earlier connection still had to say is left out.
    """
    ports = list(dict.fromkeys(packet.port for packet in packets if packet.is_syn))
    connects: list[int] = []
    handshakes: list[int] = []
    requests: list[tuple[int, int | None]] = []
    for port in ports:
        opened, hello, *rest = flights([packet for packet in packets if packet.port == port], rtt_s)
        connects.append(opened.answered_ns - opened.sent_ns)
        handshakes.append(rest[0].sent_ns - hello.sent_ns)
        requests.append((rest[0].sent_ns, None))
        requests += [(one.longest_sent_ns, one.answered_ns - one.longest_sent_ns) for one in rest[1:]]
    return PhaseTimes(connects, handshakes, [taken for _, taken in sorted(requests, key=lambda pair: pair[0])])


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` of the values don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
