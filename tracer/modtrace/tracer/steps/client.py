"""net/http's ``Client.do``: one request and its redirects.

Go 1.26 net/http/client.go Client.do, send (userinfo becomes Basic credentials), makeHeadersCopier.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from modtrace.gorules.redirects import Chain, basic_authorization, is_redirect, stripped, target_of
from modtrace.gorules.requestheaders import values_of
from modtrace.record.failures import Failure, GoRuleError, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.steps.httptypes import BodyPlan, Request, Response, ResponseHead
from modtrace.tracer.steps.roundtrip import quoted_get
from modtrace.tracer.steps.transport import Transport
from modtrace.tracer.wire.http1head import Headers

Method = Literal["GET", "HEAD"]
Planner = Callable[[ResponseHead], BodyPlan]


class Answered(NamedTuple):
    """The last response of a chain: from where, and with which headers it was asked for."""

    response: Response
    url: str
    sent: Headers


class Client:
    """Sends through ``transport`` and follows. ``requests_count`` counts every request, redirects included."""

    def __init__(self, transport: Transport, *, source: str) -> None:
        self._transport = transport
        self._source = source
        self._was_answered = False
        self.requests_count = 0

    async def do(self, method: Method, url: str, headers: Headers, *, parent: Span, plan: Planner) -> Answered:
        """Raises :class:`StepFailed` in go's words (``Get "URL": …``). A redirect's own body is read as go does."""

        def planned(head: ResponseHead) -> BodyPlan:
            follows = is_redirect(head.status) and head.header("Location")
            return BodyPlan("slurp") if follows else plan(head)

        chain = Chain(url, headers)
        inside, hop = parent, None
        try:
            while True:
                response, sent = await self._request(method, url, headers, inside, planned)
                location = response.head.header("Location")
                if not is_redirect(response.head.status) or not location:
                    return Answered(response, url, sent)
                if hop is not None:
                    hop.close()
                url, headers, hop = _follow(chain, location, parent)
                inside = hop
        except StepFailed as failed:
            if hop is not None:
                hop.close("failed", failed.failure)
            raise
        finally:
            if hop is not None:
                hop.close("ok" if self._was_answered else "abandoned")

    async def _request(
        self, method: Method, url: str, headers: Headers, parent: Span, plan: Planner
    ) -> tuple[Response, Headers]:
        self.requests_count += 1
        self._was_answered = False
        shown = stripped(url)
        try:
            target = target_of(url)
        except GoRuleError as error:
            failure = Failure(cause=error.cause, side="source", text=error.text, go_text=quoted_get(shown) + error.text)
            raise StepFailed(failure) from error
        sent = list(headers)
        if target.userinfo is not None and not "".join(values_of(sent, "Authorization")[:1]):
            sent = [pair for pair in sent if pair[0] != "Authorization"]
            sent.append(("Authorization", basic_authorization(target.userinfo)))
        request = Request(
            method=method,
            url=shown,
            scheme=target.scheme,
            host=target.host,
            port=target.port,
            authority=target.authority,
            target=target.target,
            headers=sorted(sent, key=lambda pair: pair[0]),
            source=self._source,
        )
        response = await self._transport.round_trip(request, parent=parent, plan=plan)
        self._was_answered = True
        return response, sent


def _follow(chain: Chain, location: str, parent: Span) -> tuple[str, Headers, Span]:
    hop = parent.child("http.redirect", location)
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
