"""Worlds in which nothing left ahead of its step, or in which a test says what did."""

from collections.abc import Mapping

from modtrace.tracer.world.interface import BegunDial, BegunQuery, FirstPackets, HostPort


class NoHeadstart:
    """Nothing was begun and nothing will be."""

    began_ns: int | None = None

    def begin(self, host: str, port: int, packets: FirstPackets, *, began_ns: int) -> list[str]:
        raise AssertionError(f"no headstart in this world: {host}:{port}, {packets}, {began_ns}")

    def claim(self, host: str, port: int) -> BegunDial | None:
        return None

    def connecting_since(self, address: HostPort) -> int | None:
        return None

    def take_query(self, server: HostPort, wire: bytes) -> BegunQuery | None:
        return None

    def close(self) -> None:
        return


class Scripted(NoHeadstart):
    """What a test says was begun: connections by address (with the ns of their SYN), queries by all but their id."""

    def __init__(
        self,
        connecting: Mapping[HostPort, int] | None = None,
        queries: Mapping[tuple[HostPort, bytes], BegunQuery] | None = None,
        dial: tuple[str, int, BegunDial] | None = None,
    ) -> None:
        self._connecting = dict(connecting or {})
        self._queries = dict(queries or {})
        self._dial = dial

    def claim(self, host: str, port: int) -> BegunDial | None:
        dial, self._dial = self._dial, None
        return dial[2] if dial is not None and dial[:2] == (host, port) else None

    def connecting_since(self, address: HostPort) -> int | None:
        return self._connecting.get(address)

    def take_connection(self, address: HostPort) -> int | None:
        """For a simulated ``open_tcp``: when the SYN left."""
        return self._connecting.pop(address, None)

    def take_query(self, server: HostPort, wire: bytes) -> BegunQuery | None:
        return self._queries.pop((server, wire[2:]), None)
