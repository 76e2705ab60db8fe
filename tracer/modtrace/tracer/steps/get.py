"""cmd/go's ``web.Get``: one URL fetched with its redirects, its credentials and its hidden second request.

Go 1.26 cmd/go/internal/web/http.go get, web/api.go Response.Err, net/http/client.go Client.do.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from modtrace.gorules.forwarded import proxy_words, refusal_cause
from modtrace.gorules.httperror import cause_of, error_detail, error_text, is_not_exist, is_readable_text
from modtrace.gorules.redirects import (
    Chain,
    basic_authorization,
    is_redirect,
    redacted,
    stripped,
    target_of,
)
from modtrace.record.causes import Cause, Side
from modtrace.record.failures import Failure, GoRuleError, Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.steps.httptypes import BodyPlan, BodySink, Request, Response, ResponseHead
from modtrace.tracer.steps.roundtrip import quoted_get
from modtrace.tracer.steps.transport import Transport
from modtrace.tracer.wire.http1head import Headers

Credentials = Callable[[str], Mapping[str, str] | None]


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
    credentials: Credentials | None = None,
    extra_headers: Sequence[tuple[str, str]] = (),
) -> GetResult:
    """The body of ``url``. Raises :class:`StepFailed` with go's text at this level.

    ``reading URL: 404 Not Found…`` for a status, ``Get "URL": …`` for a request without an answer, and the bare error
    with ``details["stage"] == "body"`` for a body cut short (proxies print ``read "URL": …``, the sumdb ``reading …``).
    """
    _check_scheme(url)
    plan = BodyPlan("read", limit, limit_name, sink)
    fetch = _Fetch(transport, url, parent, source, plan, credentials, dict(extra_headers))
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
        credentials: Credentials | None,
        extra_headers: dict[str, str],
    ) -> None:
        self._transport = transport
        self._url = url
        self._parent = parent
        self._source = source
        self._read = plan
        self._credentials = credentials
        self._extra_headers = extra_headers
        self._requests_count = 0
        self._was_answered = False
        self._is_secure = url.startswith("https:")

    async def run(self) -> GetResult:
        response, final_url = await self._do(doubles=self._is_secure)
        if self._is_secure and 400 <= response.head.status <= 499:
            response, final_url = await self._do(doubles=False)
        if response.head.status != 200:
            raise StepFailed(self._refused(response, final_url))
        return GetResult(
            status=200,
            headers=response.head.headers,
            body=response.body,
            body_bytes=response.body_bytes,
            decoded_bytes=response.decoded_bytes,
            final_url=final_url,
            requests=self._requests_count,
        )

    async def _do(self, *, doubles: bool) -> tuple[Response, str]:
        """``Client.do``: the request and its redirects. ``doubles``: a 4xx will be asked again, its body is dropped."""
        headers = dict(self._extra_headers)
        if self._is_secure and self._credentials is not None:
            headers.update(self._credentials(self._url) or {})
        chain = Chain(self._url, headers)
        url, parent, hop = self._url, self._parent, None
        try:
            while True:
                response = await self._request(url, headers, parent, doubles=doubles)
                location = response.head.header("Location")
                if not is_redirect(response.head.status) or not location:
                    return response, url
                if hop is not None:
                    hop.close()
                url, headers, hop = self._follow(chain, location)
                parent = hop
        except StepFailed as failed:
            if hop is not None:
                hop.close("failed", failed.failure)
            raise
        finally:
            if hop is not None:
                hop.close("ok" if self._was_answered else "abandoned")

    def _follow(self, chain: Chain, location: str) -> tuple[str, dict[str, str], Span]:
        hop = self._parent.child("http.redirect", location)
        try:
            url, headers = chain.follow(location)
        except GoRuleError as error:
            failure = Failure(
                cause=error.cause,
                side="source",
                text=f"a redirect that go does not follow: {location}",
                go_text=error.text,
                where=error.origin,
                details={"stage": "redirect"},
            )
            hop.close("failed", failure)
            raise StepFailed(failure) from error
        hop.set(url=url)
        return url, headers, hop

    async def _request(self, url: str, headers: Mapping[str, str], parent: Span, *, doubles: bool) -> Response:
        self._requests_count += 1
        self._was_answered = False
        shown = stripped(url)
        try:
            target = target_of(url)
        except GoRuleError as error:
            failure = Failure(cause=error.cause, side="source", text=error.text, go_text=quoted_get(shown) + error.text)
            raise StepFailed(failure) from error
        sent = dict(headers)
        if target.userinfo is not None and not sent.get("Authorization"):
            sent["Authorization"] = basic_authorization(target.userinfo)
        request = Request(
            url=shown,
            scheme=target.scheme,
            host=target.host,
            port=target.port,
            authority=target.authority,
            target=target.target,
            headers=sorted(sent.items()),
            source=self._source,
        )

        def plan(head: ResponseHead) -> BodyPlan:
            return self._plan(head, doubles=doubles)

        response = await self._transport.round_trip(request, parent=parent, plan=plan)
        self._was_answered = True
        return response

    def _plan(self, head: ResponseHead, *, doubles: bool) -> BodyPlan:
        if head.status == 200:
            return self._read
        if is_redirect(head.status) and head.header("Location"):
            return BodyPlan("slurp")
        if doubles and 400 <= head.status <= 499:
            return BodyPlan("skip")
        return BodyPlan("error_text" if is_readable_text(head.header("Content-Type")) else "evidence")

    def _refused(self, response: Response, final_url: str) -> Failure:
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
            "requests": self._requests_count,
        }
        if response.forward is not None:
            details["proxy"] = response.forward.shown
        if spoken is not None:
            details["proxy_words"] = spoken.evidence
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
