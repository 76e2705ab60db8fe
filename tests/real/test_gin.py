"""A real module from the module proxy that go uses on this machine, through chains of two different third parties.

What go gets, directly and through the last of the two, is the measure. Where the way out of this machine ends TLS
itself, modtrace says so (``tls.intercepted.trusted``) and go does not; the content is verified either way.
"""

import json
import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest
from tests.oracle.harness import authority
from tests.real import dante, microsocks, runs, squid, tinyproxy
from tests.real.agreement import phases
from tests.real.runs import Said, Way, through

pytestmark = [pytest.mark.oracle, pytest.mark.live]

GIN = "github.com/gin-gonic/gin@v1.9.1"


@pytest.fixture(scope="module")
def gin(go_tool: str) -> Way:
    """Where go finds modules here, the checksum database that it asks, and the roots that it trusts; no proxy yet."""
    names = ("GOPROXY", "GOSUMDB")
    said = subprocess.run([go_tool, "env", "-json", *names], capture_output=True, text=True, check=True)
    settings: dict[str, str] = json.loads(said.stdout)
    roots = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    env = {"GOSUMDB": settings["GOSUMDB"], "SSL_CERT_FILE": roots}
    return Way(goproxy=settings["GOPROXY"], env=env, module=GIN)


@pytest.fixture(scope="module")
def direct(gin: Way, tmp_path_factory: pytest.TempPathFactory, go_tool: str) -> Said:
    """What go gets without any proxy."""
    said = runs.go(gin, tmp_path_factory.mktemp("direct"), go_tool)
    if not said.ok:
        pytest.skip(f"needs go's module proxy: {said.error}")
    return said


@pytest.fixture(scope="module")
def online_squid() -> Generator[squid.Squid]:
    with squid.squid(authority(), resolver=True) as party:
        yield party


@pytest.fixture(scope="module")
def urls(
    online_squid: squid.Squid,
    a_tinyproxy: tinyproxy.Tinyproxy,
    a_dante: dante.Dante,
    a_microsocks: microsocks.Microsocks,
) -> dict[str, str]:
    return {
        "squid": online_squid.url(),
        "tinyproxy": a_tinyproxy.url(),
        "dante": a_dante.url(),
        "microsocks": a_microsocks.url(),
    }


@pytest.mark.parametrize(
    "names",
    [("dante", "squid"), ("squid", "dante"), ("microsocks", "tinyproxy"), ("tinyproxy", "microsocks")],
    ids=lambda names: "+".join(names),
)
def test_a_chain_carries_gin(
    names: tuple[str, str], gin: Way, direct: Said, urls: dict[str, str], tmp_path: Path, go_tool: str
) -> None:
    last = through(urls[names[-1]], goproxy=gin.goproxy, env=gin.env, module=GIN)
    theirs = runs.go(last, tmp_path, go_tool)
    options = tuple(word for name in names for word in ("--via", urls[name]))
    ours = runs.modtrace(msgspec.structs.replace(last, options=options), tmp_path)
    page = f"--- go\n{theirs.page}\n--- modtrace\n{ours.page}"
    hashes = (direct.zip_h1, direct.mod_h1)
    assert None not in hashes
    assert (theirs.zip_h1, theirs.mod_h1) == hashes, page
    assert (ours.zip_h1, ours.mod_h1) == hashes, page
    assert ours.summary["artifacts"]["sumdb"]["verified"] is True, page
    proxies = {one["attributes"]["proxy"] for one in phases(ours, "proxy", "tunnel")}
    assert proxies == {urls[name] for name in names}, page
    verdict = (ours.verdict["outcome"], ours.verdict["cause"], ours.exit)
    assert verdict in (("ok", None, 0), ("suspicious", "tls.intercepted.trusted", 3)), page
