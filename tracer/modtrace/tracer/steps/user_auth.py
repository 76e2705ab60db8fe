"""A GOAUTH command of the user's own, asked as go asks it.

Go 1.26 cmd/go/internal/auth/userauth.go runAuthCommand: without arguments at first, and after a 4xx with the URL as its
last argument and the response's status and headers on its standard input.
"""

from collections.abc import Mapping

from modtrace.gorules.goauth import (
    GoauthCommand,
    GoauthOutputError,
    Headers,
    command_argv,
    parse_user_auth,
    response_stdin,
)
from modtrace.gorules.responseheaders import kept
from modtrace.record.limits import GOAUTH_PREFIXES_SHOWN_COUNT
from modtrace.record.recorder import Span
from modtrace.tracer.steps.auth_command import AuthCommandFailed, AuthRun, ask
from modtrace.tracer.steps.httptypes import ResponseHead
from modtrace.tracer.world.interface import World


async def ask_user_auth(
    command: GoauthCommand,
    url: str,
    answer: ResponseHead | None,
    environ: Mapping[str, str],
    world: World,
    *,
    parent: Span,
    patience_s: float,
) -> dict[str, Headers]:
    """Headers by prefix. Raises as :func:`auth_command.ask`."""
    try:
        argv = command_argv(command.text, url)
    except GoauthOutputError as error:
        raise AuthCommandFailed(error.public) from error
    run = AuthRun(
        shown=command.text,
        argv=argv,
        environ=environ,
        url=url,
        stdin=None if answer is None else _stdin(answer),
    )

    def read(output: str, span: Span) -> dict[str, Headers]:
        found = parse_user_auth(output)
        span.recorder.redactor.learn_output(output)
        for headers in found.values():
            for name, value in headers:
                span.recorder.redactor.learn_header(name, value)
        span.set(
            prefixes=[*list(found)[:GOAUTH_PREFIXES_SHOWN_COUNT]],
            prefixes_count=len(found),
            header_names=[*sorted({name for headers in found.values() for name, _ in headers})],
        )
        return found

    return await ask(run, read, world, parent=parent, patience_s=patience_s)


def _stdin(answer: ResponseHead) -> str:
    headers = kept(answer.protocol, answer.headers, is_gzip=answer.is_gzip)
    return response_stdin(answer.protocol, answer.status_text, headers)
