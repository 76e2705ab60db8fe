"""The settings in force, each with where it came from.

Go 1.26 cmd/go/internal/cfg/cfg.go: Getenv (environment when not empty, then the env files, then built-in), CanGetenv,
EnvOrAndChanged; GONOPROXY and GONOSUMDB fall back to GOPRIVATE.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from modtrace.gorules.gopath import join

Origin = Literal["environment", "go env file", "goroot", "built-in", "option"]

# Used only where there is no Go toolchain whose go.env says otherwise: Go's module proxy on Go's own domain.
_GO_DOMAIN = ("golang", "org")
FALLBACK_GOPROXY = f"https://{'.'.join(('proxy', *_GO_DOMAIN))},direct"
FALLBACK_GOSUMDB = "sum.golang.org"

# Read through cfg.Getenv: the environment, then both files, then the default here.
_FILE_SETTINGS: dict[str, str] = {
    "GOPROXY": "",
    "GOSUMDB": "",
    "GOPRIVATE": "",
    "GONOPROXY": "",
    "GONOSUMDB": "",
    "GOINSECURE": "",
    "GOAUTH": "netrc",
    "GOVCS": "",
    "GOFLAGS": "",
    "GOTOOLCHAIN": "",
    "GO111MODULE": "",
    "GOWORK": "",
    "GOPATH": "",
    "GOMODCACHE": "",
}
# Read with os.Getenv: the environment alone.
_ENVIRONMENT_SETTINGS = (
    "GODEBUG",
    "GOENV",
    "NETRC",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
_NOT_READ: dict[str, str] = {
    "GOPROXY_TIMEOUT": "go has no such setting: a silent module proxy is waited for without limit",
    "GOSUMDB_TIMEOUT": "go has no such setting: a silent checksum database is waited for without limit",
    "GONOSUMCHECK": "go has no such setting: GONOSUMDB or GOSUMDB=off is what exists",
    "GOVERIFYSUM": "go has no such setting",
    "ALL_PROXY": "go reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY only (curl would use it)",
    "all_proxy": "go reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY only (curl would use it)",
    "CURL_CA_BUNDLE": "go's TLS reads SSL_CERT_FILE and SSL_CERT_DIR only",
    "REQUESTS_CA_BUNDLE": "go's TLS reads SSL_CERT_FILE and SSL_CERT_DIR only",
    "GIT_SSL_CAINFO": "git alone reads it, in direct mode",
    "RES_OPTIONS": "go's own resolver does not read it",
    "LOCALDOMAIN": "go's own resolver does not read it",
    "HOSTALIASES": "go's own resolver does not read it",
}


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A name, its value, and where the value came from."""

    name: str
    value: str
    origin: Origin


class IgnoredSetting(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is set and that go does not read, with the reason."""

    name: str
    value: str
    origin: Origin
    because: str


class GoSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings that matter to a fetch; ask by name."""

    by_name: dict[str, Setting]
    ignored: tuple[IgnoredSetting, ...]

    def value(self, name: str) -> str:
        """The value in force; empty when nothing set it."""
        setting = self.by_name.get(name)
        return setting.value if setting else ""

    def origin(self, name: str) -> Origin:
        """Where it came from."""
        return self.by_name[name].origin

    def shown(self) -> tuple[Setting, ...]:
        """What is worth showing: everything that is not empty."""
        return tuple(setting for setting in self.by_name.values() if setting.value)


def resolve_settings(
    environ: Mapping[str, str],
    user_file: Mapping[str, str],
    goroot_file: Mapping[str, str] | None,
    *,
    options: Mapping[str, str] | None = None,
) -> GoSettings:
    """The settings in force. ``goroot_file`` is ``None`` where there is no Go toolchain at all."""
    found = {
        name: _one(name, default, environ, user_file, goroot_file, options or {})
        for name, default in _FILE_SETTINGS.items()
    }
    for name in ("GONOPROXY", "GONOSUMDB"):
        if not found[name].value:
            found[name] = msgspec.structs.replace(found["GOPRIVATE"], name=name)
    found |= _paths(found, environ)
    for name in _ENVIRONMENT_SETTINGS:
        if environ.get(name):
            found[name] = Setting(name=name, value=environ[name], origin="environment")
    return GoSettings(by_name=found, ignored=tuple(_ignored(environ, user_file)))


def _one(
    name: str,
    default: str,
    environ: Mapping[str, str],
    user_file: Mapping[str, str],
    goroot_file: Mapping[str, str] | None,
    options: Mapping[str, str],
) -> Setting:
    if name in options:
        return Setting(name=name, value=options[name], origin="option")
    if environ.get(name):
        return Setting(name=name, value=environ[name], origin="environment")
    if user_file.get(name):
        return Setting(name=name, value=user_file[name], origin="go env file")
    if name in user_file:  # empty there: it hides $GOROOT/go.env, and only the built-in default is left
        return Setting(name=name, value=default, origin="built-in")
    if goroot_file is not None and goroot_file.get(name):
        return Setting(name=name, value=goroot_file[name], origin="goroot")
    if goroot_file is None and name in ("GOPROXY", "GOSUMDB"):
        default = FALLBACK_GOPROXY if name == "GOPROXY" else FALLBACK_GOSUMDB
    return Setting(name=name, value=default, origin="built-in")


def _paths(found: Mapping[str, Setting], environ: Mapping[str, str]) -> dict[str, Setting]:
    """GOPATH defaults to ``$HOME/go`` (go/build defaultGOPATH), GOMODCACHE to ``pkg/mod`` of GOPATH's first entry."""
    gopath = found["GOPATH"]
    if not gopath.value:
        home = environ.get("HOME", "")
        gopath = Setting(name="GOPATH", value=join(home, "go") if home else "", origin="built-in")
    cache = found["GOMODCACHE"]
    first = gopath.value.partition(":")[0]
    if not cache.value and first:
        cache = Setting(name="GOMODCACHE", value=join(first, "pkg/mod"), origin="built-in")
    return {"GOPATH": gopath, "GOMODCACHE": cache}


def _ignored(environ: Mapping[str, str], user_file: Mapping[str, str]) -> list[IgnoredSetting]:
    rows = [
        IgnoredSetting(name=name, value=environ[name], origin="environment", because=because)
        for name, because in _NOT_READ.items()
        if environ.get(name)
    ]
    for name, value in user_file.items():
        if name in _ENVIRONMENT_SETTINGS:
            because = "go reads it from the environment only, not from its env file"
        elif name in _NOT_READ:
            because = _NOT_READ[name]
        else:
            continue
        rows.append(IgnoredSetting(name=name, value=value, origin="go env file", because=because))
    return rows
