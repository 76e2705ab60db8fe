"""A host's name becomes addresses in go's dial order (Go 1.26 net/dnsclient_unix.go goLookupIPCNAMEOrder).

Hosts file and DNS in nsswitch's order; for each name of the search list A and AAAA in parallel, both awaited; the
addresses sorted by RFC 6724. When nothing was found, go keeps the error of the name as given, and shows that.
"""

from typing import Literal

import trio

from modtrace.gorules.dnsnames import is_domain_name, name_list
from modtrace.gorules.resolvconf import ResolvConf
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import DNS_RECORDS_SHOWN_COUNT
from modtrace.record.recorder import Span
from modtrace.tracer.steps import dns_failures
from modtrace.tracer.steps.bogons import bogons
from modtrace.tracer.steps.dns_exchange import Asker, Outcome, Rotation
from modtrace.tracer.steps.locallookup import (
    Resolution,
    from_hosts,
    from_literal,
    in_dial_order,
    order_of_lookup,
    resolver_settings,
)
from modtrace.tracer.wire.dns import AAAA, A
from modtrace.tracer.world.interface import BegunDial, World

_NS = 1_000_000_000


async def resolve(
    world: World,
    host: str,
    *,
    parent: Span,
    deadline_ns: int | None,
    edns0: bool = True,
    rotation: Rotation | None = None,
    begun: BegunDial | None = None,
) -> Resolution:
    """The addresses of ``host``, or :class:`StepFailed` with go's ``lookup …`` text.

    ``deadline_ns`` is the dial's; ``rotation`` is one object for the whole run (``options rotate``). A literal address
    needs no lookup and leaves no span. ``begun``: the headstart has begun this lookup.
    """
    literal = from_literal(host)
    if literal is not None:
        return literal
    with parent.child("dns.resolve", host, begun.began_ns if begun else None) as span:
        asker = Asker(world, resolver_settings(world), host, span, edns0=edns0, rotation=rotation or Rotation())
        resolution = await _looked_up(asker, deadline_ns)
        _record(span, host, resolution)
        if resolution.origin == "dns":
            span.close(at_ns=asker.answered_ns)
        elif begun is not None and asker.answered_ns is None:
            span.close(at_ns=begun.sent_ns)  # the hosts file knew it: the connection began then
        return resolution


async def _looked_up(asker: Asker, deadline_ns: int | None) -> Resolution:
    world, host = asker.world, asker.host
    order = order_of_lookup(world)
    asker.span.set(order=order)
    if order in ("files,dns", "files"):
        found = from_hosts(world, host)
        if found is not None:
            return found
        if order == "files":
            text = f"{host} is not in the hosts file, and nsswitch.conf allows no DNS"
            raise StepFailed(_no_such_host(host, "dns.hosts_file", text))
    if not is_domain_name(host):
        raise StepFailed(_no_such_host(host, "dns.nxdomain", f"{host} is not a domain name, so go asks nobody"))
    lookup = _Lookup(asker)
    try:
        return await lookup.within(deadline_ns)
    except StepFailed:
        found = from_hosts(world, host) if order == "dns,files" and not lookup.is_late else None
        if found is None:
            raise
        return found


class _Lookup:
    """The DNS part: names one after the other, both families of a name side by side."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._kept: Failure | None = None
        self.is_late = False

    async def within(self, deadline_ns: int | None) -> Resolution:
        """The lookup, ended by the dial's deadline as go does: without a server's name."""
        asker = self._asker
        remaining_s = float("inf") if deadline_ns is None else (deadline_ns - asker.world.now_ns()) / _NS
        names = name_list(asker.host, asker.conf.search, asker.conf.ndots)
        asker.span.set(servers=list(asker.conf.servers), names=list(names), defaults=asker.conf.servers_are_default)
        patience_s = len(names) * asker.conf.attempts * len(asker.conf.servers) * asker.conf.timeout_s
        asker.span.waiting_for = (f"the addresses of {asker.host}", min(float(patience_s), remaining_s))
        with trio.move_on_after(max(remaining_s, 0.0)):
            return await self._all(names)
        self.is_late = True
        raise StepFailed(self._timed_out(asker.conf))

    async def _all(self, names: tuple[str, ...]) -> Resolution:
        for name in names:
            outcomes = await self._both(name)
            resolution = self._merged(name, outcomes)
            if resolution is not None:
                return resolution
        if self._kept is None:
            raise StepFailed(_never_asked(self._asker.host))
        raise StepFailed(self._kept)

    async def _both(self, name: str) -> list[Outcome]:
        """A and AAAA in the order in which they ended; one after the other with ``single-request``."""
        asker, outcomes = self._asker, list[Outcome]()

        async def ask(kind: int) -> None:
            outcomes.append(await asker.ask(name, kind, late))

        async with trio.open_nursery() as late:
            if asker.conf.single_request:
                await ask(A)
                await ask(AAAA)
            else:
                async with trio.open_nursery() as families:
                    families.start_soon(ask, A)
                    families.start_soon(ask, AAAA)
            late.cancel_scope.cancel()
        return sorted(outcomes, key=lambda outcome: (outcome.ended_ns, outcome.family))

    def _merged(self, name: str, outcomes: list[Outcome]) -> Resolution | None:
        """The addresses of both families, or ``None``; keeps the error that go would keep."""
        host = self._asker.host
        addresses: list[str] = []
        for outcome in outcomes:
            if outcome.answer is None or outcome.server is None:
                if self._kept is None or name == host + ".":
                    self._kept = outcome.failure
                continue
            addresses += [record.address for record in outcome.answer.addresses]
            if outcome.answer.is_cut:
                self._kept = dns_failures.malformed(host, outcome.server, "cannot unmarshal DNS message")
        if not addresses:
            return None
        slow_family, lost_s = _slow_family(outcomes)
        dial_order = in_dial_order(self._asker.world, addresses)
        return Resolution(
            addresses=dial_order,
            origin="dns",
            servers=tuple(dict.fromkeys(str(one.server.address) for one in outcomes if one.server)),
            cname=next((one.answer.cname_chain for one in outcomes if one.answer and one.answer.cname_chain), ()),
            name=name,
            bogons=tuple(bogons(host, dial_order)),
            slow_family=slow_family,
            lost_s=lost_s,
        )

    def _timed_out(self, conf: ResolvConf) -> Failure:
        host = self._asker.host
        servers = ", ".join(conf.servers)
        return Failure(
            cause="dns.no_resolver_configured" if conf.servers_are_default else "dns.resolver_silent",
            side="local" if conf.servers_are_default else "path",
            text=f"the time of the whole dial ended while the name servers ({servers}) were asked for {host}",
            go_text=f"lookup {host}: i/o timeout",
            where=servers,
        )


def _slow_family(outcomes: list[Outcome]) -> tuple[str | None, float]:
    """The family whose silence delayed the other one's addresses, and by how many seconds."""
    slow, first = outcomes[-1], outcomes[0]
    has_first = first.answer is not None and bool(first.answer.addresses)
    if slow.silences == 0 or not has_first:
        return None, 0.0
    return slow.family, (slow.ended_ns - first.ended_ns) / _NS


def _no_such_host(host: str, cause: Literal["dns.hosts_file", "dns.nxdomain"], text: str) -> Failure:
    return Failure(cause=cause, side="local", text=text, go_text=f"lookup {host}: no such host")


def _never_asked(host: str) -> Failure:
    return Failure(
        cause="dns.no_address",
        side="local",
        text=f"{host} is never asked in DNS",
        go_text=f"address {host}: no suitable address found",
    )


def _record(span: Span, host: str, resolution: Resolution) -> None:
    span.set(
        origin=resolution.origin,
        addresses=list(resolution.addresses[:DNS_RECORDS_SHOWN_COUNT]),
        address_count=len(resolution.addresses),
        name=resolution.name,
        answered_by=list(resolution.servers),
        cname=list(resolution.cname),
    )
    if resolution.bogons:
        span.set(bogons=dict(list(bogons(host, resolution.bogons).items())[:DNS_RECORDS_SHOWN_COUNT]))
    if resolution.slow_family is not None:
        span.set(slow_family=resolution.slow_family, lost_s=resolution.lost_s)
