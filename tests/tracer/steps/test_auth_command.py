"""One run of a credential program: its span, go's words for its end, and no secret of it on record."""

from collections.abc import Callable

import pytest
import trio
import trio.testing
from tests.sim.credentials import ProgramWorld
from tests.sim.machine import Scripted
from tests.tracer.bench import Bench

from modtrace.gorules.goauth import GoauthOutputError
from modtrace.record.events import SpanClosed, encode
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.record.redaction import MASK
from modtrace.tracer.steps.auth_command import AuthCommandFailed, AuthRun, ask, tell

RUN = AuthRun(shown="helper -x", argv=("helper", "-x"), environ={}, url="")
Read = Callable[[str, Span], str]


def given(output: str, span: Span) -> str:
    return output


def unreadable(output: str, span: Span) -> str:
    raise GoauthOutputError(f"could not read {output}", "could not read it")


def ran(script: Scripted | None, read: Read = given, run: AuthRun = RUN) -> tuple[str | Failure | Exception, Bench]:
    bench = Bench()
    world = ProgramWorld({} if script is None else {"helper": script})
    out: list[str | Failure | Exception] = []

    async def main() -> None:
        try:
            out.append(await ask(run, read, world, parent=bench.root, patience_s=30))
        except StepFailed as failed:
            out.append(failed.failure)
        except AuthCommandFailed as failed:
            out.append(failed)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return out[0], bench


def closed(bench: Bench) -> SpanClosed:
    (span,) = bench.closed("config.goauth")
    return span


def test_a_run_that_worked_gives_what_was_read_and_records_how_it_ended() -> None:
    result, bench = ran(Scripted("answer", "a word\n"))
    assert result == "answer"
    (started,) = bench.started("config.goauth")
    assert (started.subject, started.attributes["command"], started.attributes["url"]) == (
        "helper -x",
        "helper -x",
        None,
    )
    assert closed(bench).outcome == "ok"
    assert closed(bench).attributes == {"exit_status": 0, "output_bytes": 6, "stderr": "a word\n"}


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Scripted(stderr="first\nno\n\n", status=3), "exit status 3: no"),
        (Scripted(status=-9), "signal: killed"),
        (Scripted(status=-31), "signal: signal 31"),
        (None, 'exec: "helper": executable file not found in $PATH'),
    ],
)
def test_a_run_that_gave_nothing_says_how_it_ended_in_gos_words(script: Scripted | None, words: str) -> None:
    result, bench = ran(script)
    assert isinstance(result, AuthCommandFailed)
    assert str(result) == words
    failure = closed(bench).failure
    assert failure is not None
    assert (failure.cause, failure.side, failure.text, failure.where, failure.hangs) == (
        "config.goauth_failed",
        "local",
        words,
        "helper -x",
        False,
    )


def test_an_output_that_cannot_be_read_is_not_repeated() -> None:
    result, bench = ran(Scripted("t0k3n-in-a-line", "I print t0k3n-in-a-line"), unreadable)
    assert str(result) == "could not read it"
    assert b"t0k3n" not in b"".join(encode(event) for event in bench.events)
    assert closed(bench).attributes["stderr"] == f"I print {MASK}"


@pytest.mark.parametrize(
    ("script", "words", "limit"),
    [
        (Scripted("p4rtial-s3cret", after_s=None), "it did not end within 30 s; go would wait for ever", None),
        (Scripted("x" * 9, is_endless=True), "it printed 9 bytes and was not at an end", "GOAUTH_OUTPUT_BYTES"),
    ],
)
def test_a_run_without_an_end_is_a_hang_of_gos(script: Scripted, words: str, limit: str | None) -> None:
    result, bench = ran(script)
    assert isinstance(result, Failure)
    assert (result.cause, result.hangs, result.go_text, result.limit) == (
        "config.goauth_failed.stalled",
        True,
        None,
        limit,
    )
    assert result.text.startswith(words)
    assert closed(bench).outcome == "failed"
    assert closed(bench).attributes["exit_status"] == (0 if limit else None)


def test_secrets_that_the_reader_learns_are_masked_in_what_the_program_said_beside() -> None:
    def read(output: str, span: Span) -> str:
        span.recorder.redactor.learn_value(output)
        return output

    _, bench = ran(Scripted("plain words", "+ echo plain words\n"), read)
    assert closed(bench).attributes["stderr"] == f"+ echo {MASK}\n"


def test_gits_two_streams_are_one() -> None:
    run = AuthRun(shown="git /d", argv=("helper",), environ={}, url="https://h.test", is_git=True)
    result, _ = ran(Scripted("out", "err", 128), run=run)
    assert str(result) == "exit status 128: outerr"


@pytest.mark.parametrize("script", [Scripted("noise", status=1), None])
def test_whoever_is_only_told_may_fail(script: Scripted | None) -> None:
    bench = Bench()
    world = ProgramWorld({} if script is None else {"git": script})
    trio.run(tell_git, world, bench)
    assert closed(bench).outcome == "ok"
    expected = {"exit_status": 1} if script else {"error": 'exec: "git": executable file not found in $PATH'}
    assert closed(bench).attributes == expected
    assert [command.is_left_alone for command in world.ran] == ([True] if script else [])


async def tell_git(world: ProgramWorld, bench: Bench) -> None:
    await tell(("git", "credential", "approve"), {}, "password=x\n", world, parent=bench.root)
