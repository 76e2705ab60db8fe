"""Module servers on loopback, in their own thread: http and https, HTTP/1.1 and HTTP/2, honest or faulty, all logged.

A :class:`Server` is a list of places; each place is one port with its own site and table of faults. All write one
journal. ``with running(server) as live:`` opens the ports and ends every connection at the end of the block.
"""

import socket
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import h2.exceptions
import h11
import msgspec
import trio

from modtrace.lab import http1, http2, streams
from modtrace.lab.authority import Files, Issued, write
from modtrace.lab.behaviour import Answer, Faults, Table, answer_of
from modtrace.lab.journal import Headers, Journal, Request
from modtrace.lab.modules import Said, missing
from modtrace.lab.serving import Started, bound, handshake, in_thread, peer_port

AtConnect = Literal["serve", "mute", "close", "reset", "garbage"]
Database = Callable[[str], tuple[int, bytes]]
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError, h2.exceptions.ProtocolError)


def nothing(path: str) -> Said:
    """A site that knows no path."""
    return missing(f"not found: {path}")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One port. ``host`` is the name in its base URL; it listens on 127.0.0.1 whatever the name.

    ``databases`` maps a path prefix (``/sumdb/sum.test``) to a checksum database's ``get``, which is called with the
    rest of the path. ``prefix`` is a folder that the site lives under, and part of the base URL.
    """

    name: str
    host: str = "127.0.0.1"
    issued: Issued | None = None
    alpn: tuple[str, ...] = ("h2", "http/1.1")
    site: Callable[[str], Said] = nothing
    prefix: str = ""
    databases: Mapping[str, Database] = {}
    faults: Faults = {}
    at_connect: AtConnect = "serve"

    def said(self, path: str) -> Said:
        """The honest answer to a decoded path."""
        for prefix, database in self.databases.items():
            if path.startswith(prefix + "/"):
                status, body = database(path[len(prefix) :])
                return Said(status, "text/plain; charset=utf-8", body)
        if not path.startswith(self.prefix):
            return nothing(path)
        return self.site(path[len(self.prefix) :])


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Places, and the bounds of a run: after ``lifetime_s`` or ``connections`` the server serves no more."""

    places: tuple[Place, ...]
    lifetime_s: float = 120.0
    connections: int = 2000


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """A running server, seen from the thread that started it."""

    journal: Journal
    ports: dict[str, int]
    bases: dict[str, str]

    def url(self, name: str) -> str:
        """The base URL of a place, without a slash at its end."""
        return self.bases[name]


class _Desk:
    """One connection's way to its place's site and faults."""

    def __init__(self, hall: "_Hall", place: Place, connection: int) -> None:
        self._hall = hall
        self._place = place
        self._connection = connection

    def asked(self, protocol: str, method: str, target: str, headers: Headers) -> tuple[Request, Answer]:
        request = self._hall.live.journal.asked(
            self._connection, protocol=protocol, method=method, target=target, headers=headers
        )
        path = unquote(request.path)
        authorized = request.header("authorization") is not None
        reply = self._hall.tables[self._place.name].reply(path, authorized=authorized, method=method)
        answer = answer_of(self._place.said(path), reply)
        filled = tuple((name, self._filled(value)) for name, value in answer.headers)
        return request, msgspec.structs.replace(answer, headers=filled, is_head=method == "HEAD")

    def answered(self, request: Request, status: int | None) -> None:
        self._hall.live.journal.answered(request.number, status)

    def _filled(self, value: str) -> str:
        for name, base in self._hall.live.bases.items():
            value = value.replace("{" + name + "}", base)
        return value


class _Hall:
    """Everything the server's thread holds."""

    def __init__(self, server: Server, live: Live, files: dict[str, Files]) -> None:
        self.server = server
        self.live = live
        self.files = files
        self.tables = {place.name: Table(place.faults) for place in server.places}

    async def run(self, sockets: dict[str, socket.socket], started: Started) -> None:
        with trio.move_on_after(self.server.lifetime_s) as scope:
            async with trio.open_nursery() as nursery:
                for place in self.server.places:
                    listener = trio.SocketListener(trio.socket.from_stdlib_socket(sockets[place.name]))
                    nursery.start_soon(self._listen, place, listener)
                started(scope)

    async def _listen(self, place: Place, listener: trio.SocketListener) -> None:
        async def handle(stream: trio.SocketStream) -> None:
            try:
                await self._connection(place, stream)
            except* _GONE:
                pass
            finally:
                await trio.aclose_forcefully(stream)

        await trio.serve_listeners(handle, [listener])

    async def _connection(self, place: Place, stream: trio.SocketStream) -> None:
        journal = self.live.journal
        if len(journal.connections) >= self.server.connections:
            return
        number = journal.opened(place.name, peer_port(stream))
        if place.at_connect != "serve":
            await _refuse(stream, place.at_connect)
            return
        desk = _Desk(self, place, number)
        if place.issued is None:
            await http1.serve(stream, desk)
            return
        secure = await handshake(stream, self.files[place.name], place.alpn, journal, number)
        if secure is None:
            return
        selected = secure.selected_alpn_protocol()
        await (http2.serve(secure, desk) if selected == "h2" else http1.serve(secure, desk))
        with trio.move_on_after(1):
            await secure.aclose()


@contextmanager
def running(server: Server) -> Generator[Live]:
    """The server, serving, until the end of the block."""
    sockets = {place.name: bound() for place in server.places}
    ports = {name: one.getsockname()[1] for name, one in sockets.items()}
    bases = {
        place.name: f"{'https' if place.issued else 'http'}://{place.host}:{ports[place.name]}{place.prefix}"
        for place in server.places
    }
    live = Live(journal=Journal(), ports=ports, bases=bases)
    with tempfile.TemporaryDirectory(prefix="modtrace-lab-") as folder:
        files = {one.name: write(one.issued, Path(folder), one.name) for one in server.places if one.issued}
        hall = _Hall(server, live, files)
        with in_thread(partial(hall.run, sockets), "modtrace-lab"):
            yield live


async def _refuse(stream: trio.SocketStream, how: AtConnect) -> None:
    if how == "mute":
        await streams.until_gone(stream)
    elif how == "garbage":
        await stream.receive_some(1)  # before a request, a client may take it for an answer to nothing
        await stream.send_all(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
        await streams.until_gone(stream)
    elif how == "close":  # earlier, go says EOF or "server closed idle connection", whichever of its tasks is first
        await stream.receive_some(1)
        await streams.vanish(stream)
    elif how == "reset":  # once something has arrived: before that, the client's connect itself may fail
        await stream.receive_some(1)
        await streams.reset(stream)
