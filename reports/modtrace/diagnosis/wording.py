"""What each cause means to the person in trouble: one sentence, how sure the trace alone makes us, what to do.

``{where}`` is the address, URL or server that the failure names; ``{text}`` what was seen. A cause without a row here
is worded by its nearest shorter cause (:func:`wording_of`), so a refinement never goes without words.
"""

import msgspec

from modtrace.record.causes import Cause, Confidence, refines
from modtrace.record.summary import Fix


class Wording(msgspec.Struct, frozen=True):
    """A sentence, the confidence that the failing step alone supports, and the fixes in order of usefulness."""

    sentence: str
    confidence: Confidence
    fixes: tuple[Fix, ...] = ()


def _fix(do: str, because: str, costs: str | None = None) -> Fix:
    return Fix(do=do, because=because, costs=costs)


_OTHER_SOURCE = _fix(
    "go env -w GOPROXY='<another module proxy>|direct'",
    "the | lets go ask the next entry after any failure, not only after a 404",
    "another server learns which modules you fetch; the checksum database still verifies the content",
)
_ANOTHER_SOURCE_FIRST = _fix(
    "go env -w GOPROXY='<another module proxy>,direct'",
    "go never gives up on this one by itself, so that a | behind it in the list does not help",
    "another server learns which modules you fetch; the checksum database still verifies the content",
)
_OTHER_NETWORK = _fix(
    "modtrace fetch … on another network, then modtrace compare",
    "the first difference between the two traces shows where the path is to blame",
)
_ASK_SERVER = _fix("ask the operator of {where}", "the answer came from there")
_RESOLVER = _fix(
    "try another name server in /etc/resolv.conf",
    "go asks only the servers listed there, five seconds each by default",
)
_PRIVATE = _fix(
    "go env -w GOPRIVATE='<pattern of your private modules>'",
    "private modules are unknown to public proxies and to the checksum database",
    "modules that match are not verified by the checksum database",
)
_CLEAN = _fix(
    "go clean -modcache, then fetch again through another source",
    "if the content differs there, the first source serves altered bytes",
    "all modules are downloaded again",
)
_TRUST = _fix(
    "export SSL_CERT_FILE=/path/to/bundle.pem",
    "go trusts the roots of this machine; if your organisation inspects TLS, its root belongs into that bundle",
    "whoever holds that root's key can read and alter what you fetch",
)
_SMALL_HELLO = _fix(
    "GODEBUG=tlsmlkem=0 go mod download …",
    "go's first TLS message exceeds one packet; a middlebox that drops it lets the short one pass",
    "no post-quantum key exchange for that run",
)
_PROXY = _fix(
    "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
    "go obeys them; a host in NO_PROXY is reached directly",
)
_SIGN_IN = _fix("open any http:// page in a browser and sign in", "such networks let nothing through before that")
_CLOCK = _fix("check this machine's clock (date -u)", "certificates are judged by it")

WORDING: dict[Cause, Wording] = {
    "config.goproxy_invalid": Wording("GOPROXY can't be used: {text}", "certain"),
    "config.goproxy_off": Wording(
        "GOPROXY ends in off, and no entry before it had the module",
        "certain",
        (_fix("go env GOPROXY", "off forbids every download; an entry before it must have the module"),),
    ),
    "config.gosumdb_invalid": Wording("GOSUMDB can't be used: {text}", "certain"),
    "config.module_path_invalid": Wording("the module path can't exist: {text}", "certain"),
    "config.version_invalid": Wording("the version can't be asked for: {text}", "certain"),
    "config.proxy_url_invalid": Wording("a proxy variable can't be used as written: {text}", "certain"),
    "config.proxy_scheme_unsupported": Wording("the proxy of the environment can't be used: {text}", "certain"),
    "config.goenv_unreadable": Wording("a file of go's settings can't be read: {text}", "certain"),
    "dns.resolver_silent": Wording("the name server {where} did not answer", "high", (_RESOLVER, _OTHER_NETWORK)),
    "dns.resolver_port_closed": Wording("nothing answers DNS at {where}: its port is closed", "certain", (_RESOLVER,)),
    "dns.no_resolver_configured": Wording(
        "no name server is configured on this machine, so go asked itself",
        "certain",
        (_fix("write a nameserver line into /etc/resolv.conf", "without one go asks 127.0.0.1 and [::1]"),),
    ),
    "dns.nxdomain": Wording(
        "the name server says that the name does not exist: {text}",
        "high",
        (_fix("check the host name in GOPROXY", "a typing error looks the same"), _RESOLVER),
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
        (
            _fix(
                "look at the name's lines in the hosts file and at nsswitch.conf", "they come before every name server"
            ),
        ),
    ),
    "tcp.refused": Wording(
        "{where} refuses the connection",
        "certain",
        (_fix("check that the server runs and the port is right", "a closed port answers exactly like this"),),
    ),
    "tcp.unanswered": Wording(
        "{where} never answers: the connection request or its answer is dropped on the way",
        "high",
        (_OTHER_SOURCE, _OTHER_NETWORK),
    ),
    "tcp.unreachable.prohibited": Wording("this machine's own rules forbid the connection to {where}", "high"),
    "tcp.unreachable.host": Wording("no router or neighbour reaches {where}", "certain", (_OTHER_NETWORK,)),
    "tcp.unreachable.net": Wording("there is no way to {where}: {text}", "medium", (_OTHER_NETWORK,)),
    "tcp.no_route": Wording(
        "this machine has no route to {where}", "certain", (_fix("ip route get <address>", "shows the local route"),)
    ),
    "tcp.reset": Wording("the connection to {where} was reset", "high", (_OTHER_NETWORK,)),
    "tcp.silent_after_connect": Wording(
        "{where} accepted the connection and then said nothing", "high", (_OTHER_SOURCE, _OTHER_NETWORK)
    ),
    "proxy.unresolved": Wording("the proxy's own name can't be resolved: {text}", "high", (_PROXY,)),
    "proxy.unreachable": Wording("the proxy {where} can't be reached: {text}", "high", (_PROXY,)),
    "proxy.unreachable.refused": Wording("the proxy {where} refuses the connection", "certain", (_PROXY,)),
    "proxy.unreachable.unanswered": Wording("the proxy {where} never answers", "high", (_PROXY,)),
    "tls.hello_unanswered": Wording(
        "{where} accepted the connection and never answered the first TLS message",
        "high",
        (_SMALL_HELLO, _OTHER_SOURCE, _OTHER_NETWORK),
    ),
    "tls.handshake_stalled": Wording(
        "the TLS handshake with {where} began and then stalled", "high", (_OTHER_NETWORK,)
    ),
    "tls.reset": Wording("the connection to {where} was reset during the TLS handshake", "high", (_SMALL_HELLO,)),
    "tls.closed": Wording(
        "{where} closed the connection during the TLS handshake", "high", (_SMALL_HELLO, _OTHER_NETWORK)
    ),
    "tls.alert": Wording("{where} ended the TLS handshake with an alert: {text}", "high", (_ASK_SERVER,)),
    "tls.version_unsupported": Wording("{where} speaks no TLS version that go accepts (1.2 or 1.3)", "certain"),
    "tls.client_certificate_required": Wording("{where} demands a client certificate; go never sends one", "certain"),
    "tls.not_tls": Wording(
        "{where} does not speak TLS there: {text}",
        "certain",
        (_fix("check scheme and port in GOPROXY", "https:// at a plain port looks like this"),),
    ),
    "tls.corrupted": Wording("bytes of the TLS connection to {where} arrived altered", "high", (_OTHER_NETWORK,)),
    "tls.oversized": Wording("{where} sent a TLS message over the limit: {text}", "certain", (_ASK_SERVER,)),
    "tls.unknown_authority": Wording(
        "nobody whom this machine trusts vouches for the certificate of {where}", "high", (_TRUST, _OTHER_NETWORK)
    ),
    "tls.unknown_authority.no_roots": Wording(
        "this machine has no trusted roots at all, so no certificate can be verified",
        "certain",
        (_fix("install ca-certificates", "minimal containers lack it"), _TRUST),
    ),
    "tls.unknown_authority.missing_intermediate": Wording(
        "{where} does not send the intermediate certificate that its own needs", "high", (_ASK_SERVER,)
    ),
    "tls.self_signed": Wording("the certificate of {where} is signed by itself", "high", (_TRUST, _OTHER_NETWORK)),
    "tls.expired": Wording(
        "the certificate of {where} has expired, or this machine's clock is wrong", "high", (_CLOCK,)
    ),
    "tls.not_yet_valid": Wording(
        "the certificate of {where} is not valid yet, or this machine's clock is wrong", "high", (_CLOCK,)
    ),
    "tls.wrong_host": Wording("{where} shows a certificate of another name: {text}", "high", (_OTHER_NETWORK,)),
    "tls.intercepted.trusted": Wording(
        "somebody on the way ends TLS with a certificate authority that is installed on this machine: {text}", "high"
    ),
    "http.unauthorized": Wording(
        "{where} wants credentials",
        "certain",
        (_fix("put them into ~/.netrc (or set GOAUTH)", "go reads them there; with a port in the URL, name it too"),),
    ),
    "http.forbidden": Wording("{where} answers 403: it knows the request and refuses it", "certain", (_OTHER_SOURCE,)),
    "http.forbidden.redirect_host": Wording(
        "the module proxy redirected to {where}, and that host refuses", "certain", (_OTHER_SOURCE,)
    ),
    "http.not_found": Wording("{where} does not know this module or version", "certain", (_PRIVATE,)),
    "http.gone": Wording("{where} says that it is gone", "certain", (_PRIVATE,)),
    "http.rate_limited": Wording("{where} limits how often you may ask; go does not wait or retry", "certain"),
    "http.unavailable_for_legal_reasons": Wording("{where} withholds it for legal reasons (451)", "certain"),
    "http.server_error": Wording("{where} failed: {text}", "certain", (_OTHER_SOURCE,)),
    "http.bad_gateway": Wording("{where} could not reach the server behind it (502)", "certain", (_OTHER_SOURCE,)),
    "http.gateway_timeout": Wording(
        "the server behind {where} did not answer in time (504)", "certain", (_OTHER_SOURCE,)
    ),
    "http.captive_portal": Wording(
        "{where} answers with a sign-in page of this network", "high", (_SIGN_IN, _OTHER_NETWORK)
    ),
    "http.html_instead_of_data": Wording(
        "{where} answers 200 with a web page instead of data", "high", (_OTHER_NETWORK,)
    ),
    "http.redirect_loop": Wording("the redirects of {where} never end", "certain", (_ASK_SERVER,)),
    "http.redirect_insecure": Wording(
        "{where} redirects from https to http; go refuses that", "certain", (_ASK_SERVER,)
    ),
    "http.head_stalled": Wording(
        "{where} took the request and never answered; go waits for ever",
        "high",
        (_ANOTHER_SOURCE_FIRST, _OTHER_NETWORK),
    ),
    "http.malformed": Wording("{where} answers with something that is not HTTP as it must be: {text}", "high"),
    "http.h2_goaway": Wording("{where} keeps closing the HTTP/2 connection (GOAWAY)", "high", (_OTHER_SOURCE,)),
    "http.h2_stream_reset": Wording("{where} reset the HTTP/2 stream: {text}", "high", (_OTHER_SOURCE,)),
    "http.h2_flow_stalled": Wording("the HTTP/2 flow control with {where} came to a halt", "medium"),
    "http.h2_flood": Wording("{where} floods the HTTP/2 connection with control frames", "certain", (_ASK_SERVER,)),
    "body.stalled": Wording(
        "{where} stopped sending in the middle; go waits for ever", "high", (_ANOTHER_SOURCE_FIRST,)
    ),
    "body.truncated": Wording("the body from {where} ended too early: {text}", "high", (_OTHER_NETWORK,)),
    "body.reset": Wording("the connection to {where} was reset in the middle of the body", "high", (_OTHER_NETWORK,)),
    "body.undecodable": Wording("the body from {where} can't be decoded: {text}", "high"),
    "body.too_large": Wording("{where} sends more than the limit allows: {text}", "certain", (_ASK_SERVER,)),
    "module.info_invalid": Wording("{where} sends metadata that go can't read: {text}", "certain", (_OTHER_SOURCE,)),
    "module.version_mismatch": Wording("{where} answers about another version: {text}", "certain", (_ASK_SERVER,)),
    "module.unknown_version": Wording("no version fits what was asked: {text}", "certain"),
    "module.list_invalid": Wording("{where} sends a version list that can't be read", "certain"),
    "zip.not_a_zip": Wording("what {where} sent as the module's archive is no zip file", "certain", (_OTHER_SOURCE,)),
    "zip.invalid": Wording("the module's archive from {where} is damaged: {text}", "certain", (_OTHER_SOURCE,)),
    "zip.too_large": Wording("the module's archive from {where} is over the limit: {text}", "certain"),
    "zip.path_invalid": Wording("the module's archive from {where} holds a name that go refuses: {text}", "certain"),
    "zip.collision": Wording("two names in the archive from {where} collide: {text}", "certain"),
    "zip.hash_mismatch.go_sum": Wording(
        "the archive from {where} differs from what go.sum recorded earlier", "certain", (_CLEAN,)
    ),
    "zip.hash_mismatch.sumdb": Wording(
        "the archive from {where} differs from what the checksum database recorded", "certain", (_CLEAN,)
    ),
    "sumdb.unreachable": Wording("the checksum database can't be reached: {text}", "high"),
    "sumdb.not_proxied": Wording("the module proxy does not relay the checksum database: {text}", "high"),
    "sumdb.server_error": Wording("the checksum database fails: {text}", "certain"),
    "sumdb.bad_signature": Wording(
        "the checksum database's answer is not signed by its key: {text}", "certain", (_OTHER_NETWORK,)
    ),
    "sumdb.inconsistent": Wording(
        "the checksum database shows two histories that exclude each other: {text}", "certain", (_OTHER_NETWORK,)
    ),
    "sumdb.malformed": Wording("the checksum database's answer can't be read: {text}", "certain", (_OTHER_NETWORK,)),
    "sumdb.mismatch.go_mod": Wording("go.mod from {where} differs from the recorded checksum", "certain", (_CLEAN,)),
    "sumdb.local_state_damaged": Wording(
        "this machine's own memory of the checksum database is damaged: {text}",
        "certain",
        (_fix("remove $GOPATH/pkg/sumdb", "it is rebuilt", "an earlier fork of the database would be forgotten"),),
    ),
    "sumdb.no_record": Wording("the checksum database has no record of this version", "certain", (_PRIVATE,)),
    "vcs.failed": Wording("go would now go on in direct mode, which this release does not trace: {text}", "medium"),
    "local.disk_full": Wording("this machine's disk is full: {text}", "certain"),
    "local.output_unwritable": Wording("the output can't be written: {text}", "certain"),
    "local.self_delay": Wording("modtrace itself got in the way: {text}", "certain"),
    "local.interrupted": Wording("the run was interrupted: {text}", "certain"),
    "local.descriptors_exhausted": Wording("this process may open no more sockets or files", "certain"),
}


def wording_of(cause: Cause) -> Wording:
    """The cause's row, or that of the nearest shorter cause, or a plain sentence."""
    rows = [(len(name), row) for name, row in WORDING.items() if refines(cause, name)]
    if rows:
        return max(rows, key=lambda pair: pair[0])[1]
    return Wording("{text}", "medium")
