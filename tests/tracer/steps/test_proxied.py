"""A failure worded for where it happened: before a proxy, in TLS with it, behind its tunnel."""

import pytest

from modtrace.gorules.proxyroute import parse_via
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, Json
from modtrace.tracer.steps.proxied import behind, chose_http2, forwarded, in_tls_to, unreachable

HOP = parse_via("https://me:s3cret@p.test:8443")
SHOWN = "https://p.test:8443"


def below(cause: Cause, go_text: str | None = "go says", **details: Json) -> Failure:
    return Failure(
        cause=cause, side="path", text="it failed", go_text=go_text, where="192.0.2.1:8443", errno="EX", details=details
    )


# --- to the proxy -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cause", "proxys"),
    [
        ("tcp.refused", "proxy.unreachable.refused"),
        ("tcp.unanswered", "proxy.unreachable.unanswered"),
        ("tcp.no_route", "proxy.unreachable"),
        ("tcp.unreachable.host", "proxy.unreachable"),
        ("dns.nxdomain", "proxy.unresolved"),
        ("dns.resolver_silent", "proxy.unresolved"),
    ],
)
def test_a_proxy_that_cannot_be_reached_is_its_own_cause(cause: Cause, proxys: str) -> None:
    failure = unreachable(below(cause, "dial tcp: no", a=1), HOP)
    assert (failure.cause, failure.side, failure.where, failure.errno) == (proxys, "proxy", SHOWN, "EX")
    assert failure.go_text == "proxyconnect tcp: dial tcp: no"
    assert failure.text == f"the proxy {SHOWN} can't be reached: it failed"
    assert failure.details == {"a": 1, "because": cause, "because_text": "it failed", "proxy": SHOWN}


@pytest.mark.parametrize("cause", ["local.descriptors_exhausted", "local.interrupted"])
def test_this_machines_own_failure_stays_its_own(cause: Cause) -> None:
    failure = unreachable(below(cause), HOP)
    assert (failure.cause, failure.side, failure.go_text) == (cause, "path", "proxyconnect tcp: go says")
    assert failure.text == "it failed"


# --- TLS with it ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cause", "proxys"),
    [
        ("tls.hello_unanswered", "proxy.silent"),
        ("tls.handshake_stalled", "proxy.silent"),
        ("tls.closed", "proxy.closed"),
        ("tls.reset", "proxy.reset"),
        ("tls.not_tls", "proxy.not_a_proxy"),
        ("tls.unknown_authority", "proxy.certificate"),
        ("tls.unknown_authority.missing_intermediate", "proxy.certificate"),
        ("tls.self_signed", "proxy.certificate"),
        ("tls.expired", "proxy.certificate"),
        ("tls.not_yet_valid", "proxy.certificate"),
        ("tls.wrong_host", "proxy.certificate"),
    ],
)
def test_tls_with_a_proxy_fails_as_the_proxys(cause: Cause, proxys: str) -> None:
    failure = in_tls_to(HOP)(below(cause))
    assert (failure.cause, failure.side, failure.where) == (proxys, "proxy", SHOWN)
    assert failure.go_text == "proxyconnect tcp: go says"
    assert failure.text.startswith(f"TLS with the proxy {SHOWN}: it failed")
    assert ("http:// in front" in failure.text) is (cause == "tls.not_tls")
    assert failure.details["because"] == cause


@pytest.mark.parametrize("cause", ["tls.alert", "tls.version_unsupported", "tls.corrupted", "tls.oversized"])
def test_what_has_no_name_of_its_own_stays_tls_and_names_the_proxy(cause: Cause) -> None:
    failure = in_tls_to(HOP)(below(cause))
    assert (failure.cause, failure.side, failure.where) == (cause, "path", SHOWN)
    assert failure.go_text == "proxyconnect tcp: go says"


def test_a_proxy_that_answers_tls_in_plain_http_has_gos_bare_words() -> None:
    failure = in_tls_to(HOP)(below("tls.not_tls", "http: server gave HTTP response to HTTPS client"))
    assert failure.go_text == "proxyconnect tcp: tls: first record does not look like a TLS handshake"


def test_a_failure_that_go_hangs_in_has_no_words_here_either() -> None:
    assert in_tls_to(HOP)(below("tls.hello_unanswered", None)).go_text is None
    assert unreachable(below("tcp.unanswered", None), HOP).go_text is None


def test_a_proxy_that_wants_http2_is_not_asked_for_a_plain_url() -> None:
    failure = chose_http2(HOP)
    assert (failure.cause, failure.side, failure.where) == ("config.proxy_scheme_unsupported", "local", SHOWN)
    assert failure.go_text == "http2: unencrypted HTTP/2 not enabled"
    assert "s3cret" not in failure.text


# --- behind its tunnel ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cause", "proxys", "words"),
    [
        ("tls.hello_unanswered", "proxy.tunnel_silent", "never answers"),
        ("tls.closed", "proxy.tunnel_closed", "ends"),
        ("tls.reset", "proxy.tunnel_closed", "ends"),
    ],
)
def test_a_tunnel_out_of_which_nothing_came_accuses_nobody(cause: Cause, proxys: str, words: str) -> None:
    failure = behind(HOP, "target.test:443")(below(cause, bytes_received=0))
    assert (failure.cause, failure.side, failure.where) == (proxys, "unknown", SHOWN)
    assert failure.go_text == "go says", "go names no proxy here"
    assert failure.text == f"{SHOWN} opened the tunnel to target.test:443, which then {words}: it failed"
    assert (failure.details["because"], failure.details["proxy"]) == (cause, SHOWN)


@pytest.mark.parametrize(
    ("cause", "received"),
    [("tls.hello_unanswered", 1), ("tls.closed", 3000), ("tls.reset", 7), ("tls.not_tls", 0), ("tls.expired", 0)],
)
def test_once_a_byte_has_come_the_failure_is_the_targets(cause: Cause, received: int) -> None:
    failure = below(cause, bytes_received=received)
    assert behind(HOP, "target.test:443")(failure) is failure


# --- in a server's place ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cause", "go_text", "stage", "proxys", "side"),
    [
        ("http.malformed", 'Get "http://h": EOF', "head", "proxy.closed", "proxy"),
        ("http.malformed", 'Get "http://h": malformed HTTP response "SSH"', "head", "proxy.not_a_proxy", "proxy"),
        ("tcp.reset", 'Get "http://h": read: connection reset by peer', "head", "proxy.reset", "proxy"),
        ("http.head_stalled", None, "head", "http.head_stalled", "unknown"),
        ("body.truncated", "unexpected EOF", "body", "body.truncated", "unknown"),
        ("http.malformed", "malformed chunked encoding", "body", "http.malformed", "unknown"),
    ],
)
def test_what_breaks_on_a_forwarding_proxys_connection_is_its_own_only_as_far_as_it_spoke(
    cause: Cause, go_text: str | None, stage: str, proxys: str, side: str
) -> None:
    failure = forwarded(below(cause, go_text, stage=stage), SHOWN, "h.test")
    assert (failure.cause, failure.side, failure.where, failure.go_text) == (proxys, side, SHOWN, go_text)
    assert failure.details["because"] == cause
    assert failure.text == f"{SHOWN}, asked for h.test: it failed"
