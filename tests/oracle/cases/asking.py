"""What is asked: paths, versions and queries, credentials, private globs, file sources, flags."""

from tests.oracle.cases.places import HELLO, LATER_PSEUDO, PSEUDO, UPPER, plain, secure, versions
from tests.oracle.harness import Case

from modtrace.lab.behaviour import Reply, html, text
from modtrace.lab.modules import Library, Module, escaped

_MANY = versions("v1.0.0", "v1.1.0", "v1.2.0", "v1.2.1", "v1.3.0-rc.1", "v1.3.0", "v1.4.0-beta.1", "v0.9.0")
_BRANCH = Module(
    path="lab.test/many",
    version="v1.3.1-0.20240102030405-0123456789ab",
    names=("main", "0123456789ab", "release-1"),
    files={"go.mod": b"module lab.test/many\n"},
    listed=False,
)
_LIBRARY = Library(*_MANY, _BRANCH)
_PRE = Library(*versions("v0.1.0-alpha.1", "v0.1.0-alpha.2", path="lab.test/pre"))
_PSEUDO = Library(*versions(PSEUDO, LATER_PSEUDO, path="lab.test/pseudo"))
_NEW = Module(path="lab.test/new", version=LATER_PSEUDO, listed=False, files={"go.mod": b"module lab.test/new\n"})
_UNLISTED = Library(_NEW, latest={"lab.test/new": LATER_PSEUDO})
_OLD = Library(*versions("v1.0.0", "v2.0.0+incompatible", "v3.1.0+incompatible", path="lab.test/old"))
_MAJOR = Library(*versions("v2.0.0", "v2.1.0", path="lab.test/many/v2"))

_QUERIES = (
    *(
        Case(name=f"query-{name}", places=(plain(site=_LIBRARY.get),), argument=f"lab.test/many@{query}")
        for name, query in (
            ("latest", "latest"),
            ("v1", "v1"),
            ("v1.2", "v1.2"),
            ("v1.9-none", "v1.9"),
            ("below", "<v1.3.0"),
            ("below-or-equal", "<=v1.3.0"),
            ("at-least", ">=v1.1.0"),
            ("above", ">v1.1.0"),
            ("above-all", ">v9.0.0"),
            ("below-prefix", "<v1.2"),
            ("at-most-prefix-ambiguous", "<=v1.2"),
            ("upgrade", "upgrade"),
            ("patch", "patch"),
            ("branch", "main"),
            ("branch-with-dash", "release-1"),
            ("branch-with-slash", "feature/x"),
            ("branch-unknown", "nowhere"),
            ("branch-upper-case", "Nowhere"),
            ("commit", "0123456789ab"),
            ("prerelease", "v1.3.0-rc.1"),
            ("unknown-version", "v1.7.0"),
            ("metadata", "v1.3.0+meta"),
            ("short-semver", "v1.2.0-"),
            ("no-v", "1.2.0"),
            ("none", "none"),
            ("bang", "a!b"),
        )
    ),
    Case(name="query-no-version", places=(plain(site=_LIBRARY.get),), argument="lab.test/many"),
    Case(name="query-empty-version", places=(plain(site=_LIBRARY.get),), argument="lab.test/many@"),
    Case(name="query-latest-https", places=(secure(site=_LIBRARY.get),), argument="lab.test/many@latest"),
    Case(name="query-pre-only", places=(plain(site=_PRE.get),), argument="lab.test/pre@latest"),
    Case(name="query-pseudo-only", places=(plain(site=_PSEUDO.get),), argument="lab.test/pseudo@latest"),
    Case(name="query-pseudo-exact", places=(plain(site=_PSEUDO.get),), argument=f"lab.test/pseudo@{PSEUDO}"),
    Case(name="query-at-latest", places=(plain(site=_UNLISTED.get),), argument="lab.test/new@latest"),
    Case(name="query-at-latest-https", places=(secure(site=_UNLISTED.get),), argument="lab.test/new@latest"),
    Case(name="query-incompatible-exact", places=(plain(site=_OLD.get),), argument="lab.test/old@v2.0.0+incompatible"),
    Case(name="query-incompatible-latest", places=(plain(site=_OLD.get),), argument="lab.test/old@latest"),
    Case(name="query-major-latest", places=(plain(site=_MAJOR.get),), argument="lab.test/many/v2@latest"),
    Case(name="query-major-mismatch", places=(plain(site=_MAJOR.get),), argument="lab.test/many/v2@v1.0.0"),
    Case(name="query-v2-without-suffix", places=(plain(site=_LIBRARY.get),), argument="lab.test/many@v2.0.0"),
    Case(
        name="query-list-404",
        places=(plain(site=_LIBRARY.get, faults={"*/list": text(404, "no list")}),),
        argument="lab.test/many@latest",
    ),
    Case(
        name="query-list-500",
        places=(plain(site=_LIBRARY.get, faults={"*/list": text(500)}),),
        argument="lab.test/many@latest",
    ),
    Case(
        name="query-list-html",
        places=(plain(site=_LIBRARY.get, faults={"*/list": html()}),),
        argument="lab.test/many@latest",
    ),
    Case(
        name="query-list-falls",
        places=(plain(site=_LIBRARY.get), plain("b")),
        goproxy="{b},{a}",
        argument="lab.test/many@v1.2",
    ),
    Case(
        name="query-retracted",
        places=(
            plain(
                site=_LIBRARY.get,
                faults={"*/v1.3.0.mod": Reply(status=200, body=b"module lab.test/many\n\nretract v1.2.1 // broken\n")},
            ),
        ),
        argument="lab.test/many@v1.2",
    ),
)

_PATHS = tuple(
    Case(name=f"path-{name}", places=(plain(),), argument=argument)
    for name, argument in (
        ("upper-case", "lab.test/Hello/World@v1.0.0"),
        ("no-dot", "nodots/foo@v1.0.0"),
        ("upper-case-host", "Example.test/x@v1.0.0"),
        ("bad-character", "lab.test/he llo@v1.0.0"),
        ("double-slash", "lab.test//x@v1.0.0"),
        ("slash-at-the-end", "lab.test/x/@v1.0.0"),
        ("dot-dot", "lab.test/../x@v1.0.0"),
        ("relative", "./x@v1.0.0"),
        ("unknown", "lab.test/unknown@v1.0.0"),
        ("standard-library", "fmt@v1.0.0"),
        ("std", "std@latest"),
        ("with-scheme", "https://lab.test/hello@v1.0.0"),
        ("v1-suffix", "lab.test/hello/v1@v1.0.0"),
        ("trailing-dot", "lab.test/x.@v1.0.0"),
        ("empty", "@v1.0.0"),
        ("gopkg-in", "gopkg.in/x.v1@v1.0.0"),
        ("gopkg-in-wrong", "gopkg.in/x@v1.0.0"),
        ("main-module", "lab.test/current@v1.0.0"),
        ("two-ats", "lab.test/hello@v1.0.0@v2"),
    )
)

_PRIVATE = tuple(
    Case(name=f"private-{name}", places=(plain(),), env=env)
    for name, env in (
        ("goprivate", {"GOPRIVATE": "lab.test"}),
        ("gonoproxy", {"GONOPROXY": "lab.test/*"}),
        ("gonoproxy-no-match", {"GONOPROXY": "lab.test/hel"}),
        ("gonoproxy-none-over-goprivate", {"GOPRIVATE": "lab.test", "GONOPROXY": "none"}),
        ("goinsecure", {"GONOPROXY": "lab.test", "GOINSECURE": "lab.test"}),
        ("govcs-off", {"GONOPROXY": "lab.test", "GOVCS": "*:off"}),
        ("no-match-404", {"GONOPROXY": "other.test"}),
    )
)


def _tree(*modules: Module) -> dict[str, bytes]:
    library = Library(*modules)
    names = [f"{escaped(one.path)}/@v/{one.version}.{kind}" for one in modules for kind in ("info", "mod", "zip")]
    return {name: library.get("/" + name).body for name in names}


_FILES = (
    Case(name="file", places=(plain(),), goproxy="{files}", files=_tree(HELLO)),
    Case(name="file-missing", places=(plain(),), goproxy="{files}"),
    Case(name="file-missing-then-http", places=(plain(),), goproxy="{files},{a}"),
    Case(
        name="file-no-zip",
        places=(plain(),),
        goproxy="{files}",
        files={n: b for n, b in _tree(HELLO).items() if not n.endswith("zip")},
    ),
    Case(
        name="file-upper-case",
        places=(plain(),),
        goproxy="{files}",
        argument="lab.test/Hello/World@v1.0.0",
        files=_tree(UPPER),
    ),
    Case(
        name="file-bad-info",
        places=(plain(),),
        goproxy="{files}",
        files={**_tree(HELLO), "lab.test/hello/@v/v1.0.0.info": b"x"},
    ),
)

_FLAGS = tuple(
    Case(name=f"flags-{name}", places=(plain(),), env=env)
    for name, env in (
        ("mod-mod", {"GOFLAGS": "-mod=mod"}),
        ("none", {"GOFLAGS": ""}),
        ("unknown", {"GOFLAGS": "-nonsense=1"}),
        ("malformed", {"GOFLAGS": "nonsense"}),
        ("vendor", {"GOFLAGS": "-mod=vendor"}),
        ("readonly", {"GOFLAGS": "-mod=readonly"}),
        ("go111module-off", {"GO111MODULE": "off"}),
        ("go111module-auto", {"GO111MODULE": "auto"}),
        ("go111module-nonsense", {"GO111MODULE": "maybe"}),
        ("godebug-http2-off", {"GODEBUG": "http2client=0"}),
        ("godebug-net-limit-0", {"GODEBUG": "cmdgonetlimit=0"}),
    )
)
_MORE_FLAGS = (
    Case(name="flags-godebug-http2-off-https", places=(secure(),), env={"GODEBUG": "http2client=0"}),
    Case(name="settings-from-go-env", places=(plain(),), env={"GOPROXY": "(unset)"}, go_env="GOPROXY={a}\n"),
    Case(name="settings-environment-over-go-env", places=(plain(),), go_env="GOPROXY=off\n"),
    Case(name="settings-empty-goproxy", places=(plain(),), goproxy="", go_env="GOPROXY={a}\n"),
)

CASES = (*_QUERIES, *_PATHS, *_PRIVATE, *_FILES, *_FLAGS, *_MORE_FLAGS)
