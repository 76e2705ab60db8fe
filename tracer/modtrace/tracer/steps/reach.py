"""From a host and a port to a connected socket: the look-up and the connection share one budget of 30 s.

Go 1.26 net/dial.go Dialer.DialContext, net/http/transport.go DefaultTransport (Dialer.Timeout).
"""

import msgspec

from modtrace.record.failures import StepFailed
from modtrace.record.limits import DIAL_S
from modtrace.record.recorder import Span
from modtrace.tracer.steps.connect import connect
from modtrace.tracer.world.interface import Link, World

_NS = 1_000_000_000
_ANY = "0.0.0.0"  # noqa: S104 - dialled, not bound


async def reach(world: World, host: str, port: int, *, parent: Span, edns0: bool = True) -> Link:
    """A TCP link to ``host``. Raises ``StepFailed`` with go's ``dial tcp …`` text."""
    from modtrace.tracer.steps.resolve import resolve  # dnspython, which a run that is refused never needs

    begun = world.headstart.claim(host, port)
    deadline_ns = (world.now_ns() if begun is None else begun.began_ns) + int(DIAL_S * _NS)
    if not host:
        return await _ourselves(world, port, parent, deadline_ns)
    try:
        found = await resolve(world, host, parent=parent, deadline_ns=deadline_ns, edns0=edns0, begun=begun)
    except StepFailed as failed:
        raise StepFailed(failed.failure.wrapped("dial tcp: ")) from failed
    return await connect(world, found.addresses, port, host=host, parent=parent, deadline_ns=deadline_ns)


async def _ourselves(world: World, port: int, parent: Span, deadline_ns: int) -> Link:
    """A proxy variable of ``:3128`` has no host: go looks nothing up and dials the unspecified address.

    net/ipsock.go internetAddrList; TCPAddr.String writes it as ``:3128``, and Linux connects it to this machine.
    """
    try:
        return await connect(world, (_ANY,), port, host="", parent=parent, deadline_ns=deadline_ns)
    except StepFailed as failed:
        go_text = (failed.failure.go_text or "").replace(f"dial tcp {_ANY}:", "dial tcp :", 1)
        raise StepFailed(msgspec.structs.replace(failed.failure, go_text=go_text)) from failed
