"""SOCKS5 without I/O, as Go's client speaks it: RFC 1928, and RFC 1929 for user and password.

Go 1.26 net/http/socks_bundle.go socksDialer.connect, socksUsernamePassword.Authenticate, socksReply.String. As there,
every answer is read to its exact length and not a byte further, so that nothing of the tunnel's own bytes is taken.
"""

from collections.abc import Generator
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, NamedTuple

from modtrace.gorules.goaddr import parse_ip
from modtrace.record.causes import Cause

Stage = Literal["greeting", "authentication", "request"]

VERSION = 5
_NO_AUTHENTICATION, _USER_PASSWORD, _NO_ACCEPTABLE_METHOD = 0, 2, 0xFF
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_LONGEST = 255

METHODS = {
    _NO_AUTHENTICATION: "none",
    1: "GSSAPI",
    _USER_PASSWORD: "user and password",
    _NO_ACCEPTABLE_METHOD: "refused",
}

# RFC 1928 section 6: Go's words, and the cause that each stands for.
REPLIES: dict[int, tuple[str, Cause]] = {
    1: ("general SOCKS server failure", "proxy.socks.general_failure"),
    2: ("connection not allowed by ruleset", "proxy.socks.not_allowed"),
    3: ("network unreachable", "proxy.socks.net_unreachable"),
    4: ("host unreachable", "proxy.socks.host_unreachable"),
    5: ("connection refused", "proxy.socks.refused"),
    6: ("TTL expired", "proxy.socks.ttl_expired"),
    7: ("command not supported", "proxy.socks.command_unsupported"),
    8: ("address type not supported", "proxy.socks.address_unsupported"),
}


class SocksRefused(Exception):
    """The conversation ended here. ``go_text`` is go's bare error, ``is_ours`` when we can't speak on."""

    def __init__(self, cause: Cause, go_text: str, ours: str = "", *, is_ours: bool = False) -> None:
        super().__init__(go_text)
        self.cause: Cause = cause
        self.go_text = go_text
        self.ours = ours or go_text
        self.is_ours = is_ours


class Bound(NamedTuple):
    """Where the proxy says it connects from; often 0.0.0.0:0."""

    host: str
    port: int


class Socks5Dialogue:
    """One CONNECT through a proxy. Send :meth:`start`, then :meth:`feed` at most ``needs`` bytes until ``is_done``."""

    def __init__(self, host: str, port: int, *, user: str | None = None, password: str | None = None) -> None:
        self.stage: Stage = "greeting"
        self.method: int | None = None
        self.reply: int | None = None
        self.bound: Bound | None = None
        self.is_done = False
        self.needs = 0
        """Bytes missing to the answer that is awaited."""
        self.received = b""
        """All that the proxy said, for the record."""
        self._target = (host, port)
        self._user = user
        self._password = password or ""
        self._pending = b""
        self._talk = self._dialogue()

    @property
    def has_part_of_an_answer(self) -> bool:
        return bool(self._pending)

    def start(self) -> bytes:
        """The greeting. Raises :class:`SocksRefused` for a port that is none: Go looks at it before all else."""
        port = self._target[1]
        if not 0 < port < 1 << 16:
            raise SocksRefused("config.goproxy_invalid", f"port number out of range {port}", is_ours=True)
        return self._advance(None)

    def feed(self, data: bytes) -> bytes:
        """What is to be sent next, empty while an answer is incomplete. Raises :class:`SocksRefused`."""
        assert data, "the end of the stream is the caller's"
        assert len(data) <= self.needs, "nothing behind an answer belongs to this conversation"
        self.received += data
        self._pending += data
        self.needs -= len(data)
        if self.needs:
            return b""
        answer, self._pending = self._pending, b""
        return self._advance(answer)

    def _advance(self, answer: bytes | None) -> bytes:
        """Run to the next answer that is awaited; gather what is to be sent on the way."""
        out = b""
        try:
            wanted = next(self._talk) if answer is None else self._talk.send(answer)
            while isinstance(wanted, bytes):
                out += wanted
                wanted = next(self._talk)
            self.needs = wanted
        except StopIteration:
            self.is_done = True
        return out

    def _dialogue(self) -> Generator[bytes | int, bytes, None]:
        """Yields bytes to be sent, and the length of each answer, which is sent in."""
        offered = bytes([_NO_AUTHENTICATION] if self._user is None else [_NO_AUTHENTICATION, _USER_PASSWORD])
        yield bytes([VERSION, len(offered)]) + offered
        version, method = yield 2
        _check_version(version)
        self.method = method
        if self.method == _NO_ACCEPTABLE_METHOD:
            raise SocksRefused("proxy.socks.no_method", "no acceptable authentication methods")
        if self._user is not None:
            yield from self._authenticate(self._user, self.method)
        self.stage = "request"
        yield bytes([VERSION, _CONNECT, 0]) + _address(*self._target)
        yield from self._read_reply()

    def _authenticate(self, user: str, method: int) -> Generator[bytes | int, bytes, None]:
        """Without credentials Go takes any method but 0xff for none; with them it knows two."""
        if method == _NO_AUTHENTICATION:
            return
        self.stage = "authentication"
        if method != _USER_PASSWORD:
            text = f"unsupported authentication method {method}"
            raise SocksRefused("proxy.socks.protocol", text, "the proxy chose a method that was not offered")
        name = user.encode("utf-8", "surrogateescape")
        secret = self._password.encode("utf-8", "surrogateescape")
        if not name or len(name) > _LONGEST or len(secret) > _LONGEST:
            ours = "user and password must have 1 to 255 and 0 to 255 bytes"
            raise SocksRefused("proxy.socks.auth_failed", "invalid username/password", ours, is_ours=True)
        yield bytes([1, len(name)]) + name + bytes([len(secret)]) + secret
        version, status = yield 2
        if version != 1:
            raise SocksRefused("proxy.socks.protocol", "invalid username/password version")
        if status != 0:
            raise SocksRefused("proxy.socks.auth_failed", "username/password authentication failed")

    def _read_reply(self) -> Generator[bytes | int, bytes, None]:
        version, reply, reserved, kind = yield 4
        _check_version(version)
        self.reply = reply
        if reply != 0:
            raise _refusal(reply)
        if reserved != 0:
            raise SocksRefused("proxy.socks.protocol", "non-zero reserved field")
        if kind == _NAME:
            (length,) = yield 1
        elif kind in (_IPV4, _IPV6):
            length = 4 if kind == _IPV4 else 16
        else:
            raise SocksRefused("proxy.socks.protocol", f"unknown address type {kind}")
        rest = yield length + 2
        self.bound = Bound(_host(kind, rest[:-2]), int.from_bytes(rest[-2:], "big"))


def _check_version(version: int) -> None:
    if version == VERSION:
        return
    ours = "the answer begins like HTTP, not like SOCKS5" if version == ord("H") else "the answer is not SOCKS5"
    raise SocksRefused("proxy.socks.protocol", f"unexpected protocol version {version}", ours)


def _refusal(reply: int) -> SocksRefused:
    words, cause = REPLIES.get(reply, (f"unknown code: {reply}", "proxy.socks.protocol"))
    return SocksRefused(cause, f"unknown error {words}", f"the proxy answers with reply {reply}: {words}")


def _address(host: str, port: int) -> bytes:
    """Address type, address, port: a literal as such, everything else as a name for the proxy to resolve."""
    literal = parse_ip(host)
    if literal is not None:
        packed = literal.unmapped
        return bytes([_IPV4 if len(packed) == 4 else _IPV6]) + packed + port.to_bytes(2, "big")
    name = host.encode("utf-8", "surrogateescape")
    if len(name) > _LONGEST:
        raise SocksRefused("config.goproxy_invalid", "FQDN too long", is_ours=True)
    return bytes([_NAME, len(name)]) + name + port.to_bytes(2, "big")


def _host(kind: int, raw: bytes) -> str:
    if kind == _NAME:
        return raw.decode("utf-8", "surrogateescape")
    return str(IPv4Address(raw) if kind == _IPV4 else IPv6Address(raw))
