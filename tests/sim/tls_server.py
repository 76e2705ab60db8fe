"""A TLS server without I/O (pyOpenSSL), and links of memory to reach it by."""

from collections.abc import Callable

import trio
from OpenSSL import SSL
from tests.sim.certmaker import Made

from modtrace.tracer.world.interface import HostPort, TcpInfo


class MemoryTlsServer:
    """Feed it the client's bytes, take what it answers."""

    def __init__(
        self,
        chain: list[Made],
        *,
        versions: tuple[int, int] = (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION),
        alpn: bytes | None = b"h2",
        ciphers: bytes | None = None,
        staple: bytes | None = None,
        wants_client_certificate: bool = False,
    ) -> None:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(versions[0])
        context.set_max_proto_version(versions[1])
        context.set_cipher_list((ciphers or b"ALL") + b":@SECLEVEL=0")
        context.use_privatekey(chain[0].key)
        context.use_certificate(chain[0].cert)
        for made in chain[1:]:
            context.add_extra_chain_cert(made.cert)
        if alpn is not None:
            context.set_alpn_select_callback(
                lambda _conn, offered: alpn if alpn in offered else SSL.NO_OVERLAPPING_PROTOCOLS
            )
        if staple is not None:
            context.set_ocsp_server_callback(lambda _conn, _data: staple)
        if wants_client_certificate:
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        self.connection = SSL.Connection(context, None)
        self.connection.set_accept_state()
        self.is_done = False
        self.error: SSL.Error | None = None
        self.received = b""

    def feed(self, data: bytes) -> bytes:
        """What the server sends back."""
        if data:  # an empty write is an error to a BIO
            self.connection.bio_write(data)
        try:
            if not self.is_done:
                self.connection.do_handshake()
                self.is_done = True
            while True:
                self.received += self.connection.recv(65536)
        except (SSL.WantReadError, SSL.ZeroReturnError):
            pass
        except SSL.Error as error:
            self.error = error
        return self.take()

    def say(self, data: bytes) -> bytes:
        """Application data, encrypted."""
        out = b""
        for at in range(0, len(data), 16384):
            self.connection.send(data[at : at + 16384])
            out += self.take()
        return out

    def goodbye(self) -> bytes:
        self.connection.shutdown()
        return self.take()

    def take(self) -> bytes:
        out = b""
        while True:
            try:
                out += self.connection.bio_read(65536)
            except SSL.Error:
                return out


Answer = bytes | BaseException | None


class MemoryLink:
    """Ours is the client end. ``answer`` makes what comes back: ``None`` is silence, ``b""`` the end."""

    def __init__(self, answer: Callable[[bytes], list[Answer]], *, piece: int = 65536) -> None:
        self.local = HostPort("192.0.2.1", 40000)
        self.peer = HostPort("192.0.2.2", 443)
        self.received_at_ns = 0
        self.sent_at_ns = 0
        self.leaves_after_s = 0.0
        """What a timed send waits before it leaves, as behind a full queue."""
        self.read_after_s = 0.0
        """How long our task leaves unread what has arrived."""
        self.sent: list[bytes] = []
        self.is_closed = False
        self._answer = answer
        self._piece = piece
        self._in, self._out = trio.open_memory_channel[bytes | BaseException](1_000_000)

    async def receive(self, max_bytes: int = 65536) -> bytes:
        item = await self._out.receive()
        if self.read_after_s:
            self.received_at_ns = int(trio.current_time() * 1e9)
            await trio.sleep(self.read_after_s)
        if isinstance(item, BaseException):
            raise item
        return item

    async def send(self, data: bytes | memoryview, *, is_timed: bool = False) -> None:
        await trio.lowlevel.checkpoint()
        if is_timed:
            await trio.sleep(self.leaves_after_s)
            self.sent_at_ns = int(trio.current_time() * 1e9)
        self.sent.append(bytes(data))
        for item in self._answer(bytes(data)):
            self.push(item)

    def push(self, item: Answer) -> None:
        if isinstance(item, bytes) and item:
            for at in range(0, len(item), self._piece):
                self._in.send_nowait(item[at : at + self._piece])
        elif item is not None:
            self._in.send_nowait(item)

    def tcp_info(self) -> TcpInfo | None:
        return None

    async def aclose(self) -> None:
        self.is_closed = True
