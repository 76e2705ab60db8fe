"""A server that says raw bytes: whatever no library would send. Every connection is a bounded thread of its own."""

import socket
import ssl  # noqa: TID251 - the far side of the test, like the lab's
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.oracle.harness import certificate

from modtrace.lab.authority import write

LIFETIME_S = 40.0
MOST_BYTES = 64 << 20
Script = Callable[[socket.socket], Iterator[bytes]]


@contextmanager
def raw(folder: Path, script: Script, *, alpn: str | None = None, has_tls: bool = False) -> Generator[str]:
    """The base URL of a server whose every connection is answered by ``script``; with ``alpn``, inside TLS.

    ``has_tls``: the URL is https, though the script itself speaks (or breaks) TLS.
    """
    context = None if alpn is None else _context(folder, alpn)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(LIFETIME_S)
    thread = threading.Thread(target=_listen, args=(listener, script, context), daemon=True)
    thread.start()
    try:
        scheme = "https" if has_tls or alpn else "http"
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(LIFETIME_S)


def _context(folder: Path, alpn: str) -> ssl.SSLContext:
    files = write(certificate(), folder, "raw")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    context.set_alpn_protocols([alpn])
    return context


def _listen(listener: socket.socket, script: Script, context: ssl.SSLContext | None) -> None:
    threads: list[threading.Thread] = []
    with suppress(OSError):
        while True:
            one, _ = listener.accept()
            threads.append(threading.Thread(target=_serve, args=(one, script, context), daemon=True))
            threads[-1].start()
    for thread in threads:
        thread.join(LIFETIME_S)


def _serve(one: socket.socket, script: Script, context: ssl.SSLContext | None) -> None:
    one.settimeout(LIFETIME_S)
    with suppress(OSError), one:
        if context is None:
            _say(one, script)
            return
        with context.wrap_socket(one, server_side=True) as secure:
            _say(secure, script)


def _say(one: socket.socket, script: Script) -> None:
    sent, deadline = 0, time.monotonic() + LIFETIME_S
    for piece in script(one):
        one.sendall(piece)
        sent += len(piece)
        if sent > MOST_BYTES or time.monotonic() > deadline:
            return
    while one.recv(65536):  # the client ends it
        pass
