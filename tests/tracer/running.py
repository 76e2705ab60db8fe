"""A run inside the test's process against the lab: the plan, the bundle and the events, without a command line."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import trio
from tests.oracle.harness import authority, certificate

from modtrace.lab.authority import write_roots
from modtrace.lab.modules import Library, Module, hello
from modtrace.lab.server import Live, Place, Server, running
from modtrace.lab.sumdb import Database, Recorded
from modtrace.record.recorder import Recorder
from modtrace.record.trace import Trace, from_events
from modtrace.tracer.orders import Orders
from modtrace.tracer.run import Ended, Run, Watcher
from modtrace.tracer.world.bundle import Bundle
from modtrace.tracer.world.real import RealWorld

HELLO = hello()


async def quiet(recorder: Recorder) -> None:
    await trio.sleep_forever()


class Ground(msgspec.Struct, frozen=True):
    folder: Path
    environ: dict[str, str]
    live: Live

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    @property
    def paths(self) -> list[str]:
        """What was asked of the lab, in order."""
        return [request.path for request in self.live.journal.requests]

    def run(self, query: str = "v1.0.0", *, watcher: Watcher = quiet, **orders: Any) -> tuple[Run, Trace, Ended | None]:
        module = orders.pop("module", HELLO.path)
        run = Run(Orders(module=module, query=query, patience_s=2.0, **orders), RealWorld(self.environ))
        run.prepare()
        ended = None if run.refusal else run.execute(Bundle.create(self.bundle, force=True), watcher)
        return run, from_events(run.events), ended


@contextmanager
def ground(
    folder: Path, *places: Place, goproxy: str = "{a}", env: Mapping[str, str] | None = None
) -> Generator[Ground]:
    (folder / "work").mkdir()
    with running(Server(places=places or (place(),), lifetime_s=60)) as live:
        own = {
            "HOME": str(folder / "home"),
            "PWD": str(folder / "work"),
            "GOROOT": str(folder / "no-go"),
            "GOENV": "off",
            "GOPATH": str(folder / "gopath"),
            "GOSUMDB": "off",
            "GOPROXY": goproxy,
            "SSL_CERT_FILE": str(write_roots(authority(), folder)),
            "SSL_CERT_DIR": str(folder / "none"),
            **(env or {}),
        }
        for name, base in live.bases.items():
            own = {key: value.replace("{" + name + "}", base) for key, value in own.items()}
        yield Ground(folder, own, live)


def place(name: str = "a", *modules: Module, tls: bool = False, **more: Any) -> Place:
    site = Library(*(modules or (HELLO,)), latest={HELLO.path: HELLO.version}).get
    return Place(name=name, site=site, issued=certificate() if tls else None, **more)


def database(*, zip_h1: str = HELLO.zip_h1, mod_h1: str = HELLO.mod_h1) -> Database:
    record = Recorded(module=HELLO.path, version=HELLO.version, zip_h1=zip_h1, mod_h1=mod_h1)
    return Database([record], before=5, after=7)
