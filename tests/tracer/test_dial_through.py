"""Real chains on loopback: which hop is asked for what, TLS in TLS, what is forwarded, which hop failed."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.oracle.harness import authority, certificate
from tests.tracer.journey import Journey

from modtrace.lab.server import Live, Place, Server, running

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module", name="live")
def _live() -> Generator[Live]:
    places = (
        Place(name="plain"),
        Place(name="h1", issued=certificate(), alpn=("http/1.1",)),
        Place(name="expired", issued=authority().expired("127.0.0.1")),
    )
    with running(Server(places=places, lifetime_s=60)) as live:
        yield live


CHAINS = [
    "http",
    "https",
    "socks5",
    "http http",
    "http https",
    "https http",
    "https https",
    "socks5 http",
    "http socks5",
    "https socks5",
    "socks5 https",
    "socks5 socks5",
    "http https socks5",
    "https socks5 http",
    "socks5 http https",
]


@pytest.mark.parametrize("kinds", CHAINS)
def test_an_https_target_is_reached_through_every_kind_of_chain(kinds: str, live: Live, tmp_path: Path) -> None:
    target = live.ports["h1"]
    journey = Journey(kinds, "https", target, tmp_path, userinfo="me:s3cret@")
    assert journey.failure is None
    assert journey.answer.startswith(b"HTTP/1.1 404")
    ports = [proxy.port for proxy in journey.proxies] + [target]
    loopback = bytes((127, 0, 0, 1)).hex()
    assert journey.asked == [
        [f"{loopback if proxy.kind == 'socks5' else '127.0.0.1'}:{onward}"]
        for proxy, onward in zip(journey.proxies, ports[1:], strict=True)
    ]
    words = kinds.split()
    assert journey.phases.count("proxy.tunnel ok") == len(words)
    assert journey.phases.count("tls.handshake ok") == words.count("https") + 1
    assert journey.phases.count("tcp.connect ok") == 1
    assert [span.attributes["hop"] for span in journey.all("proxy.tunnel")] == list(range(1, len(words) + 1))
    assert journey.all("tls.handshake")[-1].attributes["through"] == [proxy.via() for proxy in journey.proxies]
    for proxy in journey.proxies:
        assert proxy.credentials == ["me:s3cret" if proxy.kind == "socks5" else "Basic bWU6czNjcmV0"]
    assert "s3cret" not in repr(journey.events)
    assert "bWU6czNjcmV0" not in repr(journey.events)
    assert len(journey.certificates) == 2 * (words.count("https") + 1)


@pytest.mark.parametrize("kinds", ["http", "https", "socks5 http", "http https", "socks5", "http socks5"])
def test_a_plain_target_is_forwarded_by_the_last_http_proxy(kinds: str, live: Live, tmp_path: Path) -> None:
    target = live.ports["plain"]
    journey = Journey(kinds, "http", target, tmp_path, userinfo="me:s3cret@")
    assert journey.failure is None
    assert journey.answer.startswith(b"HTTP/1.1 404")
    words = kinds.split()
    is_forwarded = words[-1] != "socks5"
    (last,) = journey.asked[-1]
    assert last == (f"http://127.0.0.1:{target}/x" if is_forwarded else f"7f000001:{target}")
    assert journey.phases.count("proxy.tunnel ok") == len(words) - is_forwarded
    assert len(journey.proxies[-1].credentials) == 1


@pytest.mark.parametrize("alpn", [("http/1.1",), ()])
def test_an_https_proxy_may_choose_its_protocol_as_long_as_it_is_not_http2(
    alpn: tuple[str, ...], live: Live, tmp_path: Path
) -> None:
    assert Journey("https", "http", live.ports["plain"], tmp_path, alpn=alpn).failure is None


def test_a_plain_url_over_a_proxys_http2_is_refused_in_gos_words(live: Live, tmp_path: Path) -> None:
    journey = Journey("https", "http", live.ports["plain"], tmp_path, alpn=("h2",))
    assert journey.failure is not None
    assert journey.failure.go_text == "http2: unencrypted HTTP/2 not enabled"
    assert journey.failure.cause == "config.proxy_scheme_unsupported"
    assert journey.asked == [[]]


def test_a_proxys_certificate_for_another_name_is_the_proxys(live: Live, tmp_path: Path) -> None:
    other = authority().leaf("other.test")
    journey = Journey("http https", "https", live.ports["h1"], tmp_path, certificate_of=other)
    assert journey.failure is not None
    assert (journey.failure.cause, journey.failure.where) == ("proxy.certificate", journey.proxies[1].via())
    assert journey.failure.go_text == (
        "proxyconnect tcp: tls: failed to verify certificate: "
        "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"
    )
    assert journey.phases == ["tcp.connect ok", "proxy.tunnel ok", "tls.handshake failed"]
    assert len(journey.certificates) == 2


def test_a_target_behind_a_tunnel_keeps_its_own_failure(live: Live, tmp_path: Path) -> None:
    journey = Journey("socks5 http", "https", live.ports["expired"], tmp_path)
    assert journey.failure is not None
    assert journey.failure.cause == "tls.expired"
    assert "proxyconnect" not in str(journey.failure.go_text)
    plain = Journey("http", "https", live.ports["plain"], tmp_path)
    assert plain.failure is not None
    assert plain.failure.go_text == "http: server gave HTTP response to HTTPS client"


@pytest.mark.parametrize("mute", [0, 1, 2])
def test_the_silent_hop_of_three_is_named(mute: int, live: Live, tmp_path: Path) -> None:
    journey = Journey("socks5 socks5 socks5", "https", live.ports["h1"], tmp_path, mute=mute)
    assert journey.failure is not None
    assert (journey.failure.cause, journey.failure.where) == ("proxy.silent", journey.proxies[mute].via())
    assert journey.failure.hangs
    assert [len(asked) for asked in journey.asked] == [int(at < mute) for at in range(3)]
    assert journey.all("proxy.tunnel")[-1].attributes["hop"] == mute + 1
