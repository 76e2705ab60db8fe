"""One scripted server, asked by the real go and by our ``get``: the same requests, the same words."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
import trustme
from tests.oracle.http_cases import CASES, HERE
from tests.oracle.scripted_http import Script, ScriptedServer, write_roots

from modtrace.record.failures import StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer.dial import Dialer
from modtrace.tracer.routes import Routes
from modtrace.tracer.steps.get import get
from modtrace.tracer.steps.transport import Transport
from modtrace.tracer.world.real import RealWorld

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]
_LOCAL_PORT = re.compile(r"127\.0\.0\.1:\d+->")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[ScriptedServer]:
    script: Script = request.param
    running = ScriptedServer(script, authority)
    yield running
    running.close()


def asked_by_go(go_tool: str, server: ScriptedServer, folder: Path, roots: str) -> str | None:
    """go's error for the .info, without its prefix; ``None`` when it got past it."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOPATH": str(folder / "go"),
        "GOFLAGS": "-modcacherw",
        "GOPROXY": server.base,
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOENV": "off",
        "SSL_CERT_FILE": roots,
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [go_tool, "mod", "download", "-json", "lab.test/m@v1.0.0"],
        env=env, cwd=folder, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    error: str = json.loads(done.stdout)["Error"]
    error = error.removeprefix("lab.test/m@v1.0.0: ")
    return None if ".mod" in error.split(":")[2 if error.startswith("reading") else 0] + error[:120] else error


def asked_by_us(server: ScriptedServer, roots: str) -> str | None:
    """Our go text for the same, with the words that modfetch puts before a body's error."""
    world = RealWorld({"SSL_CERT_FILE": roots})
    recorder = Recorder(now_ns=world.now_ns, sink=lambda event: None)
    dialer = Dialer(
        world,
        routes=Routes({}),
        godebug={},
        patience_s=10,
        makes_probes=False,
        on_certificate=lambda der: None,
        on_keys=lambda lines: None,
    )
    url = server.base + HERE

    async def main() -> str | None:
        async with Transport(dialer.dial, patience_s=10) as transport:
            root = recorder.span("module.info", "m")
            try:
                await get(transport, url, parent=root, source="s", limit=1 << 20, limit_name="L")
            except StepFailed as failed:
                text = failed.failure.go_text
                return f'read "{url}": {text}' if failed.failure.details.get("stage") == "body" else text
            return None

    return trio.run(main)


@pytest.mark.parametrize("server", CASES, ids=lambda script: script.name, indirect=True)
def test_go_and_we_ask_and_say_the_same(
    server: ScriptedServer, go_tool: str, authority: trustme.CA, tmp_path: Path
) -> None:
    roots = write_roots(authority, tmp_path)
    theirs = asked_by_go(go_tool, server, tmp_path, roots)
    their_requests, their_connections = server.take()
    ours = asked_by_us(server, roots)
    our_requests, our_connections = server.take()
    assert _LOCAL_PORT.sub("me->", ours or "") == _LOCAL_PORT.sub("me->", theirs or "")
    assert our_requests == their_requests
    assert our_connections == their_connections
