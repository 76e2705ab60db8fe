"""A module proxy with a checksum database on loopback, and go and our client run against it, one after the other."""

import json
import re
import subprocess
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import msgspec
from tests.gorules.sumdb_loop import Loop, refused
from tests.oracle.module_server import go_environment

from modtrace.gorules import sumdbtexts
from modtrace.gorules.gosumdb import SumdbEntry, cache_path, latest_path, parse_gosumdb
from modtrace.lab.modules import Library, Module
from modtrace.lab.sumdb import Database
from modtrace.record.failures import Failure, GoRuleError, StepFailed

Site = Callable[[str], tuple[int, bytes]]
RUN_S = 60
_DIRECT = re.compile(r"/db(?:/.*?)?(/(?:lookup|tile)/.*)")


class SiteServer:
    """``site`` answers every path (percent-decoded) in text/plain; ``asked`` are the paths as they were sent."""

    def __init__(self) -> None:
        self.site: Site = lambda path: (404, b"not found: " + path.encode() + b"\n")
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                status, body = server.site(unquote(self.path))
                self.send_response(status)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

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


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One behaviour. The database lives at ``/db`` and, by the paths of ``relays``, behind proxies.

    ``{url}`` in GOPROXY and GOSUMDB is the server's own; ``relays`` maps a proxy's path to what it says to
    ``/sumdb/<name>/…``, ``None`` for the database's own answer. ``anchor`` is the ``latest`` file.
    """

    database: Database
    module: Module
    gosumdb: str = "{key} {url}/db"
    goproxy: str = "{url}/a"
    relays: Mapping[str, tuple[int, bytes] | None] = {}
    anchor: bytes = b""
    cache: Mapping[str, bytes] = {}

    def filled(self, template: str, url: str) -> str:
        return template.replace("{key}", self.database.verifier_key).replace("{url}", url)

    def site(self, path: str) -> tuple[int, bytes]:
        """Modules at ``/a`` and ``/b``; the database."""
        path = path.partition("?")[0]
        direct = _DIRECT.fullmatch(path)
        if direct is not None:
            return self.database.get(direct[1])
        for proxy, reply in self.relays.items():
            prefix = f"{proxy}/sumdb/{self.database.name}"
            if path.startswith(f"{prefix}/"):
                return reply if reply is not None else self.database.get(path.removeprefix(prefix))
        if path.startswith(("/a/sumdb/", "/b/sumdb/")):
            return 404, b"no database here\n"
        said = Library(self.module).get(path.removeprefix("/a").removeprefix("/b"))
        return said.status, said.body


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case: the error's text or ``None``, database requests by batch, ``latest`` and the cache."""

    error: str | None
    batches: list[list[str]]
    latest: bytes
    cache: dict[str, bytes]


def run_ours(case: Case, server: SiteServer) -> Outcome:
    """Our client in a plain loop: first go.mod's hash is checked, then the zip's, as go does."""
    config = parse_gosumdb(case.filled(case.gosumdb, server.url))
    entries = _entries(case.filled(case.goproxy, server.url))
    cache = {cache_path(config, path): data for path, data in case.cache.items()}

    def fetch(url: str) -> bytes | Failure:
        if not url.startswith(server.url):
            return _no_such_server(url)
        status, body = case.site(unquote(url.removeprefix(server.url)))
        return body if status == 200 else refused(url, status, body)

    loop = Loop(
        config, fetch, entries=entries, anchor=case.anchor, read_cache=lambda path: cache.get(cache_path(config, path))
    )
    one = case.module
    error: str | None = None
    for version, h1 in ((f"{one.version}/go.mod", one.mod_h1), (one.version, one.zip_h1)):
        try:
            try:
                answer = loop.lookup(one.path, version)
            except StepFailed as failed:
                raise StepFailed(sumdbtexts.verifying(failed.failure, one.path, version)) from None
            sumdbtexts.check_sum(answer.record_lines, one.path, version, h1, config.name)
        except StepFailed as failed:
            error = failed.failure.go_text
            if error is not None and failed.failure.details.get(sumdbtexts.FATAL):
                error = error.rstrip("\n")  # go adds a newline where there is none
            break
    saved = {cache_path(config, path): data for path, data in loop.client.saved.items()}
    batches = [
        sorted(url.removeprefix(server.url) for url in batch if url.startswith(server.url)) for batch in loop.batches
    ]
    return Outcome(
        error=error,
        batches=[batch for batch in batches if batch],
        latest=loop.client.latest_note or case.anchor,
        cache={**cache, **saved},
    )


def run_go(case: Case, server: SiteServer, home: Path, go_tool: str, sizes: list[int]) -> Outcome:
    """``go mod download -json``. Its log is cut into batches of ``sizes``, for within a batch its order is chance."""
    config = parse_gosumdb(case.filled(case.gosumdb, server.url))
    latest = home / "gopath/pkg/sumdb" / latest_path(config)
    cache = home / "modcache/cache/download/sumdb"
    if case.anchor:
        _write(latest, case.anchor)
    for path, data in case.cache.items():
        _write(cache / cache_path(config, path), data)
    server.site = case.site
    error = download(
        go_tool, home, case.filled(case.goproxy, server.url), case.filled(case.gosumdb, server.url), case.module
    )
    log = [path for path in server.asked if path.startswith("/db/") or "/sumdb/" in path]
    server.asked.clear()
    batches: list[list[str]] = []
    for size in sizes:
        batches.append(sorted(log[:size]))
        log = log[size:]
    return Outcome(
        error=error,
        batches=batches + ([log] if log else []),
        latest=latest.read_bytes() if latest.exists() else b"",
        cache={str(file.relative_to(cache)): file.read_bytes() for file in cache.rglob("*") if file.is_file()},
    )


def download(go_tool: str, home: Path, goproxy: str, gosumdb: str, module: Module) -> str | None:
    """Go's error: out of its JSON, or what it wrote before it gave up; ``None`` when all went well."""
    work = home / "work"
    work.mkdir(parents=True, exist_ok=True)
    (work / "go.mod").write_text("module lab.test/current\n\ngo 1.20\n")
    environment = go_environment(home, goproxy) | {"GOSUMDB": gosumdb, "GONOSUMDB": "", "GOPRIVATE": ""}
    environment |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")  # no name leaves this machine
    done = subprocess.run(
        [go_tool, "mod", "download", "-json", f"{module.path}@{module.version}"],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        timeout=RUN_S,
    )
    if done.stdout.strip():
        error: str | None = json.loads(done.stdout).get("Error")
        return error
    return done.stderr.removeprefix("go: ").rstrip("\n") if done.returncode else None


def refusal_of(gosumdb: str) -> str | None:
    """What our reading of GOSUMDB refuses it with."""
    try:
        parse_gosumdb(gosumdb)
    except GoRuleError as error:
        return error.text
    return None


def _entries(goproxy: str) -> list[SumdbEntry]:
    entries: list[SumdbEntry] = []
    while goproxy:
        cut = min((at for at in (goproxy.find(","), goproxy.find("|")) if at >= 0), default=len(goproxy))
        entries.append(SumdbEntry(goproxy[:cut], goproxy[cut : cut + 1] == "|"))
        goproxy = goproxy[cut + 1 :]
    return entries


def _no_such_server(url: str) -> Failure:
    """The only other address in these tests is the server's own port, spoken to with TLS."""
    text = f'Get "{url}": tls: first record does not look like a TLS handshake'
    return Failure(cause="tls.not_tls", side="origin", text=text, go_text=text)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
