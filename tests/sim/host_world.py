"""A machine without a network: environment and host files only. Whoever opens a socket fails the test."""

from collections.abc import Mapping

from tests.sim.machine import NoPrograms

from modtrace.tracer.world.interface import HostPort, Link, UdpLink


class HostWorld(NoPrograms):
    """``files`` by path; an ``OSError`` as content is raised."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, files: Mapping[str, bytes | OSError] | None = None
    ) -> None:
        self._environ = {"HOME": "/home/me", "PATH": "/nowhere", "GOROOT": "/goroot", **(environ or {})}
        self._files = dict(files or {})
        self.read: list[str] = []

    def now_ns(self) -> int:
        return 0

    def wall_time_s(self) -> float:
        return 1_700_000_000.0

    async def open_tcp(self, address: HostPort) -> Link:
        raise AssertionError(f"no network in this world: {address}")

    async def open_udp(self, address: HostPort) -> UdpLink:
        raise AssertionError(f"no network in this world: {address}")

    def source_address_for(self, host: str) -> str | None:
        return None

    def random_u16(self) -> int:
        return 1

    def environ(self) -> Mapping[str, str]:
        return self._environ

    def read_file(self, path: str) -> bytes | None:
        self.read.append(path)
        content = self._files.get(path)
        if isinstance(content, OSError):
            raise content
        return content

    def list_directory(self, path: str) -> list[str] | None:
        return None

    def hostname(self) -> str:
        return "box"
