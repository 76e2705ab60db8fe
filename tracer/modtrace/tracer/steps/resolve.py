"""A host's name becomes addresses in go's dial order (Go 1.26 net/dnsclient_unix.go goLookupIPCNAMEOrder).

Hosts file and DNS in nsswitch's order; for each name of the search list A and AAAA in parallel, both awaited; the
addresses sorted by RFC 6724. When nothing was found, go keeps the error of the name as given, and shows that.
"""

from typing import Literal

import msgspec
import trio

from modtrace.gorules.addrselect import sort_by_rfc6724
from modtrace.gorules.dnsnames import is_domain_name, literal_address, name_list
from modtrace.gorules.hostsfile import lookup_hosts
from modtrace.gorules.nsswitch import lookup_order
from modtrace.gorules.resolvconf import ResolvConf, parse_resolv_conf
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import DNS_RECORDS_SHOWN_COUNT
from modtrace.record.recorder import Span
from modtrace.tracer.steps import dns_failures
from modtrace.tracer.steps.bogons import bogons
from modtrace.tracer.steps.dns_exchange import Asker, Outcome, Rotation
from modtrace.tracer.wire.dns import AAAA, A
from modtrace.tracer.world.interface import World

_NS = 1_000_000_000


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """``addresses`` in go's dial order. ``name`` is the rooted name that answered, ``servers`` who answered it."""

    addresses: tuple[str, ...]
    origin: Literal["literal", "hosts", "dns"]
    servers: tuple[str, ...] = ()
    cname: tuple[str, ...] = ()
    name: str | None = None
    bogons: tuple[str, ...] = ()
    slow_family: str | None = None
    lost_s: float = 0.0


async def resolve(
    world: World,
    host: str,
    *,
    parent: Span,
    deadline_ns: int | None,
    edns0: bool = True,
    rotation: Rotation | None = None,
) -> Resolution:
    """The addresses of ``host``, or :class:`StepFailed` with go's ``lookup …`` text.

    ``deadline_ns`` is the dial's; ``rotation`` is one object for the whole run (``options rotate``). A literal address
    needs no lookup and leaves no span.
    """
    literal = literal_address(host)
    if literal is not None:
        return Resolution(addresses=_with_ipv4_any((literal,)), origin="literal")
    with parent.child("dns.resolve", host) as span:
        conf = parse_resolv_conf(_file(world, "/etc/resolv.conf"), world.hostname())
        asker = Asker(world, conf, host, span, edns0=edns0, rotation=rotation or Rotation())
        resolution = await _looked_up(asker, deadline_ns)
        _record(span, host, resolution)
        return resolution


async def _looked_up(asker: Asker, deadline_ns: int | None) -> Resolution:
    world, host = asker.world, asker.host
    order = lookup_order(_file(world, "/etc/nsswitch.conf"))
    asker.span.set(order=order)
    if order in ("files,dns", "files"):
        found = _from_hosts(world, host)
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
        found = _from_hosts(world, host) if order == "dns,files" and not lookup.is_late else None
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
        dial_order = _in_dial_order(self._asker.world, addresses)
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


def _from_hosts(world: World, host: str) -> Resolution | None:
    entry = lookup_hosts(_file(world, "/etc/hosts"), host)
    if entry is None:
        return None
    addresses = _in_dial_order(world, entry.addresses)
    return Resolution(addresses=addresses, origin="hosts", name=entry.canonical)


def _in_dial_order(world: World, addresses: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    if len(addresses) > 1:
        sources = {address: world.source_address_for(address) for address in dict.fromkeys(addresses)}
        return sort_by_rfc6724([(address, sources[address]) for address in addresses])
    return _with_ipv4_any(tuple(addresses))


def _with_ipv4_any(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """A lone ``::`` is dialled as ``0.0.0.0`` too (Go 1.26 net/ipsock.go internetAddrList, go.dev/issue/18806)."""
    return ("::", "0.0.0.0") if addresses == ("::",) else addresses  # noqa: S104


def _file(world: World, path: str) -> bytes | None:
    """A host file; one that cannot be read is as good as missing, for each of the three that go reads."""
    try:
        return world.read_file(path)
    except OSError:
        return None


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
