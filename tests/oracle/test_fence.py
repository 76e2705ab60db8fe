"""The fence round modtrace: loopback passes, everything else is refused before it is sent."""

import subprocess
import sys

import pytest
from tests.oracle.fence import is_loopback
from tests.oracle.harness import ROOT

_TRY = """
import socket
from tests.oracle.fence import up
up()
for kind, act in ((socket.SOCK_STREAM, "connect"), (socket.SOCK_DGRAM, "connect"), (socket.SOCK_DGRAM, "sendto")):
    with socket.socket(socket.AF_INET, kind) as one:
        for host in ("192.0.2.1", "127.0.0.1"):
            try:
                one.connect((host, 9)) if act == "connect" else one.sendto(b"x", (host, 9))
                print("passed", host)
            except OSError as error:
                print("fenced" if "loopback" in str(error) else "passed", host)
"""


@pytest.mark.parametrize(
    ("address", "passes"),
    [
        (("127.0.0.1", 53), True),
        (("127.9.9.9", 53), True),
        (("::1", 53, 0, 0), True),
        (("localhost", 80), True),
        (("0.0.0.0", 80), True),
        (("::", 80, 0, 0), True),
        ("/run/socket", True),
        (None, True),
        (("192.0.2.1", 53), False),
        (("fe80::1%lo", 53), False),
        (("sum.test", 443), False),
    ],
)
def test_only_loopback_passes(address: object, passes: bool) -> None:
    assert is_loopback(address) == passes


def test_the_hook_refuses_before_the_system_call() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TRY], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.split("\n")[:-1] == ["fenced 192.0.2.1", "passed 127.0.0.1"] * 3
