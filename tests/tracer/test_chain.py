"""Through every hop of a route over one memory link: who is asked for what, in which order, and which hop failed."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from tests.sim.links import MemoryLink, link_pair
from tests.tracer.clocked import Clocked
from tests.tracer.tunnels.opening import ENDS, PROXY, request_head
from trio.testing import MockClock

from modtrace.gorules.proxyroute import Hop, Route, parse_via
from modtrace.record.causes import Cause
from modtrace.record.events import SpanClosed
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.chain import pass_hops
from modtrace.tracer.routes import Target
from modtrace.tracer.world.interface import Link

HTTP, SOCKS, HTTPS = "http://me:s3cret@a.test:1", "socks5://b.test:2", "https://c.test:3"
OPENED = b"HTTP/1.1 200 OK\r\n\r\n"
Script = Callable[[MemoryLink, list[str]], Awaitable[None]]


async def connects(link: MemoryLink, asked: list[str]) -> None:
    """A hop that opens what CONNECT asks for."""
    asked.append((await request_head(link)).split(b" ")[1].decode())
    await link.send(OPENED)


async def negotiates(link: MemoryLink, asked: list[str]) -> None:
    """A hop that opens what SOCKS5 asks for, by name."""
    assert await link.receive() == b"\x05\x01\x00"
    await link.send(b"\x05\x00")
    request = await link.receive()
    assert request[:4] == b"\x05\x01\x00\x03"
    asked.append(f"{request[5:-2].decode()}:{int.from_bytes(request[-2:])}")
    await link.send(b"\x05\x00\x00\x01" + bytes(6))


class Passed:
    """One way through ``hops``; ``scripts`` play them in their order."""

    def __init__(
        self,
        *hops: str | Hop,
        scripts: tuple[Script, ...] = (),
        scheme: str = "https",
        unreachable: Failure | None = None,
        insecure: int | None = None,
    ) -> None:
        self.asked: list[str] = []
        self.reached: list[tuple[str, int]] = []
        self.secured: list[tuple[str, int]] = []
        self.failure: Failure | None = None
        self.ours, theirs = link_pair()
        self.tunnels: list[SpanClosed] = []
        self.started: list[tuple[str, object]] = []
        self.seconds = 0.0
        route = Route(hops=tuple(parse_via(hop) if isinstance(hop, str) else hop for hop in hops), rule="a rule")

        async def reach(host: str, port: int, span: Span) -> Link:
            self.reached.append((host, port))
            await trio.lowlevel.checkpoint()
            if unreachable is not None:
                raise StepFailed(unreachable)
            return self.ours

        async def secure(link: Link, hop: Hop, number: int, span: Span) -> Link:
            self.secured.append((hop.host, number))
            await trio.lowlevel.checkpoint()
            if number == insecure:
                raise StepFailed(
                    Failure(cause="proxy.certificate", side="proxy", text="no", go_text="proxyconnect tcp: no")
                )
            return link

        async def play() -> None:
            for script in scripts:
                await script(theirs, self.asked)

        async def main() -> None:
            clocked = Clocked()
            target = Target(scheme, "target.test", 443 if scheme == "https" else 80)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(play)
                try:
                    link = await pass_hops(
                        route, target, parent=clocked.root, reach=reach, secure=secure, patience_s=30
                    )
                    assert link is self.ours
                except StepFailed as failed:
                    self.failure = failed.failure
                self.seconds = trio.current_time() - clocked.zero
                nursery.cancel_scope.cancel()
            self.tunnels = clocked.closed("proxy.tunnel")
            self.started = [(event.subject, event.attributes) for event in clocked.started("proxy.tunnel")]
            assert "s3cret" not in repr(clocked.events)

        trio.run(main, clock=MockClock(autojump_threshold=0))

    @property
    def refusal(self) -> Failure:
        assert self.failure is not None
        assert self.ours.is_closed
        return self.failure


# --- opened -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("hop", "script"), [(HTTP, connects), (SOCKS, negotiates), (HTTPS, connects)])
def test_one_hop_is_asked_for_the_target(hop: str, script: Script) -> None:
    passed = Passed(hop, scripts=(script,))
    assert (passed.failure, passed.asked) == (None, ["target.test:443"])
    assert not passed.ours.is_closed
    assert [span.outcome for span in passed.tunnels] == ["ok"]
    assert passed.secured == ([("c.test", 1)] if hop == HTTPS else [])


def test_a_chain_is_asked_nearest_first_each_hop_for_the_next() -> None:
    passed = Passed(HTTP, SOCKS, HTTPS, scripts=(connects, negotiates, connects))
    assert passed.failure is None
    assert passed.reached == [("a.test", 1)]
    assert passed.asked == ["b.test:2", "c.test:3", "target.test:443"]
    assert passed.secured == [("c.test", 3)]
    assert [subject for subject, _ in passed.started] == [
        "http://a.test:1 to b.test:2",
        "socks5://b.test:2 to c.test:3",
        "https://c.test:3 to target.test:443",
    ]
    assert passed.started[1][1] == {
        "proxy": "socks5://b.test:2",
        "kind": "socks5",
        "target": "c.test:3",
        "hop": 2,
        "hops": 3,
        "rule": "a rule",
    }
    assert all("tcp" in span.attributes for span in passed.tunnels)


@pytest.mark.parametrize("last", [HTTP, HTTPS])
def test_a_last_http_proxy_forwards_a_plain_url_without_a_tunnel(last: str) -> None:
    passed = Passed(SOCKS, last, scripts=(negotiates,), scheme="http")
    assert (passed.failure, len(passed.asked), len(passed.tunnels)) == (None, 1, 1)
    assert Passed(last, scheme="http").tunnels == []
    assert Passed(HTTPS, scheme="http").secured == [("c.test", 1)]


def test_a_last_socks_proxy_opens_a_tunnel_for_a_plain_url_too() -> None:
    assert Passed(SOCKS, scripts=(negotiates,), scheme="http").asked == ["target.test:80"]


# --- which hop failed -------------------------------------------------------------------------------------------------
async def refuses(link: MemoryLink, asked: list[str]) -> None:
    await request_head(link)
    await link.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


async def denies(link: MemoryLink, asked: list[str]) -> None:
    await link.receive()
    await link.send(b"\x05\xff")


async def resets(link: MemoryLink, asked: list[str]) -> None:
    await link.receive()
    link.reset()


def test_the_last_hop_that_refuses_has_gos_bare_words() -> None:
    passed = Passed(SOCKS, HTTP, scripts=(negotiates, refuses))
    assert (passed.refusal.cause, passed.refusal.go_text, passed.refusal.where) == (
        "proxy.denied",
        "Forbidden",
        "http://a.test:1",
    )
    assert [span.outcome for span in passed.tunnels] == ["ok", "failed"]


@pytest.mark.parametrize(
    ("hops", "script", "go_text", "where"),
    [
        ((HTTP, SOCKS), refuses, "proxyconnect tcp: Forbidden", "http://a.test:1"),
        (
            (SOCKS, HTTP),
            denies,
            f"proxyconnect tcp: socks connect tcp {PROXY}->a.test:1: no acceptable authentication methods",
            "socks5://b.test:2",
        ),
        (
            (HTTP, HTTP),
            resets,
            f"proxyconnect tcp: read tcp {ENDS}: read: connection reset by peer",
            "http://a.test:1",
        ),
    ],
)
def test_an_earlier_hop_that_fails_is_the_dial_of_gos_proxy(
    hops: tuple[str, ...], script: Script, go_text: str, where: str
) -> None:
    passed = Passed(*hops, scripts=(script,))
    assert (passed.refusal.go_text, passed.refusal.where) == (go_text, where)
    (tunnel,) = passed.tunnels
    assert tunnel.failure is not None
    assert f"proxyconnect tcp: {tunnel.failure.go_text}" == go_text, "the span keeps the hop's own words"


@pytest.mark.parametrize("silent", [1, 2, 3])
def test_a_silent_hop_is_named_whichever_it_is(silent: int) -> None:
    scripts: tuple[Script, ...] = (negotiates, negotiates, negotiates)[: silent - 1]
    hops = ("socks5://one.test:1", "socks5://two.test:2", "socks5://three.test:3")
    passed = Passed(*hops, scripts=scripts)
    assert (passed.refusal.cause, passed.refusal.where, passed.refusal.hangs) == (
        "proxy.silent",
        hops[silent - 1],
        True,
    )
    assert passed.refusal.go_text is None
    assert passed.seconds == pytest.approx(30)
    assert len(passed.tunnels) == silent


@pytest.mark.parametrize(
    ("because", "cause"), [("tcp.refused", "proxy.unreachable.refused"), ("dns.nxdomain", "proxy.unresolved")]
)
def test_a_first_hop_that_cannot_be_reached_opens_nothing(because: Cause, cause: str) -> None:
    below = Failure(cause=because, side="unknown", text="no", go_text="dial tcp: no")
    passed = Passed(HTTP, SOCKS, unreachable=below)
    assert passed.failure is not None
    assert (passed.failure.cause, passed.failure.go_text) == (cause, "proxyconnect tcp: dial tcp: no")
    assert passed.tunnels == []


@pytest.mark.parametrize("port", ["65536", "99999", "9" * 5000])
def test_a_port_that_does_not_exist_is_told_before_any_packet(port: str) -> None:
    passed = Passed(Hop(kind="http", scheme="http", host="p.test", port=port))
    assert passed.reached == []
    assert passed.failure is not None
    assert (passed.failure.cause, passed.failure.side) == ("config.proxy_url_invalid", "local")
    assert passed.failure.go_text == f"proxyconnect tcp: dial tcp: address {port}: invalid port"


def test_a_scheme_without_a_default_port_is_dialled_at_port_zero_as_go_does() -> None:
    assert Passed(Hop(kind="http", scheme="ftp", host="p.test", port=""), scripts=(connects,)).reached == [
        ("p.test", 0)
    ]


def test_tls_with_a_proxy_that_fails_closes_the_link_and_asks_for_nothing() -> None:
    passed = Passed(SOCKS, HTTPS, HTTP, scripts=(negotiates,), insecure=2)
    assert passed.refusal.cause == "proxy.certificate"
    assert (passed.asked, len(passed.tunnels)) == (["c.test:3"], 1)


def test_a_cancelled_way_closes_its_link() -> None:
    ours, _ = link_pair()

    async def reach(host: str, port: int, span: Span) -> Link:
        await trio.lowlevel.checkpoint()
        return ours

    async def secure(link: Link, hop: Hop, number: int, span: Span) -> Link:
        raise AssertionError

    async def main() -> None:
        clocked = Clocked()
        route = Route(hops=(parse_via(SOCKS),), rule="a rule")
        with trio.move_on_after(5):
            target = Target("https", "target.test", 443)
            await pass_hops(route, target, parent=clocked.root, reach=reach, secure=secure, patience_s=30)
        (tunnel,) = clocked.closed("proxy.tunnel")
        assert (tunnel.outcome, tunnel.failure) == ("abandoned", None)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert ours.is_closed
