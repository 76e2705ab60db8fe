"""GOPROXY lists that go refuses, in the words in which ``go mod download`` refuses them. Every host is loopback."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.oracle.go_rules import environment

from modtrace.gorules.goproxy import check_usable, parse_goproxy
from modtrace.record.failures import GoRuleError

pytestmark = pytest.mark.oracle

CLOSED = "http://127.0.0.1:1"
REFUSED = (
    ",", " , |", "foo", "/abs", "a b", ":/x", "ftp://h.test", "mailto:x", "file:/x", "file:///x?q=1", "file://h/x",
    "file:///nope?", "http://h.test:bad,off", "http://u:pw@h.test:bad", "foo,off", "https://%zz",
    "http://[::1", "http://\x7f", "u@v.test:x", "https://u:p ss@h.test", "http://u:pw@127.0.0.1:1",
)  # fmt: skip
USABLE = ("direct,foo", " , |off", "off,foo", "127.0.0.1:1/x,off", "https://127.0.0.1:1", "file:///nope")


def gos_words(goproxy: str, go_tool: str, room: Path) -> str:
    environ = {
        **environment(room),
        "GOPROXY": goproxy,
        "GOFLAGS": "-modcacherw",
        "GOVCS": "*:off",
        "HTTP_PROXY": CLOSED,
        "HTTPS_PROXY": CLOSED,
    }
    command = [go_tool, "mod", "download", "-json", "example.test/m@v1.0.0"]
    done = subprocess.run(command, env=environ, cwd=room, capture_output=True, text=True, check=False, timeout=60)
    try:
        return str(json.loads(done.stdout)["Error"])
    except json.JSONDecodeError:
        return done.stderr


def our_words(goproxy: str) -> str | None:
    try:
        for entry in parse_goproxy(goproxy):
            if entry.kind == "url":
                check_usable(entry)
    except GoRuleError as refusal:
        return refusal.text
    return None


@pytest.mark.parametrize("goproxy", REFUSED)
def test_what_go_refuses_is_refused_in_its_words(goproxy: str, go_tool: str, tmp_path: Path) -> None:
    ours = our_words(goproxy)
    assert ours is not None
    # Go names the whole request's URL where it refuses credentials, we the entry's.
    assert ours.removesuffix("/") in gos_words(goproxy, go_tool, tmp_path)


@pytest.mark.parametrize("goproxy", USABLE)
def test_what_go_uses_is_usable(goproxy: str, go_tool: str, tmp_path: Path) -> None:
    assert our_words(goproxy) is None
    said = gos_words(goproxy, go_tool, tmp_path)
    assert said
    assert "invalid" not in said
    assert "contains no entries" not in said
