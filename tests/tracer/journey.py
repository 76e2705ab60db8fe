"""A dial and a GET through a chain of our own proxies on loopback, to a place of the lab."""

import ssl  # noqa: TID251  # the far side of these tests: a second TLS implementation
from pathlib import Path

import trio
from tests.oracle.harness import authority, certificate
from tests.sim.proxies import Proxy

from modtrace.gorules.proxyroute import parse_via
from modtrace.lab.authority import Issued, write, write_roots
from modtrace.record.events import SCHEMA, Event, TraceStarted
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Recorder, Span
from modtrace.record.trace import SpanRecord, from_events
from modtrace.tracer.dial import Dialer
from modtrace.tracer.routes import Routes
from modtrace.tracer.world.real import RealWorld

_STARTED = TraceStarted(
    at_ns=0, schema=SCHEMA, program="p", wall_time="t", module="m", version="v", settings=[], vantage={}
)


class Journey:
    """One dial and one GET through a chain of our own proxies to a place of the lab."""

    def __init__(
        self,
        kinds: str,
        scheme: str,
        port: int,
        folder: Path,
        *,
        alpn: tuple[str, ...] = (),
        userinfo: str = "",
        mute: int = -1,
        certificate_of: Issued | None = None,
        host: str = "127.0.0.1",
        patience_s: float = 1.0,
        makes_probes: bool = False,
    ) -> None:
        self._world = RealWorld({"SSL_CERT_FILE": str(write_roots(authority(), folder)), "SSL_CERT_DIR": "/nowhere"})
        self._target = (scheme, host, port)
        context = _server_context(certificate_of or certificate(), folder, alpn)
        self.proxies = [
            Proxy(kind, context=context if kind == "https" else None, is_mute=at == mute)
            for at, kind in enumerate(kinds.split())
        ]
        self._userinfo = userinfo
        self._patience_s = patience_s
        self._makes_probes = makes_probes
        self.events: list[Event] = []
        self.certificates: list[bytes] = []
        self.answer = b""
        self.failure: Failure | None = None
        trio.run(self._main)
        self.spans = list(from_events([_STARTED, *self.events]).spans.values())

    async def _main(self) -> None:
        recorder = Recorder(now_ns=self._world.now_ns, sink=self.events.append)
        async with trio.open_nursery() as nursery:
            for proxy in self.proxies:
                await proxy.start(nursery)
            chain = tuple(parse_via(proxy.via(self._userinfo)) for proxy in self.proxies)
            dialer = Dialer(
                self._world,
                routes=Routes(self._world.environ(), chain),
                godebug={"http2client": "0"} if self._target[0] == "https" else {},
                patience_s=self._patience_s,
                makes_probes=self._makes_probes,
                on_certificate=self.certificates.append,
                on_keys=lambda lines: None,
            )
            with recorder.span("http.request", "GET") as parent, trio.fail_after(30):
                try:
                    await self._get(dialer, parent)
                except StepFailed as failed:
                    self.failure = failed.failure
            nursery.cancel_scope.cancel()
        assert recorder.open_spans() == []

    async def _get(self, dialer: Dialer, parent: Span) -> None:
        scheme, host, port = self._target
        connection = await dialer.dial(scheme, host, port, parent)
        path = "/x" if connection.forward is None else f"{scheme}://{host}:{port}/x"
        fields = f"Host: {host}\r\n"
        if connection.forward is not None and connection.forward.authorization is not None:
            fields += f"Proxy-Authorization: {connection.forward.authorization}\r\n"
        await connection.link.send(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
        while b"not found: /x" not in self.answer:
            data = await connection.link.receive()
            assert data
            self.answer += data
        await connection.link.aclose()

    @property
    def asked(self) -> list[list[str]]:
        return [proxy.asked for proxy in self.proxies]

    @property
    def phases(self) -> list[str]:
        return [f"{span.phase} {span.outcome}" for span in self.spans if span.phase != "http.request"]

    def all(self, phase: str) -> list[SpanRecord]:
        return [span for span in self.spans if span.phase == phase]


def _server_context(issued: Issued, folder: Path, alpn: tuple[str, ...]) -> ssl.SSLContext:
    files = write(issued, folder, "proxy")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context
