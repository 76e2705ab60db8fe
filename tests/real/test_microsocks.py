"""Through microsocks, a SOCKS server of a few hundred lines."""

from pathlib import Path

import pytest
from tests.real.agreement import Row, agree
from tests.real.microsocks import Microsocks
from tests.real.party import GROUP, UNKNOWN
from tests.real.runs import at, through
from tests.real.socks_rows import ASKING, CARRIES, replied

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

ROWS = (
    *CARRIES,
    Row(
        name="no-route",
        target=at(GROUP),
        says=replied("network unreachable"),
        cause="proxy.socks.net_unreachable",
    ),
    # An unknown name is its general failure; only a log on its side could say more.
    Row(
        name="name-unknown",
        target=at(UNKNOWN),
        says=replied("general SOCKS server failure"),
        cause="proxy.socks.general_failure",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_modtrace_agrees_with_go(row: Row, a_microsocks: Microsocks, tmp_path: Path, go_tool: str) -> None:
    way = through(a_microsocks.url(row.userinfo), goproxy=row.target)
    agree(way, row.go_says(a_microsocks.port), row.cause, tmp_path, go_tool)


@pytest.mark.parametrize("row", ASKING, ids=lambda row: row.name)
def test_credentials(row: Row, an_asking_microsocks: Microsocks, tmp_path: Path, go_tool: str) -> None:
    way = through(an_asking_microsocks.url(row.userinfo), goproxy=row.target)
    agree(way, row.go_says(an_asking_microsocks.port), row.cause, tmp_path, go_tool)


def test_http_for_its_port(a_microsocks: Microsocks, tmp_path: Path, go_tool: str) -> None:
    """It answers a CONNECT with its refusal of the methods that it read there."""
    way = through(f"http://127.0.0.1:{a_microsocks.port}")
    row = Row(name="x", says='Get "{url}": malformed HTTP response "\\x05\\xff"')
    agree(way, row.go_says(), "proxy.not_a_proxy", tmp_path, go_tool)
