"""One run's record: complete whatever happens, on disk as it happens."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import trio
from tests.tracer.running import HELLO, ground, place, quiet

from modtrace.lab.behaviour import Reply
from modtrace.record.events import SpanClosed, SpanNoted, SpanStarted, TraceEnded, TraceStarted
from modtrace.record.failures import Json
from modtrace.record.recorder import Recorder
from modtrace.record.trace import Trace, from_events, read_lines
from modtrace.tracer import assemble, story
from modtrace.tracer import run as run_module
from modtrace.tracer.orders import Orders
from modtrace.tracer.plan import Plan
from modtrace.tracer.run import Run
from modtrace.tracer.world.bundle import Bundle
from modtrace.tracer.world.interface import World
from modtrace.tracer.world.real import RealWorld

pytestmark = pytest.mark.loopback

STALL = {"*.mod": Reply(fault="stall_before_head")}


def on_disk(bundle: Path) -> Trace:
    with (bundle / "events.jsonl").open("rb") as file:
        return read_lines(file)


def is_whole(trace: Trace) -> bool:
    return trace.ended is not None and all(span.closed_ns is not None for span in trace.spans.values())


def test_what_is_on_disk_is_what_was_kept(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        run, trace, ended = here.run()
        assert on_disk(here.bundle) == trace
    assert is_whole(trace)
    assert ended is not None
    assert (ended.interrupted_by, ended.crash, ended.lost_bytes) == (None, None, 0)
    assert isinstance(run.events[0], TraceStarted)
    assert isinstance(run.events[-1], TraceEnded)
    assert [type(event) for event in run.events].count(TraceEnded) == 1
    (plan,) = trace.named("config.plan")
    assert (plan.outcome, plan.subject) == ("ok", "lab.test/hello@v1.0.0")


def test_a_refusal_is_a_whole_record_without_a_bundle(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        run, trace, ended = here.run(module="Not A Path")
        assert not here.bundle.exists()
        assert here.paths == []
    assert ended is None
    assert run.refusal is not None
    assert is_whole(trace)
    assert trace.ended is not None
    assert trace.ended.failure is not None
    assert trace.ended.failure.cause == "config.module_path_invalid"
    assert [span.outcome for span in trace.spans.values()] == ["failed"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_every_span_and_names_what_was_awaited(number: signal.Signals, tmp_path: Path) -> None:
    async def interrupt(recorder: Recorder) -> None:
        while not any(
            span.phase == "http.first_byte" and "/@v/v1.0.0.mod" in asked() for span in recorder.open_spans()
        ):
            await trio.sleep(0.01)
        os.kill(os.getpid(), number)

    with ground(tmp_path, place(faults=STALL)) as here:

        def asked() -> str:
            return " ".join(here.paths)

        _, trace, ended = here.run(watcher=interrupt)
        assert on_disk(here.bundle) == trace
    assert ended is not None
    assert ended.interrupted_by == number.name
    assert is_whole(trace)
    assert trace.ended is not None
    assert trace.ended.failure is not None
    assert trace.ended.interrupted_by == number.name
    assert trace.ended.failure.text.startswith(number.name)
    assert "abandoned" in {span.outcome for span in trace.spans.values()}


def test_the_order_in_which_spans_close_is_children_first(tmp_path: Path) -> None:
    with ground(tmp_path, place(faults=STALL)) as here:
        run, trace, _ = here.run(timeout_s=0.7)
    closed = [event.span for event in run.events if isinstance(event, SpanClosed)]
    for span in trace.spans.values():
        for ancestor in trace.ancestors(span):
            if ancestor.phase != "config.plan":
                assert closed.index(span.id) < closed.index(ancestor.id)


def test_the_whole_runs_timeout_is_an_interruption_of_ours(tmp_path: Path) -> None:
    with ground(tmp_path, place(faults=STALL)) as here:
        _, trace, ended = here.run(timeout_s=0.7)
    assert ended is not None
    assert ended.interrupted_by is None
    assert is_whole(trace)
    assert trace.ended is not None
    assert trace.ended.failure is not None
    assert trace.ended.failure.cause == "local.interrupted"
    assert trace.ended.failure.text.startswith("--timeout 0.7")


def test_a_bug_of_ours_is_told_with_the_record_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(story, "fetch", broken)
    with ground(tmp_path) as here:
        _, trace, ended = here.run()
        assert on_disk(here.bundle) == trace
    assert ended is not None
    assert "ZeroDivisionError: a bug" in (ended.crash or "")
    assert is_whole(trace)


def test_a_disk_that_takes_no_event_costs_the_file_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, data: object) -> int:
        raise OSError(28, "No space left on device")

    with ground(tmp_path) as here:
        monkeypatch.setattr(os, "write", refuse)
        try:
            _, trace, ended = here.run()
        finally:
            monkeypatch.undo()
        assert (here.bundle / "events.jsonl").read_bytes() == b""
    assert ended is not None
    assert ended.lost_bytes > 1000
    assert is_whole(trace)
    assert trace.ended is not None
    assert trace.ended.artifacts["zip"] == HELLO.zip_h1


def test_warnings_are_the_plans(tmp_path: Path) -> None:
    with ground(tmp_path, env={"GOSUMDB_TIMEOUT": "1"}) as here:
        run, _, _ = here.run()
    assert len(run.warnings) == 1


def test_the_first_packet_is_in_the_record_with_its_time_and_is_the_only_connection(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        run, trace, _ = here.run()
        assert len(here.live.journal.connections) == 1
        port = here.live.ports["a"]
    (plan,), (connect,), operation = (
        trace.named("config.plan"),
        trace.named("tcp.connect"),
        trace.named("module.info")[0],
    )
    (note,) = [note for note in plan.notes if note.what == "headstart"]
    assert note.data == {"dial": f"127.0.0.1:{port}", "sent": [f"connect to 127.0.0.1:{port}"]}
    assert operation.started_ns <= connect.started_ns <= note.at_ns
    kinds = [type(event) for event in run.events]
    assert kinds.index(SpanNoted) < kinds.index(SpanStarted, kinds.index(SpanClosed)), "before the fetch's own first"


def test_the_proxy_before_the_server_is_contacted_instead(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy, ground(tmp_path, goproxy="http://goproxy.example") as here:
        proxy.settimeout(10)
        port = proxy.getsockname()[1]
        environ = {**here.environ, "HTTP_PROXY": f"http://127.0.0.1:{port}"}
        run = Run(Orders(module=HELLO.path, query="v1.0.0"), RealWorld(environ))
        run.prepare()

        async def refuse(recorder: Recorder) -> None:
            conn, _ = await trio.to_thread.run_sync(proxy.accept)
            with conn:
                conn.recv(4096)
                conn.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await trio.sleep_forever()

        run.execute(Bundle.create(here.bundle), refuse)
    trace = from_events(run.events)
    assert [str(span.subject) for span in trace.named("tcp.connect")] == [f"127.0.0.1:{port}"]
    (note,) = [note for note in trace.named("config.plan")[0].notes if note.what == "headstart"]
    assert note.data["dial"] == f"127.0.0.1:{port}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_code_is_loaded_ends_the_run_in_order(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = run_module.begin_ahead
    usual = signal.getsignal(number)

    def begin_and_be_interrupted(plan: Plan, world: World) -> dict[str, Json] | None:
        begun = begin(plan, world)
        os.kill(os.getpid(), number)
        return begun

    monkeypatch.setattr(run_module, "begin_ahead", begin_and_be_interrupted)
    with ground(tmp_path, place(faults=STALL)) as here:
        _, trace, ended = here.run()
        assert on_disk(here.bundle) == trace
    assert ended is not None
    assert ended.interrupted_by == number.name
    assert is_whole(trace)
    assert signal.getsignal(number) is usual


def test_what_was_begun_is_closed_when_the_story_cannot_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(assemble, "assemble", broken)
    with socket.create_server(("127.0.0.1", 0)) as listener, ground(tmp_path) as here:
        listener.settimeout(10)
        environ = {**here.environ, "GOPROXY": f"http://127.0.0.1:{listener.getsockname()[1]}"}
        run = Run(Orders(module=HELLO.path, query="v1.0.0"), RealWorld(environ))
        run.prepare()
        with pytest.raises(ZeroDivisionError):
            run.execute(Bundle.create(here.bundle), quiet)
        conn, _ = listener.accept()
        with conn:
            assert conn.recv(1) == b""
        assert on_disk(here.bundle).named("config.plan")[0].notes[0].what == "headstart"


def test_a_run_that_go_refuses_and_one_without_a_network_send_nothing(tmp_path: Path) -> None:
    with ground(tmp_path, env={"GODEBUG": "cmdgonetlimit=0"}) as here:
        _, trace, _ = here.run()
        here.run(module="Not A Path")
        here.run(goproxy="off")
        assert here.live.journal.connections == ()
    assert not any(note.what == "headstart" for note in trace.named("config.plan")[0].notes)


HEAVY = ("trio", "ssl", "attr", "OpenSSL", "cryptography", "json", "shutil", "random", "dns", "h2", "hpack", "rich")


def test_the_first_packet_waits_for_no_code_that_only_the_fetch_needs(tmp_path: Path) -> None:
    program = """
import sys
from modtrace.command import cli, fetch
from modtrace.tracer import run

def stop(plan, world):
    sys.stdout.write(" ".join(sys.modules))
    sys.stdout.flush()
    raise SystemExit(0)

run.begin_ahead = stop
sys.argv = ["modtrace", "fetch", "example.com/m@v1.0.0", "--goproxy", "http://127.0.0.1:9", "-o", sys.argv[1], "-q"]
cli.run()
"""
    environ = {"PATH": os.defpath, "HOME": str(tmp_path), "GOENV": "off", "GOROOT": str(tmp_path)}
    command = [sys.executable, "-c", program, str(tmp_path / "out")]
    loaded = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.split()
    assert "modtrace.tracer.firstcontact" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_remarks_on_the_proxy_variables_are_noted_before_any_packet_and_without_secrets(tmp_path: Path) -> None:
    with ground(tmp_path, env={"HTTPS_PROXY": "http://me:s3cret%zz@p.test", "no_proxy": "a.test b.test"}) as here:
        run, trace, ended = here.run()
        assert "s3cret" not in (here.bundle / "events.jsonl").read_text()
    assert ended is not None
    (plan,) = trace.named("config.plan")
    notes = [note for note in plan.notes if note.what == "proxy_remark"]
    assert [(note.data["variable"], note.data["cause"]) for note in notes] == [
        ("HTTPS_PROXY", "config.proxy_url_invalid"),
        ("no_proxy", "config.proxy_url_invalid"),
    ]
    assert all(note.at_ns <= (plan.closed_ns or 0) for note in notes)
    assert plan.attributes["routes"] == [
        {"target": here.live.url("a"), "through": [], "rule": "HTTP_PROXY is not set: direct connection"}
    ]
    assert len(run.warnings) == 2
