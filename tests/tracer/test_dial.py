"""From a host to a link that speaks HTTP: which spans, in which order, and what is kept of the handshake."""

import socket
from collections.abc import Generator, Mapping
from pathlib import Path

import msgspec
import pytest
import trio
from tests.oracle.harness import authority, certificate

from modtrace.lab.authority import write_roots
from modtrace.lab.server import Live, Place, Server, running
from modtrace.record.events import SCHEMA, Event, TraceStarted
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Recorder
from modtrace.record.trace import SpanRecord, from_events
from modtrace.tracer.dial import Dialer
from modtrace.tracer.routes import Routes
from modtrace.tracer.world.real import RealWorld

pytestmark = pytest.mark.loopback

STARTED = TraceStarted(
    at_ns=0, schema=SCHEMA, program="p", wall_time="t", module="m", version="v", settings=[], vantage={}
)


class Dialled(msgspec.Struct, frozen=True):
    """What came of it: the ALPN or the failure, phases with their outcome, certificates, lines of secrets."""

    alpn: str | None
    failure: Failure | None
    phases: list[tuple[str, str]]
    certificates: list[bytes]
    keys: list[str]


def dialled(
    scheme: str,
    port: int,
    folder: Path,
    *,
    host: str = "127.0.0.1",
    godebug: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    times: int = 1,
) -> Dialled:
    roots = str(write_roots(authority(), folder))
    world = RealWorld({"SSL_CERT_FILE": roots, "SSL_CERT_DIR": "/nowhere", **(env or {})})
    events: list[Event] = []
    certificates: list[bytes] = []
    keys: list[str] = []
    recorder = Recorder(now_ns=world.now_ns, sink=events.append)
    dialer = Dialer(
        world,
        routes=Routes(world.environ()),
        godebug=godebug or {},
        patience_s=5,
        makes_probes=False,
        on_certificate=certificates.append,
        on_keys=keys.extend,
    )

    async def main() -> str | None:
        with recorder.span("http.request", "GET") as parent, trio.fail_after(20):
            alpn: str | None = None
            for _ in range(times):
                connection = await dialer.dial(scheme, host, port, parent)
                alpn = connection.alpn
                await connection.link.aclose()
        return alpn

    alpn, failure = None, None
    try:
        alpn = trio.run(main)
    except StepFailed as failed:
        failure = failed.failure
    phases: list[tuple[str, str]] = [
        (span.phase, span.outcome) for span in _spans(events, recorder) if span.phase != "http.request"
    ]
    return Dialled(alpn, failure, phases, certificates, keys)


def _spans(events: list[Event], recorder: Recorder) -> list[SpanRecord]:
    assert recorder.open_spans() == []
    return list(from_events([STARTED, *events]).spans.values())


@pytest.fixture(scope="module", name="live")
def _live() -> Generator[Live]:
    places = (
        Place(name="plain"),
        Place(name="tls", issued=certificate()),
        Place(name="h1", issued=certificate(), alpn=("http/1.1",)),
        Place(name="expired", issued=authority().expired("127.0.0.1")),
        Place(name="no-alpn", issued=certificate(), alpn=()),
    )
    with running(Server(places=places, lifetime_s=60)) as live:
        yield live


def test_http_is_a_connection_and_nothing_more(live: Live, tmp_path: Path) -> None:
    done = dialled("http", live.ports["plain"], tmp_path)
    assert (done.alpn, done.failure, done.phases) == (None, None, [("tcp.connect", "ok")])
    assert (done.certificates, done.keys) == ([], [])


@pytest.mark.parametrize(
    ("place", "godebug", "alpn"),
    [
        ("tls", {}, "h2"),
        ("tls", {"http2client": "0"}, None),
        ("h1", {}, "http/1.1"),
        ("no-alpn", {}, None),
    ],
)
def test_https_ends_with_the_protocol_that_both_speak(
    place: str, godebug: dict[str, str], alpn: str | None, live: Live, tmp_path: Path
) -> None:
    done = dialled("https", live.ports[place], tmp_path, godebug=godebug)
    assert (done.alpn, done.failure) == (alpn, None)
    assert done.phases == [("tcp.connect", "ok"), ("tls.handshake", "ok")]
    assert len(done.certificates) == 2
    assert any(line.startswith("CLIENT_TRAFFIC_SECRET_0 ") for line in done.keys)


def test_a_name_is_resolved_first(live: Live, tmp_path: Path) -> None:
    done = dialled("http", live.ports["plain"], tmp_path, host="localhost")
    assert done.failure is None
    assert done.phases[0] == ("dns.resolve", "ok")
    assert ("tcp.connect", "ok") in done.phases


def test_a_chain_that_fails_is_kept_all_the_same(live: Live, tmp_path: Path) -> None:
    done = dialled("https", live.ports["expired"], tmp_path)
    assert done.failure is not None
    assert done.failure.cause == "tls.expired"
    assert len(done.certificates) == 2
    assert done.phases == [("tcp.connect", "ok"), ("tls.handshake", "failed")]


def test_a_refused_port_is_gos_dial_error(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        for scheme in ("http", "https"):
            done = dialled(scheme, port, tmp_path)
            assert done.failure is not None
            assert done.failure.go_text == f"dial tcp 127.0.0.1:{port}: connect: connection refused"


def test_roots_are_read_once(live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    whole = RealWorld.read_file

    def counted(self: RealWorld, path: str) -> bytes | None:
        read.append(path)
        return whole(self, path)

    monkeypatch.setattr(RealWorld, "read_file", counted)
    done = dialled("https", live.ports["tls"], tmp_path, times=3)
    assert done.failure is None
    assert sum(path.endswith("roots.pem") for path in read) == 1


def test_a_proxy_of_the_environment_is_never_gone_round(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        done = dialled("http", 80, tmp_path, host="192.0.2.1", env={"HTTP_PROXY": f"http://127.0.0.1:{port}"})
    assert done.failure is not None
    assert done.failure.cause == "proxy.unreachable.refused"
    assert [phase for phase, _ in done.phases] == ["tcp.connect"]
