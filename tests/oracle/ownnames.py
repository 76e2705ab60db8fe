"""A program whose machine knows the names that a test gives it and no others, and asks no name server.

In a mount namespace of its own, ``/etc/hosts`` and ``/etc/nsswitch.conf`` are the test's (``hosts: files``), so that
``no such host`` is said without a packet, by go and by modtrace alike.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_SCRIPT = (
    'mount --bind "$1/hosts" /etc/hosts && mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && shift && exec "$@"'
)


@cache
def means() -> tuple[str, ...]:
    """The words that make such a namespace here; empty where it is not permitted."""
    if shutil.which("unshare") is None:
        return ()
    for flags in (("-m",), ("-r", "-m")):
        command = ("unshare", *flags, "sh", "-c", "mount --bind /etc/hosts /etc/nsswitch.conf")
        if (flags == ("-r", "-m") or os.geteuid() == 0) and subprocess.run(
            command, capture_output=True, check=False
        ).returncode == 0:
            return ("unshare", *flags, "sh", "-c", _SCRIPT, "sh")
    return ()


def with_own_names(command: tuple[str, ...], hosts: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """``command`` where ``hosts`` (name to address) are all names there are."""
    (folder / "hosts").write_text("".join(f"{address} {name}\n" for name, address in hosts.items()))
    (folder / "nsswitch.conf").write_text("hosts: files\n")
    return (*means(), str(folder), *command) if means() else command
