"""SOCKS5 as no RFC foresees it: wrong versions and fields, odd pieces, other protocols, early ends at every stage."""

from tests.oracle.cases.proxied.building import PASSWORD, USER, USERINFO, Proxied, at, proxy, socks5
from tests.oracle.cases.proxied.socks import via

from modtrace.lab.proxyhttp import reply as http_reply
from modtrace.lab.proxyscript import Say, Stage
from modtrace.lab.proxysocks import DOMAIN, IPV6, reply

_PROTOCOL = "proxy.socks.protocol"
_LOCKED = (USER, PASSWORD)
_CREDENTIALS = f"socks5://{USERINFO}@{{p_host}}"
_BAD_REQUEST = http_reply("400 Bad Request", "Connection: close", body=b"this is an HTTP proxy\n")

_VERSIONS = (
    via("socks-version-4-method", _PROTOCOL, socks5(script=at("greeting", b"\4\0", then="hold"))),
    via("socks-version-0-method", _PROTOCOL, socks5(script=at("greeting", b"\0\x5b", then="hold"))),
    via("socks-version-4-reply", _PROTOCOL, socks5(script=at("request", reply(0, version=4), then="hold"))),
    via("socks-version-0-reply", _PROTOCOL, socks5(script=at("request", b"\0\x5a\0\0\0\0\0\0", then="hold"))),
    via(
        "socks-version-5-auth",
        _PROTOCOL,
        socks5(credentials=_LOCKED, script=at("auth", b"\5\0", then="hold")),
        url=_CREDENTIALS,
    ),
    via(
        "socks-version-0-auth-failed",
        _PROTOCOL,
        socks5(credentials=_LOCKED, script=at("auth", b"\0\1", then="hold")),
        url=_CREDENTIALS,
    ),
)

_FIELDS = (
    via("socks-reserved-not-zero", _PROTOCOL, socks5(script=at("request", reply(0, reserved=7), then="hold"))),
    via(
        "socks-reserved-not-zero-and-failed", "proxy.socks.refused", socks5(script=at("request", reply(5, reserved=7)))
    ),
    via("socks-bound-unknown-kind", _PROTOCOL, socks5(script=at("request", reply(0, kind=2), then="hold"))),
    via("socks-bound-kind-0", _PROTOCOL, socks5(script=at("request", reply(0, kind=0), then="hold"))),
    via("socks-failed-and-short", "proxy.socks.refused", socks5(script=at("request", b"\5\5\0\1", then="hold"))),
    via("socks-failed-and-kind-0", "proxy.socks.refused", socks5(script=at("request", b"\5\5\0\0", then="close"))),
)

_OTHERS = (
    via("socks-at-an-http-port", _PROTOCOL, socks5(script=at("greeting", _BAD_REQUEST, then="close"))),
    via("socks-http-after-request", _PROTOCOL, socks5(script=at("request", _BAD_REQUEST, then="close"))),
    via(
        "socks-at-an-ssh-port",
        _PROTOCOL,
        socks5(script=at("accept", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", then="hold")),
    ),
    via("socks-at-a-tls-port", _PROTOCOL, socks5(script=at("greeting", b"\x15\3\1\0\2\2\x46", then="close"))),
    via("socks-nuls", _PROTOCOL, socks5(script=at("greeting", b"\0" * 64, then="hold"))),
    via("socks-endless", _PROTOCOL, socks5(script=at("request", b"", endless=b"\xaa" * 4096))),
    via("socks-more-after-the-method", "tls.not_tls", socks5(script=at("greeting", b"\5\0" + reply(0)))),
    via(
        "socks-more-after-the-reply", "tls.not_tls", socks5(script=at("request", reply(0) + b"HTTP/1.1 200 OK\r\n\r\n"))
    ),
    via("socks-alert-after-the-reply", "tls.alert", socks5(script=at("request", reply(0) + b"\x15\3\3\0\2\2\x28"))),
    via("http-at-a-socks-port", "proxy.closed", socks5(), url="http://{p_host}"),
    via("socks-scheme-unknown", "config.proxy_scheme_unsupported", socks5(), url="socks://{p_host}"),
    via("socks4-scheme", "config.proxy_scheme_unsupported", socks5(), url="socks4://{p_host}"),
    via("socks-scheme-at-an-http-proxy", None, proxy(), url="socks://{p_host}"),
)

_PIECES = (
    via(
        "socks-byte-by-byte",
        None,
        socks5(
            credentials=_LOCKED,
            script={stage: Say(piece_bytes=1, pause_s=0.01) for stage in ("greeting", "auth", "request")},
        ),
        url=_CREDENTIALS,
    ),
    via(
        "socks-domain-byte-by-byte",
        None,
        socks5(script=at("request", reply(0, kind=DOMAIN, address=b"\x09some.test"), piece_bytes=1, pause_s=0.01)),
    ),
    via(
        "socks-ipv6-in-sevens",
        None,
        socks5(script=at("request", reply(0, kind=IPV6, address=b"\0" * 16), piece_bytes=7, pause_s=0.02)),
    ),
    via(
        "socks-refusal-byte-by-byte",
        "proxy.socks.not_allowed",
        socks5(script=at("request", reply(2), piece_bytes=1, pause_s=0.01)),
    ),
)

_STAGES: tuple[tuple[Stage, bytes], ...] = (
    ("accept", b""),
    ("greeting", b""),
    ("greeting", b"\5"),
    ("auth", b""),
    ("auth", b"\1"),
    ("request", b""),
    ("request", b"\5\0"),
    ("request", b"\5\0\0\1\0\0"),
    ("request", b"\5\0\0\3"),
    ("request", b"\5\0\0\3\x09some"),
)


def _ended(stage: Stage, said: bytes, how: str) -> Proxied:
    line = Say(data=said, then="close" if how == "close" else "reset")
    name = f"socks-{how}-{stage}" + (f"-after-{len(said)}" if said else "")
    given = socks5(credentials=_LOCKED, script={stage: line})
    return via(name, "proxy.closed" if how == "close" else "proxy.reset", given, url=_CREDENTIALS)


_ENDS = (
    *(_ended(stage, said, "close") for stage, said in _STAGES),
    *(_ended(stage, said, "reset") for stage, said in _STAGES if not said),
)

CASES = (*_VERSIONS, *_FIELDS, *_OTHERS, *_PIECES, *_ENDS)
