"""Through tinyproxy, which words its refusals in its own way."""

from pathlib import Path

import pytest
from tests.real.agreement import Row, agree, assert_kept
from tests.real.party import BLOCKED, GROUP, MODULES, UNKNOWN, WRONG
from tests.real.runs import PLAIN, at, through
from tests.real.tinyproxy import PASSWORD, USER, Tinyproxy

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

ROWS = (
    Row(name="carries"),
    Row(name="carries-http", target=PLAIN),
    Row(
        name="filtered",
        target=at(BLOCKED),
        says='Get "{url}": Filtered',
        cause="proxy.denied",
        quotes=("403", "Filtered"),
    ),
    Row(
        name="filtered-http",
        target=at(BLOCKED, "http"),
        says="reading {url}: 403 Filtered",
        cause="proxy.denied",
        quotes=("403", "Filtered"),
    ),
    # Whatever keeps it from connecting, it answers 500 and does not say what that was.
    Row(
        name="port-closed",
        target=at(MODULES, port="1"),
        says='Get "{url}": Unable to connect',
        cause="proxy.upstream_failed",
        quotes=("500", "Unable to connect"),
    ),
    Row(
        name="no-route",
        target=at(GROUP),
        says='Get "{url}": Unable to connect',
        cause="proxy.upstream_failed",
        quotes=("500", "Unable to connect"),
    ),
    Row(
        name="name-unknown",
        target=at(UNKNOWN),
        says='Get "{url}": Unable to connect',
        cause="proxy.upstream_failed",
        quotes=("500", "Unable to connect"),
    ),
    Row(
        name="port-closed-http",
        target=at(MODULES, "http", "1"),
        says="reading {url}: 500 Unable to connect",
        cause="proxy.upstream_failed",
        quotes=("500", "Unable to connect"),
    ),
)
ASKING = (
    Row(name="credentials-right", userinfo=f"{USER}:{PASSWORD}"),
    Row(name="credentials-right-http", userinfo=f"{USER}:{PASSWORD}", target=PLAIN),
    Row(
        name="credentials-none",
        says='Get "{url}": Proxy Authentication Required',
        cause="proxy.auth_required",
        quotes=("407", "tinyproxy"),
    ),
)
# It answers wrong credentials with a module server's status.
UNAUTHORIZED = Row(
    name="credentials-wrong",
    userinfo=f"{USER}:{WRONG}",
    says='Get "{url}": Unauthorized',
    cause="proxy.auth_failed",
    quotes=("401",),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_modtrace_agrees_with_go(row: Row, a_tinyproxy: Tinyproxy, tmp_path: Path, go_tool: str) -> None:
    way = through(a_tinyproxy.url(), goproxy=row.target)
    assert_kept(row, agree(way, row.go_says(), row.cause, tmp_path, go_tool))


@pytest.mark.parametrize("row", ASKING, ids=lambda row: row.name)
def test_credentials(row: Row, an_asking_tinyproxy: Tinyproxy, tmp_path: Path, go_tool: str) -> None:
    way = through(an_asking_tinyproxy.url(row.userinfo), goproxy=row.target)
    both = agree(way, row.go_says(), row.cause, tmp_path, go_tool)
    assert_kept(row, both)
    assert PASSWORD not in both.modtrace.raw


def test_wrong_credentials(an_asking_tinyproxy: Tinyproxy, tmp_path: Path, go_tool: str) -> None:
    way = through(an_asking_tinyproxy.url(UNAUTHORIZED.userinfo))
    assert_kept(UNAUTHORIZED, agree(way, UNAUTHORIZED.go_says(), UNAUTHORIZED.cause, tmp_path, go_tool))
