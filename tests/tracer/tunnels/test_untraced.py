"""A network proxy is chosen as go chooses it, its own address is tried, and there it ends."""

from collections.abc import Mapping
from typing import cast

import pytest
import trio
from tests.tracer.bench import Bench

from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.tunnels.untraced import refuse_proxy
from modtrace.tracer.world.interface import Link, World

PROXY = {"HTTPS_PROXY": "http://u:secret@proxy.test:3128", "NO_PROXY": "direct.test"}


class ProxiedWorld:
    """Only its environment is looked at."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def environ(self) -> Mapping[str, str]:
        return self._environ


class ClosedLater:
    """A link of which nothing is wanted but its end."""

    was_closed = False

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()
        self.was_closed = True


class Attempt:
    """One call, with what it connected to and how it ended."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        scheme: str = "https",
        host: str = "goproxy.example",
        port: int = 443,
        connect_fails: Failure | None = None,
    ) -> None:
        self.bench = Bench()
        self.dialled: list[tuple[str, int, str]] = []
        self.link = ClosedLater()
        self.failure: Failure | None = None

        async def connect(name: str, number: int, span: Span) -> Link:
            self.dialled.append((name, number, span.phase))
            await trio.lowlevel.checkpoint()
            if connect_fails is not None:
                raise StepFailed(connect_fails)
            return cast("Link", self.link)

        async def main() -> None:
            world = cast("World", ProxiedWorld(environ))
            await refuse_proxy(world, scheme, host, port, self.bench.root, connect)

        try:
            trio.run(main)
        except StepFailed as failed:
            self.failure = failed.failure


@pytest.mark.parametrize(
    ("environ", "scheme", "host"),
    [
        ({}, "https", "goproxy.example"),
        (PROXY, "https", "direct.test"),
        (PROXY, "http", "goproxy.example"),
        (PROXY, "https", "127.0.0.1"),
        (PROXY, "https", "::1"),
    ],
)
def test_where_go_dials_directly_nothing_happens(environ: Mapping[str, str], scheme: str, host: str) -> None:
    attempt = Attempt(environ, scheme=scheme, host=host)
    assert (attempt.failure, attempt.dialled) == (None, [])
    assert attempt.bench.started("proxy.tunnel") == []


def test_a_proxy_that_answers_is_beyond_this_release() -> None:
    attempt = Attempt(PROXY)
    assert attempt.dialled == [("proxy.test", 3128, "proxy.tunnel")]
    assert attempt.link.was_closed
    assert attempt.failure is not None
    assert (attempt.failure.cause, attempt.failure.where) == (
        "config.proxy_scheme_unsupported",
        "http://proxy.test:3128",
    )
    assert attempt.failure.details == {"is_untraced": True}
    (started,) = attempt.bench.started("proxy.tunnel")
    assert started.subject == "http://proxy.test:3128 to goproxy.example:443"
    assert attempt.bench.failures("proxy.tunnel") == [attempt.failure]
    assert "secret" not in repr(attempt.bench.events)


@pytest.mark.parametrize(
    ("proxy", "port"),
    [("http://p.test", 80), ("https://p.test", 443), ("socks5://p.test", 1080), ("p.test:9", 9)],
)
def test_a_proxy_without_a_port_has_its_schemes(proxy: str, port: int) -> None:
    assert Attempt({"HTTPS_PROXY": proxy}).dialled == [("p.test", port, "proxy.tunnel")]


@pytest.mark.parametrize(
    ("because", "cause"),
    [
        ("tcp.refused", "proxy.unreachable.refused"),
        ("tcp.unanswered", "proxy.unreachable.unanswered"),
        ("tcp.no_route", "proxy.unreachable"),
        ("dns.nxdomain", "proxy.unresolved"),
    ],
)
def test_a_proxy_that_cannot_be_reached_is_its_own_cause(because: Cause, cause: Cause) -> None:
    below = Failure(cause=because, side="origin", text="no", go_text="dial tcp: no", errno="EX", details={"a": 1})
    failure = Attempt(PROXY, connect_fails=below).failure
    assert failure is not None
    assert (failure.cause, failure.side, failure.errno) == (cause, "proxy", "EX")
    assert failure.go_text == "proxyconnect tcp: dial tcp: no"
    assert failure.details == {"a": 1, "because": because}
    assert "is_untraced" not in failure.details, "go fails here too"


def test_a_proxy_that_go_cannot_parse_is_no_proxy() -> None:
    attempt = Attempt({"HTTPS_PROXY": "http://p%zz"})
    assert (attempt.failure, attempt.dialled) == (None, [])


def test_in_a_cgi_environment_go_refuses_before_any_packet() -> None:
    attempt = Attempt({"HTTP_PROXY": "http://p.test", "REQUEST_METHOD": "GET"}, scheme="http", port=80)
    assert attempt.dialled == []
    assert attempt.failure is not None
    assert (attempt.failure.cause, attempt.failure.side) == ("config.proxy_url_invalid", "local")
    assert attempt.failure.go_text == attempt.failure.text != ""


def test_an_ipv6_target_is_looked_up_in_brackets() -> None:
    attempt = Attempt({"HTTPS_PROXY": "http://p.test:1", "NO_PROXY": "[2001:db8::1]:443"}, host="2001:db8::1")
    assert attempt.dialled == []
    assert Attempt({"HTTPS_PROXY": "http://p.test:1"}, host="2001:db8::1").dialled == [("p.test", 1, "proxy.tunnel")]
