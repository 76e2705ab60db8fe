"""Chains of two different third parties. go has no such setting, so it goes by the last hop alone: the same answer."""

from pathlib import Path

import msgspec
import pytest
from tests.real import dante, microsocks, squid, tinyproxy
from tests.real.agreement import Both, Row, agree, phases
from tests.real.party import BLOCKED, IN_URL, MODULES, UNKNOWN, USER, WRONG
from tests.real.runs import PLAIN, SECURE, Way, at, modtrace, through
from tests.real.socks_rows import replied

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]


class Hops(msgspec.Struct, frozen=True):
    """Every third party's URL by name."""

    urls: dict[str, str]

    def way(self, names: tuple[str, ...], target: str = SECURE) -> Way:
        options = tuple(word for name in names for word in ("--via", self.urls[name]))
        alone = through(self.urls[names[-1]], goproxy=target)
        return msgspec.structs.replace(alone, options=options)


@pytest.fixture(scope="module")
def hops(
    a_squid: squid.Squid,
    a_tinyproxy: tinyproxy.Tinyproxy,
    a_dante: dante.Dante,
    an_asking_dante: dante.Dante,
    a_microsocks: microsocks.Microsocks,
) -> Hops:
    return Hops(
        {
            "squid": a_squid.url(),
            "squid-tls": a_squid.url("tls"),
            "squid-filtered": a_squid.url("filtered"),
            "squid-auth": a_squid.url("auth", f"{USER}:{IN_URL}"),
            "squid-wrong": a_squid.url("auth", f"{USER}:{WRONG}"),
            "tinyproxy": a_tinyproxy.url(),
            "dante": a_dante.url(),
            "dante-auth": an_asking_dante.url(f"{USER}:{IN_URL}"),
            "dante-none": an_asking_dante.url(),
            "microsocks": a_microsocks.url(),
            "gone": "http://127.0.0.1:1",  # nobody listens there
        }
    )


@pytest.mark.parametrize("target", [SECURE, PLAIN], ids=["https", "http"])
@pytest.mark.parametrize(
    "names",
    [
        ("dante", "squid"),
        ("squid", "dante"),
        ("dante-auth", "squid-auth"),
        ("squid-auth", "dante-auth"),
        ("squid-tls", "microsocks"),
        ("microsocks", "squid-tls"),
        ("tinyproxy", "squid"),
        ("microsocks", "dante"),
        ("dante", "squid", "microsocks"),
        ("tinyproxy", "dante", "squid-tls"),
    ],
    ids=lambda names: "+".join(names),
)
def test_a_chain_carries_the_fetch(
    names: tuple[str, ...], target: str, hops: Hops, tmp_path: Path, go_tool: str
) -> None:
    both = agree(hops.way(names, target), None, None, tmp_path, go_tool)
    assert _hops_of(both)[: len(names)] == [_shown(hops.urls[name]) for name in names][: len(_hops_of(both))], both.page


@pytest.mark.parametrize(
    ("names", "target", "says", "cause"),
    [
        (("dante", "squid-filtered"), at(BLOCKED), 'Get "{url}": Forbidden', "proxy.denied"),
        (("dante", "squid-wrong"), SECURE, 'Get "{url}": Proxy Authentication Required', "proxy.auth_failed"),
        (("microsocks", "squid"), at(MODULES, port="1"), 'Get "{url}": Service Unavailable', "proxy.upstream_failed"),
        (("squid", "dante"), at(BLOCKED), replied("connection not allowed by ruleset"), "proxy.socks.not_allowed"),
        (("squid", "dante"), at(UNKNOWN), replied("host unreachable"), "proxy.socks.host_unreachable"),
        (("squid", "microsocks"), at(MODULES, port="1"), replied("connection refused"), "proxy.socks.refused"),
    ],
    ids=["denied", "wrong-credentials", "port-closed", "denied-by-rule", "name-unknown", "port-closed-socks"],
)
def test_the_last_hop_refuses_and_is_named(
    names: tuple[str, ...], target: str, says: str, cause: str, hops: Hops, tmp_path: Path, go_tool: str
) -> None:
    last = hops.urls[names[-1]]
    expected = Row(name="x", target=target, says=says).go_says(int(last.rpartition(":")[2]))
    # Whose address stands before "->" depends on the Go program: net/http's own SOCKS dialer takes the connection's
    # peer, which is the first hop, x/net/proxy's the address that it was given. go has no chains: no letter to match.
    literal = last.startswith("http")
    both = agree(hops.way(names, target), expected, cause, tmp_path, go_tool, to_the_letter=literal)
    assert both.modtrace.verdict["where"] == _shown(last), both.page


@pytest.mark.parametrize(
    ("names", "target", "cause"),
    [
        (("squid-wrong", "dante"), SECURE, "proxy.auth_failed"),
        (("dante-none", "squid"), SECURE, "proxy.socks.no_method"),
        (("gone", "squid"), SECURE, "proxy.unreachable.refused"),
        (("squid", "gone"), SECURE, "proxy.upstream_failed"),
        (("dante", "gone"), SECURE, "proxy.socks.refused"),
    ],
    ids=["http-credentials", "socks-method", "first-gone", "second-gone-behind-http", "second-gone-behind-socks"],
)
def test_the_first_hop_ends_it_and_is_named(
    names: tuple[str, ...], target: str, cause: str, hops: Hops, tmp_path: Path
) -> None:
    """What the first hop can't do for the second is the first one's answer; go has no word for it."""
    ours = modtrace(hops.way(names, target), tmp_path)
    assert (ours.exit, ours.verdict["cause"]) == (1, cause), ours.page
    assert ours.verdict["where"] == _shown(hops.urls[names[0]]), ours.page
    assert ours.asked == []


def _hops_of(both: Both) -> list[str]:
    return [one["attributes"]["proxy"] for one in phases(both.modtrace, "proxy", "tunnel")]


def _shown(url: str) -> str:
    """Without the credentials."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
