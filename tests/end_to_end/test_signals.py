"""SIGINT, SIGTERM and SIGKILL at several moments: what was recorded loads again; the exit code is the contract's."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.ground import Child, Ground, ground, honest

from modtrace.lab.behaviour import Reply
from modtrace.lab.server import Place
from modtrace.record.phases import PhaseName
from modtrace.record.trace import Trace

pytestmark = pytest.mark.loopback

SLOW = Reply(drip_bytes=40, drip_s=0.5)


def in_tls(here: Ground) -> bool:
    assert here.live is not None
    return bool(here.live.journal.connections) and is_open(here, "tls.handshake")


def is_open(here: Ground, phase: PhaseName) -> bool:
    path = here.bundle / "events.jsonl"
    if not path.exists() or b"\n" not in path.read_bytes():
        return False
    return any(span.closed_ns is None for span in here.trace().named(phase))


MOMENTS: dict[str, tuple[Place, Callable[[Ground], bool], str]] = {
    "waiting for a head": (
        honest(faults={"*.mod": Reply(fault="stall_before_head")}),
        lambda here: is_open(here, "http.first_byte") and here.asked(".mod"),
        "http.first_byte",
    ),
    "in a body that stalls": (
        honest(faults={"*.zip": Reply(fault="stall_in_body", after_bytes=50)}),
        lambda here: is_open(here, "body.receive") and here.asked(".zip"),
        "body.receive",
    ),
    "in a body that trickles": (
        honest(faults={"*.zip": SLOW}),
        lambda here: is_open(here, "body.receive") and here.asked(".zip"),
        "body.receive",
    ),
    "in the TLS handshake": (honest(tls=True, at_connect="mute"), in_tls, "tls.handshake"),
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_in_order(moment: str, number: signal.Signals, code: int, tmp_path: Path) -> None:
    place, is_there, phase = MOMENTS[moment]
    with ground(tmp_path, place) as here:
        child = here.start("--json")
        child.until(lambda: is_there(here))
        child.process.send_signal(number)
        done = child.wait(10)
        assert done.code == code
        assert "Traceback" not in done.err
        trace = here.trace()
        ends_in_order(trace, number.name)
        last = trace.named("http.first_byte", "body.receive", "tls.handshake")[-1]
        assert (last.phase, last.outcome) == (phase, "abandoned")
        assert here.summary() == done.json
        assert done.json["verdict"]["cause"] == "local.interrupted"
        assert done.json["verdict"]["outcome"] == "incomplete"


def ends_in_order(trace: Trace, name: str) -> None:
    assert trace.damage is None
    assert trace.ended is not None
    assert trace.ended.interrupted_by == name
    assert [span.subject for span in trace.spans.values() if span.closed_ns is None] == []
    for span in trace.spans.values():
        assert span.outcome != "failed"


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    """The first one's orderly end is held up by a child that is stopped in between: both signals are pending then."""
    place, is_there, _ = MOMENTS["waiting for a head"]
    with ground(tmp_path, place) as here:
        child = here.start()
        child.until(lambda: is_there(here))
        child.process.send_signal(signal.SIGSTOP)
        child.process.send_signal(signal.SIGINT)
        child.process.send_signal(signal.SIGTERM)
        child.process.send_signal(signal.SIGCONT)
        done = child.wait(10)
        assert done.code in (130, 143, -signal.SIGINT, -signal.SIGTERM)
        assert here.trace().started.module == "lab.test/hello"


def killed_at(child: Child, here: Ground, is_there: Callable[[Ground], bool]) -> None:
    child.until(lambda: is_there(here))
    child.process.kill()
    assert child.wait(10).code == -signal.SIGKILL


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_a_killed_process_had_recorded_loads(moment: str, tmp_path: Path) -> None:
    place, is_there, phase = MOMENTS[moment]
    with ground(tmp_path, place) as here:
        killed_at(here.start(), here, is_there)
        trace = here.trace()
        assert trace.damage is None
        assert trace.ended is None
        assert [span.phase for span in trace.spans.values() if span.closed_ns is None][-1] == phase
        assert any(span.outcome == "ok" for span in trace.spans.values())


def test_a_signal_at_any_time_of_a_whole_run_leaves_a_trace_that_loads(tmp_path: Path) -> None:
    for number in range(12):
        with ground(tmp_path / str(number), honest(faults={"*": Reply(delay_s=0.05)})) as here:
            child = here.start()
            timer = threading.Timer(0.1 + number * 0.06, child.process.send_signal, (signal.SIGTERM,))
            timer.start()
            done = child.wait(20)
            timer.cancel()
            timer.join()
            assert "Traceback" not in done.err
            assert done.code in (0, 143, -signal.SIGTERM)
            if done.code == 143:
                ends_in_order(here.trace(), "SIGTERM")
