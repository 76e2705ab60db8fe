"""Failures as data, and the two exceptions that carry them."""

from modtrace.record.failures import Failure, GoRuleError, StepFailed

REFUSED = Failure(cause="tcp.refused", side="origin", text="closed", go_text="connect: connection refused")


def test_each_level_adds_gos_words_before_the_text() -> None:
    wrapped = REFUSED.wrapped("dial tcp 192.0.2.1:443: ").wrapped('Get "https://goproxy.example": ')
    assert wrapped.go_text == 'Get "https://goproxy.example": dial tcp 192.0.2.1:443: connect: connection refused'
    assert (wrapped.cause, wrapped.text) == (REFUSED.cause, REFUSED.text)
    assert REFUSED.go_text == "connect: connection refused"


def test_where_go_says_nothing_no_level_makes_it_speak() -> None:
    silent = Failure(cause="http.head_stalled", side="origin", text="silence", hangs=True)
    assert silent.wrapped("reading: ") is silent


def test_a_failed_step_carries_its_failure_and_reads_as_one_line() -> None:
    error = StepFailed(REFUSED)
    assert error.failure is REFUSED
    assert str(error) == "tcp.refused: closed"


def test_a_refusal_by_gos_rules_is_in_gos_words_and_knows_its_origin() -> None:
    error = GoRuleError("config.goproxy_invalid", "invalid proxy URL", origin="environment")
    assert (str(error), error.text, error.cause) == ("invalid proxy URL", "invalid proxy URL", "config.goproxy_invalid")
    assert error.origin == "environment"
    assert GoRuleError("config.version_invalid", "x").origin is None
