"""What an HTTP proxy answers to CONNECT that no proxy should: broken status lines, odd heads, garbage, early ends."""

from tests.oracle.cases.proxied.building import Proxied, at, proxy, through

from modtrace.lab.proxyhttp import ESTABLISHED

_OK, _NO, _BAD = None, "proxy.denied", "proxy.not_a_proxy"
_200 = b"HTTP/1.1 200 OK\r\n"

# The whole answer, and the cause. Afterwards the proxy opens the tunnel, as far as there is one.
_HEADS: tuple[tuple[str, bytes, str | None], ...] = (
    ("reason-empty", b"HTTP/1.1 403 \r\n\r\n", _NO),
    ("reason-missing", b"HTTP/1.1 403\r\n\r\n", _NO),
    ("reason-blank", b"HTTP/1.1 403    \r\n\r\n", _NO),
    ("reason-many-blanks", b"HTTP/1.1   403   Many   blanks  \r\n\r\n", _NO),
    ("reason-odd", b'HTTP/1.1 403 Computer says: no, %41 "quoted"\r\n\r\n', _NO),
    ("reason-latin1", b"HTTP/1.1 403 Gesperrt f\xfcr alle\r\n\r\n", _NO),
    ("reason-utf8", "HTTP/1.1 403 禁止访问\r\n\r\n".encode(), _NO),
    ("reason-escape-codes", b"HTTP/1.1 403 \x1b[31mred\x1b[0m\r\n\r\n", _NO),
    ("reason-nul", b"HTTP/1.1 403 a\0b\r\n\r\n", _NO),
    ("reason-long", b"HTTP/1.1 403 " + b"x" * 9000 + b"\r\n\r\n", _NO),
    ("reason-of-200-missing", b"HTTP/1.1 200\r\n\r\n", _OK),
    ("http-1.0", b"HTTP/1.0 200 OK\r\n\r\n", _OK),
    ("http-1.0-403", b"HTTP/1.0 403 Forbidden\r\n\r\n", _NO),
    ("http-2.0", b"HTTP/2.0 200 OK\r\n\r\n", _OK),
    ("http-9.9", b"HTTP/9.9 200 OK\r\n\r\n", _OK),
    ("http-2", b"HTTP/2 200 OK\r\n\r\n", _BAD),
    ("http-lower-case", b"http/1.1 200 OK\r\n\r\n", _BAD),
    ("icy", b"ICY 200 OK\r\n\r\n", _BAD),
    ("status-20", b"HTTP/1.1 20 OK\r\n\r\n", _BAD),
    ("status-2000", b"HTTP/1.1 2000 OK\r\n\r\n", _BAD),
    ("status-abc", b"HTTP/1.1 abc OK\r\n\r\n", _BAD),
    ("status-negative", b"HTTP/1.1 -10 OK\r\n\r\n", _BAD),
    ("status-000", b"HTTP/1.1 000 OK\r\n\r\n", _BAD),
    ("status-plus", b"HTTP/1.1 +20 OK\r\n\r\n", _BAD),
    ("status-tab", b"HTTP/1.1\t200 OK\r\n\r\n", _BAD),
    ("interim-then-200", b"HTTP/1.1 100 Continue\r\n\r\n" + ESTABLISHED, _BAD),
    ("interim-103", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ESTABLISHED, _BAD),
    ("bare-newlines", b"HTTP/1.1 200 OK\nVia: a\n\n", _OK),
    ("continuation-line", _200 + b"Via: a\r\n  b\r\n\r\n", _OK),
    ("first-line-continued", _200 + b"  b\r\n\r\n", _BAD),
    ("header-without-colon", _200 + b"no colon here\r\n\r\n", _BAD),
    ("header-blank-before-colon", _200 + b"Via : a\r\n\r\n", _OK),
    ("header-empty-name", _200 + b": a\r\n\r\n", _BAD),
    ("header-nul", _200 + b"Via: a\0b\r\n\r\n", _BAD),
    ("header-not-ascii", _200 + "Via: é\r\n\r\n".encode(), _OK),
    ("header-name-not-ascii", _200 + "é: a\r\n\r\n".encode(), _BAD),
    ("headers-many", _200 + b"".join(b"X-%d: a\r\n" % number for number in range(3000)) + b"\r\n", _OK),
    ("length-5-and-body", _200 + b"Content-Length: 5\r\n\r\nhello", _OK),
    ("length-5-and-no-body", _200 + b"Content-Length: 5\r\n\r\n", _OK),
    ("length-bad", _200 + b"Content-Length: five\r\n\r\n", _BAD),
    ("length-negative", _200 + b"Content-Length: -1\r\n\r\n", _BAD),
    ("lengths-differ", _200 + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", _BAD),
    ("lengths-alike", _200 + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n", _OK),
    ("chunked", _200 + b"Transfer-Encoding: chunked\r\n\r\n", _OK),
    ("chunked-and-length", _200 + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", _OK),
    ("transfer-encoding-odd", _200 + b"Transfer-Encoding: gzip\r\n\r\n", _BAD),
    ("transfer-encodings", _200 + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", _BAD),
    ("connection-close", _200 + b"Connection: close\r\n\r\n", _OK),
    ("extra-bytes-at-once", ESTABLISHED + b"\0\1\2 more", _OK),
    ("extra-record-at-once", ESTABLISHED + b"\x15\3\3\0\2\2\x28", _OK),
)


def _head(name: str, data: bytes, cause: str | None) -> Proxied:
    return through(f"odd-{name}", proxy(script=at("head", data)), cause=cause)


_SSH = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
_SETTINGS = b"\0\0\0\4\0\0\0\0\0"
_GOAWAY = b"\0\0\x08\7\0\0\0\0\0" + b"\0\0\0\0\0\0\0\1"
_TLS_ALERT = b"\x15\3\1\0\2\2\x46"
_GARBAGE = (
    through("garbage-ssh-first", proxy(script=at("accept", _SSH, then="hold")), cause=_BAD),
    through("garbage-ssh-after", proxy(script=at("head", _SSH, then="hold")), cause=_BAD),
    through("garbage-smtp", proxy(script=at("accept", b"220 mail.test ESMTP\r\n", then="hold")), cause=_BAD),
    through("garbage-html", proxy(script=at("head", b"<html>\r\n<p>no\r\n", then="close")), cause=_BAD),
    through("garbage-nuls", proxy(script=at("head", b"\0" * 400, then="close")), cause=_BAD),
    through("garbage-newline", proxy(script=at("head", b"\n", then="hold")), cause=_BAD),
    through("garbage-newlines", proxy(script=at("head", b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", then="hold")), cause=_BAD),
    through("garbage-h2-frame", proxy(script=at("head", _SETTINGS + _GOAWAY, then="close")), cause=_BAD),
    through("garbage-tls-alert", proxy(script=at("head", _TLS_ALERT, then="close")), cause=_BAD),
    through("garbage-socks", proxy(script=at("head", b"\5\xff", then="close")), cause=_BAD),
    through("garbage-http-0.9", proxy(script=at("head", b"hello, this is HTTP/0.9", then="close")), cause=_BAD),
)

_ENDS = (
    through("close-at-accept", proxy(script=at("accept", b"", then="close")), cause="proxy.closed"),
    through("close-after-request", proxy(script=at("head", b"", then="close")), cause="proxy.closed"),
    through("close-in-status-line", proxy(script=at("head", b"HTTP/1.1 2", then="close")), cause="proxy.closed"),
    through("close-after-status-line", proxy(script=at("head", _200, then="close")), cause="proxy.closed"),
    through("close-in-headers", proxy(script=at("head", _200 + b"Via: a", then="close")), cause="proxy.closed"),
    through("reset-at-accept", proxy(script=at("accept", b"", then="reset")), cause="proxy.reset"),
    through("reset-after-request", proxy(script=at("head", b"", then="reset")), cause="proxy.reset"),
)

_PIECES = (
    through("pieces-of-one-byte", proxy(script=at("head", piece_bytes=1, pause_s=0.005)), cause=None),
    through("pieces-of-seven", proxy(script=at("head", piece_bytes=7, pause_s=0.02)), cause=None),
    through(
        "pieces-of-a-refusal",
        proxy(script=at("head", b"HTTP/1.1 403 Forbidden\r\n\r\n", piece_bytes=1, pause_s=0.005, then="hold")),
        cause=_NO,
    ),
    through(
        "body-after-the-head",
        proxy(script=at("head", ESTABLISHED + b"x" * len(ESTABLISHED), piece_bytes=len(ESTABLISHED), pause_s=0.3)),
        cause="tls.not_tls",
    ),
    through(
        "endless-headers", proxy(script=at("head", _200, endless=b"X-Endless: " + b"x" * 8000 + b"\r\n")), cause=_BAD
    ),
    through("endless-header-line", proxy(script=at("head", _200 + b"X-Endless: ", endless=b"x" * 8192)), cause=_BAD),
    through("endless-status-line", proxy(script=at("head", b"HTTP/1.1 200 ", endless=b"x" * 8192)), cause=_BAD),
    through(
        "endless-interim", proxy(script=at("head", b"", endless=b"HTTP/1.1 100 Continue\r\n\r\n" * 100)), cause=_BAD
    ),
    through("endless-garbage", proxy(script=at("head", b"", endless=b"\0" * 8192)), cause=_BAD),
)

CASES = (*(_head(*row) for row in _HEADS), *_GARBAGE, *_ENDS, *_PIECES)
