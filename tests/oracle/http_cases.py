"""The cases of the HTTP oracle: what a server says to a request for a version's .info."""

import gzip

from tests.oracle.scripted_http import INFO, Peer, Script


def reply(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def text(status: str, body: bytes, kind: str = "text/plain; charset=utf-8") -> bytes:
    return reply(status, body, f"Content-Type: {kind}")


OK = reply("200 OK", INFO)
HERE = "/lab.test/m/@v/v1.0.0.info"
TEXTS: dict[str, bytes] = {
    "one line": b"not found: m@v\n",
    "three lines": b"one\ntwo\n  three\n",
    "twelve lines": b"line\n" * 12,
    "exactly eight lines": b"line\n" * 8,
    "a long line": b"x" * 700,
    "long lines": (b"y" * 200 + b"\n") * 5,
    "control characters": b"a\x1b[31mred\n",
    "not utf-8": b"caf\xe9\n",
    "blank first": b"\nlater\n",
    "blank in the middle": b"a\n \nb\n",
    "crlf": b"a\r\nb\r\n",
    "unicode": "ünïcode — ok\n".encode(),
}
KINDS = (
    "text/plain",
    "text/html",
    "text/plain; charset=iso-8859-1",
    "TEXT/PLAIN;charset=US-ASCII",
    "text/plain; charset",
    "application/json",
)


def cut(raw: bytes, name: str, then: str = "close", scheme: str = "http") -> Script:
    return Script(name=name, replies=(raw,), then=then, scheme=scheme)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(INFO)


def _h1() -> list[Script]:
    cases = [Script(name="200", replies=(OK,))]
    for scheme in ("http", "https"):
        refusals = ("404 Not Found", "410 Gone", "403 Forbidden", "401 Unauthorized", "429 Too Many", "451 L")
        cases += [Script(name=f"{scheme} {s}", replies=(text(s, b"why\n"),), scheme=scheme) for s in refusals]
        others = ("500 E", "502 B", "503", "204 No Content", "206 Partial Content", "300 Choices", "304 Same")
        cases += [Script(name=f"{scheme} {s}", replies=(reply(s),), scheme=scheme) for s in others]
    cases += [Script(name=f"text {name}", replies=(text("500 E", body),)) for name, body in TEXTS.items()]
    cases += [Script(name=f"kind {kind}", replies=(text("500 E", b"why\n", kind),)) for kind in KINDS]
    for status in (301, 302, 303, 307, 308):
        hop = reply(f"{status} R", b"", f"Location: {HERE}?hop")
        cases.append(Script(name=f"redirect {status}", replies=(hop, OK)))
    loop = reply("302 F", b"x", f"Location: {HERE}")
    cases += [
        Script(name="loop", replies=(loop,)),
        Script(name="loop over https", replies=(loop,), scheme="https"),
        Script(name="no location", replies=(reply("302 Found"),)),
        Script(name="downgrade", replies=(reply("302 F", b"", "Location: http://h.test/x"),), scheme="https"),
        Script(name="bad location", replies=(reply("302 F", b"", "Location: /%zz"),)),
        Script(name="foreign scheme", replies=(reply("302 F", b"", "Location: ftp://h.test/x"),)),
        Script(name="redirect to a 404", replies=(reply("302 F", b"", "Location: /other"), text("404 N", b"no\n"))),
        Script(name="https redirect to a 404 over there", scheme="https",
               replies=(reply("302 F", b"", "Location: /other"), text("404 N", b"no\n"))),
        Script(name="big redirect body", replies=(reply("302 F", b"x" * 9000, f"Location: {HERE}?b"), OK)),
        Script(name="small redirect body", replies=(reply("302 F", b"x" * 2000, f"Location: {HERE}?b"), OK)),
        Script(name="gzip", replies=(reply("200 OK", PACKED, "Content-Encoding: gzip"),)),
        Script(name="gzip cut", replies=(reply("200 OK", PACKED[:-9], "Content-Encoding: gzip"),)),
        Script(name="gzip bad sum", replies=(reply("200 OK", PACKED[:-8] + bytes(8), "Content-Encoding: gzip"),)),
        Script(name="gzip of nothing", replies=(reply("200 OK", b"plain text here", "Content-Encoding: gzip"),)),
        Script(name="gzip error body", replies=(
            reply("500 E", gzip.compress(b"why\n"), "Content-Type: text/plain", "Content-Encoding: gzip"),)),
        Script(name="trailers", replies=(CHUNKED + b"14\r\n" + INFO + b"\r\n0\r\nX-T: 1\r\n\r\n",)),
        Script(name="early hints", replies=(b"HTTP/1.1 103 E\r\nLink: x\r\n\r\n" + OK,)),
        Script(name="switching", replies=(b"HTTP/1.1 101 S\r\n\r\n",), then="close"),
    ]  # fmt: skip
    return cases


def _broken() -> list[Script]:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc"
    return [
        cut(b"", "closed at once"),
        cut(b"", "closed at once over https", scheme="https"),
        cut(b"", "reset at once", then="reset"),
        cut(head, "body cut"),
        cut(head, "body cut over https", scheme="https"),
        cut(b"HTTP/1.1 200 OK\r\n", "head cut"),
        cut(b"SSH-2.0-OpenSSH_9\r\n", "ssh"),
        cut(b"<html>\n", "html without a head"),
        cut(b"HTTP/1.1 2x0 OK\r\n\r\n", "bad status"),
        cut(b"HTTP/9 200 OK\r\n\r\n", "bad version"),
        cut(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "no colon"),
        cut(b"HTTP/1.1 200 OK\r\nA\x01: b\r\n\r\n", "bad name"),
        cut(b"HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n", "bad value"),
        cut(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "bad length"),
        cut(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "two lengths"),
        cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\n", "foreign transfer encoding"),
        cut(CHUNKED + b"5\r\nab", "chunk cut"),
        cut(CHUNKED + b"zz\r\nab", "bad chunk size"),
        cut(CHUNKED + b"2\r\nabXX", "bad chunk end"),
        cut(CHUNKED + b"2\nab", "bare LF"),
        cut(CHUNKED + b"14\r\n" + INFO + b"\r\n0\r\n", "no end of trailers"),
        cut(text("500 E", b"why\n").replace(b"th: 4", b"th: 9"), "error body cut"),
        cut(b"HTTP/1.1 200 OK\r\nA: " + b"x" * (11 << 20) + b"\r\n\r\n", "a huge head"),
    ]


def answer(status: str, body: bytes = b"", *headers: tuple[str, str]):
    def act(peer: Peer, stream: int, path: str) -> None:
        peer.send_headers(stream, [(":status", status), *headers], end_stream=not body)
        if body:
            peer.send_data(stream, body, end_stream=True)

    return act


def broken_off(code: int, *, in_body: bool = False):
    def act(peer: Peer, stream: int, path: str) -> None:
        if in_body:
            peer.send_headers(stream, [(":status", "200")])
            peer.send_data(stream, b"{")
        peer.reset_stream(stream, code)

    return act


def goaway(code: int, *, last: int, in_body: bool = False):
    def act(peer: Peer, stream: int, path: str) -> None:
        if in_body:
            peer.send_headers(stream, [(":status", "200")])
            peer.send_data(stream, b"{")
        peer.close_connection(code, additional_data=b"bye", last_stream_id=last)

    return act


def hop(peer: Peer, stream: int, path: str) -> None:
    answer("200", INFO)(peer, stream, path) if "hop" in path else answer("302", b"", ("location", HERE + "?hop"))(
        peer, stream, path
    )


def shorter(peer: Peer, stream: int, path: str) -> None:
    peer.send_headers(stream, [(":status", "200"), ("content-length", "99")])
    peer.send_data(stream, b"{")
    # h2 refuses to end a body early on a well-behaved server: the frame is written by hand.
    peer._data_to_send += b"\x00\x00\x00\x00\x01" + stream.to_bytes(4)


def _h2() -> list[Script]:
    def case(name: str, act, then: str = "keep") -> Script:
        return Script(name=f"h2 {name}", h2=act, scheme="https", then=then)

    return [
        case("200", answer("200", INFO)),
        case("404", answer("404", b"no\n", ("content-type", "text/plain"))),
        case("500", answer("500", b"", ("content-type", "text/plain"))),
        case("599", answer("599")),
        case("204", answer("204")),
        case("gzip", answer("200", PACKED, ("content-encoding", "gzip"))),
        case("redirect", hop),
        case("reset before the head", broken_off(2)),
        case("cancelled before the head", broken_off(8)),
        case("reset in the body", broken_off(2, in_body=True)),
        case("no error in the body", broken_off(0, in_body=True)),
        case("unknown code in the body", broken_off(0xABC, in_body=True)),
        case("goaway with an error on the first stream", goaway(1, last=0)),
        case("goaway in the body", goaway(2, last=1, in_body=True), then="close"),
        case("graceful goaway in the body", goaway(0, last=1, in_body=True), then="close"),
        case("shorter than declared", shorter),
        case("closed on the request", lambda peer, stream, path: None, then="close"),
    ]


CASES = [*_h1(), *_broken(), *_h2()]
