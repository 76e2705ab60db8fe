"""git's credential helper, asked and told as go does it for ``GOAUTH=git DIR``.

Go 1.26 cmd/go/internal/auth/gitauth.go: runGitAuth asks in DIR; updateGitCredentialHelper tries the answer with HEAD
requests beside the fetch, up to three, and tells git (in go's own directory) whether the first 200 or 401 came.
"""

from collections.abc import Mapping

from modtrace.gorules.goauth import (
    GoauthCommand,
    GoauthOutputError,
    Headers,
    basic_authorization,
    parse_git_credential,
)
from modtrace.record.failures import StepFailed
from modtrace.record.limits import GOAUTH_HEAD_REQUESTS_COUNT
from modtrace.record.recorder import Span
from modtrace.tracer.steps.auth_command import AuthRun, ask, tell
from modtrace.tracer.steps.client import Client
from modtrace.tracer.steps.httptypes import BodyPlan, ResponseHead
from modtrace.tracer.steps.transport import Transport
from modtrace.tracer.world.interface import World


class GitCredential:
    """An answer of ``git credential fill``. ``output`` is given back to git as it came."""

    def __init__(self, prefix: str, headers: Headers, output: str) -> None:
        self.prefix = prefix
        self.headers = headers
        self.output = output


async def fill(
    command: GoauthCommand, url: str, environ: Mapping[str, str], world: World, *, parent: Span, patience_s: float
) -> GitCredential:
    """Ask git. Raises as :func:`auth_command.ask`."""
    run = AuthRun(
        shown=command.text,
        argv=("git", "credential", "fill"),
        environ=environ,
        url=url,
        stdin=f"url={url}\n",
        directory=command.directory,
        is_git=True,
    )

    def read(output: str, span: Span) -> GitCredential:
        found = parse_git_credential(output)
        span.recorder.redactor.learn_basic(found.user, found.password)
        span.recorder.redactor.learn_output(output)
        if not found.prefix:
            raise GoauthOutputError("'git credential fill' names no URL")
        if not url.startswith(found.prefix):
            raise GoauthOutputError(
                f"'git credential fill' provided one for {found.prefix}, which is not what was asked"
            )
        headers = basic_authorization(found.user, found.password)
        span.recorder.redactor.learn_header(*headers[0])
        span.set(prefixes=[found.prefix])
        return GitCredential(found.prefix, headers, output)

    return await ask(run, read, world, parent=parent, patience_s=patience_s)


async def validate(
    credential: GitCredential, environ: Mapping[str, str], world: World, transport: Transport, parent: Span
) -> None:
    """Tell git whether its answer is any good. Failures are nobody's: go drops them too."""
    client = Client(transport, source="git credential")
    for _ in range(GOAUTH_HEAD_REQUESTS_COUNT):
        try:
            answered = await client.do("HEAD", credential.prefix, list(credential.headers), parent=parent, plan=_unread)
        except StepFailed as failed:
            if failed.failure.hangs:
                return  # go would still be waiting for it when the fetch is over
            continue
        status = answered.response.head.status
        if status in (200, 401):
            action = "approve" if status == 200 else "reject"
            await tell(("git", "credential", action), environ, credential.output, world, parent=parent)
            return


def _unread(_: ResponseHead) -> BodyPlan:
    return BodyPlan("skip")
