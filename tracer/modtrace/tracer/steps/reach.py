"""From a host and a port to a connected socket: the look-up and the connection share one budget of 30 s.

Go 1.26 net/dial.go Dialer.DialContext, net/http/transport.go DefaultTransport (Dialer.Timeout).
"""

from modtrace.record.failures import StepFailed
from modtrace.record.limits import DIAL_S
from modtrace.record.recorder import Span
from modtrace.tracer.steps.connect import connect
from modtrace.tracer.world.interface import Link, World

_NS = 1_000_000_000


async def reach(world: World, host: str, port: int, *, parent: Span, edns0: bool = True) -> Link:
    """A TCP link to ``host``. Raises ``StepFailed`` with go's ``dial tcp …`` text."""
    from modtrace.tracer.steps.resolve import resolve  # dnspython, which a run that is refused never needs

    deadline_ns = world.now_ns() + int(DIAL_S * _NS)
    try:
        found = await resolve(world, host, parent=parent, deadline_ns=deadline_ns, edns0=edns0)
    except StepFailed as failed:
        raise StepFailed(failed.failure.wrapped("dial tcp: ")) from failed
    return await connect(world, found.addresses, port, host=host, parent=parent, deadline_ns=deadline_ns)
