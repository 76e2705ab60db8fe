"""A module proxy on loopback that logs what it is asked, and go runs against it in a private cache."""

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote


class ModuleServer:
    """Serves ``files`` (paths without the leading slash) and logs every path in ``asked``; the rest is 404."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = unquote(self.path).lstrip("/")
                server.asked.append(path)
                body = server.files.get(path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Silence."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()


def go_environment(home: Path, url: str) -> dict[str, str]:
    """Nothing of the user's: cache, settings and home below ``home``."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GOPATH": str(home / "gopath"),
        "GOMODCACHE": str(home / "modcache"),
        "GOCACHE": str(home / "gocache"),
        "GOENV": "off",
        "GOPROXY": url,
        "GOSUMDB": "off",
        "GONOSUMDB": "*",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOTELEMETRY": "off",
    }


def download(go_tool: str, home: Path, url: str, arguments: list[str]) -> dict[str, dict[str, Any]]:
    """``go mod download -json``: each answer by ``path@asked version``."""
    done = run(go_tool, home, url, ["mod", "download", "-json", *arguments])
    answers: dict[str, dict[str, Any]] = {}
    decoder, rest = json.JSONDecoder(), done.stdout.strip()
    while rest:
        answer, end = decoder.raw_decode(rest)
        answers[f"{answer['Path']}@{answer.get('Query') or answer.get('Version', '')}"] = answer
        rest = rest[end:].strip()
    return answers


def run(go_tool: str, home: Path, url: str, arguments: list[str]) -> "subprocess.CompletedProcess[str]":
    """Any go command, in ``home``."""
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [go_tool, *arguments],
        cwd=home,
        env=go_environment(home, url),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        errors="surrogateescape",
    )
