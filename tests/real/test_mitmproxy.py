"""Through mitmproxy, which ends the TLS of its users and makes a certificate for every name that they ask for."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.oracle.harness import authority
from tests.real.agreement import Row, agree, phases
from tests.real.mitmproxy import ISSUER, Mitmproxy, mitmproxy
from tests.real.party import MODULES, PUBLIC, UNKNOWN
from tests.real.runs import PLAIN, at, through
from tests.real.socks_rows import replied

from modtrace.lab.authority import write_roots

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

UNTRUSTED = 'Get "{url}": tls: failed to verify certificate: x509: certificate signed by unknown authority'

both_modes = pytest.mark.parametrize("mode", ["http", "socks5"])


@pytest.fixture(scope="module")
def an_interceptor(tmp_path_factory: pytest.TempPathFactory) -> Generator[Mitmproxy]:
    roots = write_roots(authority(), tmp_path_factory.mktemp("mitmproxy"))
    with mitmproxy(roots) as party:
        yield party


@both_modes
def test_trusted_it_can_read_and_change_everything(
    mode: str, an_interceptor: Mitmproxy, tmp_path: Path, go_tool: str
) -> None:
    """go says nothing. modtrace fetches too, says what it saw, and ends with another exit status."""
    trusting = {"SSL_CERT_FILE": str(an_interceptor.authority)}
    way = through(an_interceptor.url(mode), goproxy=at(PUBLIC), env=trusting)
    both = agree(way, None, "tls.intercepted.trusted", tmp_path, go_tool)
    assert both.modtrace.verdict["outcome"] == "suspicious", both.page
    assert both.modtrace.exit == 3, both.page
    assert ISSUER in str(both.modtrace.verdict), both.page


@both_modes
def test_accepted_it_passes(mode: str, an_interceptor: Mitmproxy, tmp_path: Path, go_tool: str) -> None:
    url, trusting = an_interceptor.url(mode), {"SSL_CERT_FILE": str(an_interceptor.authority)}
    way = through(url, goproxy=at(PUBLIC), env=trusting, extra=("--accept", "tls.intercepted"))
    both = agree(way, None, None, tmp_path, go_tool)
    assert (both.modtrace.verdict["outcome"], both.modtrace.exit) == ("ok", 0), both.page
    assert ISSUER in str(phases(both.modtrace, "tls", "handshake")), both.page


@both_modes
def test_a_private_name_under_a_private_authority_is_no_interception(
    mode: str, an_interceptor: Mitmproxy, tmp_path: Path, go_tool: str
) -> None:
    """Nothing tells mitmproxy's certificate for somebody's own host from one that its owner made."""
    trusting = {"SSL_CERT_FILE": str(an_interceptor.authority)}
    both = agree(through(an_interceptor.url(mode), env=trusting), None, None, tmp_path, go_tool)
    assert both.modtrace.exit == 0, both.page


@both_modes
@pytest.mark.parametrize("host", [MODULES, PUBLIC])
def test_untrusted_it_ends_the_fetch(
    mode: str, host: str, an_interceptor: Mitmproxy, tmp_path: Path, go_tool: str
) -> None:
    row = Row(name="untrusted", target=at(host), says=UNTRUSTED)
    way = through(an_interceptor.url(mode), goproxy=row.target)
    both = agree(way, row.go_says(), "tls.unknown_authority", tmp_path, go_tool)
    assert ISSUER in str(phases(both.modtrace, "tls", "handshake")), both.page


@both_modes
def test_plain_http_passes(mode: str, an_interceptor: Mitmproxy, tmp_path: Path, go_tool: str) -> None:
    agree(through(an_interceptor.url(mode), goproxy=PLAIN), None, None, tmp_path, go_tool)


@pytest.mark.parametrize("target", [at(MODULES, port="1"), at(UNKNOWN)], ids=["port-closed", "name-unknown"])
def test_a_dead_target_is_a_bad_gateway(target: str, an_interceptor: Mitmproxy, tmp_path: Path, go_tool: str) -> None:
    row = Row(name="dead", target=target, says='Get "{url}": Bad Gateway')
    both = agree(
        through(an_interceptor.url(), goproxy=target), row.go_says(), "proxy.upstream_failed", tmp_path, go_tool
    )
    assert "502" in str(both.modtrace.verdict), both.page


@pytest.mark.parametrize("target", [at(MODULES, port="1"), at(UNKNOWN)], ids=["port-closed", "name-unknown"])
def test_a_dead_target_is_unreachable_by_socks(
    target: str, an_interceptor: Mitmproxy, tmp_path: Path, go_tool: str
) -> None:
    """Reply 4 for a refused connection too: the proxy's word, which need not be the truth."""
    row = Row(name="dead", target=target, says=replied("host unreachable"))
    way = through(an_interceptor.url("socks5"), goproxy=target)
    says = row.go_says(an_interceptor.socks_port)
    agree(way, says, "proxy.socks.host_unreachable", tmp_path, go_tool)
