"""An experiment begins when the act beside it falls silent, and ends with it."""

import pytest
import trio
from tests.tracer.clocked import Clocked
from trio.testing import MockClock

from modtrace.record.failures import Failure, StepFailed
from modtrace.record.phases import PhaseName
from modtrace.record.recorder import Span
from modtrace.tracer.probes.beside import beside

PHASES: frozenset[PhaseName] = frozenset({"proxy.tunnel"})
SILENCE = Failure(cause="proxy.silent", side="proxy", text="silence")


class Trial:
    """An act that opens a span for ``act_s`` seconds; when the experiment began and whether it came to its end."""

    def __init__(
        self,
        act_s: float,
        *,
        phase: PhaseName = "proxy.tunnel",
        fails: bool = False,
        experiment_s: float = 1.0,
        below: bool = False,
    ) -> None:
        self.began_s: list[float] = []
        self.ended_s: list[float] = []
        self.result: str | Failure = ""
        self.over_s = 0.0

        async def main() -> None:
            clocked = Clocked()

            async def act() -> str:
                parent: Span = clocked.root.child("tcp.connect", "between") if below else clocked.root
                with parent.child(phase, "x"):
                    await trio.sleep(act_s)
                    if fails:
                        raise StepFailed(SILENCE)
                    return "opened"

            async def experiment() -> None:
                self.began_s.append(trio.current_time() - clocked.zero)
                await trio.sleep(experiment_s)
                self.ended_s.append(trio.current_time() - clocked.zero)

            try:
                self.result = await beside(act, experiment, parent=clocked.root, phases=PHASES, after_s=2.0)
            except StepFailed as failed:
                self.result = failed.failure
            self.over_s = trio.current_time() - clocked.zero

        trio.run(main, clock=MockClock(autojump_threshold=0))


def test_an_act_that_is_quick_is_never_probed() -> None:
    trial = Trial(1.5)
    assert (trial.result, trial.began_s, trial.over_s) == ("opened", [], 1.5)


@pytest.mark.parametrize("fails", [False, True])
def test_silence_is_probed_and_the_result_is_the_acts(fails: bool) -> None:
    trial = Trial(10, fails=fails)
    assert trial.result == (SILENCE if fails else "opened")
    assert trial.began_s == [pytest.approx(2.0, abs=0.11)]
    assert trial.ended_s == [pytest.approx(3.0, abs=0.11)]
    assert trial.over_s == 10


def test_an_experiment_never_outlives_the_act() -> None:
    trial = Trial(3, experiment_s=60)
    assert (len(trial.began_s), trial.ended_s, trial.over_s) == (1, [], 3)


@pytest.mark.parametrize("words", [{"phase": "dns.resolve"}, {"below": True}])
def test_only_the_named_phases_right_below_count(words: dict[str, object]) -> None:
    assert Trial(10, **words).began_s == []  # type: ignore[arg-type]
