"""SOCKS5: greeting, authentication, request, each answered before the next; go sets no limit to any of it.

Go 1.26 net/http/socks_bundle.go. socks5 and socks5h are one to Go: the proxy gets the name and resolves it.
"""

import errno
from ipaddress import ip_address

import trio

from modtrace.gorules.goaddr import parse_ip
from modtrace.record.failures import Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.steps.exchange_h1 import os_error_text
from modtrace.tracer.tunnels.guess import guess
from modtrace.tracer.tunnels.interface import Request, refused
from modtrace.tracer.wire.socks5 import METHODS, REPLIES, Socks5Dialogue, SocksRefused
from modtrace.tracer.world.interface import HostPort, Link

_AWAITED = {
    "greeting": "the method",
    "authentication": "the answer to user and password",
    "request": "the reply to the request",
}


async def negotiate(link: Link, request: Request, span: Span) -> None:
    """Open a tunnel through a SOCKS5 proxy. Raises ``StepFailed``."""
    hop = request.hop
    talk = Socks5Dialogue(request.host, request.port, user=hop.user, password=hop.password)
    span.set(method="SOCKS5 CONNECT", sends_credentials=hop.user is not None, resolves="proxy")
    try:
        await _converse(link, talk, request, span)
    except SocksRefused as refusal:
        raise _refused(refusal, talk, link, request, span) from refusal
    finally:
        _describe(span, talk)


async def _converse(link: Link, talk: Socks5Dialogue, request: Request, span: Span) -> None:
    due, is_first = talk.start(), True
    while True:
        if due:
            span.note("socks", stage=talk.stage, sent_bytes=len(due))
            await _send(link, due, request, is_timed=is_first)
            if is_first:
                span.began(link.sent_at_ns)
        if talk.is_done:
            return
        span.waiting_for = (f"{_AWAITED[talk.stage]} of {request.hop.shown}", None)
        due = talk.feed(await _receive(link, talk, request))
        if is_first and talk.method is not None:
            # The proxy answers the greeting by itself: this is the round trip to it, through every hop before it.
            span.set(round_trip_us=(span.within(link.received_at_ns) - span.started_ns) // 1000)
            is_first = False


async def _send(link: Link, data: bytes, request: Request, *, is_timed: bool) -> None:
    with trio.move_on_after(request.patience_s):
        try:
            await link.send(data, is_timed=is_timed)
        except OSError as error:
            raise _os_error(link, error, "write", request) from error
        return
    raise _silent("its window for our bytes", request)


async def _receive(link: Link, talk: Socks5Dialogue, request: Request) -> bytes:
    """Some of the bytes that are awaited, within the idle limit."""
    with trio.move_on_after(request.patience_s):
        try:
            data = await link.receive(talk.needs)
        except OSError as error:
            raise _os_error(link, error, "read", request) from error
        if not data:
            raise _closed(talk, link, request)
        return data
    raise _silent(_AWAITED[talk.stage], request)


# --- failures ---------------------------------------------------------------------------------------------------------
def _wrapped(link: Link, request: Request, text: str) -> str:
    """Go's ``net.OpError`` of the SOCKS dialer: an address in its canonical form, none beside a port that is none."""
    if not 0 < request.port < 1 << 16:
        return f"socks connect tcp: {text}"
    literal = parse_ip(request.host)
    host = request.host if literal is None else str(ip_address(literal.unmapped))
    return f"socks connect tcp {link.peer}->{HostPort(host, request.port)}: {text}"


def _refused(refusal: SocksRefused, talk: Socks5Dialogue, link: Link, request: Request, span: Span) -> StepFailed:
    details: dict[str, Json] = {"stage": talk.stage, "received": span.recorder.redactor.hex(talk.received)}
    if talk.reply is not None:
        details["reply"] = talk.reply
    text = refusal.ours
    hint = guess(talk.received) if refusal.cause == "proxy.socks.protocol" and talk.stage == "greeting" else None
    return refused(
        request,
        refusal.cause,
        text + (f" ({hint})" if hint else ""),
        _wrapped(link, request, refusal.go_text),
        side="local" if refusal.is_ours else "proxy",
        details=details,
    )


def _silent(awaited: str, request: Request) -> StepFailed:
    text = f"{awaited} did not come within {request.patience_s:g} s; go would wait without a limit"
    return refused(request, "proxy.silent", text, None, hangs=True, limit="PATIENCE_S")


def _closed(talk: Socks5Dialogue, link: Link, request: Request) -> StepFailed:
    text = f"it closed the connection instead of sending {_AWAITED[talk.stage]}"
    go_text = "unexpected EOF" if talk.has_part_of_an_answer else "EOF"
    details: dict[str, Json] = {"stage": talk.stage}
    return refused(request, "proxy.closed", text, _wrapped(link, request, go_text), details=details)


def _os_error(link: Link, error: OSError, act: str, request: Request) -> StepFailed:
    is_reset = error.errno in (errno.ECONNRESET, errno.EPIPE)
    return refused(
        request,
        "proxy.reset" if is_reset else "proxy.closed",
        f"the connection broke while it was asked for {request.target}: {error.strerror or error}",
        _wrapped(link, request, os_error_text(link, error, act)),
        errno=errno.errorcode.get(error.errno or 0),
    )


def _describe(span: Span, talk: Socks5Dialogue) -> None:
    if talk.method is not None:
        span.set(socks_method=METHODS.get(talk.method, str(talk.method)))
    if talk.reply is not None:
        span.set(
            reply=talk.reply, reply_name="succeeded" if talk.reply == 0 else REPLIES.get(talk.reply, ("unknown",))[0]
        )
    if talk.bound is not None:
        span.set(bound=str(HostPort(*talk.bound)))


TUNNEL = negotiate
