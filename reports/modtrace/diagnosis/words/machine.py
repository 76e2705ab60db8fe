"""Settings and this machine."""

from modtrace.diagnosis.words.fixes import fix
from modtrace.diagnosis.words.interface import Wording
from modtrace.record.causes import Cause

_BY_HAND = fix("run {where} by hand", "go says nothing of its failures, unless it is run with -x")

WORDS: dict[Cause, Wording] = {
    "config.goproxy_invalid": Wording("GOPROXY can't be used: {text}", "certain"),
    "config.goproxy_off": Wording(
        "GOPROXY ends in off, and no entry before it had the module",
        "certain",
        (fix("go env GOPROXY", "off forbids every download; an entry before it must have the module"),),
    ),
    "config.gosumdb_invalid": Wording("GOSUMDB can't be used: {text}", "certain"),
    "config.module_path_invalid": Wording("the module path can't exist: {text}", "certain"),
    "config.version_invalid": Wording("the version can't be asked for: {text}", "certain"),
    "config.proxy_url_invalid": Wording("a proxy variable can't be used as written: {text}", "certain"),
    "config.proxy_scheme_unsupported": Wording("the proxy of the environment can't be used: {text}", "certain"),
    "config.goenv_unreadable": Wording("a file of go's settings can't be read: {text}", "certain"),
    "config.goauth_invalid": Wording(
        "GOAUTH can't be used: {text}",
        "certain",
        (fix("go env GOAUTH; go help goauth", "go ends with this text at its first https request"),),
    ),
    "config.goauth_failed": Wording("the GOAUTH command {where} gave no credentials: {text}", "certain", (_BY_HAND,)),
    "config.goauth_failed.stalled": Wording(
        "the GOAUTH command {where} never ends: {text}",
        "certain",
        (
            _BY_HAND,
            fix("go env -u GOAUTH", "go then reads netrc only", "what only that command knows is not sent"),
        ),
    ),
    "local.disk_full": Wording("this machine's disk is full: {text}", "certain"),
    "local.output_unwritable": Wording("the output can't be written: {text}", "certain"),
    "local.self_delay": Wording("modtrace itself got in the way: {text}", "certain"),
    "local.interrupted": Wording("the run was interrupted: {text}", "certain"),
    "local.descriptors_exhausted": Wording("this process may open no more sockets or files", "certain"),
}
