"""A server of the lab in a thread of its own: bound ports, a TLS front, and the thread that ends with its block."""

import queue
import socket
import ssl  # noqa: TID251 - the lab is the far side; a second TLS implementation there is a second opinion
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress

import trio

from modtrace.lab.authority import Files
from modtrace.lab.journal import Journal

Started = Callable[[trio.CancelScope], None]
Run = Callable[[Started], Awaitable[None]]


def bound(backlog: int = 128) -> socket.socket:
    """Listening on a free port of 127.0.0.1."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    one.listen(backlog)
    return one


def peer_port(stream: trio.SocketStream) -> int:
    """0 when the client has reset the connection already."""
    try:
        port: int = stream.socket.getpeername()[1]
    except OSError:
        return 0
    return port


@contextmanager
def in_thread(run: Run, name: str) -> Generator[None]:
    """``run`` in trio in a new thread, from the moment it calls ``started`` until the end of the block."""
    ready: queue.Queue[tuple[trio.lowlevel.TrioToken, trio.CancelScope]] = queue.Queue()

    def started(scope: trio.CancelScope) -> None:
        ready.put((trio.lowlevel.current_trio_token(), scope))

    thread = threading.Thread(target=trio.run, args=(run, started), name=name, daemon=True)
    thread.start()
    token, scope = ready.get(timeout=10)
    try:
        yield
    finally:
        with suppress(trio.RunFinishedError):  # its lifetime may have been over before the block's
            token.run_sync_soon(scope.cancel)
        thread.join(timeout=10)


async def handshake(
    stream: trio.SocketStream, files: Files, alpn: tuple[str, ...], journal: Journal, connection: int
) -> trio.SSLStream[trio.SocketStream] | None:
    """TLS, server side, written into the journal; ``None`` when the client would not have it."""
    names: list[str | None] = []
    context = _tls_context(files, alpn, names)
    secure = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
    try:
        await secure.do_handshake()
    except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
        sni = names[0] if names else None
        journal.handshake_failed(connection, sni=sni, failure=str(error.__cause__ or error))
        return None
    journal.handshaken(
        connection, sni=names[0] if names else None, alpn=secure.selected_alpn_protocol(), tls=secure.version()
    )
    return secure


def _tls_context(files: Files, alpn: tuple[str, ...], names: list[str | None]) -> ssl.SSLContext:
    """One per connection, so that the callback knows whose server name it sees."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    context.sni_callback = lambda _object, name, _context: names.append(name)
    return context
