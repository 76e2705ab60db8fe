"""tinyproxy on loopback."""

from collections.abc import Generator
from contextlib import contextmanager

import msgspec
from tests.real.party import BLOCKED, Party, free_ports, own_names, program, running, yard

# Its configuration takes letters and digits only.
USER, PASSWORD = "alice", "swordfish"

_CONFIG = """\
Port {port}
Listen 127.0.0.1
Timeout 600
LogLevel Info
LogFile "{folder}/said.log"
PidFile "{folder}/pid"
MaxClients 100
ViaProxyName "tinyproxy.lab.test"
Filter "{folder}/filter"
{more}
"""


class Tinyproxy(msgspec.Struct, frozen=True):
    port: int
    party: Party

    def url(self, userinfo: str = "") -> str:
        return f"http://{userinfo + '@' if userinfo else ''}127.0.0.1:{self.port}"


@contextmanager
def tinyproxy(*, auth: bool = False) -> Generator[Tinyproxy]:
    """Running; it refuses one host, and with ``auth`` wants the user's name and password."""
    path = program("tinyproxy")
    with yard() as folder:
        port = free_ports(1)[0]
        (folder / "filter").write_text(f"^{BLOCKED.replace('.', '[.]')}$\n")
        more = f"BasicAuth {USER} {PASSWORD}" if auth else ""
        (folder / "tinyproxy.conf").write_text(_CONFIG.format(port=port, folder=folder, more=more))
        command = (path, "-d", "-c", folder / "tinyproxy.conf")
        with running(command, [port], folder, env=own_names(folder)) as party:
            yield Tinyproxy(port, party)
