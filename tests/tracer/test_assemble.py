"""Which parts a plan becomes: sources in order, a database or none, netrc only where GOAUTH wants it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import trio
from tests.sim.host_world import HostWorld

from modtrace.record.events import Event
from modtrace.record.recorder import Recorder, Span
from modtrace.tracer.assemble import Assembly, assemble, credentials_of
from modtrace.tracer.orders import Orders
from modtrace.tracer.plan import make_plan
from modtrace.tracer.sources.direct import Direct
from modtrace.tracer.sources.module_proxy import ModuleProxy
from modtrace.tracer.sources.off import Off
from modtrace.tracer.steps.httptypes import Connection
from modtrace.tracer.steps.transport import Transport
from modtrace.tracer.world.bundle import Bundle
from modtrace.tracer.world.evidence import Evidence

NETRC = {"/home/me/.netrc": b"machine a.test login me password s3cret-word\n"}


def assembled(
    tmp_path: Path, environ: Mapping[str, str], files: Mapping[str, bytes | OSError] | None = None
) -> tuple[Assembly, Recorder]:
    world = HostWorld({"PWD": str(tmp_path), "GOSUMDB": "off", "XDG_STATE_HOME": str(tmp_path), **environ}, files)
    events: list[Event] = []
    recorder = Recorder(now_ns=world.now_ns, sink=events.append)
    plan = make_plan(Orders(module="example.com/m", query="v1.0.0"), world, recorder.redactor)
    bundle = Bundle.create(tmp_path / "bundle")
    return assemble(plan, world, recorder, Evidence(bundle, keeps_keys=False), bundle), recorder


@pytest.mark.parametrize(
    ("environ", "kinds", "labels"),
    [
        ({"GOPROXY": "https://a.test,direct"}, [ModuleProxy, Direct], ["https://a.test", "direct"]),
        ({"GOPROXY": "a.test|b.test/x"}, [ModuleProxy, ModuleProxy], ["https://a.test", "https://b.test/x"]),
        ({"GOPROXY": "off"}, [Off], ["off"]),
        ({"GOPROXY": "direct"}, [Direct], ["direct"]),
        ({"GOPROXY": "https://a.test", "GOPRIVATE": "example.com"}, [Direct], ["direct"]),
        ({"GOPROXY": "https://a.test", "GONOPROXY": "other.test"}, [ModuleProxy], ["https://a.test"]),
        ({"GOPROXY": "file:///tree"}, [ModuleProxy], ["file:///tree"]),
        ({"GOPROXY": "https://me:s3cret-word@a.test"}, [ModuleProxy], ["https://me:xxxxx@a.test"]),
    ],
)
def test_the_list_becomes_sources_in_its_order(
    environ: dict[str, str], kinds: list[type], labels: list[str], tmp_path: Path
) -> None:
    assembly, _ = assembled(tmp_path, environ)
    sources = [listed.source for listed in assembly.kit.sources]
    assert [type(source) for source in sources] == kinds
    assert [source.label for source in sources] == labels


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, None),
        ({"GOSUMDB": "sum.golang.org"}, "sum.golang.org"),
        ({"GOSUMDB": "sum.golang.org", "GOPRIVATE": "*.com"}, None),
    ],
)
def test_there_is_a_database_where_go_would_ask_one(environ: dict[str, str], name: str | None, tmp_path: Path) -> None:
    assembly, _ = assembled(tmp_path, {"GOPROXY": "https://a.test", **environ})
    found = assembly.kit.database
    assert (found.config.name if found else None) == name


@pytest.mark.parametrize(
    ("environ", "files", "is_known"),
    [
        ({}, NETRC, True),
        ({"GOAUTH": "off"}, NETRC, False),
        ({"GOAUTH": "netrc"}, NETRC, True),
        ({"NETRC": "/nowhere"}, NETRC, False),
        ({"HOME": ""}, NETRC, False),
        ({}, {"/home/me/.netrc": PermissionError(13, "Permission denied")}, False),
    ],
)
def test_netrc_is_read_at_the_first_https_request_where_goauth_wants_it(
    environ: dict[str, str], files: Mapping[str, bytes | OSError], is_known: bool, tmp_path: Path
) -> None:
    world = HostWorld({"PWD": str(tmp_path), "GOPROXY": "https://a.test", **environ}, files)
    recorder = Recorder(now_ns=world.now_ns, sink=lambda event: None)
    plan = make_plan(Orders(module="example.com/m", query="v1.0.0"), world, recorder.redactor)
    own = credentials_of(plan, world, recorder)

    async def nowhere(scheme: str, host: str, port: int, span: Span) -> Connection:
        raise AssertionError

    async def main() -> list[tuple[str, str]]:
        async with Transport(nowhere) as transport:
            return await own.headers_for("https://a.test/m", transport, parent=recorder.span("config.plan", "m"))

    sent = trio.run(main)
    assert bool(sent) is is_known
    assert ("s3cret-word" not in recorder.redactor.text("it is s3cret-word")) is is_known


def test_go_sum_is_there_inside_a_module_only(tmp_path: Path) -> None:
    assert assembled(tmp_path, {"GOPROXY": "off"})[0].kit.go_sum is None
    (tmp_path / "go.mod").write_text("module w\n")
    (tmp_path / "second").mkdir()
    assembly, _ = assembled(tmp_path / "second", {"GOPROXY": "off"})
    assert assembly.kit.go_sum is not None


def test_nothing_is_sent_by_putting_parts_together(tmp_path: Path) -> None:
    """``HostWorld`` fails the test at the first socket; opening and closing the web needs none either."""
    assembly, _ = assembled(tmp_path, {"GOPROXY": "https://a.test"})

    async def main() -> None:
        async with assembly.web.opened():
            await trio.lowlevel.checkpoint()

    trio.run(main)
