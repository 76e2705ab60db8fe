"""HTTP CONNECT: one request, one reply, a minute for both.

Go 1.26 net/http/transport.go dialConn: only 200 opens the tunnel, every other status becomes an error of its phrase
alone, credentials are Basic or none, a challenge is never answered, the body of a refusal is dropped. It is kept here
as evidence, as far as it comes within a moment.
"""

import errno
import re

import trio

from modtrace.gorules.forwarded import own_words, refusal_cause
from modtrace.record.failures import Json, StepFailed
from modtrace.record.limits import (
    CONNECT_REPLY_S,
    HTTP_ERROR_BODY_KEPT_BYTES,
    HTTP_HEADERS_SHOWN_COUNT,
    HTTP_INTERIM_RESPONSES_COUNT,
    PROXY_EVIDENCE_S,
)
from modtrace.record.recorder import Span
from modtrace.tracer.steps.exchange_h1 import os_error_text, words_after_error
from modtrace.tracer.tunnels.guess import guess
from modtrace.tracer.tunnels.interface import Request, refused
from modtrace.tracer.wire.connectreply import ConnectReply, ReplyHead, connect_request
from modtrace.tracer.world.interface import Link

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"?')
# A word that a challenge begins with: behind a parameter's name stands "=", behind a scheme nothing or another word.
_SCHEME = re.compile(r"(?:^|,)\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=\s+[^\s=,]|\s*(?:,|$))")
_CHALLENGE_CHARS = 2000
_SCHEMES_SHOWN = 20


async def connect(link: Link, request: Request, span: Span) -> None:
    """Open a tunnel through an HTTP proxy. Raises ``StepFailed``."""
    reply = ConnectReply()
    authorization = request.hop.authorization
    sent = connect_request(request.target, authorization)
    span.set(method="CONNECT", sends_credentials=authorization is not None)
    span.waiting_for = (f"the reply of {request.hop.shown} to CONNECT {request.target}", CONNECT_REPLY_S)
    try:
        with trio.move_on_after(CONNECT_REPLY_S):
            await _exchange(link, sent, reply, request, span)
        if not reply.is_decided:
            raise _silent(reply, request)
        if reply.broken is not None:
            raise _broken(reply, request, span)
        assert reply.head is not None
        if reply.head.status != 200:
            later = await _gather_evidence(link, reply, span)
            raise _refused(reply.head, reply, request, later)
    finally:
        _describe(span, reply)


async def _exchange(link: Link, sent: bytes, reply: ConnectReply, request: Request, span: Span) -> None:
    try:
        await link.send(sent, is_timed=True)
    except OSError as error:
        raise _os_error(link, error, "write", request) from error
    span.began(link.sent_at_ns)
    while not reply.is_decided:
        try:
            data = await link.receive(reply.room_bytes)
        except OSError as error:
            words = await words_after_error(link, reply.parser) if reply.parser.is_inside_head else None
            raise _os_error(link, error, "read", request, words) from error
        reply.feed(data)


async def _gather_evidence(link: Link, reply: ConnectReply, span: Span) -> list[str]:
    """The body of a refusal, as far as it comes soon: go fails at the head, and this may not make it wait.

    Behind a 1xx, which is final to go, the statuses that follow it: each is noted with its headers.
    """
    later: list[str] = []
    with trio.move_on_after(PROXY_EVIDENCE_S):
        await _read_on(link, reply)
        last = reply
        while last.head is not None and last.head.status <= 199 and len(later) < HTTP_INTERIM_RESPONSES_COUNT:
            last = ConnectReply(behind=last)
            await _read_on(link, last)
            if last.head is not None:
                later.append(last.head.status_text)
                span.note("later_reply", status_text=last.head.status_text, headers=_shown(last.head, span))
                reply.body += last.body
    return later


async def _read_on(link: Link, reply: ConnectReply) -> None:
    while not reply.is_complete and len(reply.body) < HTTP_ERROR_BODY_KEPT_BYTES:
        try:
            data = await link.receive()
        except OSError:
            return
        reply.feed(data)


# --- failures ---------------------------------------------------------------------------------------------------------
def _silent(reply: ConnectReply, request: Request) -> StepFailed:
    so_far = f"{reply.received_bytes} bytes of a head without its end" if reply.received_bytes else "no byte"
    text = f"it took the CONNECT to {request.target}, and {so_far} came back in {CONNECT_REPLY_S:g} s"
    return refused(request, "proxy.silent", text, "context deadline exceeded", limit="CONNECT_REPLY_S")


def _broken(reply: ConnectReply, request: Request, span: Span) -> StepFailed:
    broken = reply.broken
    assert broken is not None
    if broken.is_cut:
        what = "in the middle of its reply" if reply.first_bytes else "without a reply"
        text = f"it closed the connection {what} to CONNECT {request.target}"
        return refused(request, "proxy.closed", text, broken.go_text)
    hint = guess(reply.first_bytes)
    text = f"its reply to CONNECT is not HTTP as go reads it: {broken.go_text}" + (f" ({hint})" if hint else "")
    if broken.limit is not None:
        text = "its reply to CONNECT has a head without end"
    details: dict[str, Json] = {"first_bytes": span.recorder.redactor.hex(reply.first_bytes)}
    return refused(request, "proxy.not_a_proxy", text, broken.go_text, limit=broken.limit, details=details)


def _refused(head: ReplyHead, reply: ConnectReply, request: Request, later: list[str]) -> StepFailed:
    sent_any = request.hop.authorization is not None
    details: dict[str, Json] = {
        "status": head.status,
        "content_type": next(iter(head.values("Content-Type")), ""),
        "body": bytes(reply.body[:HTTP_ERROR_BODY_KEPT_BYTES]).decode("utf-8", "replace"),
    }
    text = f"it answers CONNECT {request.target} with {head.status_text.strip() or head.status}"
    if own := own_words(head.headers):
        details["proxy_words"] = own
    if head.status in (401, 407):
        schemes = _schemes(head)
        details["challenges"] = [*schemes]
        text += " and asks for " + (" or ".join(schemes) if schemes else "no scheme in particular")
        text += "; credentials were sent" if sent_any else "; no credentials were sent"
    elif head.status <= 199:
        text += ", which is final to go" + (f"; behind it came {', '.join(later)}" if later else "")
    elif 200 < head.status <= 299:
        text += "; go takes nothing but 200"
    cause = refusal_cause(head.status, sends_credentials=sent_any)
    return refused(request, cause, text, head.go_text, details=details)


def _schemes(head: ReplyHead) -> list[str]:
    """The challenges' schemes, one or more in each field (RFC 9110 11.6.1); tinyproxy sends a server's 401 instead."""
    challenges = head.values("Proxy-Authenticate") or head.values("Www-Authenticate")
    values = (_QUOTED.sub('""', value[:_CHALLENGE_CHARS]) for value in challenges)
    return [scheme for value in values for scheme in _SCHEME.findall(value)][:_SCHEMES_SHOWN]


def _os_error(link: Link, error: OSError, act: str, request: Request, words: str | None = None) -> StepFailed:
    is_reset = error.errno in (errno.ECONNRESET, errno.EPIPE)
    text = f"the connection broke while it was asked for {request.target}: {error.strerror or error}"
    return refused(
        request,
        "proxy.reset" if is_reset else "proxy.closed",
        text,
        words or os_error_text(link, error, act),
        errno=errno.errorcode.get(error.errno or 0),
    )


def _shown(head: ReplyHead, span: Span) -> list[Json]:
    redact = span.recorder.redactor.header
    return [[name, redact(name, value)] for name, value in head.headers[:HTTP_HEADERS_SHOWN_COUNT]]


def _describe(span: Span, reply: ConnectReply) -> None:
    head = reply.head
    if head is None:
        if reply.first_bytes:
            span.set(first_bytes=span.recorder.redactor.hex(reply.first_bytes))
        return
    span.set(
        status=head.status,
        status_text=head.status_text,
        protocol=head.protocol,
        response_headers=_shown(head, span),
    )
    if reply.lost_bytes:
        span.note("bytes_behind_200", bytes=reply.lost_bytes)


TUNNEL = connect
