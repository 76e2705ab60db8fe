"""httpproxy.py against net/http.ProxyFromEnvironment of the real Go, one process per environment."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from modtrace.gorules import gourl
from modtrace.gorules.httpproxy import proxy_for_url
from modtrace.record.failures import GoRuleError

pytestmark = pytest.mark.oracle

PROGRAM = """package main

import (
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for _, url := range os.Args[1:] {
		answer := []string{"", ""}
		request, err := http.NewRequest("GET", url, nil)
		if err != nil {
			panic(err)
		}
		proxy, err := http.ProxyFromEnvironment(request)
		if err != nil {
			answer[1] = err.Error()
		} else if proxy != nil {
			answer[0] = proxy.String()
		}
		encoder.Encode(answer)
	}
}
"""

PROXIES = (
    "http://p.test:3128",
    "p.test:3128",
    "p.test",
    "socks5://u:p@p.test",
    "http://u:p#x@p.test:1",
    "http://p.test:bad",
    "http://p%zz",
    "ftp://127.0.0.1:1",
    "socks://p.test",
    "127.0.0.1:8080",
    "",
    "https://p.test/",
    "[::1]:3128",
)
NO_PROXIES = (
    "",
    "*",
    "10.0.0.0/8",
    "test",
    ".test",
    "*.x.test",
    "x.test:8443",
    "x.test:443",
    "1.2.3.4:443",
    "[2001:db8::1]:443",
    "2001:db8::/32",
    "a.test x.test",
    "X.TEST",
    "::ffff:10.0.0.0/104",
    "::/0",
    "http://x.test",
    "é.test",
)
URLS = (
    "https://x.test/",
    "http://x.test/",
    "https://y.x.test:8443/",
    "https://localhost/",
    "http://127.0.0.1/",
    "https://[::1]/",
    "https://10.1.2.3/",
    "https://1.2.3.4/",
    "https://[::ffff:10.1.2.3]/",
    "https://[2001:db8::1]/",
    "https://sub.localhost/",
    "https://é.test/",
)


@pytest.fixture(scope="module")
def program(go_tool: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The oracle, built with a home, caches and settings of its own."""
    room = tmp_path_factory.mktemp("httpproxy")
    (room / "main.go").write_text(PROGRAM)
    (room / "go.mod").write_text("module oracle\n\ngo 1.24\n")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(room),
        "GOCACHE": str(room / "cache"),
        "GOPATH": str(room / "path"),
        "GOENV": "off",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }
    subprocess.run([go_tool, "build", "-o", "oracle", "."], cwd=room, env=environ, check=True, capture_output=True)
    return room / "oracle"


def environments() -> list[dict[str, str]]:
    chance = random.Random(20)
    found: list[dict[str, str]] = []
    for _ in range(150):
        environ: dict[str, str] = {}
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            if chance.random() < 0.6:
                environ[name] = chance.choice(PROXIES)
        for name in ("NO_PROXY", "no_proxy"):
            if chance.random() < 0.6:
                environ[name] = ",".join(chance.choices(NO_PROXIES, k=chance.randint(1, 3)))
        if chance.random() < 0.1:
            environ["REQUEST_METHOD"] = "GET"
        found.append(environ)
    return found


def ours(environ: dict[str, str], url: str) -> list[str]:
    try:
        choice = proxy_for_url(environ, gourl.parse(url))
    except GoRuleError as refused:
        return ["", refused.text]
    return ["" if choice.url is None else str(choice.url), ""]


def test_every_choice_is_gos_choice(program: Path) -> None:
    for environ in environments():
        printed = subprocess.run([program, *URLS], env=environ, check=True, capture_output=True, text=True).stdout
        for url, line in zip(URLS, printed.splitlines(), strict=True):
            assert ours(environ, url) == json.loads(line), (environ, url)
