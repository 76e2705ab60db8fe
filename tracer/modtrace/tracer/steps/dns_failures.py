"""What can go wrong with one DNS question, as a :class:`Failure` with go's words (Go 1.26 net/dnsclient_unix.go)."""

import errno
from ipaddress import ip_address

import msgspec

from modtrace.gorules.dnsnames import literal_address
from modtrace.record.causes import Cause, Side
from modtrace.record.failures import Failure
from modtrace.tracer.steps.connect import go_errno_text
from modtrace.tracer.wire.dns import NXDOMAIN, REFUSED, SERVFAIL, DnsAnswer
from modtrace.tracer.world.interface import HostPort


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The peer of one exchange. ``after_tc``: TCP is used because the UDP answer was cut (TC)."""

    address: HostPort
    is_default: bool = False
    transport: str = "udp"
    after_tc: bool = False

    @property
    def is_local(self) -> bool:
        return ip_address(self.address.host.partition("%")[0]).is_loopback


def failure(host: str, server: Server, cause: Cause, side: Side, text: str, go_words: str) -> Failure:
    """``lookup HOST on SERVER: words``."""
    return Failure(
        cause=cause,
        side=side,
        text=text,
        go_text=f"lookup {host} on {server.address}: {go_words}",
        where=str(server.address),
    )


def unanswered(host: str, server: Server, local: HostPort | None, seconds: float) -> Failure:
    """Nothing usable came before the exchange's timeout."""
    text = f"no answer from the name server {server.address} over {server.transport.upper()} in {seconds:g} s"
    go_words = f"{_operation('dial' if local is None else 'read', server, local)}: i/o timeout"
    return failure(host, server, *_silence(server, "path"), text, go_words)


def closed_early(host: str, server: Server, *, is_partial: bool) -> Failure:
    """The name server closed its TCP connection before a whole answer."""
    text = f"the name server {server.address} closed the connection before an answer"
    return failure(host, server, *_silence(server, "unknown"), text, "unexpected EOF" if is_partial else "EOF")


def refused_by_system(host: str, server: Server, stage: str, local: HostPort | None, exc: OSError) -> Failure:
    """A socket call failed: an ICMP error, no route, no descriptors. ``stage`` is go's: dial, write or read."""
    call = {"dial": "connect"}.get(stage, stage)
    cause, side = _silence(server, "path")
    if exc.errno in (errno.EMFILE, errno.ENFILE):
        call, cause, side = "socket", "local.descriptors_exhausted", "local"
    elif exc.errno == errno.ECONNREFUSED and cause == "dns.resolver_silent":
        cause, side = "dns.resolver_port_closed", "local" if server.is_local else "path"
    words = go_errno_text(exc)
    found = failure(
        host, server, cause, side, f"{server.address}: {words}", f"{_operation(stage, server, local)}: {call}: {words}"
    )
    return msgspec.structs.replace(found, errno=errno.errorcode.get(exc.errno or 0, "unknown"))


def malformed(host: str, server: Server, go_words: str) -> Failure:
    """An answer that go refuses as a message."""
    text = f"the name server {server.address} sent an answer that cannot be read"
    return failure(host, server, "dns.answer_malformed", "unknown", text, go_words)


def judged(host: str, server: Server, answer: DnsAnswer) -> Failure | None:
    """Go's verdict on a valid answer (checkHeader, then skipToAnswer); ``None`` when it holds what was asked."""
    name = answer.question.name
    if answer.rcode == NXDOMAIN:
        text = f"{server.address} says that {name} does not exist"
        return failure(host, server, "dns.nxdomain", "unknown", text, "no such host")
    if answer.first_is_cut:
        return malformed(host, server, "cannot unmarshal DNS message")
    if answer.rcode == 0 and not (answer.aa or answer.ra or answer.has_answers or answer.has_additional):
        text = f"{server.address} does not resolve for us (no recursion, no answer)"
        return failure(host, server, "dns.refused", "path", text, "lame referral")
    if answer.rcode != 0:
        return _misbehaving(host, server, answer)
    if answer.head_is_cut:
        return malformed(host, server, "cannot unmarshal DNS message")
    if not answer.has_asked_type:
        text = f"{server.address} knows {name}, but no address of the asked kind"
        return failure(host, server, "dns.no_address", "unknown", text, "no such host")
    return None


def _misbehaving(host: str, server: Server, answer: DnsAnswer) -> Failure:
    # No cause of their own: FORMERR, NOTIMP and the rest are failures of the name server, as SERVFAIL is.
    cause: Cause = "dns.refused" if answer.rcode == REFUSED else "dns.servfail"
    text = f"{server.address} answered {answer.rcode_name}"
    if answer.ede:
        text += f" ({'; '.join(answer.ede)})"
    found = failure(host, server, cause, "path", text, "server misbehaving")
    return found if answer.rcode in (REFUSED, SERVFAIL) else _with_rcode(found, answer)


def _with_rcode(found: Failure, answer: DnsAnswer) -> Failure:
    return msgspec.structs.replace(found, details={"rcode": answer.rcode_name})


def _silence(server: Server, side: Side) -> tuple[Cause, Side]:
    if server.after_tc:
        return "dns.truncated_tcp_blocked", "path"
    if server.is_default:
        return "dns.no_resolver_configured", "local"
    return "dns.resolver_silent", "local" if server.is_local else side


def _operation(stage: str, server: Server, local: HostPort | None) -> str:
    """Go's OpError head: ``read udp A->B``; a dial has no source."""
    peer = HostPort(literal_address(server.address.host) or server.address.host, server.address.port)
    ends = str(peer) if local is None or stage == "dial" else f"{local}->{peer}"
    return f"{stage} {server.transport} {ends}"
