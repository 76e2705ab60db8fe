"""A chain that this machine trusts, whose root is none of Mozilla's, shown for a public host.

Signals: the root is not public (from the chain itself) and the host is public (a well-known public service, or a
public name at a public address). A well-known service has no innocent reading: its operators use public roots. A
public name at a public address may have a private CA by its owner's choice, so it stays at medium. A missing SCT is
told as seen and counts for nothing: no private CA has any, so it is the first signal again.
"""

from collections.abc import Iterable

from modtrace.diagnosis.case import Case, finding
from modtrace.diagnosis.publichost import is_public_host, is_well_known_service
from modtrace.record.causes import Confidence
from modtrace.record.failures import Json
from modtrace.record.summary import Evidence, Finding, GoSays
from modtrace.record.trace import SpanRecord


def intercepted_trusted(case: Case) -> Iterable[Finding]:
    by_host: dict[str, list[SpanRecord]] = {}
    for span in case.trace.named("tls.handshake"):
        if span.attributes.get("role") == "proxy":
            continue  # the operator's own proxy may have the operator's own authority
        if span.outcome == "ok" and span.attributes.get("root_is_public") is False:
            host = str(span.attributes.get("sni") or span.subject)
            if is_public_host(host, str(span.attributes.get("peer", ""))):
                by_host.setdefault(host, []).append(span)
    for host, spans in by_host.items():
        yield _finding(case, host, spans)


def _finding(case: Case, host: str, spans: list[SpanRecord]) -> Finding:
    first = spans[0]
    authority = _issuer(first.attributes.get("chain"))
    has_no_sct = first.attributes.get("sct_present") is False
    confidence: Confidence = "high" if is_well_known_service(host) else "medium"
    ended = case.trace.ended
    evidence = [
        Evidence(span=span.id, text=f"the chain for {host} ends in a root that is not one of Mozilla's: {authority}")
        for span in spans
    ]
    if has_no_sct:
        evidence.append(Evidence(span=first.id, text="the certificate carries no proof of public logging (SCT)"))
    return finding(
        "intercepted_trusted",
        cause="tls.intercepted.trusted",
        outcome="suspicious",
        side="path",
        where=host,
        text=f"{host} shows a certificate issued by {authority}",
        go=GoSays(after_s=round(ended.at_ns / 1e9, 3) if ended else None),
        evidence=evidence,
        confidence=confidence,
    )


def _issuer(chain: Json) -> str:
    """The certificate's own words for who issued the last certificate shown, quoted."""
    if isinstance(chain, list) and chain and isinstance(chain[-1], dict):
        return f"“{chain[-1].get('issuer', 'unnamed')}”"
    return "an unnamed authority"


RULE = intercepted_trusted
