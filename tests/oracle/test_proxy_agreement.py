"""Through network proxies, ``modtrace fetch --probe off`` and the real ``go mod download`` do the same.

Compared, each program against its own fresh lab: what the proxies heard (byte for byte), TLS with them, what the module
servers were asked, the outcome, go's error text, hashes, and how long it takes to fail. Then modtrace's own part: the
verdict names the right cause, and the proxy. ``tests/oracle/cases/proxied`` holds the configurations.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.oracle.cases.proxied import PROXIED, QUICK, SLOW
from tests.oracle.cases.proxied.building import HOST, Proxied
from tests.oracle.comparison import log, shorthand
from tests.oracle.harness import Outcome, run_go, run_modtrace
from tests.oracle.ownnames import means
from tests.oracle.proxytalk import handshakes, talk
from tests.oracle.together import Together

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

TOLERANCE_S = 6.0  # of go's own 10, 30 and 60 s, on a machine that runs all of these at once


@pytest.fixture(scope="session", autouse=True)
def _own_names() -> None:
    if not means():
        pytest.skip("needs the right to mount over /etc/hosts in a mount namespace of its own")


@pytest.fixture(scope="session", autouse=True)
def together(
    _own_names: None, request: pytest.FixtureRequest, go_tool: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Together]:
    """The slow configurations that were selected, all started when the first test of this file is."""
    chosen = {name for item in request.session.items for name in item.keywords if name.startswith("slow-")}
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    with Together((one for one in SLOW if one.name in chosen), go_tool, shared / "slow") as runs:
        yield runs


def test_every_configuration_has_its_own_name() -> None:
    names = [one.name for one in PROXIED]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("proxied", QUICK, ids=lambda one: one.name)
def test_modtrace_does_what_go_does(proxied: Proxied, tmp_path: Path, go_tool: str) -> None:
    go = run_go(proxied.case, tmp_path, go_tool)
    ours = run_modtrace(proxied.case, tmp_path, go_tool)
    _agree(proxied, go, ours)
    _end_alike(proxied, go, ours)


@pytest.mark.parametrize("proxied", SLOW, ids=lambda one: one.name)
def test_modtrace_waits_as_long_as_go_does(proxied: Proxied, together: Together) -> None:
    go, ours = together.pair(proxied)
    _agree(proxied, go, ours)
    _end_alike(proxied, go, ours)


def _agree(proxied: Proxied, go: Outcome, ours: Outcome) -> None:
    page = _page(go, ours)
    assert ours.ok == go.ok, page
    assert not ours.suspicious, page
    assert talk(ours) == talk(go), page
    assert handshakes(ours) == handshakes(go), page
    assert log(ours) == log(go), page
    assert ours.error == (None if go.ok else go.error), page
    assert (ours.zip_h1, ours.mod_h1) == (go.zip_h1, go.mod_h1), page
    if go.ok:
        assert ours.resolved == go.resolved, page
    _judged(proxied, ours, page)
    if go.heard:
        _name_was_left_to_the_proxy(ours, page)


def _judged(proxied: Proxied, ours: Outcome, page: str) -> None:
    verdict = ours.said["verdict"]
    if proxied.cause == "*":
        assert verdict["cause"], page
        return
    assert verdict["cause"] == proxied.cause, page
    assert verdict["layer"] == (proxied.cause.partition(".")[0] if proxied.cause else None), page
    if proxied.cause and proxied.cause.startswith(("proxy.", "sumdb.")) and proxied.where:
        assert f":<{proxied.where}>" in ours.normal.normal(verdict["where"]), page


def _name_was_left_to_the_proxy(ours: Outcome, page: str) -> None:
    """Whoever asks a proxy for a name must not have looked it up."""
    resolved = [one["subject"] for one in ours.said["phases"] if one["layer"] == "dns"]
    assert [subject for subject in resolved if HOST in subject] == [], page


def _end_alike(proxied: Proxied, go: Outcome, ours: Outcome) -> None:
    page, said = _page(go, ours), ours.said["verdict"]["go"]
    assert go.is_waiting == proxied.hangs, page
    assert said["hangs"] == proxied.hangs, page
    if proxied.hangs:
        assert said["after_s"] is None, page
        assert ours.wall_s < go.wall_s, page
        return
    assert abs(said["after_s"] - go.wall_s) < TOLERANCE_S, page
    assert ours.said["timing"]["wall_s"] < go.wall_s + TOLERANCE_S, page


def _page(go: Outcome, ours: Outcome) -> str:
    def half(name: str, one: Outcome) -> str:
        heard = "\n".join(talk(one))
        return f"--- {name}\n{shorthand(one.requests)}\n{heard}\n{handshakes(one)}\n{one.error}\n{one.raw}"

    return half("go", go) + "\n" + half("modtrace", ours)
