"""Inside a workspace: which of go.work.sum and the members' go.sum decide, and whose words are said."""

from tests.oracle.cases.places import HELLO, plain
from tests.oracle.cases.smalldb import NAME, SmallDatabase
from tests.oracle.harness import Case

from modtrace.lab.modules import hello
from modtrace.lab.server import Place

_DATABASE = SmallDatabase(hello(path="lab.test/first"), hello(path="lab.test/second"), HELLO)
_SUMDB = {"GOSUMDB": _DATABASE.verifier_key, "GOFLAGS": "-modcacherw"}
_OTHER = hello(readme="something else")
_WORK = "go 1.20\n\nuse .\n"
_TWO = "go 1.20\n\nuse (\n\t.\n\t./other // the second\n)\n"
_MOD = "module lab.test/other\n\ngo 1.20\n"
RIGHT = HELLO.go_sum
WRONG = RIGHT.replace(HELLO.zip_h1, _OTHER.zip_h1)
WRONG_MOD = RIGHT.replace(HELLO.mod_h1, _OTHER.zip_h1)


_ALT = {"GOFLAGS": "-modcacherw -modfile=alt.mod"}


def _case(
    name: str,
    around: dict[str, str],
    *,
    go_sum: str | None = None,
    env: dict[str, str] | None = None,
    go_env: str = "",
) -> Case:
    served = Place(name="a", site=plain().site, databases={f"/sumdb/{NAME}": _DATABASE.get})
    full = _SUMDB | (env or {})
    return Case(name=f"work-{name}", places=(served,), around=around, go_sum=go_sum, env=full, go_env=go_env)


def _two(**sums: str) -> dict[str, str]:
    """A workspace of two members, with ``work``, ``other`` as texts of go.work.sum and the second member's go.sum."""
    places = {"work": "go.work.sum", "other": "other/go.sum"}
    return {"go.work": _TWO, "other/go.mod": _MOD} | {places[name]: text for name, text in sums.items()}


CASES = (
    _case("without-sums", {"go.work": _WORK}),
    _case("sum-match", {"go.work": _WORK, "go.work.sum": RIGHT}),
    _case("sum-zip-conflict", {"go.work": _WORK, "go.work.sum": WRONG}),
    _case("sum-mod-conflict", {"go.work": _WORK, "go.work.sum": WRONG_MOD}),
    _case("sum-mod-line-only", {"go.work": _WORK, "go.work.sum": RIGHT.splitlines(keepends=True)[1]}),
    _case("member-match", {"go.work": _WORK}, go_sum=RIGHT),
    _case("member-zip-conflict", {"go.work": _WORK}, go_sum=WRONG),
    _case("second-member-match", _two(other=RIGHT)),
    _case("second-member-conflict", _two(other=WRONG)),
    _case("sum-match-member-conflict", _two(work=RIGHT, other=WRONG)),
    _case("sum-conflict-member-match", _two(work=WRONG, other=RIGHT)),
    _case("member-match-second-conflict", _two(other=WRONG), go_sum=RIGHT),
    _case("member-conflict-second-match", _two(other=RIGHT), go_sum=WRONG),
    _case("other-hash-kind", {"go.work": _WORK, "go.work.sum": f"{HELLO.path} {HELLO.version} h2:abc\n"}),
    _case("sum-malformed", {"go.work": _WORK, "go.work.sum": "one two\n"}),
    _case("member-malformed", _two(other="one two\n")),
    _case("in-parent", {"../go.work": "go 1.20\n\nuse ./current\n", "../go.work.sum": WRONG}),
    _case("stands-outside-of-members", {"go.work": "go 1.20\n\nuse ./other\n", "other/go.mod": _MOD}, go_sum=WRONG),
    _case("without-members", {"go.work": "go 1.20\n", "go.work.sum": WRONG}),
    _case("quoted-member", {"go.work": 'go 1.20\nuse "./other"\n', "other/go.mod": _MOD, "other/go.sum": WRONG}),
    _case("raw-quoted-member", {"go.work": "go 1.20\nuse `./other`\n", "other/go.mod": _MOD, "other/go.sum": WRONG}),
    _case("absolute-member", {"go.work": "go 1.20\nuse {folder}/current\n"}, go_sum=WRONG),
    _case(
        "member-not-clean", {"go.work": "go 1.20\nuse ./other/../other/\n", "other/go.mod": _MOD, "other/go.sum": WRONG}
    ),
    _case("off", {"go.work": _WORK, "go.work.sum": WRONG}, env={"GOWORK": "off"}),
    _case("off-and-conflict", {"go.work": _WORK, "go.work.sum": RIGHT}, go_sum=WRONG, env={"GOWORK": "off"}),
    _case("auto", {"go.work": _WORK, "go.work.sum": WRONG}, env={"GOWORK": "auto"}),
    _case("named", {"a.work": _WORK, "a.work.sum": WRONG}, env={"GOWORK": "{folder}/current/a.work"}),
    _case("named-member", {"a.work": _WORK}, go_sum=WRONG, env={"GOWORK": "{folder}/current/a.work"}),
    _case(
        "named-elsewhere",
        {"../x/go.work": "go 1.20\nuse ../current\n", "../x/go.work.sum": WRONG},
        env={"GOWORK": "{folder}/x/go.work"},
    ),
    _case("named-not-absolute", {"a.work": _WORK}, env={"GOWORK": "a.work"}),
    _case("named-missing", {}, env={"GOWORK": "{folder}/nothing.work"}),
    _case("a-folder", {"go.work/x": ""}, go_sum=WRONG),
    _case("malformed", {"go.work": "use (\n"}),
    _case("unknown-directive", {"go.work": "go 1.20\n\nrequire lab.test/x v1.0.0\n"}),
    _case("use-of-two", {"go.work": "go 1.20\n\nuse . ./other\n"}),
    _case("use-of-nothing", {"go.work": "go 1.20\n\nuse\n"}),
    _case("bad-string", {"go.work": 'go 1.20\n\nuse "\\x"\n'}),
    _case("bad-go-line", {"go.work": "go one\n\nuse .\n"}),
    _case("same-member-twice", {"go.work": "go 1.20\n\nuse .\nuse ./.\n"}),
    _case("member-missing", {"go.work": "go 1.20\n\nuse ./nowhere\n"}),
    _case("named-in-go-env", {"go.work": _WORK, "go.work.sum": WRONG}, go_env="GOWORK=off\n"),
    _case("empty", {"go.work": ""}, go_sum=WRONG),
    _case("toolchain", {"go.work": "go 1.20\ntoolchain go1.20\nuse .\n", "go.work.sum": WRONG}),
    _case("bad-toolchain", {"go.work": "go 1.20\ntoolchain 1.20\nuse .\n"}),
    _case("unknown-block", {"go.work": "go 1.20\n\nrequire (\n\tlab.test/x v1.0.0\n)\n"}),
    _case("not-in-workspace-modfile", {"alt.mod": _MOD, "alt.sum": WRONG}, go_sum=RIGHT, env=_ALT),
    _case("not-in-workspace-modfile-match", {"alt.mod": _MOD, "alt.sum": RIGHT}, go_sum=WRONG, env=_ALT),
    _case("not-in-workspace-modfile-name", {"alt": _MOD}, env={"GOFLAGS": "-modcacherw -modfile=alt"}),
    _case("mod-flag", {"go.work": _WORK}, env={"GOFLAGS": "-mod=mod"}),
    _case("mod-flag-readonly", {"go.work": _WORK, "go.work.sum": WRONG}, env={"GOFLAGS": "-mod=readonly"}),
    _case("modfile-flag", {"go.work": _WORK}, env={"GOFLAGS": "-modfile=go.mod"}),
)
