"""Chains of three proxies of which one falls silent: the verdict names it, and the probes are its evidence."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.end_to_end.ground import Done, Ground, ground, honest
from tests.oracle.cases.proxied.building import HOST, certificate

from modtrace.lab.proxybooth import Proxy
from modtrace.lab.proxyhttp import ESTABLISHED
from modtrace.lab.proxyscript import Say, Script
from modtrace.lab.proxyserver import LiveProxies, running_proxies

pytestmark = pytest.mark.loopback

HOLD = Say(data=b"", then="hold")
# Every hop reaches every other one and the module server, by the names that only the proxies know.
ROUTES = {f"{HOST}:443": "a", "hop1.test:1": "p1", "hop2.test:2": "p2", "hop3.test:3": "p3"}


@contextmanager
def chain(folder: Path, scripts: Mapping[str, Script]) -> Generator[tuple[Ground, LiveProxies]]:
    """http, then socks5, then http; the later two are named as the hop before them knows them."""
    place = honest(tls=True)
    place = type(place)(name="a", site=place.site, issued=certificate())
    with ground(folder, place, goproxy=f"https://{HOST}") as here:
        assert here.live is not None
        proxies = tuple(
            Proxy(name=name, kind=kind, script=scripts.get(name, {}), routes=ROUTES)
            for name, kind in (("p1", "http"), ("p2", "socks5"), ("p3", "http"))
        )
        with running_proxies(proxies, here.live.ports) as live:
            yield here, live


def fetched(here: Ground, live: LiveProxies, *options: str, patience: str = "8") -> Done:
    via = (live.urls["p1"], "socks5://hop2.test:2", "http://hop3.test:3")
    words = [word for url in via for word in ("--via", url)]
    return here.fetch("--json", "--patience", patience, *words, *options)


def test_three_hops_carry_a_fetch_each_with_its_own_phases(tmp_path: Path) -> None:
    with chain(tmp_path, {}) as (here, live):
        done = fetched(here, live)
    assert done.code == 0, done.err
    tunnels = [phase for phase in done.json["phases"] if (phase["layer"], phase["name"]) == ("proxy", "tunnel")]
    assert [(phase["attributes"]["hop"], phase["outcome"]) for phase in tunnels] == [(1, "ok"), (2, "ok"), (3, "ok")]
    assert tunnels[1]["attributes"]["round_trip_us"] >= 0
    assert all("probe" not in phase["name"] for phase in done.json["phases"])


@pytest.mark.parametrize(
    ("name", "scripts", "cause", "where", "patience"),
    [
        ("greeting", {"p2": {"greeting": HOLD}}, "proxy.silent", "socks5://hop2.test:2", "8"),
        ("request", {"p2": {"request": HOLD}}, "proxy.silent", "socks5://hop2.test:2", "8"),
        (
            "the first one carries nothing",
            {"p1": {"head": Say(data=ESTABLISHED), "tunnel": HOLD}},
            "proxy.tunnel_silent",
            "{p1}",
            "8",
        ),
        (
            "the last one carries nothing",
            {"p3": {"head": Say(data=ESTABLISHED), "tunnel": HOLD}},
            "proxy.tunnel_silent",
            "http://hop3.test:3",
            "12",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_silent_hop_is_pinpointed(
    name: str, scripts: Mapping[str, Script], cause: str, where: str, patience: str, tmp_path: Path
) -> None:
    del name
    with chain(tmp_path, scripts) as (here, live):
        done = fetched(here, live, "--timeout", "70", patience=patience)
    verdict = done.json["verdict"]
    assert (verdict["layer"], verdict["cause"], verdict["where"]) == ("proxy", cause, where.format(**live.urls)), (
        done.out
    )
    # The proxies alone know the name of the target: without that control the first hop is only suspected.
    assert verdict["confidence"] in (("medium",) if where == "{p1}" else ("certain", "high"))
    probes = [phase for phase in done.json["phases"] if phase["name"] == "probe.prefix"]
    assert {phase["attributes"]["prefix"] for phase in probes} == {0, 1, 2}
    seen = "is silent, too" if where == "{p1}" else "the target answers"
    assert any(seen in evidence["text"] for evidence in verdict["evidence"])


def test_without_probes_the_hop_that_was_asked_is_named_and_nothing_else_is_sent(tmp_path: Path) -> None:
    with chain(tmp_path, {"p2": {"greeting": HOLD}}) as (here, live):
        done = fetched(here, live, "--probe", "off", patience="2")
        assert here.live is not None
        assert here.live.journal.connections == ()
    verdict = done.json["verdict"]
    assert (verdict["cause"], verdict["where"], verdict["go"]["hangs"]) == (
        "proxy.silent",
        "socks5://hop2.test:2",
        True,
    )
    assert all("probe" not in phase["name"] for phase in done.json["phases"])
