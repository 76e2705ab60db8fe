"""Plans over more than one source, and with a current version; the oracle tests have the rest."""

import pytest

from modtrace.gorules.query import is_revision_query, parse_query, pick
from modtrace.gorules.queryplan import Answer, Ask, QuerySource, Resolved, plan_query
from modtrace.record.failures import Failure, GoRuleError, StepFailed

M = "example.com/m"
OLD = "v0.0.0-20200102030405-abcdef123456"
TWO = (QuerySource(base="https://one.test"), QuerySource(base="https://two.test"))


def _failure(status: str, *, is_not_exist: bool) -> Failure:
    return Failure(cause="http.not_found", side="source", text=status, go_text=status, is_not_exist=is_not_exist)


GONE = _failure("404", is_not_exist=True)
BROKEN = _failure("500", is_not_exist=False)


def _drive(query: str, answers: dict[tuple[str, int], Answer], *, current: str = "") -> tuple[list[Ask], Resolved]:
    asked: list[Ask] = []
    plan = plan_query(M, query, sources=TWO, current=current)
    try:
        ask = next(plan)
        while True:
            asked.append(ask)
            ask = plan.send(answers.get((ask.version or ask.kind, ask.source), GONE))
    except StopIteration as stop:
        result: Resolved = stop.value
        return asked, result


def _info(version: str, time: str = "2021-01-01T00:00:00Z") -> bytes:
    return f'{{"Version":"{version}","Time":"{time}"}}'.encode()


def test_not_exist_passes_the_comma() -> None:
    asked, found = _drive("v1.0.0", {("v1.0.0", 1): _info("v1.0.0")})
    assert [ask.source for ask in asked] == [0, 1]
    assert found.version == "v1.0.0"


def test_another_error_stops_at_the_comma() -> None:
    with pytest.raises(StepFailed) as caught:
        _drive("v1.0.0", {("v1.0.0", 0): BROKEN})
    assert caught.value.failure.go_text == "example.com/m@v1.0.0: 500"


def test_upgrade_stays_on_a_newer_commit() -> None:
    answers = {("list", 0): b"v0.0.0\n", ("v0.0.0", 0): _info("v0.0.0", "2019-01-01T00:00:00Z"), (OLD, 0): _info(OLD)}
    _, found = _drive("upgrade", answers, current=OLD)
    assert found.version == OLD


def test_patch_needs_a_version() -> None:
    with pytest.raises(GoRuleError, match="no existing version is required"):
        _drive("patch", {})
    _, found = _drive(
        "patch", {("list", 0): b"v1.0.0\nv1.0.2\nv1.1.0\n", ("v1.0.2", 0): _info("v1.0.2")}, current="v1.0.0"
    )
    assert found.version == "v1.0.2"


def test_no_match_names_the_current_version() -> None:
    with pytest.raises(StepFailed) as caught:
        _drive("<v0.1.0", {("list", 0): b"v1.0.0\n"})
    assert caught.value.failure.go_text == 'module example.com/m: no matching versions for query "<v0.1.0"'


def test_matchers() -> None:
    matcher = parse_query(M, ">v1.0.0")
    assert [v for v in ("v1.0.0", "v1.0.1", "v2.0.0") if matcher.fits(v)] == ["v1.0.1", "v2.0.0"]
    assert pick(matcher, ["v1.0.1-a", "v1.0.2", "v1.0.3"]) == "v1.0.2"
    assert pick(matcher, []) is None
    assert [is_revision_query(q) for q in ("latest", "v1", "v1.2.3", "main", "<v1")] == [
        False,
        False,
        True,
        True,
        False,
    ]
