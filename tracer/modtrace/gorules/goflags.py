"""GOFLAGS: what go refuses in it at its start (Go 1.26 cmd/go/internal/base/goflags.go, InitGOFLAGS).

A flag that some go command knows is accepted; most of them have no effect on a download.
"""

from modtrace.gorules import quoted
from modtrace.gorules.goquote import quote
from modtrace.record.failures import GoRuleError

# Every flag that go1.26 accepts in GOFLAGS; tests/oracle/test_goflags_oracle.py compares with the real command.
KNOWN_FLAGS = frozenset(
    [
        "a",
        "artifacts",
        "asan",
        "asmflags",
        "bench",
        "benchmem",
        "benchtime",
        "blockprofile",
        "blockprofilerate",
        "buildmode",
        "buildvcs",
        "c",
        "cache",
        "changed",
        "compat",
        "compiled",
        "compiler",
        "count",
        "cover",
        "covermode",
        "coverpkg",
        "coverprofile",
        "cpu",
        "cpuprofile",
        "d",
        "deps",
        "diff",
        "dropexclude",
        "dropgodebug",
        "dropignore",
        "dropreplace",
        "droprequire",
        "dropretract",
        "droptool",
        "dropuse",
        "e",
        "exclude",
        "exec",
        "export",
        "f",
        "failfast",
        "find",
        "fix",
        "fixtool",
        "fmt",
        "fullpath",
        "fuzz",
        "fuzzcache",
        "fuzzminimizetime",
        "fuzztime",
        "gccgoflags",
        "gcflags",
        "go",
        "godebug",
        "i",
        "ignore",
        "insecure",
        "installsuffix",
        "json",
        "ldflags",
        "linkshared",
        "list",
        "m",
        "memprofile",
        "memprofilerate",
        "mod",
        "modcache",
        "modcacherw",
        "modfile",
        "module",
        "msan",
        "mutexprofile",
        "mutexprofilefraction",
        "n",
        "o",
        "outputdir",
        "overlay",
        "p",
        "parallel",
        "pgo",
        "pkgdir",
        "print",
        "r",
        "race",
        "replace",
        "require",
        "retract",
        "retracted",
        "reuse",
        "run",
        "short",
        "shuffle",
        "skip",
        "t",
        "tags",
        "test",
        "test.blockprofile",
        "test.blockprofilerate",
        "test.cpuprofile",
        "test.memprofilerate",
        "test.v",
        "testcache",
        "timeout",
        "tool",
        "toolchain",
        "toolexec",
        "trace",
        "trimpath",
        "u",
        "use",
        "v",
        "vendor",
        "versions",
        "vet",
        "vettool",
        "w",
        "work",
        "x",
    ]
)


def check_goflags(value: str) -> tuple[str, ...]:
    """The flags, each one word. Raises ``GoRuleError`` in go's words."""
    try:
        flags = quoted.split(value)
    except ValueError as error:
        raise _refused(str(error)) from None
    for flag in flags:
        if not flag.startswith("-") or flag in ("-", "--") or flag.startswith(("---", "-=", "--=")):
            raise _refused(f"non-flag {quote(flag)}")
        name = flag[1:].removeprefix("-").partition("=")[0]
        if name not in KNOWN_FLAGS:
            raise _refused(f"unknown flag -{name}")
    return tuple(flags)


def _refused(reason: str) -> GoRuleError:
    return GoRuleError("config.goenv_unreadable", f"parsing $GOFLAGS: {reason}")
