"""microsocks on loopback."""

from collections.abc import Generator
from contextlib import contextmanager

import msgspec
from tests.real.party import PASSWORD, USER, Party, free_ports, own_names, program, running, yard


class Microsocks(msgspec.Struct, frozen=True):
    port: int
    party: Party

    def url(self, userinfo: str = "", scheme: str = "socks5") -> str:
        return f"{scheme}://{userinfo + '@' if userinfo else ''}127.0.0.1:{self.port}"


@contextmanager
def microsocks(*, auth: bool = False) -> Generator[Microsocks]:
    """Running; with ``auth`` it wants the user's name and password."""
    path = program("microsocks")
    with yard() as folder:
        port = free_ports(1)[0]
        wants = ("-u", USER, "-P", PASSWORD) if auth else ()
        command = (path, "-i", "127.0.0.1", "-p", str(port), *wants)
        with running(command, [port], folder, env=own_names(folder)) as party:
            yield Microsocks(port, party)
