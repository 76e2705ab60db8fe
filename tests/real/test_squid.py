"""Through squid: what go says, and that modtrace says the same and names the cause."""

import time
from pathlib import Path

import pytest
from tests.oracle.harness import authority
from tests.real.agreement import Row, agree, assert_kept, phases
from tests.real.party import BLOCKED, GROUP, IN_URL, MODULES, UNKNOWN, USER, WRONG
from tests.real.runs import PLAIN, SECURE, at, modtrace, through
from tests.real.squid import Squid, Told

from modtrace.lab.authority import Authority, write_roots
from modtrace.lab.behaviour import text

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

_RIGHT = f"{USER}:{IN_URL}"
_WRONG = f"{USER}:{WRONG}"
_REALM = "the tests of modtrace"

ROWS = (
    Row(name="carries"),
    Row(name="carries-http", target=PLAIN),
    Row(name="as-https-proxy", port="tls"),
    Row(name="as-https-proxy-http", port="tls", target=PLAIN),
    Row(name="credentials-unasked", userinfo=_RIGHT),
    Row(name="credentials-right", port="auth", userinfo=_RIGHT),
    Row(name="credentials-right-http", port="auth", userinfo=_RIGHT, target=PLAIN),
    Row(
        name="credentials-none",
        port="auth",
        says='Get "{url}": Proxy Authentication Required',
        cause="proxy.auth_required",
        quotes=("407", _REALM),
    ),
    Row(
        name="credentials-wrong",
        port="auth",
        userinfo=_WRONG,
        says='Get "{url}": Proxy Authentication Required',
        cause="proxy.auth_failed",
        quotes=("407", _REALM),
    ),
    Row(
        name="denied",
        port="filtered",
        target=at(BLOCKED),
        says='Get "{url}": Forbidden',
        cause="proxy.denied",
        quotes=("403", "ERR_ACCESS_DENIED"),
    ),
    Row(name="others-not-denied", port="filtered"),
    Row(
        name="port-closed",
        target=at(MODULES, port="1"),
        says='Get "{url}": Service Unavailable',
        cause="proxy.upstream_failed",
        quotes=("503", "ERR_CONNECT_FAIL 111"),
    ),
    Row(
        name="no-route",
        target=at(GROUP),
        says='Get "{url}": Service Unavailable',
        cause="proxy.upstream_failed",
        quotes=("503", "ERR_CONNECT_FAIL 101"),
    ),
    # squid 5 says 500 and ERR_CANNOT_FORWARD where it means that the name is unknown
    Row(
        name="name-unknown",
        target=at(UNKNOWN),
        says='Get "{url}": Internal Server Error',
        cause="proxy.upstream_failed",
        quotes=("500", "ERR_CANNOT_FORWARD"),
    ),
    # A plain-http target: go takes the proxy's status for the module server's, and names no proxy.
    Row(
        name="credentials-none-http",
        port="auth",
        target=PLAIN,
        says="reading {url}: 407 Proxy Authentication Required",
        cause="proxy.auth_required",
        quotes=("407", _REALM),
    ),
    Row(
        name="credentials-wrong-http",
        port="auth",
        userinfo=_WRONG,
        target=PLAIN,
        says="reading {url}: 407 Proxy Authentication Required",
        cause="proxy.auth_failed",
        quotes=("407", _REALM),
    ),
    Row(
        name="denied-http",
        port="filtered",
        target=at(BLOCKED, "http"),
        says="reading {url}: 403 Forbidden",
        cause="proxy.denied",
        quotes=("403", "ERR_ACCESS_DENIED"),
    ),
    Row(
        name="port-closed-http",
        target=at(MODULES, "http", "1"),
        says="reading {url}: 503 Service Unavailable",
        cause="proxy.upstream_failed",
        quotes=("503", "ERR_CONNECT_FAIL 111"),
    ),
    Row(
        name="name-unknown-http",
        target=at(UNKNOWN, "http"),
        says="reading {url}: 502 Bad Gateway",
        cause="proxy.upstream_failed",
        quotes=("502", "ERR_READ_ERROR"),
    ),
)

QUOTED = ("credentials-none", "denied", "denied-http", "port-closed")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_modtrace_agrees_with_go(row: Row, a_squid: Squid, tmp_path: Path, go_tool: str) -> None:
    before = len(a_squid.told())
    way = through(a_squid.url(row.port, row.userinfo), goproxy=row.target)
    both = agree(way, row.go_says(), row.cause, tmp_path, go_tool)
    assert_kept(row, both)
    if row.says:
        _assert_asked_the_same(a_squid, before)


def _assert_asked_the_same(a_squid: Squid, since: int) -> None:
    """By squid's own log: request and status of a refused fetch, go's and then modtrace's."""
    deadline = time.monotonic() + 10
    while len(a_squid.told(since)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    told = [Told(one.method, _host_of(one.target), one.status) for one in a_squid.told(since)]
    assert len(told) == 2
    assert told[0] == told[1]


def _host_of(target: str) -> str:
    """Without the port, which is another at each run."""
    return target.removeprefix("http://").partition(":")[0]


# Refusals of the module server itself, which come through the proxy unchanged: none is the proxy's.
@pytest.mark.parametrize("target", [SECURE, PLAIN], ids=["https", "http"])
@pytest.mark.parametrize(
    ("status", "reason", "cause"),
    [
        (401, "Unauthorized", "http.unauthorized"),
        (403, "Forbidden", "http.forbidden"),
        (404, "Not Found", "http.not_found"),
        (502, "Bad Gateway", "http.bad_gateway"),
        (503, "Service Unavailable", "http.server_error"),
    ],
)
def test_the_module_servers_own_refusal_is_not_the_proxys(
    status: int, reason: str, cause: str, target: str, a_squid: Squid, tmp_path: Path, go_tool: str
) -> None:
    way = through(a_squid.url(), goproxy=target, faults={"*": text(status, "the module server's word")})
    says = f"reading {{url}}: {status} {reason}\n\tserver response: the module server's word"
    agree(way, Row(name="own", target=target, says=says).go_says(), cause, tmp_path, go_tool)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in QUOTED], ids=lambda row: row.name)
def test_the_verdict_quotes_squid(row: Row, a_squid: Squid, tmp_path: Path, go_tool: str) -> None:
    way = through(a_squid.url(row.port, row.userinfo), goproxy=row.target)
    verdict = str(modtrace(way, tmp_path).verdict)
    assert [words for words in row.quotes if words not in verdict] == []


def test_the_tls_to_the_proxy_and_the_tls_to_the_target_are_kept_apart(
    a_squid: Squid, tmp_path: Path, go_tool: str
) -> None:
    both = agree(through(a_squid.url("tls")), None, None, tmp_path, go_tool)
    to_proxy, to_target = phases(both.modtrace, "tls", "handshake")
    (tunnel,) = phases(both.modtrace, "proxy", "tunnel")
    assert (to_proxy["subject"], to_target["subject"]) == ("127.0.0.1", MODULES), both.page
    assert to_proxy["start_s"] < tunnel["start_s"] < to_target["start_s"], both.page


def test_a_certificate_for_another_name_is_the_proxys(a_squid: Squid, tmp_path: Path, go_tool: str) -> None:
    way = through(a_squid.url("tls").replace("127.0.0.1", "localhost"))
    row = Row(
        name="wrong-host",
        says='Get "{url}": proxyconnect tcp: tls: failed to verify certificate: '
        "x509: certificate is not valid for any names, but wanted to match localhost",
    )
    agree(way, row.go_says(), "proxy.certificate", tmp_path, go_tool)


def test_an_authority_that_is_not_trusted_is_the_proxys(a_squid: Squid, tmp_path: Path, go_tool: str) -> None:
    other = write_roots(Authority("another lab"), tmp_path, "other")
    assert authority().root != Authority("another lab").root
    way = through(a_squid.url("tls"), env={"SSL_CERT_FILE": str(other)})
    row = Row(
        name="untrusted",
        says='Get "{url}": proxyconnect tcp: tls: failed to verify certificate: '
        "x509: certificate signed by unknown authority",
    )
    agree(way, row.go_says(), "proxy.certificate", tmp_path, go_tool)


def test_https_for_a_port_that_speaks_http(a_squid: Squid, tmp_path: Path, go_tool: str) -> None:
    way = through(a_squid.url().replace("http:", "https:"))
    row = Row(name="plain", says='Get "{url}": proxyconnect tcp: tls: first record does not look like a TLS handshake')
    agree(way, row.go_says(), "proxy.not_a_proxy", tmp_path, go_tool)


def test_http_for_a_port_that_speaks_tls(a_squid: Squid, tmp_path: Path, go_tool: str) -> None:
    """squid hangs up on what is no ClientHello."""
    way = through(a_squid.url("tls").replace("https:", "http:"))
    port = a_squid.ports["tls"]
    says = f'Get "{{url}}": read tcp 127.0.0.1:<own>->127.0.0.1:{port}: read: connection reset by peer'
    agree(way, Row(name="tls", says=says).go_says(), "proxy.reset", tmp_path, go_tool)
