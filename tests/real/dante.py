"""dante's sockd (Debian: danted) on loopback."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from tests.real.party import (
    BLOCKED,
    HASHED,
    USER,
    Party,
    free_ports,
    outward_address,
    own_names,
    program,
    running,
    yard,
)

_CONFIG = """\
logoutput: stderr
internal: 127.0.0.1 port = {port}
external: {external}
clientmethod: none
socksmethod: {method}
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks block {{ from: 0.0.0.0/0 to: {blocked} log: connect error }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 command: connect }}
"""


class Dante(msgspec.Struct, frozen=True):
    port: int
    party: Party

    def url(self, userinfo: str = "", scheme: str = "socks5") -> str:
        return f"{scheme}://{userinfo + '@' if userinfo else ''}127.0.0.1:{self.port}"


@contextmanager
def dante(*, auth: bool = False) -> Generator[Dante]:
    """Running; it refuses one host, and with ``auth`` wants the user's name and password."""
    path = program("danted")
    with yard() as folder:
        port = free_ports(1)[0]
        method = "username" if auth else "none"
        config = _CONFIG.format(port=port, external=outward_address(), method=method, blocked=BLOCKED)
        (folder / "danted.conf").write_text(config)
        env = own_names(folder) | (_users(folder) if auth else {})
        command = (path, "-f", folder / "danted.conf", "-p", folder / "pid", "-N", "1")
        with running(command, [port], folder, env=env, as_nobody=True) as party:
            yield Dante(port, party)


def _users(folder: Path) -> dict[str, str]:
    """dante asks the C library for users and their passwords; the wrapper answers, and no user is made."""
    nobody = "root:x:0:0::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
    (folder / "passwd").write_text(f"{nobody}{USER}:x:64000:65534::/:/bin/false\n")
    (folder / "group").write_text("root:x:0:\nnogroup:x:65534:\n")
    (folder / "shadow").write_text(f"{USER}:{HASHED}:19000:0:99999:7:::\n")
    names = ("passwd", "group", "shadow")
    return {f"NSS_WRAPPER_{name.upper()}": str(folder / name) for name in names}
