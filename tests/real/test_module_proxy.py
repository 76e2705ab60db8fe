"""A Go module proxy that others wrote, as the source: directly, and through a network proxy."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.real.agreement import agree
from tests.real.party import MODULES
from tests.real.runs import HELLO, Way, through
from tests.real.squid import Squid
from tests.real.txtar_goproxy import TxtarGoproxy, txtar_goproxy

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]


@pytest.fixture(scope="module")
def a_module_proxy() -> Generator[TxtarGoproxy]:
    with txtar_goproxy(HELLO) as party:
        yield party


def test_it_serves_the_module(a_module_proxy: TxtarGoproxy, tmp_path: Path, go_tool: str) -> None:
    agree(Way(goproxy=a_module_proxy.url()), None, None, tmp_path, go_tool)


def test_it_serves_the_module_through_squid(
    a_module_proxy: TxtarGoproxy, a_squid: Squid, tmp_path: Path, go_tool: str
) -> None:
    agree(through(a_squid.url(), goproxy=a_module_proxy.url(MODULES)), None, None, tmp_path, go_tool)


@pytest.mark.parametrize("module", ["lab.test/hello@v1.9.0", "lab.test/other@v1.0.0"], ids=["version", "module"])
@pytest.mark.parametrize("by", ["direct", "squid"])
def test_what_it_does_not_have_is_not_found(
    module: str, by: str, a_module_proxy: TxtarGoproxy, a_squid: Squid, tmp_path: Path, go_tool: str
) -> None:
    """The same through squid: its Via header does not make the module server's 404 the proxy's."""
    url = a_module_proxy.url(MODULES if by == "squid" else "127.0.0.1")
    way = Way(goproxy=url, module=module) if by == "direct" else through(a_squid.url(), goproxy=url, module=module)
    path, _, version = module.partition("@")
    says = f"{module}: reading {url}/{path}/@v/{version}.info: 404 Not Found\n\tserver response: 404 page not found"
    agree(way, says, "http.not_found", tmp_path, go_tool)


def test_a_missing_module_falls_through_to_the_next_entry(
    a_module_proxy: TxtarGoproxy, tmp_path: Path, go_tool: str
) -> None:
    with txtar_goproxy() as empty:
        agree(Way(goproxy=f"{empty.url()},{a_module_proxy.url()}"), None, None, tmp_path, go_tool)
