"""TLS."""

from modtrace.diagnosis.words.fixes import ASK_SERVER, OTHER_NETWORK, OTHER_SOURCE, SMALL_HELLO, TRUST, fix
from modtrace.diagnosis.words.interface import Wording
from modtrace.record.causes import Cause

_CLOCK = fix("check this machine's clock (date -u)", "certificates are judged by it")

WORDS: dict[Cause, Wording] = {
    "tls.hello_unanswered": Wording(
        "{where} accepted the connection and never answered the first TLS message",
        "high",
        (SMALL_HELLO, OTHER_SOURCE, OTHER_NETWORK),
    ),
    "tls.handshake_stalled": Wording("the TLS handshake with {where} began and then stalled", "high", (OTHER_NETWORK,)),
    "tls.reset": Wording("the connection to {where} was reset during the TLS handshake", "high", (SMALL_HELLO,)),
    "tls.closed": Wording(
        "{where} closed the connection during the TLS handshake", "high", (SMALL_HELLO, OTHER_NETWORK)
    ),
    "tls.alert": Wording("{where} ended the TLS handshake with an alert: {text}", "high", (ASK_SERVER,)),
    "tls.version_unsupported": Wording("{where} speaks no TLS version that go accepts (1.2 or 1.3)", "certain"),
    "tls.client_certificate_required": Wording("{where} demands a client certificate; go never sends one", "certain"),
    "tls.not_tls": Wording(
        "{where} does not speak TLS there: {text}",
        "certain",
        (fix("check scheme and port in GOPROXY", "https:// at a plain port looks like this"),),
    ),
    "tls.corrupted": Wording("bytes of the TLS connection to {where} arrived altered", "high", (OTHER_NETWORK,)),
    "tls.oversized": Wording("{where} sent a TLS message over the limit: {text}", "certain", (ASK_SERVER,)),
    "tls.unknown_authority": Wording(
        "nobody whom this machine trusts vouches for the certificate of {where}", "high", (TRUST, OTHER_NETWORK)
    ),
    "tls.unknown_authority.no_roots": Wording(
        "this machine has no trusted roots at all, so no certificate can be verified",
        "certain",
        (fix("install ca-certificates", "minimal containers lack it"), TRUST),
    ),
    "tls.unknown_authority.missing_intermediate": Wording(
        "{where} does not send the intermediate certificate that its own needs", "high", (ASK_SERVER,)
    ),
    "tls.self_signed": Wording("the certificate of {where} is signed by itself", "high", (TRUST, OTHER_NETWORK)),
    "tls.expired": Wording(
        "the certificate of {where} has expired, or this machine's clock is wrong", "high", (_CLOCK,)
    ),
    "tls.not_yet_valid": Wording(
        "the certificate of {where} is not valid yet, or this machine's clock is wrong", "high", (_CLOCK,)
    ),
    "tls.wrong_host": Wording("{where} shows a certificate of another name: {text}", "high", (OTHER_NETWORK,)),
    "tls.intercepted.trusted": Wording(
        "somebody on the way ends TLS with a certificate authority that is installed on this machine: {text}", "high"
    ),
}
