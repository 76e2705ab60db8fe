"""Each way one DNS question fails: the cause, whose side, and go's words."""

import errno

import pytest
from tests.sim.dns_world import response

from modtrace.record.failures import Failure
from modtrace.tracer.steps import dns_failures
from modtrace.tracer.steps.dns_failures import Server
from modtrace.tracer.wire.dns import A, Question, build_query, parse_answer
from modtrace.tracer.world.interface import HostPort

HOST = "proxy.test"
FAR = Server(address=HostPort("192.0.2.53", 53))
NEAR = Server(address=HostPort("127.0.0.53", 53))
DEFAULT = Server(address=HostPort("127.0.0.1", 53), is_default=True)
AFTER_TC = Server(address=HostPort("192.0.2.53", 53), transport="tcp", after_tc=True)
LOCAL = HostPort("192.0.2.10", 40000)


def judged(*records: str, rcode: str = "NOERROR", flags: str = "QR RD RA") -> Failure | None:
    query = build_query(7, Question(name=f"{HOST}.", kind=A))
    answer = parse_answer(response(query, *records, rcode=rcode, flags=flags, edns=False))
    return dns_failures.judged(HOST, FAR, answer)


@pytest.mark.parametrize(
    ("host", "is_local"),
    [("127.0.0.53", True), ("::1", True), ("192.0.2.53", False), ("fe80::1%eth0", False)],
)
def test_a_server_is_local_when_it_is_loopback(host: str, is_local: bool) -> None:
    assert Server(address=HostPort(host, 53)).is_local is is_local


@pytest.mark.parametrize(
    ("server", "cause", "side"),
    [
        (FAR, "dns.resolver_silent", "path"),
        (NEAR, "dns.resolver_silent", "local"),
        (DEFAULT, "dns.no_resolver_configured", "local"),
        (AFTER_TC, "dns.truncated_tcp_blocked", "path"),
    ],
)
def test_silence_is_blamed_by_what_the_server_is(server: Server, cause: str, side: str) -> None:
    failure = dns_failures.unanswered(HOST, server, LOCAL, 5)
    assert (failure.cause, failure.side, failure.where) == (cause, side, str(server.address))
    ends = f"{LOCAL}->{server.address}"
    assert failure.go_text == f"lookup {HOST} on {server.address}: read {server.transport} {ends}: i/o timeout"


def test_a_timeout_before_the_socket_exists_is_a_dial() -> None:
    failure = dns_failures.unanswered(HOST, AFTER_TC, None, 2.5)
    assert failure.go_text == "lookup proxy.test on 192.0.2.53:53: dial tcp 192.0.2.53:53: i/o timeout"
    assert failure.text == "no answer from the name server 192.0.2.53:53 over TCP in 2.5 s"


@pytest.mark.parametrize(("is_partial", "words"), [(True, "unexpected EOF"), (False, "EOF")])
def test_an_early_close_is_told_as_io_readfull_tells_it(is_partial: bool, words: str) -> None:
    failure = dns_failures.closed_early(HOST, FAR, is_partial=is_partial)
    assert failure.go_text == f"lookup proxy.test on 192.0.2.53:53: {words}"
    assert (failure.cause, failure.side) == ("dns.resolver_silent", "unknown")


@pytest.mark.parametrize(
    ("server", "stage", "number", "cause", "side", "tail"),
    [
        (FAR, "read", errno.ECONNREFUSED, "dns.resolver_port_closed", "path", "read udp {ends}: read: "),
        (NEAR, "read", errno.ECONNREFUSED, "dns.resolver_port_closed", "local", "read udp {ends}: read: "),
        (DEFAULT, "write", errno.ECONNREFUSED, "dns.no_resolver_configured", "local", "write udp {ends}: write: "),
        (FAR, "dial", errno.ENETUNREACH, "dns.resolver_silent", "path", "dial udp {peer}: connect: "),
        (FAR, "dial", errno.EMFILE, "local.descriptors_exhausted", "local", "dial udp {peer}: socket: "),
    ],
)
def test_a_refused_socket_call_names_the_call(
    server: Server, stage: str, number: int, cause: str, side: str, tail: str
) -> None:
    exc = OSError(number, "Words of the system")
    failure = dns_failures.refused_by_system(HOST, server, stage, LOCAL, exc)
    peer = str(server.address)
    wanted = tail.format(ends=f"{LOCAL}->{peer}", peer=peer)
    assert failure.go_text == f"lookup {HOST} on {peer}: {wanted}words of the system"
    assert (failure.cause, failure.side, failure.errno) == (cause, side, errno.errorcode[number])


def test_an_answer_with_an_address_is_no_failure() -> None:
    assert judged(f"{HOST}. 60 A 203.0.113.7") is None


@pytest.mark.parametrize(
    ("rcode", "flags", "cause", "words", "details"),
    [
        ("NXDOMAIN", "QR RD RA", "dns.nxdomain", "no such host", {}),
        ("NOERROR", "QR RD RA", "dns.no_address", "no such host", {}),
        ("NOERROR", "QR RD", "dns.refused", "lame referral", {}),
        ("REFUSED", "QR RD RA", "dns.refused", "server misbehaving", {}),
        ("SERVFAIL", "QR RD RA", "dns.servfail", "server misbehaving", {}),
        ("NOTIMP", "QR RD RA", "dns.servfail", "server misbehaving", {"rcode": "NOTIMP"}),
    ],
)
def test_every_empty_answer_has_gos_verdict(
    rcode: str, flags: str, cause: str, words: str, details: dict[str, str]
) -> None:
    failure = judged(rcode=rcode, flags=flags)
    assert failure is not None
    assert failure.go_text == f"lookup {HOST} on 192.0.2.53:53: {words}"
    assert (failure.cause, failure.details) == (cause, details)
