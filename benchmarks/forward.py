"""A real HTTP proxy (tinyproxy) at the far end of the line: CONNECT costs the client one round trip of it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.delayline.line import SERVER_ADDRESS, end
from benchmarks.place import Program

PORT = 3128
CONFIGURATION = """\
Port {port}
Listen {address}
Timeout 60
LogFile "{folder}/tinyproxy.log"
LogLevel Warning
MaxClients 50
ConnectPort 443
DisableViaHeader Yes
"""


@contextmanager
def forwarding(folder: Path, namespace: str) -> Iterator[str]:
    """The proxy's URL, up until the block ends. It resolves names by its namespace's own hosts file."""
    configuration = folder / "tinyproxy.conf"
    configuration.write_text(CONFIGURATION.format(port=PORT, address=SERVER_ADDRESS, folder=folder))
    process = subprocess.Popen(["ip", "netns", "exec", namespace, "tinyproxy", "-d", "-c", str(configuration)])
    try:
        yield f"http://{SERVER_ADDRESS}:{PORT}"
    finally:
        end(process)


def through(program: Program, proxy: str) -> Program:
    """The same program with the proxy in its environment, in both cases since curl reads the lower one."""
    return program._replace(env={**program.env, "HTTPS_PROXY": proxy, "https_proxy": proxy})
