"""Faulty TLS servers on loopback, met by our handshake and by Go's ``net/http``: the same words."""

import base64
import json
import re
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
from OpenSSL import SSL
from tests.sim.certmaker import DAY, HOST, NOW, NOW_S, Made, authority, leaf, root
from tests.sim.tls_handshakes import ClockWorld
from tests.sim.tls_server import MemoryTlsServer

from modtrace.gorules.roots import RootCertificate, Roots
from modtrace.gorules.tlsprofile import go_profile
from modtrace.record.failures import StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer.steps.handshake import handshake
from modtrace.tracer.world.interface import HostPort, TcpInfo

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

ANCHOR = root()
_SOURCE = Path(__file__).with_name("tlsget.go.txt")
Act = Callable[[socket.socket], None]


class StreamLink:
    """A Link over a trio socket; enough for one handshake."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self.local = HostPort(*stream.socket.getsockname()[:2])
        self.peer = HostPort(*stream.socket.getpeername()[:2])
        self.received_at_ns = self.sent_at_ns = 0

    async def receive(self, max_bytes: int = 65536) -> bytes:
        return await self._stream.socket.recv(max_bytes)

    async def send(self, data: bytes | memoryview, *, is_timed: bool = False) -> None:
        del is_timed
        while data:
            data = data[await self._stream.socket.send(data) :]

    def tcp_info(self) -> TcpInfo | None:
        return None

    async def aclose(self) -> None:
        self._stream.socket.close()


def read_hello(peer: socket.socket) -> bytes:
    data = b""
    while len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5]):
        piece = peer.recv(65536)
        if not piece:
            break
        data += piece
    return data


def says(*pieces: bytes, reset: bool = False, lingers: bool = True) -> Act:
    def act(peer: socket.socket) -> None:
        read_hello(peer)
        for piece in pieces:
            peer.sendall(piece)
        if reset:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif lingers:
            peer.settimeout(3)
            while peer.recv(65536):
                pass

    return act


def serves(chain: list[Made], *, spoil: int | None = None, **options: object) -> Act:
    """A real TLS server; ``spoil`` flips a bit in the last byte of that answer."""

    def act(peer: socket.socket) -> None:
        server = MemoryTlsServer(chain, **options)  # type: ignore[arg-type]  # the tests' own keywords
        peer.settimeout(5)
        turn = 0
        while data := peer.recv(65536):
            out = bytearray(server.feed(data))
            if out and spoil == turn:
                out[-1] ^= 1
            turn += bool(out)
            peer.sendall(out)
            if server.error is not None or server.received:
                return

    return act


@contextmanager
def listening(act: Act, connections: int = 2) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def serve() -> None:
            for _ in range(connections):
                try:
                    peer, _ = server.accept()
                    with peer:
                        peer.settimeout(20)
                        act(peer)
                except OSError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()
        finally:
            thread.join()


def alert(code: int, level: int = 2) -> bytes:
    return bytes([21, 3, 3, 0, 2, level, code])


MIDDLE = authority("Middle", ANCHOR)
TLS12 = (SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION)
FAULTS: dict[str, Act] = {
    "fin": says(lingers=False),
    "fin in a record": says(b"\x16\x03\x03\x01", lingers=False),
    "reset": says(reset=True),
    **{f"alert {code}": says(alert(code)) for code in (40, 42, 47, 70, 71, 80, 86, 112, 116, 120, 200)},
    "close_notify": says(alert(0, 1)),
    "warning and fin": says(alert(112, 1), lingers=False),
    "17 warnings": says(alert(112, 1) * 17),
    "strange alert level": says(alert(40, 7)),
    "http": says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "ssh": says(b"SSH-2.0-x\r\n"),
    "sslv2": says(b"\x80\x2e\x01\x00\x02"),
    "16 MB message": says(b"\x16\x03\x03\x00\x04\x02\xff\xff\xff"),
    "long record": says(b"\x16\x03\x03\xff\xff"),
    "TLS 1.1": says(b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02" + bytes(32) + b"\x00\x00\x2f\x00"),
    "application data first": says(b"\x17\x03\x03\x00\x01a"),
    "certificate first": says(b"\x16\x03\x03\x00\x07\x0b\x00\x00\x03\x00\x00\x00"),
    "empty handshake record": says(b"\x16\x03\x03\x00\x00"),
    "unknown suite": says(b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + bytes(32) + b"\x00\x12\x34\x00"),
    "good": serves([leaf(ANCHOR)], alpn=b"http/1.1"),
    "unknown authority": serves([leaf(root("Other"))]),
    "missing intermediate": serves([leaf(MIDDLE)]),
    "self-signed": serves([leaf(None)]),
    "wrong host": serves([leaf(ANCHOR, "x.example")]),
    "expired": serves([leaf(ANCHOR, end=NOW - DAY)]),
    "expired, TLS 1.2": serves([leaf(ANCHOR, end=NOW - DAY)], versions=TLS12),
    "regenerated CA": serves([leaf(root(key_name="again"))], versions=TLS12),
    "no common suite": serves([leaf(ANCHOR)], ciphers=b"AES128-SHA", versions=TLS12),
    "spoilt record, TLS 1.3": serves([leaf(ANCHOR)], spoil=0, versions=(SSL.TLS1_3_VERSION, SSL.TLS1_3_VERSION)),
    "RSA 1024": serves([leaf(ANCHOR, kind="rsa1024")]),
}
SOUND = frozenset({"good", "RSA 1024"})


@pytest.fixture(scope="session")
def go_get(go_tool: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tlsget")
    (folder / "main.go").write_bytes(_SOURCE.read_bytes())
    built = folder / "tlsget"
    subprocess.run([go_tool, "build", "-o", str(built), "main.go"], cwd=folder, check=True, timeout=300)
    return built


def go_says(program: Path, address: tuple[str, int]) -> str:
    asked = {
        "Addr": f"{address[0]}:{address[1]}",
        "Host": HOST,
        "Now": int(NOW_S),
        "Roots": [base64.b64encode(ANCHOR.der).decode()],
    }
    done = subprocess.run(
        [str(program)], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=30
    )
    return str(json.loads(done.stdout))


def we_say(address: tuple[str, int]) -> str:
    async def main() -> str:
        stream = await trio.open_tcp_stream(*address)
        recorder = Recorder(now_ns=lambda: 0, sink=lambda _event: None)
        try:
            link = await handshake(
                ClockWorld(),
                StreamLink(stream),
                server_name=HOST,
                parent=recorder.span("module.info", "m"),
                roots=lambda: Roots([RootCertificate(ANCHOR.der, "test")]),
                profile=go_profile(),
                peer_label=HOST,
            )
        except StepFailed as failed:
            return failed.failure.go_text or ""
        await link.send(b"GET / HTTP/1.1\r\n\r\n")
        await link.aclose()
        return ""

    return trio.run(main)


def without_ports(text: str) -> str:
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)


@pytest.mark.parametrize("name", FAULTS)
def test_the_words_are_those_of_go(name: str, go_get: Path) -> None:
    with listening(FAULTS[name]) as address:
        ours = we_say(address)
        theirs = go_says(go_get, address)
    if name in SOUND:  # the server hangs up after the request: Go's HTTP layer says so, TLS was fine
        assert ours == ""
        assert not theirs.startswith(("tls", "remote error", "local error"))
    else:
        assert without_ports(ours) == without_ports(theirs)
