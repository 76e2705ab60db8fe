"""What will be done, decided before any packet: settings, the list of sources, the database, credentials, go.sum."""

import posixpath
from collections.abc import Mapping

import msgspec

from modtrace.gorules import gourl
from modtrace.gorules.envfile import parse_env_file, user_env_file
from modtrace.gorules.globs import match_prefix_patterns
from modtrace.gorules.godebug import changes_of, parse_godebug
from modtrace.gorules.goproxy import GoproxyEntry, check_usable, parse_goproxy
from modtrace.gorules.gosum import GoSum, parse_go_sum
from modtrace.gorules.gosumdb import SumdbConfig, latest_path, parse_gosumdb, uses_sumdb
from modtrace.gorules.modpath import check_path
from modtrace.gorules.queryplan import QuerySource, plan_query
from modtrace.gorules.settings import GoSettings, resolve_settings
from modtrace.record.failures import GoRuleError, Json
from modtrace.record.redaction import Redactor
from modtrace.tracer.orders import Orders
from modtrace.tracer.world.interface import World
from modtrace.tracer.world.toolchain import find_go_mod, find_goroot


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the run needs to know of this machine's settings."""

    orders: Orders
    go: GoSettings
    godebug: dict[str, str]
    entries: tuple[GoproxyEntry, ...]
    is_private: bool
    sumdb: SumdbConfig | None
    go_sum: GoSum | None
    go_anchor: bytes
    settings: tuple[dict[str, str], ...]
    vantage: dict[str, Json]
    warnings: tuple[str, ...]
    attributes: dict[str, Json]

    @property
    def mod_cache(self) -> str:
        return self.go.value("GOMODCACHE")


def make_plan(orders: Orders, world: World, redactor: Redactor) -> Plan:
    """Read the settings and decide. Raises ``GoRuleError`` in go's words, with the setting's origin."""
    environ = world.environ()
    go = _settings(orders, world, environ)
    _learn_secrets(go, redactor)
    check_input(orders.module, orders.query)
    entries = _entries(go)
    is_private = match_prefix_patterns(go.value("GONOPROXY"), orders.module)
    sumdb = _sumdb(go, orders.module)
    godebug = parse_godebug(go.value("GODEBUG"))
    warnings = [f"{row.name} is set and has no effect: {row.because}" for row in go.ignored]
    warnings += changes_of(godebug)
    return Plan(
        orders=orders,
        go=go,
        godebug=godebug,
        entries=entries,
        is_private=is_private,
        sumdb=sumdb,
        go_sum=_go_sum(go, world, environ),
        go_anchor=_anchor(go, sumdb, world),
        settings=tuple(
            {"name": row.name, "value": redactor.text(row.value), "origin": row.origin} for row in go.shown()
        ),
        vantage=_vantage(orders, go, world, redactor),
        warnings=tuple(redactor.text(warning) for warning in warnings),
        attributes={
            "sources": [redactor.text(entry.url) for entry in entries if entry.kind != "noproxy"],
            "is_private": is_private,
            "sumdb": sumdb.name if sumdb else "off",
            "has_go_sum": False,
        },
    )


def check_input(module: str, query: str) -> None:
    """Go's own refusals of a module path or query, before anything is asked. Raises ``GoRuleError``."""
    plan = plan_query(module, query, sources=(QuerySource(base="https://goproxy.example"),))
    next(plan, None)
    check_path(module)


def _settings(orders: Orders, world: World, environ: Mapping[str, str]) -> GoSettings:
    goroot = find_goroot(environ)
    goroot_file = None if goroot is None else _env_file(world, f"{goroot}/go.env")
    user_path = user_env_file(environ)
    user_file = None if user_path is None else _env_file(world, user_path)
    options = {name: value for name, value in (("GOPROXY", orders.goproxy), ("GOSUMDB", orders.gosumdb)) if value}
    go = resolve_settings(environ, user_file or {}, goroot_file, options=options)
    if go.value("GO111MODULE") == "off":
        text = "modules disabled by GO111MODULE=off; see 'go help modules'"
        raise GoRuleError("config.goproxy_invalid", text, origin=_where(go, "GO111MODULE"))
    return go


def _env_file(world: World, path: str) -> dict[str, str] | None:
    """Unreadable files are ignored in silence, as go does."""
    try:
        data = world.read_file(path)
    except OSError:
        return None
    return None if data is None else parse_env_file(data)


def _entries(go: GoSettings) -> tuple[GoproxyEntry, ...]:
    origin = _where(go, "GOPROXY")
    try:
        entries = parse_goproxy(go.value("GOPROXY"), go.value("GONOPROXY"))
        for entry in entries:
            if entry.kind == "url":
                check_usable(entry)
    except GoRuleError as error:
        raise GoRuleError(error.cause, error.text, origin=origin) from None
    return entries


def _sumdb(go: GoSettings, module: str) -> SumdbConfig | None:
    try:
        config = parse_gosumdb(go.value("GOSUMDB"))
    except GoRuleError as error:
        if match_prefix_patterns(go.value("GONOSUMDB"), module):
            return None
        raise GoRuleError(error.cause, error.text, origin=_where(go, "GOSUMDB")) from None
    matches = match_prefix_patterns(go.value("GONOSUMDB"), module)
    return config if uses_sumdb(module, is_off=config.is_off, matches_gonosumdb=matches) else None


def _go_sum(go: GoSettings, world: World, environ: Mapping[str, str]) -> GoSum | None:
    """go.sum of the module that we stand in, if any."""
    go_mod = find_go_mod(environ.get("PWD") or ".")
    if go_mod is None:
        return None
    path = posixpath.join(posixpath.dirname(go_mod), "go.sum")
    try:
        data = world.read_file(path)
    except OSError:
        return None
    return parse_go_sum(data or b"", file=path)


def _anchor(go: GoSettings, sumdb: SumdbConfig | None, world: World) -> bytes:
    """Go's memory of the database's newest tree head; read, never written."""
    gopath = go.value("GOPATH").partition(":")[0]
    if sumdb is None or not gopath:
        return b""
    try:
        return world.read_file(f"{gopath}/pkg/sumdb/{latest_path(sumdb)}") or b""
    except OSError:
        return b""


def _learn_secrets(go: GoSettings, redactor: Redactor) -> None:
    """Passwords in GOPROXY and proxy variables are known from here on."""
    for entry in go.value("GOPROXY").replace("|", ",").split(","):
        _learn_url(entry.strip(), redactor)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        _learn_url(go.value(name), redactor)


def _learn_url(text: str, redactor: Redactor) -> None:
    try:
        url = gourl.parse(text)
    except gourl.UrlError:
        return
    if url.password:
        redactor.learn_basic(url.user or "", url.password)


def _vantage(orders: Orders, go: GoSettings, world: World, redactor: Redactor) -> dict[str, Json]:
    from modtrace.gorules.resolvconf import parse_resolv_conf

    try:
        conf = parse_resolv_conf(world.read_file("/etc/resolv.conf"), world.hostname())
        resolvers: list[Json] = [server.rpartition(":")[0].strip("[]") for server in conf.servers]
    except OSError:
        resolvers = []
    proxies: list[Json] = [redactor.text(go.value(name)) for name in ("HTTPS_PROXY", "https_proxy") if go.value(name)]
    return {"name": orders.vantage, "resolvers": resolvers, "proxies": proxies}


def _where(go: GoSettings, name: str) -> str:
    setting = go.by_name[name]
    return f"{name} ({setting.origin})"
