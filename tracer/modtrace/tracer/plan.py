"""What will be done, decided before any packet: settings, the list of sources, the database, credentials, go.sum."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from modtrace.gorules import gourl
from modtrace.gorules.envfile import parse_env_file, user_env_file
from modtrace.gorules.globs import match_prefix_patterns
from modtrace.gorules.goauth import parse_goauth
from modtrace.gorules.godebug import changes_of, parse_godebug
from modtrace.gorules.goflags import check_goflags
from modtrace.gorules.goproxy import GoproxyEntry, parse_goproxy, proxy_url
from modtrace.gorules.gosumdb import SumdbConfig, latest_path, parse_gosumdb, uses_sumdb
from modtrace.gorules.httpproxy import masked
from modtrace.gorules.modescape import version_error
from modtrace.gorules.queryplan import QuerySource, plan_query
from modtrace.gorules.settings import GoSettings, resolve_settings
from modtrace.record.failures import GoRuleError, Json, StepFailed
from modtrace.record.redaction import Redactor
from modtrace.tracer.orders import Orders
from modtrace.tracer.proxysettings import VARIABLES, Remark, learn_secrets, remarks, routes
from modtrace.tracer.sources.interface import Operation
from modtrace.tracer.workspace import SumPaths, sum_paths
from modtrace.tracer.world.interface import World
from modtrace.tracer.world.toolchain import find_goroot

_PLAIN_LABEL = re.compile(r"[A-Za-z0-9._/-]{0,20}")
_SECRET_NAME = re.compile(r"(?i)auth|token|key|secret|cookie|pass|cred|session|sig")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the run needs to know of this machine's settings."""

    orders: Orders
    go: GoSettings
    godebug: dict[str, str]
    entries: tuple[GoproxyEntry, ...]
    is_private: bool
    sumdb: SumdbConfig | None
    sums: SumPaths | None
    go_anchor: bytes
    settings: tuple[dict[str, str], ...]
    vantage: dict[str, Json]
    warnings: tuple[str, ...]
    proxy_remarks: tuple[Remark, ...]
    attributes: dict[str, Json]

    @property
    def mod_cache(self) -> str:
        return self.go.value("GOMODCACHE")


def make_plan(orders: Orders, world: World, redactor: Redactor) -> Plan:
    """Read the settings and decide. Raises ``GoRuleError`` in go's words, with the setting's origin."""
    environ = world.environ()
    go = _settings(orders, world, environ)
    learn_secrets(environ, orders.via, redactor)
    _learn_secrets(go, redactor)
    _learn_headers(orders.headers, redactor)
    is_private = match_prefix_patterns(go.value("GONOPROXY"), orders.module)
    entries = _entries(go, orders)
    check_input(orders, () if is_private else entries)
    sumdb = _sumdb(go, orders)
    _check_goauth(go, () if is_private else entries)
    godebug = parse_godebug(go.value("GODEBUG"))
    sums = _sums(world, go)
    warnings = [f"{row.name} is set and has no effect: {row.because}" for row in go.ignored]
    proxy_remarks = remarks(environ, orders.via, entries)
    warnings += [f"{row.variable}: {row.text}" for row in proxy_remarks]
    warnings += changes_of(godebug)
    return Plan(
        orders=orders,
        go=go,
        godebug=godebug,
        entries=entries,
        is_private=is_private,
        sumdb=sumdb,
        sums=sums,
        go_anchor=_anchor(go, sumdb, world),
        settings=tuple(
            {"name": row.name, "value": _shown(row.name, row.value, redactor), "origin": row.origin}
            for row in go.shown()
        ),
        vantage=_vantage(orders, world, redactor),
        warnings=tuple(redactor.text(warning) for warning in warnings),
        proxy_remarks=tuple(proxy_remarks),
        attributes={
            "sources": [redactor.text(entry.url) for entry in entries if entry.kind != "noproxy"],
            "is_private": is_private,
            "sumdb": sumdb.name if sumdb else "off",
            "has_go_sum": sums is not None,
            "routes": routes(environ, orders.via, entries),
            "headers": [[name, redactor.header(name, value)] for name, value in orders.headers],
        },
    )


def check_input(orders: Orders, entries: tuple[GoproxyEntry, ...]) -> None:
    """What go refuses without asking anybody: paths, versions, credentials over http. Raises ``GoRuleError``."""
    module, query = orders.module, orders.query
    if module in (".", "..") or module.startswith(("./", "../")):
        raise GoRuleError("config.module_path_invalid", f"cannot use relative path {module}@{query} to specify module")
    if not query:
        raise GoRuleError("config.version_invalid", f"{module}@: invalid version: disallowed version string")
    if module == "std":
        text = f'{module}@{query}: can\'t query specific version ("{query}") of standard-library module "std"'
        raise GoRuleError("config.module_path_invalid", text)
    first = entries[0] if entries else None
    if first is None or first.kind != "url":
        first = GoproxyEntry(kind="url", url="https://goproxy.example")
    try:
        ask = next(plan_query(module, query, sources=(QuerySource(base=first.url),)))
    except StepFailed as failed:
        failure = failed.failure
        raise GoRuleError(failure.cause, failure.go_text or failure.text) from None
    except StopIteration:
        return
    url = gourl.parse(first.url)
    if url.scheme == "http" and url.user is not None:
        operation = Operation(kind=ask.kind, module=module, version=ask.version)
        shown = gourl.redacted(proxy_url(first.url, operation.escaped_module, operation.tail))
        text = version_error(module, ask.version, f"refusing to pass credentials to insecure URL: {shown}")
        raise GoRuleError("config.goproxy_invalid", text, origin="GOPROXY")


def _settings(orders: Orders, world: World, environ: Mapping[str, str]) -> GoSettings:
    goroot = find_goroot(environ)
    goroot_file = None if goroot is None else _env_file(world, f"{goroot}/go.env", is_goroot_file=True)
    user_path = user_env_file(environ)
    user_file = None if user_path is None else _env_file(world, user_path)
    options = {name: value for name, value in (("GOPROXY", orders.goproxy), ("GOSUMDB", orders.gosumdb)) if value}
    go = resolve_settings(environ, user_file or {}, goroot_file, options=options)
    _check_switches(go)
    return go


def _check_switches(go: GoSettings) -> None:
    """GO111MODULE and GOFLAGS as go refuses them at its start."""
    switch = go.value("GO111MODULE")
    if switch == "off":
        text = "modules disabled by GO111MODULE=off; see 'go help modules'"
        raise GoRuleError("config.goenv_unreadable", text, origin=_where(go, "GO111MODULE"))
    if switch not in ("", "on", "auto"):
        text = f"unknown environment setting GO111MODULE={switch}"
        raise GoRuleError("config.goenv_unreadable", text, origin=_where(go, "GO111MODULE"))
    try:
        check_goflags(go.value("GOFLAGS"))
    except GoRuleError as error:
        raise GoRuleError(error.cause, error.text, origin=_where(go, "GOFLAGS")) from None


def _env_file(world: World, path: str, *, is_goroot_file: bool = False) -> dict[str, str] | None:
    """Unreadable files are ignored in silence, as go does."""
    try:
        data = world.read_file(path)
    except OSError:
        return None
    return None if data is None else parse_env_file(data, is_goroot_file=is_goroot_file)


def _entries(go: GoSettings, orders: Orders) -> tuple[GoproxyEntry, ...]:
    try:
        return parse_goproxy(go.value("GOPROXY"), go.value("GONOPROXY"))
    except GoRuleError as error:
        text = f"{orders.module}@{orders.query}: {error.text}"
        raise GoRuleError(error.cause, text, origin=_where(go, "GOPROXY")) from None


def _sumdb(go: GoSettings, orders: Orders) -> SumdbConfig | None:
    """The database to ask, or ``None``. Go finds an unusable GOSUMDB later, when it has a hash to compare."""
    matches = match_prefix_patterns(go.value("GONOSUMDB"), orders.module)
    try:
        config = parse_gosumdb(go.value("GOSUMDB"))
    except GoRuleError as error:
        if matches:
            return None
        text = f"{orders.module}@{orders.query}: verifying go.mod: {error.text}"
        raise GoRuleError(error.cause, text, origin=_where(go, "GOSUMDB")) from None
    return config if uses_sumdb(orders.module, is_off=config.is_off, matches_gonosumdb=matches) else None


def _check_goauth(go: GoSettings, entries: tuple[GoproxyEntry, ...]) -> None:
    """go dies of a bad list at its first https request; when that comes first, there is nothing to be sent before."""
    first = next((entry for entry in entries if entry.kind != "noproxy"), None)
    if first is None or not first.url.startswith("https:"):
        return
    try:
        parse_goauth(go.value("GOAUTH"))
    except GoRuleError as error:
        raise GoRuleError(error.cause, error.text, origin=_where(go, "GOAUTH")) from None


def _sums(world: World, go: GoSettings) -> SumPaths | None:
    environ = world.environ()
    return sum_paths(
        world,
        environ.get("PWD") or ".",
        gowork=go.value("GOWORK"),
        goflags=check_goflags(go.value("GOFLAGS")),
        goroot=find_goroot(environ),
    )


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
    """Passwords in GOPROXY and in GOAUTH's command lines are known from here on."""
    for entry in go.value("GOPROXY").replace("|", ",").split(","):
        _learn_url(entry.strip(), redactor)
    for entry in go.value("GOAUTH").split(";"):
        redactor.learn_arguments(entry.split())


def _learn_headers(headers: Sequence[tuple[str, str]], redactor: Redactor) -> None:
    """A ``--header`` may carry a token: its value is a secret, and so is each long word of it.

    A short word under a harmless name (``X-Canary: blue``) stays readable: two traces are compared by it.
    """
    for name, value in headers:
        if _PLAIN_LABEL.fullmatch(value) and not _SECRET_NAME.search(name):
            continue
        redactor.learn_value(value)


def _learn_url(text: str, redactor: Redactor) -> None:
    try:
        url = gourl.parse(text)
    except gourl.UrlError:
        return
    if url.password:
        redactor.learn_basic(url.user or "", url.password)


def _vantage(orders: Orders, world: World, redactor: Redactor) -> dict[str, Json]:
    from modtrace.gorules.resolvconf import parse_resolv_conf

    try:
        conf = parse_resolv_conf(world.read_file("/etc/resolv.conf"), world.hostname())
        resolvers: list[Json] = list(conf.servers)
    except OSError:
        resolvers = []
    proxies: list[Json] = [hop.shown for hop in orders.via]
    if not orders.via:
        environ = world.environ()
        names = [name for name in ("HTTPS_PROXY", "https_proxy") if environ.get(name)]
        proxies = [_shown(name, environ[name], redactor) for name in names]
    return {"name": orders.vantage, "resolvers": resolvers, "proxies": proxies}


def _shown(name: str, value: str, redactor: Redactor) -> str:
    """A setting without its secrets. A proxy's userinfo goes whole: a user without a password is a token."""
    return redactor.text(masked(value) if name in VARIABLES else value)


def _where(go: GoSettings, name: str) -> str:
    setting = go.by_name[name]
    return f"{name} ({setting.origin})"
