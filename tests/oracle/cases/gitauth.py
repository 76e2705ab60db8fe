"""``GOAUTH=git DIR``: git is asked after a 4xx only, and told beside the fetch whether its answer was any good.

The HEAD requests run beside the second GET, whose answer is late enough for all of them: so both programs' logs have
one group for the GET and its HEADs, and git has been told before the fetch goes on. The helper writes down what every
release of git says; newer ones say more.
"""

from tests.oracle.cases.places import H1_ONLY, plain, secure
from tests.oracle.harness import Case

from modtrace.lab.behaviour import Faults, Reply, redirect, text
from modtrace.lab.server import Place

HELPER = rb"""
log=$1 user=$2 action=$3
{
    echo "$action in $(pwd), PWD $PWD, $GIT_TERMINAL_PROMPT $GCM_INTERACTIVE"
    sort | grep -E '^(protocol|host|path|username|password|url)='
} >>"$log"
case $action-$user in
    get-) ;;
    get-fails) echo 'the helper failed' >&2; exit 1 ;;
    get-quit) echo quit=1 ;;
    get-elsewhere) printf 'host=elsewhere.test\nusername=u\npassword=p\n' ;;
    get-url) printf 'url=https://elsewhere.test/x\nusername=u\npassword=p\n' ;;
    get-*) printf 'username=%s\npassword=s3cret word=%%41\n' "$user" ;;
esac
"""

_LATE = 1.8
_HEAD = 0.4
_ONCE = (text(401, "who are you?"), Reply(delay_s=_LATE))


def helper(user: str) -> str:
    return f"[credential]\n\thelper = \"!sh {{shared}}/git-helper {{folder}}/calls '{user}'\"\n"


def gated(head: Reply, *, info: Reply | tuple[Reply, ...] = _ONCE) -> Faults:
    """``head``: the answer to HEAD; the first GET of .info is refused, the second comes late."""
    answer = Reply(status=head.status, body=b"x" * 9, headers=head.headers, fault=head.fault, delay_s=_HEAD)
    return {"HEAD *": answer, "*.info": info}


def case(
    name: str,
    user: str = "alice",
    *,
    places: tuple[Place, ...],
    goauth: str = "git {folder}/repository",
    goproxy: str = "{a}",
    user_config: str | None = None,
    config: str | None = None,
    netrc: str = "",
) -> Case:
    return Case(
        name=f"git-{name}",
        places=places,
        goproxy=goproxy,
        netrc=netrc,
        env={"GOAUTH": goauth},
        files={"git-helper": HELPER},
        git_config=helper(user) if user_config is None else user_config,
        repository_config="" if config is None else config,
    )


_REFUSED_TWICE = (text(401, "who are you?"), Reply(status=401, delay_s=_LATE))

CASES = (
    case("approved", places=(secure(faults=gated(Reply(status=200))),)),
    case("approved-http1", places=(secure(faults=gated(Reply(status=200)), alpn=H1_ONLY),)),
    case("rejected", places=(secure(faults=gated(Reply(status=401), info=_REFUSED_TWICE)),)),
    case("rejected-though-the-get-was-served", places=(secure(faults=gated(Reply(status=401))),)),
    case("head-404", places=(secure(faults=gated(Reply(status=404))),)),
    case("head-404-http1", places=(secure(faults=gated(Reply(status=404)), alpn=H1_ONLY),)),
    case("head-500", places=(secure(faults=gated(Reply(status=500))),)),
    case(
        "head-redirect",
        places=(
            secure(host="localhost", faults=gated(redirect("{b}/there"))),
            secure("b", faults={"/there": Reply(status=200, body=b"x", delay_s=_HEAD)}),
        ),
    ),
    case("head-silent", places=(secure(faults=gated(Reply(fault="stall_before_head"))),)),
    case("head-closed", places=(secure(faults=gated(Reply(fault="close_before_head")), alpn=H1_ONLY),)),
    case("head-redirect-to-http", places=(secure(faults=gated(redirect("{b}/there"))), plain("b"))),
    case("nothing-refused", places=(secure(),)),
    case("over-http", places=(plain(faults={"*.info": text(401, "no")}),)),
    case("no-answer", "", places=(secure(faults={"*.info": text(401, "no")}),)),
    case("helper-fails", "fails", places=(secure(faults={"*.info": text(401, "no")}),)),
    case("helper-quits", "quit", places=(secure(faults={"*.info": text(401, "no")}),)),
    case("other-host", "elsewhere", places=(secure(faults={"*.info": text(401, "no")}),)),
    case("other-url", "url", places=(secure(faults={"*.info": text(401, "no")}),)),
    case("userinfo", places=(secure(faults={"*.info": text(401, "no")}),), goproxy="https://bob:pw@{a_host}"),
    case("no-helper", places=(secure(faults={"*.info": text(401, "no")}),), user_config=""),
    case(
        "helper-of-the-repository-only",
        places=(secure(faults=gated(Reply(status=200))),),
        user_config="",
        config=helper("carol"),
    ),
    case(
        "with-its-path",
        places=(
            secure(faults={**gated(Reply(status=200)), "*.mod": (text(401, "no"), Reply(status=401, delay_s=_LATE))}),
        ),
        config="[credential]\n\tuseHttpPath = true\n",
    ),
    case(
        "after-netrc",
        places=(secure(faults=gated(Reply(status=200))),),
        goauth="git {folder}/repository;netrc",
        netrc="machine {a_host} login user password old\n",
    ),
    case(
        "before-netrc",
        places=(secure(faults=gated(Reply(status=200))),),
        goauth="netrc;git {folder}/repository",
        netrc="machine {a_host} login user password old\n",
    ),
)
