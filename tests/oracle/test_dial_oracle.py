"""Our dialing beside the real one's, in networks of our own: order, moments, winner, words, and when it is over.

go and modtrace run in the same networks at the same time (``dial_runs``); the network tells what each of them did. All
runs together cost little more than the longest: go's 30 s for a dial.
"""

import fcntl
import os
import shutil
from pathlib import Path

import msgspec
import pytest
from tests.oracle.dial_cases import CASES, Case, Moment, moments
from tests.oracle.dial_ground import filled
from tests.oracle.dial_runs import Seen, host_of, run_all

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

Told = dict[str, dict[str, Seen]]
Moments = list[tuple[str, float]]
# What a timer starts on an idle machine comes 5 to 20 ms later. At once and after 300 ms must stay apart, though;
# the other timers are seconds apart. A dial's 30 s begin a little before its first packet.
EARLY_S, LATE_S, MUCH_LATER_S = 0.03, 0.25, 0.75
LEAVING_S = 1.5  # from the last packet to the end of the process: the pages of modtrace, on a busy machine


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the first worker leaves for the others: the runs, or why there are none."""

    told: Told = {}
    problem: str = ""


@pytest.fixture(scope="module")
def told(go_tool: str, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """All runs, made once: the worker that comes first makes them, another waits and reads."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("needs root and ip(8) for network namespaces")
        pytest.skip("needs root and ip(8) for network namespaces")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "dial_oracle.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = _outcome(shared / "dial_oracle.json", tmp_path_factory.mktemp("dial"), go_tool)
    if outcome.problem:
        pytest.fail(outcome.problem)
    return outcome.told


def _outcome(path: Path, folder: Path, go_tool: str) -> Outcome:
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Outcome)
    path.write_bytes(msgspec.json.encode(Outcome(problem="the runs were interrupted in another worker")))
    try:
        outcome = Outcome(told=run_all(folder, go_tool))
    except Exception as problem:
        path.write_bytes(msgspec.json.encode(Outcome(problem=f"the runs failed in another worker: {problem!r}")))
        raise
    path.write_bytes(msgspec.json.encode(outcome))
    return outcome


def by_name(case: Case) -> str:
    return case.name


def said(case: Case, template: str) -> str:
    """The end of go's error."""
    return filled(template.replace("{host}", host_of(case)))


def off_the_mark(seen: Moments, expected: Moments, *, as_one: bool) -> list[str]:
    """What came too early or too late. ``as_one``: what is due within a second must come together."""
    assert [label for label, _ in seen] == [label for label, _ in expected], (seen, expected)
    return [
        f"{label} after {at_s:.3f} s, not {expected_s:g} s"
        for (label, at_s), (_, expected_s) in zip(seen, expected, strict=True)
        if not (is_prompt(at_s, expected_s) if as_one and expected_s < 1 else is_near(at_s, expected_s))
    ]


def is_prompt(seen_s: float, expected_s: float) -> bool:
    return expected_s - EARLY_S <= seen_s <= expected_s + LATE_S


def is_near(seen_s: float, expected_s: float) -> bool:
    return expected_s - LATE_S <= seen_s <= expected_s + MUCH_LATER_S


def since_the_first(tries: Moments) -> Moments:
    return [(label, at_s - tries[0][1]) for label, at_s in tries]


def is_over(seen_s: float, expected_s: float) -> bool:
    return expected_s - LATE_S <= seen_s <= expected_s + LEAVING_S


def expected_asks(case: Case) -> Moments:
    """Each question as ``server kind name``, in the order of time and then of this text."""
    host = host_of(case)
    return sorted(
        (
            (f"{one.label} {kind} {host}.{one.search}", one.at_s)
            for one in moments(case.asks)
            for kind in ([one.kind] if one.kind else ["A", "AAAA"])
        ),
        key=lambda ask: (ask[1], ask[0]),
    )


def seen_asks(seen: Seen, expected: Moments) -> Moments:
    """In the same order, if each came at about its moment: questions of one moment come in any order."""
    times = sorted({at_s for _, at_s in expected})
    asks = [(f"{server} {kind} {name}", at_s) for at_s, server, kind, name in seen.asks]
    return sorted(asks, key=lambda ask: (sum(ask[1] >= time - LATE_S for time in times), ask[0]))


@pytest.mark.parametrize("case", CASES, ids=by_name)
@pytest.mark.parametrize("program", ["go", "modtrace"])
def test_addresses_are_dialed_in_gos_order_at_gos_moments(case: Case, program: str, told: Told) -> None:
    seen = told[case.name][program].tries
    expected = [(one.label, one.at_s) for one in moments(case.tries)]
    assert off_the_mark(seen[:1], expected[:1], as_one=False) == []
    assert off_the_mark(since_the_first(seen), since_the_first(expected), as_one=True) == []


@pytest.mark.parametrize("case", CASES, ids=by_name)
@pytest.mark.parametrize("program", ["go", "modtrace"])
def test_name_servers_are_asked_in_gos_order_at_gos_moments(case: Case, program: str, told: Told) -> None:
    expected = expected_asks(case)
    assert off_the_mark(seen_asks(told[case.name][program], expected), expected, as_one=False) == []


@pytest.mark.parametrize("case", CASES, ids=by_name)
@pytest.mark.parametrize("program", ["go", "modtrace"])
def test_the_same_connection_is_used_or_the_same_words_are_said(case: Case, program: str, told: Told) -> None:
    seen = told[case.name][program]
    assert seen.used == ([case.used] if case.used else []), seen.raw
    assert seen.ok == bool(case.used), seen.raw
    ends = tuple(said(case, words) for words in (case.says, case.or_says) if words)
    assert seen.error.endswith(ends) if ends else seen.error == "", seen.raw


@pytest.mark.parametrize("case", [case for case in CASES if case.or_says is None], ids=by_name)
def test_the_whole_error_is_that_of_go(case: Case, told: Told) -> None:
    assert told[case.name]["modtrace"].error == told[case.name]["go"].error


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_it_is_over_when_go_is(case: Case, told: Told) -> None:
    theirs, ours = told[case.name]["go"], told[case.name]["modtrace"]
    assert is_over(theirs.ended_s, case.ends_s), theirs.raw
    assert is_over(ours.ended_s, case.ends_s), ours.raw
    assert is_over(ours.after_s, case.ends_s), f"go gives up after {theirs.ended_s} s"


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_the_trace_has_every_connection_that_the_network_saw(case: Case, told: Told) -> None:
    seen = told[case.name]["modtrace"]
    assert [label for label in seen.recorded if has_route(case, label)] == [label for label, _ in seen.tries]


def has_route(case: Case, label: str) -> bool:
    """Without one, a connection is tried, and nothing leaves the machine."""
    return (case.has_ipv6 or "6." not in label) and label not in case.routes


@pytest.mark.parametrize("case", [case for case in CASES if not case.used], ids=by_name)
def test_the_verdict_names_the_cause_and_whose_side_it_was(case: Case, told: Told) -> None:
    assert told[case.name]["modtrace"].cause == case.cause, told[case.name]["modtrace"].raw


def test_a_line_of_the_table_is_read_as_it_is_written() -> None:
    assert moments("ok4.1@0 ns-without-aaaa@5/AAAA dropped6.1@7.5+a.test.") == [
        Moment("ok4.1", 0.0),
        Moment("ns-without-aaaa", 5.0, kind="AAAA"),
        Moment("dropped6.1", 7.5, search="a.test."),
    ]
    for case in CASES:
        assert len(moments(case.tries)) == len(case.tries.split()), case.name
        assert len(moments(case.asks)) == len(case.asks.split()), case.name
