"""From a plan to the means of a run: sources, web, database. The only place that knows every part."""

import msgspec

from modtrace.gorules.goproxy import GoproxyEntry
from modtrace.gorules.gosumdb import SumdbEntry
from modtrace.gorules.netrc import NetrcLine, netrc_path, parse_netrc
from modtrace.record.recorder import Recorder
from modtrace.tracer.credentials import Credentials
from modtrace.tracer.dial import Dialer
from modtrace.tracer.gosumfile import LazyGoSum
from modtrace.tracer.kit import Kit
from modtrace.tracer.lists import ListedSource
from modtrace.tracer.plan import Plan
from modtrace.tracer.routes import Routes
from modtrace.tracer.sources.direct import Direct
from modtrace.tracer.sources.interface import Source
from modtrace.tracer.sources.module_proxy import ModuleProxy
from modtrace.tracer.sources.off import Off
from modtrace.tracer.steps.checksum_database import ChecksumDatabase
from modtrace.tracer.web import Web
from modtrace.tracer.world.anchors import OwnAnchors
from modtrace.tracer.world.bundle import Bundle
from modtrace.tracer.world.evidence import Evidence
from modtrace.tracer.world.interface import World


class Assembly(msgspec.Struct, frozen=True):
    """A run's means: the kit of the story, and the web whose connections must be open around it."""

    kit: Kit
    web: Web


def assemble(plan: Plan, world: World, recorder: Recorder, evidence: Evidence, bundle: Bundle) -> Assembly:
    """Put the parts together; nothing is sent yet."""
    routes = Routes(world.environ(), plan.orders.via)
    dialer = _dialer(plan, world, routes, evidence)
    web = Web(
        dialer.dial,
        key_of=routes.pool_key,
        patience_s=plan.orders.patience_s,
        credentials=credentials_of(plan, world, recorder),
        goproxy_headers=plan.orders.headers,
        keep_response=evidence.keep_response,
        world=world,
        is_forbidden=plan.godebug.get("cmdgonetlimit") == "0",
    )
    kit = Kit(
        world=world,
        recorder=recorder,
        module=plan.orders.module,
        query=plan.orders.query,
        sources=tuple(_sources(plan, web)),
        database=_database(plan, world, web, evidence),
        go_sum=LazyGoSum(plan.sums, world) if plan.sums else None,
        mod_cache=plan.mod_cache,
        open_scratch=lambda: bundle.open_scratch("module.zip"),
    )
    return Assembly(kit, web)


def _dialer(plan: Plan, world: World, routes: Routes, evidence: Evidence) -> Dialer:
    return Dialer(
        world,
        routes=routes,
        godebug=plan.godebug,
        patience_s=plan.orders.patience_s,
        makes_probes=plan.orders.makes_probes,
        on_certificate=evidence.keep_certificate,
        on_keys=evidence.keep_keys,
    )


def credentials_of(plan: Plan, world: World, recorder: Recorder) -> Credentials:
    """What GOAUTH gives; nothing is read or run before the first https request, as in go."""
    return Credentials(
        plan.go.by_name["GOAUTH"],
        lambda: _netrc(world),
        world,
        recorder.redactor,
        settings=plan.go.by_name,
        patience_s=plan.orders.patience_s,
    )


def _netrc(world: World) -> tuple[NetrcLine, ...]:
    """The netrc file's entries; a missing or unreadable one is no error, as in go."""
    path = netrc_path(world.environ())
    if path is None:
        return ()
    try:
        data = world.read_file(path)
    except OSError:
        return ()
    return parse_netrc(data or b"")


def _sources(plan: Plan, web: Web) -> list[ListedSource]:
    """What is asked, in order: a private module only directly, every other only through the list (lookup)."""
    if plan.is_private:
        return [ListedSource(GoproxyEntry(kind="direct", url="direct"), Direct())]
    listed = [entry for entry in plan.entries if entry.kind != "noproxy"]
    return [ListedSource(entry, _source(entry, web)) for entry in listed]


def _source(entry: GoproxyEntry, web: Web) -> Source:
    match entry.kind:
        case "off":
            return Off()
        case "url":
            return ModuleProxy(entry.url, web)
        case _:
            return Direct()


def _database(plan: Plan, world: World, web: Web, evidence: Evidence) -> ChecksumDatabase | None:
    if plan.sumdb is None:
        return None
    entries = [
        SumdbEntry(entry.url if entry.kind == "url" else entry.kind, entry.falls_through_on_any_error)
        for entry in plan.entries
    ]
    return ChecksumDatabase(
        plan.sumdb,
        entries,
        web,
        go_anchor=plan.go_anchor,
        own_anchor=OwnAnchors(world.environ()),
        on_note=evidence.keep_note,
    )
