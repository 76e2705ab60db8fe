"""The first packets of a dial, by the rules of ``resolve`` and ``connect``: decided here, sent elsewhere.

No trio here: they leave before it is loaded.
"""

from modtrace.gorules.dnsnames import is_domain_name, name_list
from modtrace.gorules.resolvconf import DNS_PORT
from modtrace.tracer.steps.locallookup import from_hosts, from_literal, order_of_lookup, resolver_settings
from modtrace.tracer.wire.dns import AAAA, A, Question, WireError, build_query
from modtrace.tracer.world.interface import Ask, Connect, FirstPackets, HostPort, World


def first_packets(world: World, host: str, port: int, *, edns0: bool) -> FirstPackets | None:
    """``None`` where the dial sends nothing (to a name that nobody may ask for), or begins otherwise."""
    found = from_literal(host)
    order = order_of_lookup(world)
    if found is None and order in ("files,dns", "files"):
        found = from_hosts(world, host)
    if found is not None:
        return Connect(HostPort(found.addresses[0], port))
    return None if order == "files" else _questions(world, host, edns0=edns0)


def _questions(world: World, host: str, *, edns0: bool) -> Ask | None:
    conf = resolver_settings(world)
    names = name_list(host, conf.search, conf.ndots) if is_domain_name(host) else ()
    if not names or conf.use_tcp or conf.rotate:  # with rotate chance decides which question goes to which server
        return None
    kinds = (A,) if conf.single_request else (A, AAAA)
    try:
        queries = tuple(
            build_query(
                world.random_u16(),
                Question(name=names[0], kind=kind),
                edns0=edns0,
                authentic_data=conf.trust_ad,
            )
            for kind in kinds
        )
    except WireError:
        return None
    return Ask(HostPort(conf.servers[0], DNS_PORT), queries)
