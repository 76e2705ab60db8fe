"""Go's ``auth.AddCredentials``: GOAUTH's commands run at the first https request, and again after each 4xx.

Go 1.26 cmd/go/internal/auth/auth.go AddCredentials, runGoAuth; https only. What a run gives is known to the redactor
before anything of it is recorded.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import trio

from modtrace.gorules import goauth
from modtrace.gorules.credentialcache import CredentialCache, Origin
from modtrace.gorules.goauth import GoauthCommand
from modtrace.gorules.netrc import NetrcLine
from modtrace.gorules.settings import Setting
from modtrace.record.failures import Failure, GoRuleError, Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.record.redaction import Redactor
from modtrace.tracer.steps.httptypes import ResponseHead
from modtrace.tracer.wire.http1head import Headers
from modtrace.tracer.world.interface import World

if TYPE_CHECKING:
    from modtrace.tracer.steps.client import Answered
    from modtrace.tracer.steps.transport import Transport


class Credentials:
    """The credentials of one run. Open it inside the transport: git's answers are tried out beside the fetch."""

    def __init__(
        self,
        setting: Setting,
        read_netrc: Callable[[], Sequence[NetrcLine]],
        world: World,
        redactor: Redactor,
        *,
        settings: Mapping[str, Setting],
        patience_s: float,
    ) -> None:
        """``setting`` is GOAUTH; ``settings`` are what its commands find in their environment."""
        self._setting = setting
        self._read_netrc = read_netrc
        self._world = world
        self._redactor = redactor
        self._settings = settings
        self._patience_s = patience_s
        self._cache = CredentialCache()
        self._netrc: Sequence[NetrcLine] | None = None
        self._first_run = trio.Lock()
        self._has_run = False
        self._failure: Failure | None = None
        self._nursery: trio.Nursery | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """At its end, what still runs beside the fetch is cut off, as by go's exit."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            yield
            nursery.cancel_scope.cancel()

    async def headers_for(
        self, url: str, transport: "Transport", *, parent: Span, answer: ResponseHead | None = None
    ) -> Headers:
        """Headers of an https request. ``answer``: the 4xx that the same request got just now.

        Raises ``StepFailed`` for a command without an end, and for a list that go dies of.
        """
        if self._setting.value == "off":
            return []
        async with self._first_run:
            if not self._has_run:
                await self._run_all("", None, transport, parent)
                self._has_run = True
        if answer is not None:
            await self._run_all(url, answer, transport, parent)
        kept = self._cache.load(url)
        return [] if kept is None else list(kept.headers)

    def account(self, url: str, answered: "Answered") -> dict[str, Json]:
        """For a refusal: which credentials went out with the request, or why none did; never a secret."""
        from modtrace.gorules.credentialaccount import Refusal, account  # a fetch that is served never loads it

        refusal = Refusal(url=url, final_url=answered.url, sent=tuple(answered.sent))
        machines = [line.machine for line in self._netrc_lines()]
        return account(refusal, cache=self._cache, goauth=self._setting.value, machines=machines)

    async def _run_all(self, url: str, answer: ResponseHead | None, transport: "Transport", parent: Span) -> None:
        """``runGoAuth``. A failure ends it for every request: go would be hanging, or dead."""
        if self._failure is not None:
            raise StepFailed(self._failure)
        try:
            for entry in goauth.entries_of(self._setting.value):
                command = goauth.parse_entry(entry, self._setting.value)
                if command.kind == "off":
                    return
                if command.kind == "netrc":
                    self._cache.store_netrc(self._netrc_lines())
                else:
                    await self._run(command, url, answer, transport, parent)
        except GoRuleError as error:
            self._failure = Failure(
                cause=error.cause,
                side="local",
                text=error.text,
                go_text=error.text,
                where=f"GOAUTH ({self._setting.origin})",
                details={"is_fatal": True},
            )
            raise StepFailed(self._failure) from error
        except StepFailed as failed:
            self._failure = failed.failure
            raise

    async def _run(
        self, command: GoauthCommand, url: str, answer: ResponseHead | None, transport: "Transport", parent: Span
    ) -> None:
        from modtrace.tracer.steps.auth_command import AuthCommandFailed

        with suppress(AuthCommandFailed):  # go goes on with the next one; the run's span says why
            if command.kind == "git":
                await self._ask_git(command, url, transport, parent)
            else:
                await self._ask_command(command, url, answer, parent)

    async def _ask_command(self, command: GoauthCommand, url: str, answer: ResponseHead | None, parent: Span) -> None:
        from modtrace.tracer.steps.user_auth import ask_user_auth

        found = await ask_user_auth(
            command, url, answer, self._environ(), self._world, parent=parent, patience_s=self._patience_s
        )
        for prefix, headers in found.items():
            self._cache.store(prefix, headers, Origin("command", command.text))

    async def _ask_git(self, command: GoauthCommand, url: str, transport: "Transport", parent: Span) -> None:
        from modtrace.tracer.steps import git_credential

        assert command.directory is not None
        self._check_directory(command.directory)
        if not url:
            return  # git can't be asked for all that it knows
        environ = self._environ(command.directory)
        credential = await git_credential.fill(
            command, url, environ, self._world, parent=parent, patience_s=self._patience_s
        )
        self._cache.store(credential.prefix, credential.headers, Origin("git", command.text))
        assert self._nursery is not None, "opened() first"
        self._nursery.start_soon(
            git_credential.validate, credential, self._environ(), self._world, transport, _root(parent)
        )

    def _check_directory(self, directory: str) -> None:
        try:
            is_directory = self._world.is_directory(directory)
        except OSError as error:
            raise goauth.cannot_stat(directory, (error.strerror or "").lower()) from error
        if not is_directory:
            raise goauth.not_a_directory()

    def _environ(self, directory: str | None = None) -> dict[str, str]:
        return goauth.command_environ(self._world.environ(), self._settings, directory=directory)

    def _netrc_lines(self) -> Sequence[NetrcLine]:
        if self._netrc is None:
            self._netrc = self._read_netrc()
            for line in self._netrc:
                self._redactor.learn_basic(line.login, line.password)
        return self._netrc


def _root(span: Span) -> Span:
    """What runs beside the fetch belongs to the run, and not to the operation that happened to begin it."""
    while span.parent is not None:
        span = span.parent
    return span
