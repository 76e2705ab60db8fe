"""A loopback HTTP server that says exactly what a case scripts: plain or TLS, HTTP/1.1 or HTTP/2."""

import contextlib
import socket
import ssl  # noqa: TID251  # the far side of the oracle: a second TLS implementation
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import msgspec
import trustme

STOP = b"HTTP/1.1 404 stop\r\nContent-Length: 0\r\n\r\n"
INFO = b'{"Version":"v1.0.0"}'
Peer = h2.connection.H2Connection
Answer = Callable[[Peer, int, str], None]


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One case. ``replies`` is by request number (the last repeats); ``h2`` answers streams instead.

    ``then``: what follows a reply: keep the connection, close it, reset it.
    """

    name: str
    replies: tuple[bytes, ...] = ()
    h2: Answer | None = None
    scheme: str = "http"
    then: str = "keep"
    max_requests: int = 40


class ScriptedServer:
    """Serves one script; :attr:`requests` holds what came for the case's path, in order."""

    def __init__(self, script: Script, authority: trustme.CA) -> None:
        self.script = script
        self.requests: list[object] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._context: ssl.SSLContext | None = None
        if script.scheme == "https":
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1").configure_cert(self._context)
            self._context.set_alpn_protocols(["h2"] if script.h2 else ["http/1.1"])
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def base(self) -> str:
        return f"{self.script.scheme}://127.0.0.1:{self.port}"

    def take(self) -> tuple[list[object], int]:
        """What was asked since the last call, and over how many connections."""
        with self._lock:
            taken = (list(self.requests), self.connections)
            self.requests.clear()
            self.connections = 0
            return taken

    def close(self) -> None:
        """Stop, and wait for the connections' threads: their sockets are closed when this returns."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, raw)

    def _start(self, act: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=act, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self, raw: socket.socket) -> None:
        raw.settimeout(20)
        quiet = contextlib.suppress(OSError, ssl.SSLError, h2.exceptions.ProtocolError)
        with quiet, raw, self._context.wrap_socket(raw, server_side=True) if self._context else raw as sock:
            self._speak(sock)

    def _speak(self, sock: socket.socket) -> None:
        with self._lock:
            self.connections += 1
        if self.script.h2:
            self._speak_h2(sock)
        else:
            self._speak_h1(sock)
        if self.script.then == "close":
            # Without this wait, bytes that we didn't read would turn our FIN into a RST.
            socket.socket.shutdown(sock, socket.SHUT_WR)
            sock.settimeout(2)
            while sock.recv(65536):
                pass

    def _count(self, request: object) -> int:
        with self._lock:
            self.requests.append(request)
            return len(self.requests) - 1

    def _speak_h1(self, sock: socket.socket) -> None:
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                data = sock.recv(65536)
                if not data:
                    return
                buffer += data
            request, _, buffer = buffer.partition(b"\r\n\r\n")
            if b".mod HTTP" in request or b".zip HTTP" in request:
                sock.sendall(STOP)
                continue
            index = min(self._count(request), len(self.script.replies) - 1)
            sock.sendall(self.script.replies[index].replace(b"{base}", self.base.encode()))
            if self.script.then == "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if self.script.then != "keep":
                return

    def _speak_h2(self, sock: socket.socket) -> None:
        assert self.script.h2 is not None
        peer = Peer(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        peer.initiate_connection()
        sock.sendall(peer.data_to_send())
        while data := sock.recv(65536):
            for event in peer.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    path = dict(event.headers)[":path"]
                    if path.endswith((".mod", ".zip")):
                        peer.send_headers(event.stream_id, [(":status", "404")], end_stream=True)
                        continue
                    if self._count([tuple(map(str, pair)) for pair in event.headers]) > self.script.max_requests:
                        return
                    self.script.h2(peer, event.stream_id, path)
            sock.sendall(peer.data_to_send())
            if self.script.then == "close" and self.requests:
                return


def write_roots(authority: trustme.CA, folder: Path) -> str:
    """The CA as a file for SSL_CERT_FILE."""
    path = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)
