"""The real world: this machine's sockets, clock, environment and files."""

import os
import socket
import stat
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from modtrace.record.limits import HOST_FILE_BYTES
from modtrace.tracer.world.headstart import SocketHeadstart
from modtrace.tracer.world.interface import Command, CommandEnd, HostPort
from modtrace.tracer.world.opening import source_address_for
from modtrace.tracer.world.toolchain import working_directory

if TYPE_CHECKING:
    from modtrace.tracer.world.sockets import ConnectedUdp, TcpLink


class RealWorld:
    """``World`` on this machine. The trace's clock starts when it is made."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._start_ns = time.monotonic_ns()
        self._environ = dict(os.environ if environ is None else environ)
        if environ is None:  # a program that starts us in another folder may have left $PWD as it was
            self._environ["PWD"] = working_directory(self._environ)
        self.headstart = SocketHeadstart(self.now_ns)

    def now_ns(self) -> int:
        return time.monotonic_ns() - self._start_ns

    def wall_time_s(self) -> float:
        return time.time()

    async def open_tcp(self, address: HostPort) -> "TcpLink":
        from modtrace.tracer.world.sockets import connect_tcp  # needs trio, which the headstart goes without

        return await connect_tcp(address, self.now_ns, self.headstart.take_connection(address))

    async def open_udp(self, address: HostPort) -> "ConnectedUdp":
        from modtrace.tracer.world.sockets import connect_udp

        return await connect_udp(address, self.now_ns)

    def source_address_for(self, host: str) -> str | None:
        return source_address_for(host)

    def random_u16(self) -> int:
        return int.from_bytes(os.urandom(2), "big")

    def environ(self) -> Mapping[str, str]:
        return self._environ

    def read_file(self, path: str) -> bytes | None:
        try:
            with open(path, "rb") as file:
                return file.read(HOST_FILE_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def list_directory(self, path: str) -> list[str] | None:
        try:
            return sorted(os.listdir(path))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def is_directory(self, path: str) -> bool:
        return stat.S_ISDIR(os.stat(path).st_mode)

    async def run_command(self, command: Command, *, timeout_s: float) -> CommandEnd:
        from modtrace.tracer.world import commands  # a fetch without GOAUTH's commands never loads it

        return await commands.run(command, timeout_s=timeout_s)

    def hostname(self) -> str:
        return socket.gethostname()
