"""TCP with Happy Eyeballs as Go does it: every attempt is a span of its own, with its errno.

Go 1.26 net/dial.go: within one family the addresses are tried one after the other, each with an equal share of what is
left of the 30 s; the other family starts 300 ms later, or at once when the first family has failed. When nothing
answers, the first family's first error is the one that go shows. (When the time ends before the last address, go names
the first address or the first untried one: two of its timers race. Here it is always the first.)
"""

import errno

import trio

from modtrace.gorules.dialplan import is_ipv4, partial_deadline_ns, partition
from modtrace.record.causes import Cause, Side
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.limits import DIAL_FALLBACK_S
from modtrace.record.recorder import Span
from modtrace.tracer.world.interface import HostPort, Link, World

_NS = 1_000_000_000
_LOOK_FIRST_S = 0.01  # what was begun ahead may be over: it is looked at before its time counts as up

# errno -> (cause, side), where this machine's routing table has a way: the network said no, by ICMP.
_ERRNOS: dict[int, tuple[Cause, Side]] = {
    errno.ECONNREFUSED: ("tcp.refused", "unknown"),
    errno.ETIMEDOUT: ("tcp.unanswered", "path"),
    errno.ENETUNREACH: ("tcp.unreachable.net", "path"),
    errno.EHOSTUNREACH: ("tcp.unreachable.host", "path"),
    errno.EPERM: ("tcp.unreachable.prohibited", "local"),
    errno.EACCES: ("tcp.unreachable.prohibited", "unknown"),  # ICMPv6 of a router, or of a firewall in this machine
    errno.ECONNRESET: ("tcp.reset", "unknown"),
    errno.EMFILE: ("local.descriptors_exhausted", "local"),
    errno.ENFILE: ("local.descriptors_exhausted", "local"),
    errno.EADDRNOTAVAIL: ("tcp.no_route", "local"),
}
# The same where it has none: not one packet left. The last two are routes of type prohibit and blackhole.
_UNROUTED: dict[int, tuple[Cause, Side]] = {
    errno.ENETUNREACH: ("tcp.no_route", "local"),
    errno.EHOSTUNREACH: ("tcp.no_route", "local"),
    errno.EACCES: ("tcp.unreachable.prohibited", "local"),
    errno.EINVAL: ("tcp.no_route", "local"),
}


async def connect(
    world: World, addresses: tuple[str, ...], port: int, *, host: str, parent: Span, deadline_ns: int
) -> Link:
    """A connected link to the first address that answers. Raises :class:`StepFailed` with go's ``dial tcp …`` text."""
    primaries, fallbacks = partition(addresses)
    race = _Race(world, port, host, parent, deadline_ns)
    if not fallbacks:
        return await race.serial(primaries)
    return await race.parallel(primaries, fallbacks)


class _Race:
    """One dial: what all its attempts share."""

    def __init__(self, world: World, port: int, host: str, parent: Span, deadline_ns: int) -> None:
        self._world = world
        self._port = port
        self._host = host
        self._parent = parent
        self._deadline_ns = deadline_ns

    async def serial(self, addresses: list[str]) -> Link:
        """One address after the other; the first error is the one reported (dialSerial)."""
        first: Failure | None = None
        for index, address in enumerate(addresses):
            target = HostPort(address, self._port)
            begun_ns = self._world.headstart.connecting_since(target)
            now_ns = self._world.now_ns() if begun_ns is None else begun_ns
            if now_ns >= self._deadline_ns:
                break
            share_ends_ns = partial_deadline_ns(now_ns, self._deadline_ns, len(addresses) - index)
            try:
                return await self._attempt(target, share_ends_ns, begun_ns)
            except StepFailed as failed:
                first = first or failed.failure
        raise StepFailed(first or self._unanswered(HostPort(addresses[0], self._port)))

    async def parallel(self, primaries: list[str], fallbacks: list[str]) -> Link:
        """Both families race; the loser's attempt is abandoned (dialParallel)."""
        winner: list[Link] = []
        failures: dict[str, Failure] = {}
        primary_failed = trio.Event()
        fallback_s = DIAL_FALLBACK_S
        begun_ns = self._world.headstart.connecting_since(HostPort(primaries[0], self._port))
        if begun_ns is not None:
            fallback_s = max(fallback_s - (self._world.now_ns() - begun_ns) / _NS, _LOOK_FIRST_S)

        async def run(name: str, addresses: list[str], scope: trio.CancelScope) -> None:
            if name == "fallback":
                with trio.move_on_after(fallback_s):
                    await primary_failed.wait()
            try:
                link = await self.serial(addresses)
            except StepFailed as failed:
                failures[name] = failed.failure
                primary_failed.set()
                return
            if winner:
                await link.aclose()
                return
            winner.append(link)
            scope.cancel()

        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run, "primary", primaries, nursery.cancel_scope)
                nursery.start_soon(run, "fallback", fallbacks, nursery.cancel_scope)
        except BaseException:  # the run ended at the moment of victory
            for link in winner:
                await link.aclose()
            raise
        if winner:
            return winner[0]
        raise StepFailed(failures["primary"])

    async def _attempt(self, address: HostPort, share_ends_ns: int, begun_ns: int | None) -> Link:
        """``begun_ns``: the SYN left then, ahead of this step."""
        family = "IPv4" if is_ipv4(address.host) else "IPv6"
        with self._parent.child("tcp.connect", str(address), begun_ns, host=self._host, family=family) as span:
            now_ns = self._world.now_ns()
            started_ns = now_ns if begun_ns is None else begun_ns
            limit_s = (share_ends_ns - started_ns) / _NS
            span.waiting_for = (f"{address} to accept the connection", limit_s)
            if begun_ns is not None:
                limit_s = max((share_ends_ns - now_ns) / _NS, _LOOK_FIRST_S)
            link: Link | None = None
            with trio.move_on_after(limit_s):
                try:
                    link = await self._world.open_tcp(address)
                except OSError as exc:
                    if begun_ns is not None:  # nothing stamps a refusal: it may be as old as this
                        span.note("self_delay", why="the code that dials was loaded", took_ns=now_ns - begun_ns)
                    is_routed = self._world.source_address_for(address.host) is not None
                    raise StepFailed(failure_of_errno(exc, address, is_routed=is_routed)) from exc
            if link is None:
                raise StepFailed(self._unanswered(address))
            _record_connection(span, link)
            return link

    def _unanswered(self, address: HostPort) -> Failure:
        return Failure(
            cause="tcp.unanswered",
            side="path",
            text=f"no answer from {address}: neither an acceptance nor a refusal",
            go_text=f"dial tcp {address}: i/o timeout",
            where=str(address),
        )


def _record_connection(span: Span, link: Link) -> None:
    """Close at the kernel's time: the SYN-ACK came one measured round trip after the SYN, this task woke up later."""
    span.began(link.sent_at_ns)
    span.set(local=str(link.local), peer=str(link.peer))
    info = link.tcp_info()
    ended_ns = None
    if info is not None:
        span.set(tcp=tcp_attributes(link))
        if info.retransmits == 0 and info.rtt_us > 0:
            ended_ns = span.started_ns + info.rtt_us * 1000
    span.close(at_ns=ended_ns)


def tcp_attributes(link: Link) -> dict[str, Json]:
    """``TCP_INFO`` as recorded at the end of a phase; empty where the system has none."""
    info = link.tcp_info()
    if info is None:
        return {}
    return {
        "rtt_us": info.rtt_us,
        "rtt_var_us": info.rtt_var_us,
        "min_rtt_us": info.min_rtt_us,
        "retransmits": info.retransmits,
        "send_mss_bytes": info.send_mss_bytes,
        "receive_mss_bytes": info.receive_mss_bytes,
        "congestion_window": info.congestion_window,
        "bytes_received": info.bytes_received,
    }


def failure_of_errno(exc: OSError, address: HostPort, *, is_routed: bool) -> Failure:
    """The refusal as data, in go's words: ``dial tcp IP:port: connect: connection refused``."""
    number = exc.errno or 0
    name = errno.errorcode.get(number, "unknown")
    cause, side = _ERRNOS.get(number, ("tcp.unreachable.net", "unknown"))
    if not is_routed:
        cause, side = _UNROUTED.get(number, (cause, side))
    words = go_errno_text(exc)
    call = "socket" if cause == "local.descriptors_exhausted" else "connect"
    return Failure(
        cause=cause,
        side=side,
        text=f"{address}: {words}",
        go_text=f"dial tcp {address}: {call}: {words}",
        where=str(address),
        errno=name,
    )


def go_errno_text(exc: OSError) -> str:
    """Go's ``syscall.Errno.Error``: the C library's words, without its capital."""
    words = exc.strerror or str(exc)
    return words[:1].lower() + words[1:]
