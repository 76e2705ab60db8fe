"""Network proxies."""

from modtrace.diagnosis.words.fixes import SMALL_HELLO, TRUST, fix
from modtrace.diagnosis.words.interface import Wording
from modtrace.record.causes import Cause

_PROXY = fix(
    "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
    "go obeys them; a host in NO_PROXY is reached directly",
)
_PROXY_PASSWORD = fix(
    "export HTTPS_PROXY='http://USER:PASSWORD@<host>:<port>'",
    "go sends what stands there (percent-encode special characters), and only as Basic or SOCKS user and password; a "
    "proxy that wants NTLM or Kerberos needs a local helper in between",
    "the password stands in the environment of every process you start there",
)
_PROXY_RULE = fix(
    "ask the operator of {where} to allow the host, or set GOPROXY to a module proxy inside your network",
    "the refusal is the proxy's own policy",
)
_PROXY_ONWARD = fix(
    "ask the operator of {where} to try the same host from there",
    "the proxy answers; what it could not do lies between it and the host",
)
_PROXY_RUNS = fix("ask the operator of {where} whether it works", "it takes connections and answers none of them")
_PROXY_KIND = fix(
    "check the scheme and the port of the proxy",
    "http:// (CONNECT), https:// (TLS to the proxy) and socks5:// are three protocols; go takes any other scheme for "
    "http://",
)

WORDS: dict[Cause, Wording] = {
    "proxy.unresolved": Wording("the proxy's own name can't be resolved: {text}", "high", (_PROXY,)),
    "proxy.unreachable": Wording("{text}", "high", (_PROXY,)),
    "proxy.unreachable.refused": Wording("the proxy {where} refuses the connection", "certain", (_PROXY,)),
    "proxy.unreachable.unanswered": Wording("the proxy {where} never answers", "high", (_PROXY,)),
    "proxy.silent": Wording(
        "the proxy {where} accepted the connection and then never answered", "high", (_PROXY_RUNS, _PROXY)
    ),
    "proxy.closed": Wording(
        "the proxy {where} closed the connection instead of opening the way", "high", (_PROXY_KIND, _PROXY)
    ),
    "proxy.reset": Wording("the proxy {where} reset the connection", "high", (_PROXY_KIND, _PROXY)),
    "proxy.auth_required": Wording(
        "the proxy {where} wants credentials, and none were sent", "certain", (_PROXY_PASSWORD,)
    ),
    "proxy.auth_failed": Wording(
        "the proxy {where} does not accept the credentials that were sent", "certain", (_PROXY_PASSWORD,)
    ),
    "proxy.denied": Wording("the proxy {where} refuses to go to this host: {text}", "certain", (_PROXY_RULE, _PROXY)),
    "proxy.upstream_failed": Wording(
        "the proxy {where} works, and could not reach what lies behind it: {text}", "high", (_PROXY_ONWARD,)
    ),
    "proxy.not_a_proxy": Wording(
        "what answers at {where} does not answer as a proxy must: {text}", "high", (_PROXY_KIND,)
    ),
    "proxy.certificate": Wording("go refuses the certificate of the proxy {where}: {text}", "certain", (TRUST,)),
    "proxy.socks.no_method": Wording(
        "the SOCKS proxy {where} accepts none of the ways to sign in that go offers: {text}",
        "certain",
        (_PROXY_PASSWORD,),
    ),
    "proxy.socks.auth_failed": Wording(
        "the SOCKS proxy {where} does not accept the user and password: {text}", "certain", (_PROXY_PASSWORD,)
    ),
    "proxy.socks.general_failure": Wording(
        "the SOCKS proxy {where} reports a failure without saying which", "certain", (_PROXY_ONWARD,)
    ),
    "proxy.socks.not_allowed": Wording(
        "a rule of the SOCKS proxy {where} forbids this host", "certain", (_PROXY_RULE, _PROXY)
    ),
    "proxy.socks.net_unreachable": Wording(
        "the SOCKS proxy {where} has no way to the network of the host", "certain", (_PROXY_ONWARD,)
    ),
    "proxy.socks.host_unreachable": Wording(
        "the SOCKS proxy {where} can't reach the host, or can't resolve its name", "certain", (_PROXY_ONWARD,)
    ),
    "proxy.socks.refused": Wording(
        "the host behind the SOCKS proxy {where} refuses the connection", "certain", (_PROXY_ONWARD,)
    ),
    "proxy.socks.ttl_expired": Wording(
        "packets of the SOCKS proxy {where} to the host ran in a circle (TTL expired)", "certain", (_PROXY_ONWARD,)
    ),
    "proxy.socks.command_unsupported": Wording(
        "the SOCKS proxy {where} does not open connections for others (command not supported)", "certain"
    ),
    "proxy.socks.address_unsupported": Wording(
        "the SOCKS proxy {where} takes no host names, and go never resolves them itself", "certain", (_PROXY_ONWARD,)
    ),
    "proxy.socks.protocol": Wording(
        "what answers at {where} does not speak SOCKS5 as it must: {text}", "certain", (_PROXY_KIND,)
    ),
    "proxy.tunnel_silent": Wording(
        "the proxy {where} opened the tunnel, and nothing ever came out of it", "medium", (_PROXY_ONWARD, SMALL_HELLO)
    ),
    "proxy.tunnel_closed": Wording(
        "the proxy {where} opened the tunnel, which ended before anything came out of it", "medium", (_PROXY_ONWARD,)
    ),
}
