"""One try of one request on one connection, with its spans."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import trio

from modtrace.gorules.goquote import quote
from modtrace.gorules.requestheaders import on_http1, on_http2
from modtrace.record.causes import Cause
from modtrace.record.failures import Json, StepFailed
from modtrace.record.limits import HTTP_HEADERS_SHOWN_COUNT
from modtrace.record.recorder import Span
from modtrace.tracer.steps.connect import tcp_attributes
from modtrace.tracer.steps.exchange_h1 import H1Connection, H1Exchange
from modtrace.tracer.steps.httpbody import Intake
from modtrace.tracer.steps.httptypes import BodyPlan, ExchangeBroken, Request, Response, ResponseHead
from modtrace.tracer.steps.proxied import forwarded
from modtrace.tracer.wire.http1head import Headers, canonical

if TYPE_CHECKING:
    from modtrace.tracer.steps.exchange_h2 import H2Connection, H2Exchange

AnyConnection: TypeAlias = "H1Connection | H2Connection"
_EVIDENCE_S = 1.0  # go reads none of such a body: don't make its failure wait for it
_SLURP_BYTES = 2 << 10
_T = TypeVar("_T")


def quoted_get(url: str) -> str:
    """The prefix of go's ``url.Error``."""
    return f"Get {quote(url)}: "


def _quoted(request: Request) -> str:
    return f"{request.method.capitalize()} {quote(request.url)}: "


class RoundTrip:
    """Sends, waits for the head, reads the body as planned. Raises :class:`ExchangeBroken` only to be retried."""

    def __init__(
        self,
        connection: "H1Connection | H2Connection",
        request: Request,
        *,
        parent: Span,
        plan: Callable[[ResponseHead], BodyPlan],
        patience_s: float,
    ) -> None:
        self._connection = connection
        self._request = request
        self._parent = parent
        self._plan = plan
        self._patience_s = patience_s
        self._exchange: H1Exchange | H2Exchange = connection.start(request)

    @property
    def is_reusable(self) -> bool:
        return self._exchange.is_reusable

    async def run(self) -> Response:
        request, exchange = self._request, self._exchange
        redact = self._parent.recorder.redactor.header
        with self._parent.child(
            "http.request", f"{request.method} {request.url}", method=request.method, url=request.url
        ) as span:
            span.set(
                protocol=self._connection.protocol,
                source=request.source,
                connection=self._connection.number,
                was_reused=exchange.was_reused,
                request_headers=_shown(_sent(request, self._connection), redact),
            )
            if self._connection.forward is not None:
                span.set(forwarded_by=self._connection.forward.shown)
            try:
                return await self._exchanged(span, redact)
            except ExchangeBroken as broken:
                failed = self._failed(broken, prefix=_quoted(request))
                span.close("failed", failed.failure)
                if broken.retry is None:
                    raise failed from broken
                raise
            finally:
                if exchange.stream is not None:
                    span.set(stream=exchange.stream)
                    await self._forget()

    async def _exchanged(self, span: Span, redact: Callable[[str, str], str]) -> Response:
        self._exchange.prepare()
        with span.child("http.first_byte", self._request.authority) as waiting:
            waiting.waiting_for = (f"the response's head from {self._request.authority}", None)
            head = await self._first_byte(waiting)
            waiting.began(self._exchange.sent_at_ns)
            waiting.close(at_ns=self._exchange.head_at_ns)
        span.set(
            status=head.status,
            protocol=head.protocol,
            response_headers=_shown(head.headers, redact),
            content_length=head.length,
            encoding=head.header("Content-Encoding"),
        )
        if self._exchange.interims:
            span.set(interim=[*self._exchange.interims])
        if self._exchange.objection is not None:
            span.set(strict_objection=self._exchange.objection)
        intake = await self._body(span, head)
        span.set(bytes=intake.received_bytes, **self._connection.facts())
        if self._exchange.rest_bytes:
            span.note("bytes_after_body", bytes=self._exchange.rest_bytes)
        return Response(
            head=head,
            body=intake.body,
            body_bytes=intake.received_bytes,
            decoded_bytes=intake.decoded_bytes,
            connection=self._connection.number,
            was_reused=self._exchange.was_reused,
            forward=self._connection.forward,
        )

    def _failed(self, broken: ExchangeBroken, *, in_body: bool = False, prefix: str = "") -> StepFailed:
        """In go's words, and by whose connection it was."""
        failed = broken.failed(self._request.authority, in_body=in_body, prefix=prefix)
        forward = self._connection.forward
        if forward is None:
            return failed
        return StepFailed(forwarded(failed.failure, forward.shown, self._request.authority))

    async def _first_byte(self, span: Span) -> ResponseHead:
        try:
            await self._patiently(self._exchange.send, "http.head_stalled", "the request could not be sent")
            return await self._patiently(self._exchange.head, "http.head_stalled", "no response")
        except ExchangeBroken as broken:
            prefix = _quoted(self._request)
            span.close("failed", self._failed(broken, prefix=prefix).failure)
            raise
        except StepFailed as failed:
            raise StepFailed(failed.failure.wrapped(_quoted(self._request))) from failed

    async def _body(self, span: Span, head: ResponseHead) -> Intake:
        plan = self._plan(head)
        intake = Intake(plan, is_gzip=head.is_gzip, now_ns=span.recorder.now_ns)
        if plan.use == "skip" or (plan.use == "slurp" and head.length > _SLURP_BYTES):
            if head.length == 0:
                await self._exchange.chunk()
                return intake
            await self._exchange.abandon()
            return intake
        with span.child("body.receive", self._request.authority, use=plan.use) as receiving:
            receiving.waiting_for = (f"the rest of the body from {self._request.authority}", None)
            try:
                await self._receive(intake, plan)
            except ExchangeBroken as broken:
                failed = self._failed(broken, in_body=True)
                if plan.use == "read" or broken.hangs:
                    raise failed from broken
                receiving.set(ignored=failed.failure.go_text or failed.failure.text)
                await self._exchange.abandon()
            finally:
                self._describe(receiving, intake)
            receiving.close(at_ns=self._connection.link.received_at_ns)
        return intake

    async def _receive(self, intake: Intake, plan: BodyPlan) -> None:
        idle_s = _EVIDENCE_S if plan.use == "evidence" else self._patience_s
        while not intake.has_enough:
            data = await self._patiently(self._exchange.chunk, None, "the body stopped", idle_s, plan)
            if data is None:
                intake.finish()
                if plan.use == "evidence" and intake.received_bytes:
                    await self._exchange.abandon()
                return
            intake.take(data)
        await self._exchange.abandon()

    def _describe(self, span: Span, intake: Intake) -> None:
        intake.curve.close()
        span.set(
            bytes=intake.received_bytes,
            decoded_bytes=intake.decoded_bytes,
            curve=intake.curve.points(),
            longest_gap_s=round(intake.curve.longest_gap_s, 6),
            tcp=tcp_attributes(self._connection.link),
        )

    async def _patiently(
        self,
        act: Callable[[], Awaitable[_T]],
        cause: Cause | None,
        words: str,
        idle_s: float | None = None,
        plan: BodyPlan | None = None,
    ) -> _T:
        """``act`` within the idle limit; go has none, so a silence that passes ours is a hang of go's."""
        seconds = self._patience_s if idle_s is None else idle_s
        with trio.move_on_after(seconds):
            return await act()
        is_courtesy = plan is not None and plan.use == "evidence"
        raise ExchangeBroken(
            None,
            cause or self._exchange.stall_cause,
            ours=f"{words} for {seconds:g} s; go would wait without a limit",
            hangs=not is_courtesy,
        )

    async def _forget(self) -> None:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
            await self._exchange.abandon()


def _sent(request: Request, connection: AnyConnection) -> Headers:
    """As it goes out; HTTP/2's lower-case names are shown as everybody writes them."""
    if connection.protocol != "HTTP/1.1":
        fields = on_http2(request.method, request.headers)
        return [("Host", request.authority), *((canonical(name.encode()), value) for name, value in fields)]
    sent = [("Host", request.authority), *on_http1(request.method, request.headers)]
    if connection.forward is not None and connection.forward.authorization is not None:
        sent.append(("Proxy-Authorization", connection.forward.authorization))
    return sent


def _shown(headers: Headers, redact: Callable[[str, str], str]) -> list[Json]:
    return [[name, redact(name, value)] for name, value in headers[:HTTP_HEADERS_SHOWN_COUNT]]
