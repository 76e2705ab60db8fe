"""Nothing leaves loopback: an audit hook that refuses every other address before the system call is made."""

import errno
import ipaddress
import sys
from typing import cast

_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


def up() -> None:
    """From now on, for the rest of this process. A refusal is also written to standard error, for the test's page."""
    sys.addaudithook(_hook)


def is_loopback(address: object) -> bool:
    """No address (a connected socket), a Unix socket's path, ``localhost``, a loopback address, or the unspecified one.

    Linux connects 0.0.0.0 and :: to this machine itself (inet_hash_connect: INADDR_ANY becomes loopback).
    """
    if not isinstance(address, tuple):
        return True
    first: object = cast("tuple[object, ...]", address)[0]
    host = str(first).partition("%")[0]
    try:
        known = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return known.is_loopback or known.is_unspecified


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event in _EVENTS:
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = (arguments[0],)
    else:
        return
    if not is_loopback(address):
        sys.stderr.write(f"fence: {event} {address!r} refused\n")
        raise OSError(errno.ENETUNREACH, "the harness lets nothing leave loopback")
