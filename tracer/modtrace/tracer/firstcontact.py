"""Whom a run contacts first, and the packets that may leave for it before the code of the fetch is loaded.

A pure decision from the plan. Where it is not certain that the fetch begins with exactly this dial, nobody is named.
"""

from modtrace.gorules.goauth import parse_goauth
from modtrace.gorules.goproxy import proxy_url
from modtrace.gorules.proxyroute import route_for
from modtrace.gorules.redirects import target_of
from modtrace.record.failures import GoRuleError, Json
from modtrace.tracer.plan import Plan
from modtrace.tracer.sources.interface import Operation
from modtrace.tracer.steps.firstpackets import first_packets
from modtrace.tracer.world.interface import HostPort, World

_WORTH_S = 5.0  # a run that --timeout ends sooner may be over before anything that was begun is taken over


def begin_ahead(plan: Plan, world: World) -> dict[str, Json] | None:
    """Send the first packets of the first dial, and say so for the record; ``None`` where the fetch itself has to."""
    began_ns = world.now_ns()
    contact = first_contact(plan, world)
    if contact is None:
        return None
    packets = first_packets(world, *contact, edns0=plan.godebug.get("netedns0") != "0")
    if packets is None:
        return None
    sent: list[Json] = [*world.headstart.begin(*contact, packets, began_ns=began_ns)]
    return {"dial": str(contact), "sent": sent}


def first_contact(plan: Plan, world: World) -> HostPort | None:
    """The module server of the list's first entry, or the proxy on the way to it."""
    orders = plan.orders
    if orders.timeout_s is not None and orders.timeout_s < _WORTH_S:
        return None
    if plan.is_private or plan.godebug.get("cmdgonetlimit") == "0":
        return None
    listed = [entry for entry in plan.entries if entry.kind != "noproxy"]
    if listed[0].kind != "url":
        return None
    operation = Operation(kind="list", module=orders.module)
    try:
        target = target_of(proxy_url(listed[0].url, operation.escaped_module, operation.tail))
        hops = route_for(world.environ(), orders.via, target.scheme, target.host, target.port).hops
    except GoRuleError:
        return None  # a file, or a refusal that the fetch words
    if target.scheme == "https" and not _has_credentials_at_hand(plan):
        return None
    if not hops:
        return HostPort(target.host, target.port)
    port = int(hops[0].port or 0)
    return HostPort(hops[0].host, port) if hops[0].host and 0 < port < 1 << 16 else None


def _has_credentials_at_hand(plan: Plan) -> bool:
    """False where a program is asked for them before the first https request: it may take its time, or end the run."""
    try:
        commands = parse_goauth(plan.go.value("GOAUTH"))
    except GoRuleError:
        return False
    return all(command.kind in ("off", "netrc") for command in commands)
