"""Through dante's SOCKS server, which tells its reasons apart."""

from pathlib import Path

import pytest
from tests.real.agreement import Row, agree
from tests.real.dante import Dante
from tests.real.party import BLOCKED, GROUP, UNKNOWN
from tests.real.runs import at, through
from tests.real.socks_rows import ASKING, CARRIES, replied

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

ROWS = (
    *CARRIES,
    Row(
        name="denied-by-rule",
        target=at(BLOCKED),
        says=replied("connection not allowed by ruleset"),
        cause="proxy.socks.not_allowed",
    ),
    Row(
        name="denied-by-rule-http",
        target=at(BLOCKED, "http"),
        says=replied("connection not allowed by ruleset"),
        cause="proxy.socks.not_allowed",
    ),
    Row(
        name="no-route",
        target=at(GROUP),
        says=replied("network unreachable"),
        cause="proxy.socks.net_unreachable",
    ),
    Row(
        name="name-unknown",
        target=at(UNKNOWN),
        says=replied("host unreachable"),
        cause="proxy.socks.host_unreachable",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_modtrace_agrees_with_go(row: Row, a_dante: Dante, tmp_path: Path, go_tool: str) -> None:
    way = through(a_dante.url(row.userinfo), goproxy=row.target)
    agree(way, row.go_says(a_dante.port), row.cause, tmp_path, go_tool)


@pytest.mark.parametrize("row", ASKING, ids=lambda row: row.name)
def test_credentials(row: Row, an_asking_dante: Dante, tmp_path: Path, go_tool: str) -> None:
    way = through(an_asking_dante.url(row.userinfo), goproxy=row.target)
    agree(way, row.go_says(an_asking_dante.port), row.cause, tmp_path, go_tool)


def test_socks5h_is_the_same(a_dante: Dante, tmp_path: Path, go_tool: str) -> None:
    agree(through(a_dante.url(scheme="socks5h")), None, None, tmp_path, go_tool)


def test_http_for_its_port(a_dante: Dante, tmp_path: Path, go_tool: str) -> None:
    """It hangs up on a CONNECT without a word."""
    way = through(f"http://127.0.0.1:{a_dante.port}")
    agree(way, Row(name="x", says='Get "{url}": unexpected EOF').go_says(), "proxy.closed", tmp_path, go_tool)
