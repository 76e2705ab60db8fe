"""Exit codes: the contract's table."""

from typing import get_args

import msgspec
import pytest
from tests.builders import failed

from modtrace.command.exits import BY_SIGNAL, INTERNAL, NOT_MEASURED, UNUSABLE_INPUT, exit_code_of
from modtrace.record.summary import Verdict, VerdictOutcome
from modtrace.reports.summarize import summarize


def verdict(outcome: VerdictOutcome) -> Verdict:
    return msgspec.structs.replace(summarize(failed().trace()).verdict, outcome=outcome)


CODES: dict[VerdictOutcome, int] = {"ok": 0, "failed": 1, "suspicious": 3, "incomplete": 4}


@pytest.mark.parametrize("outcome", get_args(VerdictOutcome))
def test_every_verdict_has_its_code(outcome: VerdictOutcome) -> None:
    assert exit_code_of(verdict(outcome)) == CODES[outcome]


@pytest.mark.parametrize("outcome", get_args(VerdictOutcome))
@pytest.mark.parametrize(("by", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 4)])
def test_an_interrupt_comes_before_the_verdict(outcome: VerdictOutcome, by: str, code: int) -> None:
    assert exit_code_of(verdict(outcome), interrupted_by=by) == code


def test_no_two_meanings_share_a_code() -> None:
    codes = [*CODES.values(), UNUSABLE_INPUT, INTERNAL, *BY_SIGNAL.values()]
    assert len(set(codes)) == len(codes)
    assert (UNUSABLE_INPUT, NOT_MEASURED, INTERNAL) == (2, 4, 70)
