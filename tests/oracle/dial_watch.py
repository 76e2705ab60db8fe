"""Tells what arrives at every interface of its network namespace, until stdin closes; ``ready`` comes first.

One JSON line per SYN, per TCP segment with data and per DNS question, stamped by the kernel (wall clock, ns). It also
plays the far ends that iproute2 can't: an address that is out of reach by its label gets the ICMP error that a router
would send, and for ``INTERFACE=ADDRESS@SECONDS`` the first SYN to ADDRESS (which a routing rule sends into a black
hole) arrives that much later.
"""

import ipaddress
import json
import select
import socket
import struct
import subprocess
import sys
import time
from typing import NamedTuple

import dns.exception
import dns.message
import dns.rdatatype
from tests.oracle.dial_ground import LABELS

ETH_P_ALL, ETH_P_IPV6 = 0x0003, 0x86DD
PACKET_HOST = 0
SO_TIMESTAMPNS = 35  # asm-generic/socket.h
TCP, UDP, DNS_PORT = 6, 17, 53
SYN, ACK = 0x02, 0x10
# Label -> type and code of the error (RFC 792, RFC 1812 s.5.2.7.1, RFC 4443 s.3.1).
ERRORS = {
    "unreachable4": (3, 1),
    "prohibited4": (3, 13),
    "routeless4": (3, 0),
    "unreachable6": (1, 3),
    "prohibited6": (1, 1),
    "routeless6": (1, 0),
}
# A router is farther away than this: the error must not arrive while the client's connect() still holds its socket,
# since Linux then takes it for a soft one (net/ipv4/tcp_ipv4.c tcp_v4_err, sock_owned_by_user).
DISTANCE_S = 0.005


class Packet(NamedTuple):
    source: str
    target: str
    protocol: int
    payload: bytes


class Late(NamedTuple):
    """``due_s`` (monotonic clock) is set when the SYN has been seen."""

    address: str
    delay_s: float
    due_s: float = 0.0
    packet: bytes = b""


def parsed(data: bytes) -> Packet | None:
    """An IPv4 or IPv6 packet without extension headers."""
    if data[0] >> 4 == 4:
        head = (data[0] & 15) * 4
        length = int.from_bytes(data[2:4], "big")
        ends, protocol = (data[12:16], data[16:20]), data[9]
    elif data[0] >> 4 == 6:
        head, length = 40, 40 + int.from_bytes(data[4:6], "big")
        ends, protocol = (data[8:24], data[24:40]), data[6]
    else:
        return None
    source, target = (str(ipaddress.ip_address(end)) for end in ends)
    return Packet(source, target, protocol, data[head:length])


def told(packet: Packet) -> dict[str, object] | None:
    source_port, target_port = struct.unpack_from("!HH", packet.payload)
    found: dict[str, object] = {"target": packet.target, "port": source_port}
    if packet.protocol == TCP:
        flags, head = packet.payload[13], (packet.payload[12] >> 4) * 4
        if flags & (SYN | ACK) == SYN:
            return found | {"what": "syn"}
        return found | {"what": "data"} if len(packet.payload) > head else None
    if packet.protocol == UDP and target_port == DNS_PORT:
        try:
            (question,) = dns.message.from_wire(packet.payload[8:]).question
        except (dns.exception.DNSException, ValueError):
            return found | {"what": "unreadable"}
        return found | {"what": "ask", "name": str(question.name), "kind": dns.rdatatype.to_text(question.rdtype)}
    return None


class Watcher:
    """``late``: by interface, the address whose first SYN arrives late, until it has arrived."""

    def __init__(self, late: dict[str, Late]) -> None:
        self._late = late

    def run(self) -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)) as sock:
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
            say("ready")
            while True:
                ready, _, _ = select.select([sock, sys.stdin], [], [], self._until_next_s())
                self._deliver(sock)
                if sys.stdin in ready:
                    return
                if sock in ready:
                    data, ancillary, _, (interface, _, kind, *_) = sock.recvmsg(65535, 128)
                    if kind == PACKET_HOST and interface != "lo":
                        seconds, nanos = struct.unpack("qq", ancillary[0][2])
                        self._seen(interface, data, seconds * 1_000_000_000 + nanos)

    def _seen(self, interface: str, data: bytes, at_ns: int) -> None:
        packet = parsed(data)
        event = told(packet) if packet else None
        if packet is None or event is None:
            return
        say(json.dumps(event | {"interface": interface, "at_ns": at_ns}))
        report_error(packet, data)
        late = self._late.get(interface)
        if late is not None and event["what"] == "syn" and packet.target == late.address and not late.packet:
            self._late[interface] = late._replace(due_s=time.monotonic() + late.delay_s, packet=data)

    def _until_next_s(self) -> float | None:
        """None: nothing is on its way."""
        due = [late.due_s for late in self._late.values() if late.packet]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _deliver(self, sock: socket.socket) -> None:
        for interface, late in list(self._late.items()):
            if late.packet and late.due_s <= time.monotonic():
                del self._late[interface]
                words = f"-6 rule delete iif {interface} to {late.address} blackhole"
                subprocess.run(["ip", *words.split()], check=True, timeout=10)
                sock.sendto(with_checksum(late.packet), ("lo", ETH_P_IPV6, 0, 0, bytes(6)))


def report_error(packet: Packet, data: bytes) -> None:
    error = ERRORS.get(LABELS.get(packet.target, "").partition(".")[0])
    if error is None:
        return
    time.sleep(DISTANCE_S)
    message = bytes(error) + bytes(6) + data[:500]
    if ":" in packet.source:
        with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sock:
            sock.sendto(message, (packet.source, 0))  # the kernel adds the checksum
        return
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        sock.sendto(message[:2] + checksum(message).to_bytes(2, "big") + message[4:], (packet.source, 0))


def with_checksum(data: bytes) -> bytes:
    """An IPv6 TCP packet, as the sender left its checksum to the hardware that isn't there."""
    head, ends, segment = data[:40], data[8:40], data[40:56] + bytes(2) + data[58:]
    pseudo = ends + struct.pack("!II", len(segment), TCP)
    return head + segment[:16] + checksum(pseudo + segment).to_bytes(2, "big") + segment[18:]


def checksum(data: bytes) -> int:
    """RFC 1071."""
    even = data + bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(even) // 2}H", even))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def late_ones(words: list[str]) -> dict[str, Late]:
    found = {}
    for word in words:
        interface, address, delay_s = word.replace("@", "=").split("=")
        found[interface] = Late(address, float(delay_s))
    return found


if __name__ == "__main__":
    Watcher(late_ones(sys.argv[1:])).run()
