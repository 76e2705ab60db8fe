"""What is dialed in which network, and what go does there: addresses in their order, moments, the winner, the words.

Addresses are labels of ``dial_ground``. Moments are seconds from the first packet, and are go's own timers: 300 ms for
the other family, 30 s shared by a family's addresses (2 s each at least), 5 s for a question to a name server.
"""

import re
from typing import Literal, NamedTuple

import msgspec

_ENTRY = re.compile(r"(?P<label>[a-z0-9.-]+)@(?P<at_s>[0-9.]+)(?:/(?P<kind>A+))?(?:\+(?P<search>[a-z.]+))?")


class Moment(NamedTuple):
    """A connection tried, or a question asked: of ``kind`` (else of both), with ``search`` after the host's name."""

    label: str
    at_s: float
    kind: str | None = None
    search: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """``a`` and ``aaaa``: what the name server says of the host; ``literal``: the URL has this address instead.

    ``tries`` are the connections in their order, ``asks`` the questions: ``LABEL@SECONDS`` or
    ``LABEL@SECONDS/KIND+SEARCH``. ``says``: the end of go's error, or empty when the fetch succeeds over ``used``;
    ``or_says``: go says one or the other, by chance. ``ends_s``: when it is over. ``late``: this address answers, but
    so many seconds late. ``routes``: the client's own, besides the default. ``cause``: modtrace's, and whose side.
    """

    name: str
    a: str = ""
    aaaa: str = ""
    literal: str | None = None
    scheme: Literal["http", "https"] = "http"
    resolv_conf: str = "nameserver {ns}"
    hosts: str = ""
    has_ipv6: bool = True
    late: str = ""
    routes: str = ""
    asks: str = "ns@0"
    tries: str = ""
    used: str | None = None
    says: str = ""
    cause: str = ""
    or_says: str | None = None
    ends_s: float = 0


def moments(text: str) -> list[Moment]:
    """``tries`` or ``asks``, parsed."""
    found = [_ENTRY.fullmatch(word) for word in text.split()]
    return [Moment(one["label"], float(one["at_s"]), one["kind"], one["search"] or "") for one in found if one]


_TIMEOUT4 = "dial tcp {dropped4.1}:8080: i/o timeout"
_TIMEOUT6 = "dial tcp [{dropped6.1}]:8080: i/o timeout"

# The slow ones first: all are started together, in this order.
CASES = (
    Case(name="one silent address", scheme="https", a="dropped4.1", tries="dropped4.1@0",
         cause="tcp.unanswered path", says="dial tcp {dropped4.1}:8443: i/o timeout", ends_s=30),
    Case(name="one silent IPv6 address", aaaa="dropped6.1", tries="dropped6.1@0", cause="tcp.unanswered path",
         says=_TIMEOUT6, ends_s=30),
    Case(name="a silent literal address", literal="dropped4.1", asks="", tries="dropped4.1@0",
         cause="tcp.unanswered path", says=_TIMEOUT4, ends_s=30),
    Case(name="two silent addresses", a="dropped4.1 dropped4.2", tries="dropped4.1@0 dropped4.2@15",
         cause="tcp.unanswered path", says=_TIMEOUT4, ends_s=30),
    Case(name="sixteen silent addresses, and time for fifteen", a=" ".join(f"dropped4.{n}" for n in range(1, 17)),
         tries=" ".join(f"dropped4.{n}@{2 * n - 2}" for n in range(1, 16)), cause="tcp.unanswered path",
         says=_TIMEOUT4, or_says="dial tcp {dropped4.16}:8080: i/o timeout", ends_s=30),
    Case(name="both families silent", scheme="https", a="dropped4.1", aaaa="dropped6.1",
         tries="dropped6.1@0 dropped4.1@0.3", cause="tcp.unanswered path",
         says="dial tcp [{dropped6.1}]:8443: i/o timeout", ends_s=30),
    Case(name="two silent addresses of each family", a="dropped4.1 dropped4.2", aaaa="dropped6.1 dropped6.2",
         tries="dropped6.1@0 dropped4.1@0.3 dropped6.2@15 dropped4.2@15.15", cause="tcp.unanswered path",
         says=_TIMEOUT6, ends_s=30),
    Case(name="IPv6 silent, IPv4 refused", a="refused4.1", aaaa="dropped6.1", tries="dropped6.1@0 refused4.1@0.3",
         cause="tcp.unanswered path", says=_TIMEOUT6, ends_s=30),
    Case(name="IPv6 refused, IPv4 silent", a="dropped4.1", aaaa="refused6.1", tries="refused6.1@0 dropped4.1@0",
         cause="tcp.refused unknown", says="dial tcp [{refused6.1}]:8080: connect: connection refused", ends_s=30),
    Case(name="the first refused, the second silent", a="refused4.1 dropped4.1", tries="refused4.1@0 dropped4.1@0",
         cause="tcp.refused unknown", says="dial tcp {refused4.1}:8080: connect: connection refused", ends_s=30),
    Case(name="no IPv6 here, IPv4 silent", a="dropped4.1", aaaa="ok6.1", has_ipv6=False, tries="dropped4.1@0",
         cause="tcp.unanswered path", says=_TIMEOUT4, ends_s=30),
    Case(name="ten seconds of the thirty go to the name server", a="dropped4.1 dropped4.2",
         resolv_conf="nameserver {ns-without-aaaa}", asks="ns-without-aaaa@0 ns-without-aaaa@5/AAAA",
         tries="dropped4.1@10 dropped4.2@20", cause="tcp.unanswered path", says=_TIMEOUT4, ends_s=30),
    Case(name="a silent name server and three search domains",
         resolv_conf="nameserver {dropped4.1}\nsearch a.test b.test c.test",
         asks="dropped4.1@0 dropped4.1@5 dropped4.1@10+a.test. dropped4.1@15+a.test. "
              "dropped4.1@20+b.test. dropped4.1@25+b.test.",
         cause="dns.resolver_silent path", says="dial tcp: lookup {host}: i/o timeout", ends_s=30),
    Case(name="the last of four answers", scheme="https", a="dropped4.1 dropped4.2 dropped4.3 ok4.1",
         tries="dropped4.1@0 dropped4.2@7.5 dropped4.3@15 ok4.1@22.5", used="ok4.1", ends_s=22.5),
    Case(name="two silent name servers", resolv_conf="nameserver {dropped4.1}\nnameserver {dropped4.2}",
         asks="dropped4.1@0 dropped4.2@5 dropped4.1@10 dropped4.2@15", cause="dns.resolver_silent path",
         says="on {dropped4.2}:53: read udp OWN:PORT->{dropped4.2}:53: i/o timeout", ends_s=20),
    Case(name="the first silent, the second refused", a="dropped4.1 refused4.1", tries="dropped4.1@0 refused4.1@15",
         cause="tcp.unanswered path", says=_TIMEOUT4, ends_s=15),
    Case(name="IPv6's second address answers, IPv4 silent", a="dropped4.1", aaaa="dropped6.1 ok6.1",
         tries="dropped6.1@0 dropped4.1@0.3 ok6.1@15", used="ok6.1", ends_s=15),
    Case(name="a silent name server", scheme="https", resolv_conf="nameserver {dropped4.1}",
         asks="dropped4.1@0 dropped4.1@5", cause="dns.resolver_silent path",
         says="dial tcp: lookup {host} on {dropped4.1}:53: read udp OWN:PORT->{dropped4.1}:53: i/o timeout",
         ends_s=10),
    Case(name="a silent IPv6 name server", resolv_conf="nameserver {dropped6.1}", asks="dropped6.1@0 dropped6.1@5",
         cause="dns.resolver_silent path",
         says="on [{dropped6.1}]:53: read udp [OWN]:PORT->[{dropped6.1}]:53: i/o timeout", ends_s=10),
    Case(name="AAAA unanswered", a="ok4.1", resolv_conf="nameserver {ns-without-aaaa}",
         asks="ns-without-aaaa@0 ns-without-aaaa@5/AAAA", tries="ok4.1@10", used="ok4.1", ends_s=10),
    Case(name="a silent name server before a good one", a="ok4.1",
         resolv_conf="nameserver {dropped4.1}\nnameserver {ns}", asks="dropped4.1@0 ns@5", tries="ok4.1@5",
         used="ok4.1", ends_s=5),
    Case(name="IPv6 answers late, IPv4 is silent", a="dropped4.1", aaaa="ok6.1", late="ok6.1@0.6",
         tries="ok6.1@0 dropped4.1@0.3", used="ok6.1", ends_s=0.6),
    Case(name="IPv6 answers too late, IPv4 answers", a="ok4.1", aaaa="ok6.1", late="ok6.1@0.6",
         tries="ok6.1@0 ok4.1@0.3", used="ok4.1", ends_s=0.3),
    Case(name="IPv6 answers late but in time, IPv4 would answer", a="ok4.1", aaaa="ok6.1", late="ok6.1@0.15",
         tries="ok6.1@0", used="ok6.1", ends_s=0.15),
    Case(name="IPv6 silent, IPv4 answers", a="ok4.1", aaaa="dropped6.1", tries="dropped6.1@0 ok4.1@0.3",
         used="ok4.1", ends_s=0.3),
    Case(name="IPv6 silent, IPv4 answers, over TLS", scheme="https", a="ok4.1", aaaa="dropped6.1",
         tries="dropped6.1@0 ok4.1@0.3", used="ok4.1", ends_s=0.3),
    Case(name="IPv6 refused once and then silent, IPv4 answers", a="ok4.1", aaaa="refused6.1 dropped6.1",
         tries="refused6.1@0 dropped6.1@0 ok4.1@0.3", used="ok4.1", ends_s=0.3),
    Case(name="IPv6 silent, IPv4 refused and then answers", a="refused4.1 ok4.1", aaaa="dropped6.1",
         tries="dropped6.1@0 refused4.1@0.3 ok4.1@0.3", used="ok4.1", ends_s=0.3),
    Case(name="IPv6 refused, IPv4 answers", a="ok4.1", aaaa="refused6.1", tries="refused6.1@0 ok4.1@0",
         used="ok4.1"),
    Case(name="IPv6 prohibited, IPv4 answers", a="ok4.1", aaaa="prohibited6.1", tries="prohibited6.1@0 ok4.1@0",
         used="ok4.1"),
    Case(name="both families answer", a="ok4.1", aaaa="ok6.1", tries="ok6.1@0", used="ok6.1"),
    Case(name="both families answer, over TLS", scheme="https", a="ok4.1", aaaa="ok6.1", tries="ok6.1@0",
         used="ok6.1"),
    Case(name="no IPv6 here", a="ok4.1", aaaa="ok6.1", has_ipv6=False, tries="ok4.1@0", used="ok4.1"),
    Case(name="no IPv6 here, and nothing else there", aaaa="ok6.1", has_ipv6=False, cause="tcp.no_route local",
         says="dial tcp [{ok6.1}]:8080: connect: network is unreachable"),
    Case(name="no IPv6 here, IPv4 refused", a="refused4.1", aaaa="ok6.1", has_ipv6=False, tries="refused4.1@0",
         cause="tcp.refused unknown", says="dial tcp {refused4.1}:8080: connect: connection refused"),
    Case(name="three refused, the fourth answers", a="refused4.1 refused4.2 refused4.3 ok4.1",
         tries="refused4.1@0 refused4.2@0 refused4.3@0 ok4.1@0", used="ok4.1"),
    Case(name="all refused", scheme="https", a="refused4.1 refused4.2", aaaa="refused6.1 refused6.2",
         tries="refused6.1@0 refused6.2@0 refused4.1@0 refused4.2@0", cause="tcp.refused unknown",
         says="dial tcp [{refused6.1}]:8443: connect: connection refused"),
    Case(name="prohibited by a router", a="prohibited4.1", tries="prohibited4.1@0",
         cause="tcp.unreachable.host path", says="dial tcp {prohibited4.1}:8080: connect: no route to host"),
    Case(name="IPv6 prohibited by a router", aaaa="prohibited6.1", tries="prohibited6.1@0",
         cause="tcp.unreachable.prohibited unknown",
         says="dial tcp [{prohibited6.1}]:8080: connect: permission denied"),
    Case(name="host unreachable", a="unreachable4.1", tries="unreachable4.1@0", cause="tcp.unreachable.host path",
         says="dial tcp {unreachable4.1}:8080: connect: no route to host"),
    Case(name="IPv6 host unreachable", aaaa="unreachable6.1", tries="unreachable6.1@0",
         cause="tcp.unreachable.host path", says="dial tcp [{unreachable6.1}]:8080: connect: no route to host"),
    Case(name="network unreachable", a="routeless4.1", tries="routeless4.1@0", cause="tcp.unreachable.net path",
         says="dial tcp {routeless4.1}:8080: connect: network is unreachable"),
    Case(name="unreachable by this machine's routes", a="ok4.1", routes="unreachable {ok4.1}",
         cause="tcp.no_route local", says="dial tcp {ok4.1}:8080: connect: no route to host"),
    Case(name="prohibited by this machine's routes", a="ok4.1", routes="prohibit {ok4.1}",
         cause="tcp.unreachable.prohibited local", says="dial tcp {ok4.1}:8080: connect: permission denied"),
    Case(name="a black hole in this machine's routes", a="ok4.1", routes="blackhole {ok4.1}",
         cause="tcp.no_route local", says="dial tcp {ok4.1}:8080: connect: invalid argument"),
    Case(name="IPv6 prohibited by this machine's routes, IPv4 answers", a="ok4.1", aaaa="ok6.1",
         routes="prohibit {ok6.1}", tries="ok4.1@0", used="ok4.1"),
    Case(name="the hosts file names both families", hosts="{ok4.1} {host}\n{dropped6.1} {host}\n", asks="",
         tries="dropped6.1@0 ok4.1@0.3", used="ok4.1", ends_s=0.3),
    Case(name="the name server's port is closed", resolv_conf="nameserver {refused4.1}",
         asks="refused4.1@0 refused4.1@0", cause="dns.resolver_port_closed path",
         says="on {refused4.1}:53: read udp OWN:PORT->{refused4.1}:53: read: connection refused"),
    Case(name="the name server is prohibited", resolv_conf="nameserver {prohibited4.1}",
         asks="prohibited4.1@0 prohibited4.1@0", cause="dns.resolver_silent path",
         says="on {prohibited4.1}:53: read udp OWN:PORT->{prohibited4.1}:53: read: no route to host"),
    Case(name="a closed name server before a good one", a="ok4.1",
         resolv_conf="nameserver {refused4.1}\nnameserver {ns}", asks="refused4.1@0 ns@0", tries="ok4.1@0",
         used="ok4.1"),
)  # fmt: skip
assert len({case.name for case in CASES}) == len(CASES)
