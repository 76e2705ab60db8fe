"""A chain of proxies fell silent: the probes say at which hop (``tracer/probes/prefix.py``).

Control: through the hops before the one accused the target answers. Signal: with it in the way nothing does, in the
fetch itself and in every longer prefix. Without the control nobody is accused with more than medium confidence.
"""

from collections.abc import Iterable

from modtrace.diagnosis.case import Case, finding
from modtrace.diagnosis.rules.ended_by import go_says
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure
from modtrace.record.summary import Evidence, Finding
from modtrace.record.trace import SpanRecord

_SILENT: frozenset[Cause] = frozenset({"proxy.silent", "proxy.tunnel_silent"})


def silent_hop(case: Case) -> Iterable[Finding]:
    failure = case.ending
    if failure is None or failure.cause not in _SILENT:
        return
    ended = case.span_of(failure)
    probes = _probes(case, ended)
    if not probes or ended is None:
        return
    chain = _chain(probes)
    answering = [length for length, probe in probes.items() if probe.attributes.get("answered") is True]
    if answering:
        length = max(answering)
        if all(_is_silent(probes.get(longer)) for longer in range(length + 1, len(chain))):
            yield _hop(case, failure, ended, chain, length, probes)
    elif _is_silent(probes.get(0)) and _was_silent_in_tls(case, probes[0]):
        yield _target(case, failure, ended, probes[0])
    else:
        yield from _without_control(case, failure, ended, chain, probes)


def _probes(case: Case, ended: SpanRecord | None) -> dict[int, SpanRecord]:
    """By length of the prefix: those of the dial that ended the fetch."""
    return {
        length: span
        for span in case.trace.named("proxy.probe.prefix")
        if ended is not None
        and span.parent == ended.parent
        and isinstance(length := span.attributes.get("prefix"), int)
    }


def _chain(probes: dict[int, SpanRecord]) -> list[str]:
    chain = next(iter(probes.values())).attributes.get("chain")
    return [str(hop) for hop in chain] if isinstance(chain, list) else []


def _is_silent(probe: SpanRecord | None) -> bool:
    return probe is not None and probe.outcome == "ok" and probe.attributes.get("answered") is False


def _hop(
    case: Case, failure: Failure, ended: SpanRecord, chain: list[str], length: int, probes: dict[int, SpanRecord]
) -> Finding:
    accused = chain[length]
    was_asked_last = failure.cause == "proxy.silent" and ended.attributes.get("hop") == length + 1
    before = chain[length - 1] if length else "no proxy at all"
    evidence = [Evidence(span=probes[length].id, text=f"through {before} the target answers")]
    evidence += [
        Evidence(span=probe.id, text=f"with {accused} in the way it does not")
        for longer, probe in probes.items()
        if longer > length
    ]
    evidence.append(Evidence(span=ended.id, text=failure.text))
    return finding(
        "silent_hop",
        cause="proxy.silent" if was_asked_last else "proxy.tunnel_silent",
        outcome="failed",
        side="proxy",
        where=accused,
        text=f"hop {length + 1} of {len(chain)} ({accused}) is the silent one",
        go=go_says(case, failure),
        evidence=evidence,
        confidence="certain" if was_asked_last else "high",
    )


def _without_control(
    case: Case, failure: Failure, ended: SpanRecord, chain: list[str], probes: dict[int, SpanRecord]
) -> Iterable[Finding]:
    """The target was reached in no way. A hop that opens its tunnel to two different peers, and both are silent, is
    the simpler reading of two silences than two silent peers; more than ``medium`` that is not.
    """
    asked = ended.attributes.get("hop")
    for length in range(1, asked if isinstance(asked, int) else 1):
        later = [probes.get(longer) for longer in range(length, len(chain))]
        if _was_silent_in_tls(case, probes.get(length)) and all(_is_silent(probe) for probe in later):
            accused = chain[length - 1]
            evidence = [
                Evidence(span=probes[length].id, text=f"{accused} opens a tunnel to the target, which is silent, too"),
                Evidence(span=ended.id, text=failure.text),
            ]
            yield finding(
                "silent_hop",
                cause="proxy.tunnel_silent",
                outcome="failed",
                side="proxy",
                where=accused,
                text=f"hop {length} of {len(chain)} ({accused}) opens tunnels that carry nothing",
                go=go_says(case, failure),
                evidence=evidence,
                confidence="medium",
            )
            return


def _was_silent_in_tls(case: Case, probe: SpanRecord | None) -> bool:
    """The way was open to the target itself: its TLS was awaited when the experiment ended."""
    if probe is None or not _is_silent(probe):
        return False
    if probe.attributes.get("ended_by") in ("tls.hello_unanswered", "proxy.tunnel_silent"):
        return True
    return any(
        span.parent == probe.id and span.attributes.get("role") != "proxy" and span.outcome == "abandoned"
        for span in case.trace.named("tls.handshake")
    )


def _target(case: Case, failure: Failure, ended: SpanRecord, probe: SpanRecord) -> Finding:
    return finding(
        "silent_hop",
        cause="tls.hello_unanswered",
        outcome="failed",
        side="unknown",
        where=probe.subject.partition(" ")[0],
        text="the target is silent without any proxy, too",
        go=go_says(case, failure),
        evidence=[
            Evidence(span=probe.id, text="without a proxy the target accepts the connection and is silent, too"),
            Evidence(span=ended.id, text=failure.text),
        ],
        confidence="high",
    )


RULE = silent_hop
