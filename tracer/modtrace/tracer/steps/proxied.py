"""A failure worded for where it happened: on the way to a proxy, in TLS with it, or behind its tunnel.

Go 1.26 net/http/transport.go dialConn: what fails before the tunnel is asked for carries ``proxyconnect tcp: ``; what
fails in it, or behind it, names no proxy at all.
"""

from collections.abc import Callable

import msgspec

from modtrace.gorules.proxyroute import Hop
from modtrace.record.causes import Cause, refines
from modtrace.record.failures import Failure

PROXYCONNECT = "proxyconnect tcp: "

_HTTP_ANSWER = "http: server gave HTTP response to HTTPS client"
_NO_TLS = "tls: first record does not look like a TLS handshake"
_UNREACHABLE: dict[str, Cause] = {
    "tcp.refused": "proxy.unreachable.refused",
    "tcp.unanswered": "proxy.unreachable.unanswered",
}
_CERTIFICATE = ("tls.unknown_authority", "tls.self_signed", "tls.expired", "tls.not_yet_valid", "tls.wrong_host")
_TLS_TO_A_PROXY: dict[str, Cause] = {
    "tls.hello_unanswered": "proxy.silent",
    "tls.handshake_stalled": "proxy.silent",
    "tls.closed": "proxy.closed",
    "tls.reset": "proxy.reset",
    "tls.not_tls": "proxy.not_a_proxy",
}
_FORWARDED: dict[str, Cause] = {"http.malformed": "proxy.not_a_proxy", "tcp.reset": "proxy.reset"}
_NO_BYTE_BEHIND: dict[str, Cause] = {
    "tls.hello_unanswered": "proxy.tunnel_silent",
    "tls.closed": "proxy.tunnel_closed",
    "tls.reset": "proxy.tunnel_closed",
}


def unreachable(failure: Failure, hop: Hop) -> Failure:
    """The look-up of the proxy's name, or the connection to it, failed."""
    cause: Cause = "proxy.unresolved" if failure.cause.startswith("dns.") else "proxy.unreachable"
    if failure.cause.startswith(("local.", "config.")):
        return failure.wrapped(PROXYCONNECT)
    return _reworded(
        failure,
        _UNREACHABLE.get(failure.cause, cause),
        hop,
        f"the proxy {hop.shown} can't be reached: {failure.text}",
    ).wrapped(PROXYCONNECT)


def in_tls_to(hop: Hop) -> Callable[[Failure], Failure]:
    """For the handshake with an https proxy."""

    def refine(failure: Failure) -> Failure:
        cause = _TLS_TO_A_PROXY.get(failure.cause)
        if cause is None and any(refines(failure.cause, known) for known in _CERTIFICATE):
            cause = "proxy.certificate"
        text = f"TLS with the proxy {hop.shown}: {failure.text}"
        if cause is None:
            return msgspec.structs.replace(failure, text=text, where=hop.shown).wrapped(PROXYCONNECT)
        if cause == "proxy.not_a_proxy":
            text += " (is this proxy to be written with http:// in front?)"
            if failure.go_text == _HTTP_ANSWER:  # net/http rewords a bare RecordHeaderError only, and wraps this one
                failure = msgspec.structs.replace(failure, go_text=_NO_TLS)
        return _reworded(failure, cause, hop, text).wrapped(PROXYCONNECT)

    return refine


def chose_http2(hop: Hop) -> Failure:
    """An https proxy, asked for a plain http:// URL, that wants HTTP/2: Go hands it to its HTTP/2, which refuses it.

    Go 1.26 net/http/h2_bundle.go http2Transport.RoundTripOpt.
    """
    return Failure(
        cause="config.proxy_scheme_unsupported",
        side="local",
        text=f"{hop.shown} speaks HTTP/2 with go, and go sends no http:// URL over HTTP/2 (GODEBUG=http2client=0 does)",
        go_text="http2: unencrypted HTTP/2 not enabled",
        where=hop.shown,
    )


def behind(hop: Hop, target: str) -> Callable[[Failure], Failure]:
    """For the handshake with the target through a tunnel whose last proxy is ``hop``.

    A tunnel out of which not one byte came may have been broken by the proxy, by the path behind it or by the target:
    the cause says that it is silent or closed, and the side stays unknown.
    """

    def refine(failure: Failure) -> Failure:
        cause = _NO_BYTE_BEHIND.get(failure.cause)
        if cause is None or failure.details.get("bytes_received"):
            return failure
        how = "never answers" if cause == "proxy.tunnel_silent" else "ends"
        text = f"{hop.shown} opened the tunnel to {target}, which then {how}: {failure.text}"
        return msgspec.structs.replace(_reworded(failure, cause, hop, text), side="unknown")

    return refine


def forwarded(failure: Failure, proxy: str, target: str) -> Failure:
    """For a plain HTTP request that a proxy got in the server's place: the connection that broke is the proxy's.

    What it says there it says itself. A silence, or a body that breaks off, may come from behind it: side unknown.
    """
    cause = _FORWARDED.get(failure.cause) if failure.details.get("stage") == "head" else None
    if cause == "proxy.not_a_proxy" and (failure.go_text or "").endswith(": EOF"):
        cause = "proxy.closed"
    text = f"{proxy}, asked for {target}: {failure.text}"
    details = {**failure.details, "because": failure.cause, "because_text": failure.text, "proxy": proxy}
    return msgspec.structs.replace(
        failure,
        cause=cause or failure.cause,
        side="proxy" if cause else "unknown",
        text=text,
        where=proxy,
        details=details,
    )


def _reworded(failure: Failure, cause: Cause, hop: Hop, text: str) -> Failure:
    details = {**failure.details, "because": failure.cause, "because_text": failure.text, "proxy": hop.shown}
    return msgspec.structs.replace(failure, cause=cause, side="proxy", text=text, where=hop.shown, details=details)
