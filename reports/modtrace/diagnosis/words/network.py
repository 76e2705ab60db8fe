"""Names and connections."""

from modtrace.diagnosis.words.fixes import OTHER_NETWORK, OTHER_SOURCE, fix
from modtrace.diagnosis.words.interface import Wording
from modtrace.record.causes import Cause

_RESOLVER = fix(
    "try another name server in /etc/resolv.conf",
    "go asks only the servers listed there, five seconds each by default",
)

WORDS: dict[Cause, Wording] = {
    "dns.resolver_silent": Wording("the name server {where} did not answer", "high", (_RESOLVER, OTHER_NETWORK)),
    "dns.resolver_port_closed": Wording("nothing answers DNS at {where}: its port is closed", "certain", (_RESOLVER,)),
    "dns.no_resolver_configured": Wording(
        "no name server is configured on this machine, so go asked itself",
        "certain",
        (fix("write a nameserver line into /etc/resolv.conf", "without one go asks 127.0.0.1 and [::1]"),),
    ),
    "dns.nxdomain": Wording(
        "the name server says that the name does not exist: {text}",
        "high",
        (fix("check the host name in GOPROXY", "a typing error looks the same"), _RESOLVER),
    ),
    "dns.servfail": Wording("the name server {where} failed to resolve the name", "certain", (_RESOLVER,)),
    "dns.refused": Wording("the name server {where} refuses to answer this client", "certain", (_RESOLVER,)),
    "dns.no_address": Wording("the name exists but has no address: {text}", "high", (_RESOLVER,)),
    "dns.one_family_dropped": Wording(
        "every look-up waits for an answer that never comes: one address family is dropped", "certain", (_RESOLVER,)
    ),
    "dns.truncated_tcp_blocked": Wording(
        "the answer is too long for UDP, and DNS over TCP fails at {where}", "high", (_RESOLVER,)
    ),
    "dns.answer_malformed": Wording("the name server {where} answers with a damaged message", "high", (_RESOLVER,)),
    "dns.hosts_file": Wording(
        "the hosts file decides, and has no usable address: {text}",
        "certain",
        (fix("look at the name's lines in the hosts file and at nsswitch.conf", "they come before every name server"),),
    ),
    "tcp.refused": Wording(
        "{where} refuses the connection",
        "certain",
        (fix("check that the server runs and the port is right", "a closed port answers exactly like this"),),
    ),
    "tcp.unanswered": Wording(
        "{where} never answers: the connection request or its answer is dropped on the way",
        "high",
        (OTHER_SOURCE, OTHER_NETWORK),
    ),
    "tcp.unreachable.prohibited": Wording("the connection to {where} is forbidden: {text}", "high"),
    "tcp.unreachable.host": Wording(
        "{where} is reported out of reach: nobody answers there, or a router forbids it", "high", (OTHER_NETWORK,)
    ),
    "tcp.unreachable.net": Wording("there is no way to {where}: {text}", "medium", (OTHER_NETWORK,)),
    "tcp.no_route": Wording(
        "this machine has no route to {where}", "certain", (fix("ip route get <address>", "shows the local route"),)
    ),
    "tcp.reset": Wording("the connection to {where} was reset", "high", (OTHER_NETWORK,)),
    "tcp.silent_after_connect": Wording(
        "{where} accepted the connection and then said nothing", "high", (OTHER_SOURCE, OTHER_NETWORK)
    ),
}
