"""The TLS session against a real TLS server in memory: cut anywhere, mutated anywhere, flooded."""

import random
import struct

import pytest
from OpenSSL import SSL
from tests.sim.certmaker import HOST, leaf, root
from tests.sim.tls_server import MemoryTlsServer

from modtrace.gorules.tlsprofile import TlsProfile, go_profile
from modtrace.tracer.wire.tls import TlsClientSession
from modtrace.tracer.wire.tlsfaults import TlsFault

GOOD = leaf(root())
TLS12, TLS13 = (SSL.TLS1_2_VERSION,) * 2, (SSL.TLS1_3_VERSION,) * 2


def session(profile: TlsProfile | None = None, host: str = HOST) -> TlsClientSession:
    return TlsClientSession(profile or go_profile(), host, lambda _chain: True)


def run(server: MemoryTlsServer, client: TlsClientSession, piece: int = 65536) -> bytes:
    """To the end of the handshake; gives what the server still had to say."""
    out = client.start()
    for _ in range(10):
        back = server.feed(out)
        for at in range(0, len(back), piece):
            client.feed(back[at : at + piece])
            if not client.is_done:
                client.advance()
        out = client.to_send()
        if client.is_done:
            client.finish_logging()
            return server.feed(out)
    raise AssertionError("no end")


def hello_parts(hello: bytes) -> tuple[list[int], list[int], dict[int, bytes]]:
    """``(suites, extension order, extensions)`` of a ClientHello record."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    (length,) = struct.unpack_from(">H", hello, at)
    suites = [int.from_bytes(hello[i : i + 2]) for i in range(at + 2, at + 2 + length, 2)]
    at += 2 + length
    at += 1 + hello[at] + 2
    found: dict[int, bytes] = {}
    while at < len(hello):
        kind, length = struct.unpack_from(">HH", hello, at)
        found[kind] = hello[at + 4 : at + 4 + length]
        at += 4 + length
    return suites, list(found), found


def numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


def test_hello_offers_what_go_offers() -> None:
    profile = go_profile()
    client = session()
    suites, order, parts = hello_parts(client.start())
    assert client.hello_is_shaped
    assert [suite for suite in suites if suite >> 8 != 0x13 and suite != 0xFF] == list(profile.suites)
    assert [suite for suite in suites if suite >> 8 == 0x13] == list(profile.suites_tls13)
    assert numbers(parts[10][2:]) == list(profile.groups)
    assert numbers(parts[13][2:]) == list(profile.signature_algorithms)
    assert parts[43] == b"\x04\x03\x04\x03\x03"
    assert parts[16] == b"\x00\x0c\x02h2\x08http/1.1"
    assert HOST.encode() in parts[0]
    assert parts[5] == b"\x01\x00\x00\x00\x00"
    assert parts[18] == b""
    shares = parts[51][2:]
    assert numbers(shares[:4]) == [0x11EC, 1216]
    assert numbers(shares[4 + 1216 : 8 + 1216]) == [0x1D, 32]
    assert not {35, 22, 49} & set(order)  # no session ticket, encrypt-then-MAC or post-handshake authentication


def test_godebug_shrinks_the_hello() -> None:
    assert len(session().start()) > 1460
    assert len(session(go_profile({"tlsmlkem": "0"})).start()) < 400


def test_addresses_are_not_named() -> None:
    assert 0 not in hello_parts(session(host="192.0.2.1").start())[2]
    assert b"goproxy.example." not in session(host="goproxy.example.").start()


@pytest.mark.parametrize("versions", [TLS12, TLS13])
@pytest.mark.parametrize("piece", [65536, 1, 100])
def test_both_sides_understand_each_other(versions: tuple[int, int], piece: int) -> None:
    server, client = MemoryTlsServer([GOOD], versions=versions), session()
    rest = run(server, client, piece)
    assert client.alpn == "h2"
    assert client.chain_der == (GOOD.der,)
    assert len(client.key_log) == (1 if versions == TLS12 else 5)
    client.feed(rest + server.say(b"hello"))
    assert client.read() == b"hello"
    assert client.read() is None
    server.feed(client.write(b"a" * 40_000))
    assert server.received == b"a" * 40_000
    client.feed(server.goodbye())
    assert client.read() == b""
    assert client.read() == b""


def test_reads_stop_at_their_limit_and_go_on() -> None:
    server, client = MemoryTlsServer([GOOD]), session()
    client.feed(run(server, client) + server.say(bytes(50_000)))
    sizes = []
    while (piece := client.read(20_000)) is not None:
        sizes.append(len(piece))
    assert sizes == [20_000, 20_000, 10_000]


def test_messages_that_bring_nothing_are_bounded() -> None:
    """Go's maxUselessRecords: 16 tickets or key updates in a row are borne, the 17th is not."""
    client = session()
    run(MemoryTlsServer([GOOD], versions=TLS13), client)
    for count in range(18):
        client._on_info(client._connection, 0x1002, 1)
        if count < 16:
            assert client.read() is None
    with pytest.raises(TlsFault) as caught:
        client.read()
    assert caught.value.go_text == "tls: too many non-advancing records"


def test_records_that_bring_nothing_are_bounded() -> None:
    server, client = MemoryTlsServer([GOOD], versions=TLS12), session()
    client.feed(run(server, client))
    assert client.read() is None
    client.records.received.count += 17
    with pytest.raises(TlsFault) as caught:
        client.read()
    assert caught.value.go_text == "tls: too many ignored records"


def test_refused_chain_sends_bad_certificate() -> None:
    for versions in (TLS12, TLS13):
        server = MemoryTlsServer([GOOD], versions=versions)
        client = TlsClientSession(go_profile(), HOST, lambda _chain: False)
        client.feed(server.feed(client.start()))
        with pytest.raises(TlsFault):
            client.advance()
        assert client.was_refused
        server.feed(client.to_send())
        assert "bad certificate" in str(server.error)


@pytest.mark.parametrize("versions", [TLS12, TLS13])
def test_mutated_servers_never_escape_the_one_exception(versions: tuple[int, int]) -> None:
    rng = random.Random(7)
    for _ in range(400):
        server, client = MemoryTlsServer([GOOD], versions=versions), session()
        out = client.start()
        try:
            for _ in range(4):
                back = bytearray(server.feed(out))
                for _ in range(rng.choice((0, 1, 1, 3))):
                    if back:
                        back[rng.randrange(min(len(back), rng.choice((6, 120, 9999))))] = rng.randrange(256)
                if rng.random() < 0.1:
                    back = back[: rng.randrange(len(back) + 1)]
                client.feed(bytes(back))
                if client.is_done:
                    client.read()
                else:
                    client.advance()
                out = client.to_send()
        except TlsFault:
            client.to_send()


def test_goodbye_is_quiet_when_nothing_can_be_said() -> None:
    client = session()
    client.start()
    assert client.goodbye() == b""
