"""The checksum database and go.sum: who is asked, by which way, and what happens when the sums differ."""

from tests.oracle.cases import goauth
from tests.oracle.cases.places import HELLO, UPPER, plain
from tests.oracle.cases.smalldb import NAME, SmallDatabase
from tests.oracle.harness import Case, certificate

from modtrace.lab.behaviour import Faults, Reply, html, text
from modtrace.lab.modules import Library, Module, hello
from modtrace.lab.server import Place

_OTHERS = (hello(path="lab.test/first"), hello(path="lab.test/second"))
DATABASE = SmallDatabase(*_OTHERS, HELLO, UPPER)
_KEY = DATABASE.verifier_key
_BASE = f"/sumdb/{NAME}"
_RECORD = DATABASE.get("/lookup/lab.test/hello@v1.0.0")[1]
_TAMPERED = hello(readme="something else")
_TAMPERED_MOD = Module(
    path=HELLO.path, version=HELLO.version, files={**HELLO.files, "go.mod": b"module lab.test/hello\n\n// other\n"}
)
_STRANGER = SmallDatabase(*_OTHERS, HELLO, name="other.test")
_LYING = SmallDatabase(HELLO, records=(_TAMPERED.go_sum,))
_HALF = SmallDatabase(HELLO, records=(HELLO.go_sum.splitlines(keepends=True)[0],))


def _with(
    *,
    name: str = "a",
    database: SmallDatabase | None = DATABASE,
    module: Module = HELLO,
    faults: Faults | None = None,
    tls: bool = False,
) -> Place:
    databases = {} if database is None else {_BASE: database.get, "/db": database.get}
    return Place(
        name=name,
        site=Library(module, UPPER).get,
        databases=databases,
        faults=faults or {},
        issued=certificate() if tls else None,
    )


def _looked_up(body: bytes) -> Faults:
    return {"*/lookup/*": Reply(status=200, body=body)}


_SUM = {"GOSUMDB": _KEY}
_BY_PROXY = (
    Case(name="sumdb-by-proxy", places=(_with(),), env=_SUM),
    Case(name="sumdb-by-proxy-https", places=(_with(tls=True),), env=_SUM),
    Case(name="sumdb-upper-case", places=(_with(),), env=_SUM, argument="lab.test/Hello/World@v1.0.0"),
    Case(name="sumdb-gonosumdb", places=(_with(),), env={**_SUM, "GONOSUMDB": "lab.test"}),
    Case(name="sumdb-gonosumdb-no-match", places=(_with(),), env={**_SUM, "GONOSUMDB": "lab.test/hel, lab.test/hello"}),
    Case(name="sumdb-gonosumdb-in-go-env", places=(_with(),), env=_SUM, go_env="GONOSUMDB=*.test/hello\n"),
    Case(name="sumdb-goflags-insecure-ignored", places=(_with(),), env={**_SUM, "GONOSUMCHECK": "1"}),
    Case(name="sumdb-second-proxy-relays", places=(_with(), plain("b")), goproxy="{b},{a}", env=_SUM),
    Case(
        name="sumdb-first-pipe-500", places=(_with(), plain("b", faults={"*": text(500)})), goproxy="{b}|{a}", env=_SUM
    ),
)

_NETRC = "machine {a_host} login user password secret\n"
_WITH_CREDENTIALS = (
    Case(name="sumdb-netrc-by-proxy", places=(_with(tls=True),), env=_SUM, netrc=_NETRC),
    Case(
        name="sumdb-goauth-after-401",
        places=(_with(tls=True, faults={"*/sumdb/*": Reply(status=401, unless_authorized=True)}),),
        env={**_SUM, "GOAUTH": goauth.command("again")},
        files={"helper": goauth.HELPER},
    ),
    Case(
        name="sumdb-goauth-list-that-go-dies-of",
        places=(plain(), _with(name="b", tls=True)),
        env={"GOSUMDB": f"{_KEY} {{b}}/db", "GOAUTH": "off;netrc"},
    ),
)

_SUPPORTED = (
    *(
        Case(name=f"sumdb-supported-{code}", places=(_with(faults={"*/supported": text(code, "no")}),), env=_SUM)
        for code in (401, 403, 404, 410, 500)
    ),
    Case(name="sumdb-supported-html", places=(_with(database=None, faults={f"{_BASE}/*": html()}),), env=_SUM),
    Case(
        name="sumdb-supported-404-https",
        places=(_with(tls=True, faults={"*/supported": text(404, "no")}),),
        env=_SUM,
    ),
)

_LOOKUP = (
    *(
        Case(name=f"sumdb-lookup-{code}", places=(_with(faults={"*/lookup/*": text(code, "no")}),), env=_SUM)
        for code in (403, 404, 410, 500)
    ),
    Case(name="sumdb-lookup-404-https", places=(_with(tls=True, faults={"*/lookup/*": text(404, "no")}),), env=_SUM),
    Case(name="sumdb-lookup-html", places=(_with(faults={"*/lookup/*": html()}),), env=_SUM),
    Case(name="sumdb-lookup-empty", places=(_with(faults=_looked_up(b"")),), env=_SUM),
    Case(
        name="sumdb-lookup-closed", places=(_with(faults={"*/lookup/*": Reply(fault="close_before_head")}),), env=_SUM
    ),
    Case(
        name="sumdb-lookup-500-then-pipe",
        places=(_with(faults={"*/lookup/*": text(500)}), plain("b")),
        goproxy="{a}|{b}",
        env=_SUM,
        may_suspect=True,
    ),
    Case(name="sumdb-tile-404", places=(_with(faults={"*/tile/*": text(404, "no tile")}),), env=_SUM),
    Case(name="sumdb-tile-500", places=(_with(faults={"*/tile/*": text(500)}),), env=_SUM),
    Case(name="sumdb-tile-partial-404", places=(_with(faults={"*.p/*": text(404, "no partial tile")}),), env=_SUM),
    Case(name="sumdb-tile-cut", places=(_with(faults={"*/tile/*": Reply(status=200, body=b"x" * 32)}),), env=_SUM),
    Case(name="sumdb-tile-wrong", places=(_with(faults={"*/tile/*": Reply(status=200, body=b"x" * 128)}),), env=_SUM),
)

_DIRECT = (
    Case(name="sumdb-direct-url", places=(_with(),), env={"GOSUMDB": f"{_KEY} {{a}}/db"}),
    Case(
        name="sumdb-direct-url-https", places=(plain(), _with(name="b", tls=True)), env={"GOSUMDB": f"{_KEY} {{b}}/db"}
    ),
    Case(name="sumdb-direct-url-refused", places=(_with(),), env={"GOSUMDB": f"{_KEY} http://{{closed}}/db"}),
    Case(name="sumdb-no-relay", places=(plain(),), env=_SUM),
    Case(name="sumdb-file-source", places=(_with(),), goproxy="{files},{a}", env=_SUM),
)

_VALUES = tuple(
    Case(name=f"gosumdb-{name}", places=(_with(),), env={"GOSUMDB": value})
    for name, value in (
        ("off", "off"),
        ("unknown-name", "foo.example"),
        ("three-fields", f"{_KEY} http://127.0.0.1/ x"),
        ("bad-hash", f"{NAME}+00000000+{_KEY.rpartition('+')[2]}"),
        ("bad-base64", f"{NAME}+00000000+%%"),
        ("bad-url", f"{_KEY} ::"),
        ("other-key", f"{_STRANGER.verifier_key} {{a}}/db"),
    )
)

_MISMATCH = (
    Case(name="sumdb-tampered-zip", places=(_with(module=_TAMPERED),), env=_SUM),
    Case(name="sumdb-tampered-mod", places=(_with(module=_TAMPERED_MOD),), env=_SUM),
    Case(name="sumdb-tampered-zip-pipe", places=(_with(module=_TAMPERED), plain("b")), goproxy="{a}|{b}", env=_SUM),
    Case(
        name="sumdb-tampered-mod-pipe",
        places=(_with(module=_TAMPERED_MOD), plain("b")),
        goproxy="{a}|{b}",
        env=_SUM,
        may_suspect=True,
    ),
    Case(name="sumdb-lying", places=(_with(database=_LYING),), env={"GOSUMDB": _LYING.verifier_key}),
    Case(name="sumdb-half-a-record", places=(_with(database=_HALF),), env={"GOSUMDB": _HALF.verifier_key}),
    Case(name="sumdb-bad-signature", places=(_with(faults=_looked_up(_RECORD.replace(b"\n4\n", b"\n5\n"))),), env=_SUM),
    Case(
        name="sumdb-record-altered",
        places=(_with(faults=_looked_up(_RECORD.replace(HELLO.zip_h1.encode(), _TAMPERED.zip_h1.encode()))),),
        env=_SUM,
    ),
    Case(name="sumdb-wrong-number", places=(_with(faults=_looked_up(b"7" + _RECORD[1:])),), env=_SUM),
)

_ZIP_LINE, _MOD_LINE = HELLO.go_sum.splitlines(keepends=True)
_GO_SUM = (
    *(
        Case(name=f"go-sum-{name}", places=(_with(),), env=_SUM, go_sum=text_)
        for name, text_ in (
            ("match", HELLO.go_sum),
            ("zip-line-only", _ZIP_LINE),
            ("mod-line-only", _MOD_LINE),
            ("zip-conflict", _ZIP_LINE.replace(HELLO.zip_h1, _TAMPERED.zip_h1) + _MOD_LINE),
            ("mod-conflict", _ZIP_LINE + _MOD_LINE.replace(HELLO.mod_h1, _TAMPERED.zip_h1)),
            ("other-hash-kind", f"{HELLO.path} {HELLO.version} h2:abc\n"),
            ("malformed", "one two\n"),
            ("empty", ""),
        )
    ),
    Case(name="go-sum-conflict-sumdb-off", places=(_with(module=_TAMPERED),), go_sum=HELLO.go_sum),
    Case(
        name="go-sum-conflict-mod-pipe",
        places=(_with(module=_TAMPERED_MOD), plain("b")),
        goproxy="{a}|{b}",
        go_sum=HELLO.go_sum,
    ),
)

CASES = (*_BY_PROXY, *_WITH_CREDENTIALS, *_SUPPORTED, *_LOOKUP, *_DIRECT, *_VALUES, *_MISMATCH, *_GO_SUM)
