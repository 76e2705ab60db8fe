"""A small name server with scripted manners, for the oracle: ``dns_server.py ADDRESS=MANNER …`` until stdin closes.

Each question goes to standard output as ``transport address name type``; ``ready`` comes first. ``--records FILE``
before the addresses: that file's lines (``name ttl IN type data``) in place of the records below.
"""

import socketserver
import struct
import sys
import threading
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

HOST_RECORDS = {
    ("proxy.test.", "A"): ["proxy.test. 60 IN A 192.0.2.7", "proxy.test. 60 IN A 192.0.2.8"],
    ("proxy.test.", "AAAA"): ["proxy.test. 60 IN AAAA 2001:db8::7"],
    ("here.test.", "A"): ["here.test. 60 IN A 127.0.0.1"],
    ("v4.test.", "A"): ["v4.test. 60 IN A 192.0.2.7"],
    ("proxy.corp.test.", "A"): ["proxy.corp.test. 60 IN A 192.0.2.9"],
    ("chain.test.", "A"): [
        "chain.test. 60 IN CNAME b.test.",
        "b.test. 60 IN CNAME c.test.",
        "c.test. 60 IN A 192.0.2.5",
    ],
    ("loop.test.", "A"): ["loop.test. 60 IN CNAME loop2.test.", "loop2.test. 60 IN CNAME loop.test."],
    ("mapped.test.", "AAAA"): ["mapped.test. 60 IN AAAA ::ffff:192.0.2.3", "mapped.test. 60 IN AAAA 2001:db8::3"],
    ("ula.test.", "AAAA"): ["ula.test. 60 IN AAAA fd00::1", "ula.test. 60 IN AAAA 2001:db8:1::5"],
    ("ula.test.", "A"): ["ula.test. 60 IN A 192.0.2.4"],
}
KNOWN = {name for name, _ in HOST_RECORDS}


def read_records(path: Path) -> None:
    HOST_RECORDS.clear()
    for line in path.read_text().splitlines():
        name, _, _, kind, _ = line.split(" ", 4)
        HOST_RECORDS.setdefault((name, kind), []).append(line)
    KNOWN.clear()
    KNOWN.update(name for name, _ in HOST_RECORDS)


def answer(query: bytes, manner: str, transport: str) -> bytes | None:
    asked = dns.message.from_wire(query)
    kind = dns.rdatatype.to_text(asked.question[0].rdtype)
    if manner == "silent" or (manner == "aaaa-silent" and kind == "AAAA"):
        return None
    if manner == "garbage":
        return b"\0\1garbage"
    reply = dns.message.make_response(asked)
    reply.flags |= dns.flags.RA
    if manner.isupper():
        reply.set_rcode(dns.rcode.from_text(manner))
        return reply.to_wire()
    if manner == "lame":
        reply.flags &= ~dns.flags.RA
        reply.use_edns(False)
        return reply.to_wire()
    if manner == "tc" and transport == "udp":
        reply.flags |= dns.flags.TC
        return reply.to_wire()
    name = str(asked.question[0].name).lower()
    for text in HOST_RECORDS.get((name, kind), []):
        owner, ttl, class_, rdtype, data = text.split(" ", 4)
        reply.answer.append(dns.rrset.from_text(owner, int(ttl), class_, rdtype, data))
    if name not in KNOWN:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    wire = reply.to_wire()
    if manner == "wrong-id":
        return bytes([wire[0] ^ 0xFF]) + wire[1:]
    if manner == "half":
        return wire[:-20]
    if manner == "two-questions":
        return wire[:4] + b"\0\2" + wire[6:]
    if manner == "bare-servfail":
        return wire[:3] + b"\x82" + b"\0\1\0\1\0\0\0\0" + query[12:-11]
    return wire


def say(transport: str, address: str, query: bytes) -> None:
    question = dns.message.from_wire(query).question[0]
    sys.stdout.write(f"{transport} {address} {question.name} {dns.rdatatype.to_text(question.rdtype)}\n")
    sys.stdout.flush()


def serve(address: str, manner: str) -> None:
    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, sock = self.request
            say("udp", address, query)
            reply = answer(query, manner.removesuffix("+notcp"), "udp")
            if reply is not None:
                sock.sendto(reply, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            query = self.rfile.read(length)
            say("tcp", address, query)
            reply = None if manner == "tcp-eof" else answer(query, manner, "tcp")
            if reply is not None:
                self.wfile.write(struct.pack("!H", len(reply)) + reply)

    class TcpServer(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    servers: list[socketserver.BaseServer] = [socketserver.ThreadingUDPServer((address, 53), Udp)]
    if not manner.endswith("+notcp"):
        servers.append(TcpServer((address, 53), Tcp))
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["--records"]:
        read_records(Path(words[1]))
        del words[:2]
    for word in words:
        serve(*word.split("=", 1))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
