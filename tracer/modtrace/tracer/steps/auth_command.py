"""One run of a program that go asks for credentials: a span, its end in go's words, and secrets learnt first.

Go 1.26 cmd/go/internal/auth/userauth.go runAuthCommand. go waits without a limit, and keeps silent about what fails
(unless ``-x``); here the wait ends with the patience, and every run is recorded, without what it printed.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from modtrace.gorules.goauth import GoauthOutputError
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import GOAUTH_OUTPUT_BYTES, GOAUTH_STDERR_KEPT_BYTES
from modtrace.record.recorder import Span
from modtrace.tracer.world.interface import Command, CommandEnd, CommandNotStarted, World

T = TypeVar("T")
_SIGNALS = {1: "hangup", 2: "interrupt", 6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}


class AuthCommandFailed(Exception):
    """A run that gave nothing usable, which go passes over; the text says why, redacted."""


class AuthRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run. ``shown`` names it; ``is_git``: both streams are read as one."""

    shown: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    url: str
    stdin: str | None = None
    directory: str | None = None
    is_git: bool = False


async def ask(run: AuthRun, read: Callable[[str, Span], T], world: World, *, parent: Span, patience_s: float) -> T:
    """What ``read`` makes of the run's output; it must teach the redactor every secret of it.

    Raises :class:`AuthCommandFailed`, and ``StepFailed`` for a run without an end, where go would hang.
    """
    with parent.child("config.goauth", run.shown, command=run.shown, url=run.url or None) as span:
        span.waiting_for = (f"the command {run.shown}", None)
        end = await _ended(run, world, span, patience_s)
        output = end.stdout.decode("utf-8", "surrogateescape")
        if end.status != 0:
            said = output if run.is_git else end.stderr.decode("utf-8", "replace")
            raise _failed(span, run, _status(end.status), said)
        try:
            return read(output, span)
        except GoauthOutputError as error:
            span.recorder.redactor.learn_output(output)
            raise _failed(span, run, error.public) from error


async def tell(argv: tuple[str, ...], environ: Mapping[str, str], stdin: str, world: World, *, parent: Span) -> None:
    """A run whose end nobody cares about (``git credential approve``); what it prints is dropped."""
    command = Command(
        argv=argv,
        environ=environ,
        stdin=stdin.encode("utf-8", "surrogateescape"),
        is_left_alone=True,
        output_limit_bytes=GOAUTH_OUTPUT_BYTES,
        stderr_kept_bytes=GOAUTH_STDERR_KEPT_BYTES,
    )
    with parent.child("config.goauth", " ".join(argv), command=" ".join(argv)) as span:
        try:
            end = await world.run_command(command, timeout_s=float("inf"))
        except CommandNotStarted as error:
            span.set(error=str(error))
        else:
            span.set(exit_status=end.status)


async def _ended(run: AuthRun, world: World, span: Span, patience_s: float) -> CommandEnd:
    """The run, with its facts on the span. Attributes are redacted when the span closes: secrets are known by then."""
    command = Command(
        argv=run.argv,
        environ=run.environ,
        stdin=None if run.stdin is None else run.stdin.encode("utf-8", "surrogateescape"),
        directory=run.directory,
        merges_stderr=run.is_git,
        output_limit_bytes=GOAUTH_OUTPUT_BYTES,
        stderr_kept_bytes=GOAUTH_STDERR_KEPT_BYTES,
    )
    try:
        end = await world.run_command(command, timeout_s=patience_s)
    except CommandNotStarted as error:
        raise _failed(span, run, str(error)) from error
    stderr = end.stderr.decode("utf-8", "replace")
    span.recorder.redactor.learn_output(stderr)
    span.set(exit_status=None if end.was_late else end.status, output_bytes=len(end.stdout), stderr=stderr)
    if end.status != 0 or end.was_late or end.was_too_long:
        span.recorder.redactor.learn_output(end.stdout.decode("utf-8", "replace"))
    if end.was_late or end.was_too_long:
        raise StepFailed(_endless(run.shown, end, patience_s))
    return end


def _failed(span: Span, run: AuthRun, reason: str, said: str = "") -> AuthCommandFailed:
    """``said``: what it printed about it, whose last line says most; the span's ``stderr`` has all of it."""
    lines = said.split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    text = span.recorder.redactor.text(f"{reason}: {last}" if last else reason)
    failure = Failure(cause="config.goauth_failed", side="local", text=text, where=run.shown)
    span.close("failed", failure)
    return AuthCommandFailed(text)


def _endless(shown: str, end: CommandEnd, patience_s: float) -> Failure:
    if end.was_too_long:
        text = f"it printed {len(end.stdout)} bytes and was not at an end; go would read on without a limit"
    elif end.left_its_output_open:
        text = f"it ended, but what it started kept its output open for {patience_s:g} s; go would wait for ever"
    else:
        text = f"it did not end within {patience_s:g} s; go would wait for ever"
    return Failure(
        cause="config.goauth_failed.stalled",
        side="local",
        text=text,
        hangs=True,
        where=shown,
        limit="GOAUTH_OUTPUT_BYTES" if end.was_too_long else None,
    )


def _status(status: int | None) -> str:
    """Go's ``os.ProcessState`` in words."""
    if status is None or status >= 0:
        return f"exit status {status}"
    return f"signal: {_SIGNALS.get(-status, f'signal {-status}')}"
