"""Small traces by hand: events in the order in which they happen, one millisecond apart unless told."""

from typing import Self

from modtrace.record.events import SCHEMA, Event, Outcome, SpanClosed, SpanNoted, SpanStarted, TraceEnded, TraceStarted
from modtrace.record.failures import Failure, Json
from modtrace.record.phases import PhaseName
from modtrace.record.trace import Trace, from_events

MS = 1_000_000
PUBLIC_PEER = "8.8.8.8:443"  # an address that is global; nothing is ever sent there
SETTINGS = [{"name": "GOPROXY", "value": "https://goproxy.example", "origin": "environment"}]
ARTIFACTS: dict[str, Json] = {
    "info": "sha256:00",
    "mod": "h1:mod",
    "zip": "h1:zip",
    "sumdb": {"name": "sum.example", "tree_size": 9, "record": 4, "verified": True},
}


class Events:
    """Collects events; every method that opens something returns its span's number."""

    def __init__(self, *, module: str = "lab.test/hello", version: str = "v1.0.0") -> None:
        self.at_ns = 0
        self._spans = 0
        self.events: list[Event] = [
            TraceStarted(
                at_ns=0,
                schema=SCHEMA,
                program="modtrace/0",
                wall_time="2024-01-02T03:04:05.000Z",
                module=module,
                version=version,
                settings=SETTINGS,
                vantage={"name": "desk", "resolvers": ["192.0.2.53"], "proxies": []},
            )
        ]

    def after(self, ms: float) -> Self:
        """Let time pass."""
        self.at_ns += round(ms * MS)
        return self

    def start(self, phase: PhaseName, subject: str = "", *, parent: int | None = None, **attributes: Json) -> int:
        self.after(1)
        self._spans += 1
        self.events.append(
            SpanStarted(
                at_ns=self.at_ns, span=self._spans, parent=parent, phase=phase, subject=subject, attributes=attributes
            )
        )
        return self._spans

    def note(self, span: int, what: str, **data: Json) -> None:
        self.events.append(SpanNoted(at_ns=self.after(1).at_ns, span=span, what=what, data=data))

    def close(
        self, span: int, *, failed: Failure | None = None, outcome: Outcome | None = None, **attributes: Json
    ) -> None:
        self.close_with(span, attributes, failed=failed, outcome=outcome)

    def close_with(
        self,
        span: int,
        attributes: dict[str, Json],
        *,
        failed: Failure | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        """Close a span whose attributes are at hand as a dictionary."""
        self.events.append(
            SpanClosed(
                at_ns=self.after(1).at_ns,
                span=span,
                outcome=outcome or ("ok" if failed is None else "failed"),
                failure=failed,
                attributes=attributes,
            )
        )

    def whole(
        self,
        phase: PhaseName,
        subject: str = "",
        *,
        parent: int | None = None,
        ms: float = 0,
        failed: Failure | None = None,
        **attributes: Json,
    ) -> int:
        """A span that opens and closes ``ms`` (and one) milliseconds later."""
        span = self.start(phase, subject, parent=parent)
        self.after(ms).close_with(span, attributes, failed=failed)
        return span

    def end(
        self,
        *,
        failed: Failure | None = None,
        artifacts: dict[str, Json] | None = None,
        go_after_s: float | None = None,
    ) -> Self:
        done = ARTIFACTS if artifacts is None and failed is None else artifacts or {}
        self.events.append(
            TraceEnded(
                at_ns=self.after(1).at_ns,
                failure=failed,
                resolved=None if failed else "v1.0.0",
                artifacts=done,
                go_after_s=go_after_s,
            )
        )
        return self

    def trace(self) -> Trace:
        return from_events(self.events)


def refused(where: str = "192.0.2.1:443") -> Failure:
    """A closed port."""
    return Failure(
        cause="tcp.refused",
        side="origin",
        text=f"connect to {where}: connection refused",
        go_text=f"dial tcp {where}: connect: connection refused",
        where=where,
        errno="ECONNREFUSED",
    )


def fetched() -> Events:
    """A fetch in which everything is fine."""
    events = Events()
    events.whole("config.plan", "lab.test/hello@v1.0.0")
    events.whole("dns.resolve", "goproxy.example", ms=2, addresses=["192.0.2.1"])
    events.whole("tcp.connect", "192.0.2.1:443", ms=10, tcp={"rtt_us": 9500})
    events.whole("tls.handshake", "goproxy.example", ms=20, version="TLS 1.3", alpn="h2", group="X25519")
    for what, size in (("info", 50), ("mod", 300), ("zip", 123_456)):
        url = f"https://goproxy.example/lab.test/hello/@v/v1.0.0.{what}"
        phase: PhaseName = "module.info" if what == "info" else "module.mod" if what == "mod" else "module.zip"
        operation = events.start(phase, "lab.test/hello@v1.0.0", source="https://goproxy.example")
        request = events.start("http.request", url, parent=operation)
        events.after(5).close(
            request,
            method="GET",
            url=url,
            status=200,
            protocol="HTTP/2.0",
            bytes=size,
            source="https://goproxy.example",
        )
        events.close(operation)
    events.whole("zip.check", "lab.test/hello@v1.0.0", files=3, uncompressed_bytes=4567)
    return events.end()


def failed() -> Events:
    """A fetch whose one address is a closed port."""
    events = Events()
    events.whole("config.plan", "lab.test/hello@v1.0.0")
    operation = events.start("module.info", "lab.test/hello@v1.0.0")
    events.whole("tcp.connect", "192.0.2.1:443", parent=operation, ms=3, failed=refused())
    events.close(operation, failed=refused())
    return events.end(failed=refused())


def handshake(
    host: str,
    *,
    peer: str = PUBLIC_PEER,
    is_public: bool = False,
    issuer: str = "CN=Lab Root",
    sct_present: bool | None = None,
) -> Events:
    """A fetch with one handshake, whose root is private unless told."""
    events = Events()
    attributes: dict[str, Json] = {
        "sni": host,
        "peer": peer,
        "root_is_public": is_public,
        "chain": [{"issuer": issuer}],
    }
    if sct_present is not None:
        attributes["sct_present"] = sct_present
    events.close_with(events.start("tls.handshake", host), attributes)
    return events
