"""cmd/go's ``web.Get``: one URL fetched with its redirects, its credentials and its hidden second request.

Go 1.26 cmd/go/internal/web/http.go get, web/api.go Response.Err, net/http/client.go Client.do.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from modtrace.gorules.forwarded import proxy_words, refusal_cause
from modtrace.gorules.httperror import cause_of, error_detail, error_text, is_not_exist, is_readable_text
from modtrace.gorules.redirects import redacted, target_of
from modtrace.record.causes import Cause, Side
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.steps.client import Answered, Client
from modtrace.tracer.steps.httptypes import BodyPlan, BodySink, ResponseHead
from modtrace.tracer.steps.transport import Transport
from modtrace.tracer.wire.http1head import Headers

_ABOUT_CREDENTIALS = (401, 403)


class Authenticator(Protocol):
    """Go's ``auth.AddCredentials``, for https URLs."""

    async def headers_for(
        self, url: str, transport: Transport, *, parent: Span, answer: ResponseHead | None = None
    ) -> Headers:
        """What a request for ``url`` carries. ``answer``: the 4xx that the same request got just now."""
        ...

    def account(self, url: str, answered: Answered) -> dict[str, Json]:
        """Which credentials went out with a request that was refused, or why none did; never a secret."""
        ...


class GetResult(msgspec.Struct, frozen=True, kw_only=True):
    """A 200. ``body`` is empty when a sink took it; ``requests`` counts redirects and the doubled request."""

    status: int
    headers: Headers
    body: bytes
    body_bytes: int
    decoded_bytes: int
    final_url: str
    requests: int


async def get(
    transport: Transport,
    url: str,
    *,
    parent: Span,
    source: str,
    limit: int | None,
    limit_name: str | None,
    sink: BodySink | None = None,
    credentials: Authenticator | None = None,
    extra_headers: Sequence[tuple[str, str]] = (),
) -> GetResult:
    """The body of ``url``. Raises :class:`StepFailed` with go's text at this level.

    ``reading URL: 404 Not Found…`` for a status, ``Get "URL": …`` for a request without an answer, and the bare error
    with ``details["stage"] == "body"`` for a body cut short (proxies print ``read "URL": …``, the sumdb ``reading …``).
    """
    _check_scheme(url)
    plan = BodyPlan("read", limit, limit_name, sink)
    fetch = _Fetch(transport, url, parent, source, plan, credentials, list(extra_headers))
    return await fetch.run()


class _Fetch:
    """One ``web.Get``: what its requests share."""

    def __init__(
        self,
        transport: Transport,
        url: str,
        parent: Span,
        source: str,
        plan: BodyPlan,
        credentials: Authenticator | None,
        extra_headers: Headers,
    ) -> None:
        self._transport = transport
        self._client = Client(transport, source=source)
        self._url = url
        self._parent = parent
        self._read = plan
        self._credentials = credentials
        self._extra_headers = extra_headers
        self._is_secure = url.startswith("https:")

    async def run(self) -> GetResult:
        answered = await self._do(None)
        head = answered.response.head
        if self._is_secure and 400 <= head.status <= 499:
            answered = await self._do(head)
        response = answered.response
        if response.head.status != 200:
            raise StepFailed(self._refused(answered))
        return GetResult(
            status=200,
            headers=response.head.headers,
            body=response.body,
            body_bytes=response.body_bytes,
            decoded_bytes=response.decoded_bytes,
            final_url=answered.url,
            requests=self._client.requests_count,
        )

    async def _do(self, refusal: ResponseHead | None) -> Answered:
        """The request and its redirects. ``refusal``: the 4xx that it had already; the first one's body is dropped."""
        headers = self._extra_headers
        if self._is_secure and self._credentials is not None:
            given = await self._credentials.headers_for(self._url, self._transport, parent=self._parent, answer=refusal)
            names = {name for name, _ in given}
            headers = [pair for pair in headers if pair[0] not in names] + given

        def plan(head: ResponseHead) -> BodyPlan:
            return self._plan(head, doubles=self._is_secure and refusal is None)

        return await self._client.do("GET", self._url, headers, parent=self._parent, plan=plan)

    def _plan(self, head: ResponseHead, *, doubles: bool) -> BodyPlan:
        if head.status == 200:
            return self._read
        if doubles and 400 <= head.status <= 499:
            return BodyPlan("skip")
        return BodyPlan("error_text" if is_readable_text(head.header("Content-Type")) else "evidence")

    def _refused(self, answered: Answered) -> Failure:
        response, final_url = answered.response, answered.url
        head = response.head
        is_text = is_readable_text(head.header("Content-Type"))
        go_text = error_text(redacted(self._url), head.status_text, error_detail(response.body) if is_text else "")
        cause: Cause = cause_of(head.status)
        is_elsewhere = target_of(final_url).host != target_of(self._url).host
        if head.status == 403 and is_elsewhere:
            cause = "http.forbidden.redirect_host"
        side: Side = "source"
        where = target_of(final_url).authority
        who = where
        spoken = None if response.forward is None else proxy_words(head.status, head.headers)
        if response.forward is not None:
            # Proxy and server speak with one voice here; without a mark of the proxy's own nobody can tell them apart.
            side, who = "unknown", f"{response.forward.shown}, or {where} behind it,"
            if spoken is not None:
                cause = refusal_cause(head.status, sends_credentials=response.forward.authorization is not None)
                side, where = "proxy", response.forward.shown
                who = f"the proxy {where}"
        details: dict[str, Json] = {
            "stage": "status",
            "status": head.status,
            "content_type": head.header("Content-Type"),
            "body": response.body.decode("utf-8", "replace"),
            "final_url": redacted(final_url),
            "requests": self._client.requests_count,
        }
        if response.forward is not None:
            details["proxy"] = response.forward.shown
        if spoken is not None:
            details["proxy_words"] = spoken.evidence
            details["is_plain"] = spoken.is_plain
        elif self._credentials is not None and head.status in _ABOUT_CREDENTIALS:
            details["credentials"] = self._credentials.account(self._url, answered)
        return Failure(
            cause=cause,
            side=side,
            text=f"{who} answered {head.status_text}",
            go_text=go_text,
            where=where,
            is_not_exist=is_not_exist(head.status),
            details=details,
        )


def _check_scheme(url: str) -> None:
    """What ``web.Get`` refuses before any packet (DefaultSecurity)."""
    scheme = url.partition(":")[0].lower()
    if scheme == "https":
        return
    if scheme != "http":
        raise _refusal("config.goproxy_invalid", f"unsupported scheme: {redacted(url)}")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise _refusal("config.goproxy_invalid", f"refusing to pass credentials to insecure URL: {redacted(url)}")


def _refusal(cause: Cause, go_text: str) -> StepFailed:
    return StepFailed(Failure(cause=cause, side="local", text=go_text, go_text=go_text, details={"stage": "url"}))
