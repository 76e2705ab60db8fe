"""The far end: nginx with its own authority, a module proxy and a checksum database as plain files."""

import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.delayline.line import end
from modtrace.lab.authority import Authority, write, write_roots
from modtrace.lab.modules import Module, hello
from modtrace.lab.sumdb import Database, Recorded

PROXY = "goproxy.bench.test"
SUMDB = "sumdb.bench.test"
NAMES = (PROXY, SUMDB)
VERSION = "v1.0.0"
MB = 1_000_000

CONFIGURATION = """\
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    default_type application/octet-stream;
    sendfile on;
    {scratch}
    ssl_certificate {folder}/origin.pem;
    ssl_certificate_key {folder}/origin.key;
    ssl_protocols TLSv1.3;
    server {{ listen 443 ssl http2; server_name {proxy}; root {folder}/proxy; }}
    server {{ listen 443 ssl http2; server_name {sumdb}; root {folder}/sumdb; }}
}}
"""


class Origin(NamedTuple):
    """Where the files are, and what a client has to trust."""

    folder: Path
    roots: Path
    verifier_key: str


def sized(name: str, size_bytes: int) -> Module:
    """A module with one file of incompressible bytes, the same in every run."""
    small = hello(f"mod.bench.test/{name}")
    content = random.Random(name).randbytes(size_bytes)
    return Module(path=small.path, version=VERSION, files={**small.files, "data.bin": content})


def modules() -> list[Module]:
    """``small``, ``tenmb`` and ``large``: a few hundred bytes, 10 MB, 200 MB."""
    return [hello("mod.bench.test/small", VERSION), sized("tenmb", 10 * MB), sized("large", 200 * MB)]


def recorded(module: Module) -> Recorded:
    """The checksum database's record of a module."""
    return Recorded(module=module.path, version=module.version, zip_h1=module.zip_h1, mod_h1=module.mod_h1)


def make(folder: Path) -> Origin:
    """Everything that nginx serves, and its configuration, as files under ``folder``."""
    served = modules()
    for module in served:
        versions = folder / "proxy" / module.path / "@v"
        versions.mkdir(parents=True)
        (versions / "list").write_text(f"{module.version}\n")
        (versions / f"{module.version}.info").write_bytes(module.info)
        (versions / f"{module.version}.mod").write_bytes(module.mod)
        (versions / f"{module.version}.zip").write_bytes(module.zip)
    database = Database(map(recorded, served), name=SUMDB)
    database.write_static(folder / "sumdb")
    authority = Authority("modtrace benchmark")
    write(authority.leaf(*NAMES), folder, "origin")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = " ".join(f"{kind}_temp_path {folder}/scratch;" for kind in kinds)
    text = CONFIGURATION.format(folder=folder, proxy=PROXY, sumdb=SUMDB, scratch=scratch)
    (folder / "nginx.conf").write_text(text)
    return Origin(folder, write_roots(authority, folder), database.verifier_key)


@contextmanager
def serving(origin: Origin, namespace: str) -> Iterator[None]:
    """nginx in the namespace, up until the block ends."""
    configuration = str(origin.folder / "nginx.conf")
    words = ["ip", "netns", "exec", namespace, "nginx", "-c", configuration, "-g", "user root;"]
    subprocess.run([*words, "-t"], check=True, capture_output=True, timeout=30)
    process = subprocess.Popen(words)
    try:
        yield
    finally:
        end(process)
