"""GOAUTH's commands: when they run, what they are given, what go makes of what they print.

The command is a shell script that writes down what it is given (its standard input sorted: go's order is random) and
prints what its mode says: on the first run, and on a run with a URL.
"""

from tests.oracle.cases.places import H1_ONLY, plain, secure
from tests.oracle.harness import Case

from modtrace.lab.behaviour import HONEST, Reply, redirect, text
from modtrace.lab.server import Place

HELPER = rb"""
log=$1 mode=$2 base=$3 url=$4
{
    printf 'run %s %s' "$mode" "$#"
    printf ' <%s>' "$@"
    printf '\nin %s\n' "$(pwd)"
    printf 'env %s\n' "$GIT_TERMINAL_PROMPT" "$GCM_INTERACTIVE" "$GOAUTH" "$GOPROXY" "$GOFLAGS" "$PWD"
    sort
} >>"$log"
give() { printf '%s\n\nAuthorization: %s\n\n' "$1" "$2"; }
case $mode${url:+-again} in
    always | always-again) give "$base" "Bearer ${mode}" ;;
    again-again) give "$base" 'Bearer second' ;;
    better) give "$base" 'Bearer wrong' ;;
    better-again) give "$base" 'Bearer right' ;;
    removed) give "$base" 'Bearer wrong' ;;
    removed-again) printf '%s\n\n\n' "$base" ;;
    prefixes)
        give "$base/other.test" 'Bearer other'
        give "$base/lab.test/hello/" 'Bearer deep'
        give "$base/lab.test" 'Bearer shallow'
        give https://unrelated.test 'Bearer unrelated'
        ;;
    shared) printf '%s\n' "$base/a" "$base" https://unrelated.test '' 'authorization: Bearer shared' '' ;;
    headers)
        printf '%s\n' "$base" '' 'Authorization: Bearer one' 'x-token:  two ' 'X-Token: three' 'Cookie: a=1; b=2' \
            'User-Agent: helper/1' 'Accept-Encoding: identity' 'Host: other.test' 'Content-Length: 7' ''
        ;;
    token) printf '%s\n\nX-Token: kept\nAuthorization: Bearer dropped\nCookie: dropped=1\n\n' "$base" ;;
    percent) give "$base/%6cab.test" 'Bearer percent' ;;
    http) give "http://${base#https://}" 'Bearer never' ;;
    bare) give "${base#https://}" 'Bearer never' ;;
    crlf) printf '%s\r\n\r\nAuthorization: Bearer x\r\n\r\n' "$base" ;;
    crlf-values) printf '%s\n\nAuthorization: Bearer x\r\n\n' "$base" ;;
    no-blank-line) printf '%s\n\nAuthorization: Bearer x\n' "$base" ;;
    no-space) printf '%s\n\nAuthorization:Bearer x\n\n' "$base" ;;
    prose) echo 'please sign in first' ;;
    latin1) printf '%s\n\nX-Name: caf\351\n\n' "$base" ;;
    loud) seq 1 40000 >&2; give "$base" 'Bearer loud' ;;
    fails*) give "$base" 'Bearer of a failure'; echo 'it failed' >&2; exit 3 ;;
    killed*) give "$base" 'Bearer of a victim'; kill -9 $$ ;;
esac
"""

_GATE = {"*": Reply(status=401, unless_authorized=True)}
_REFUSED_ONCE = {"*.info": (text(401, "who are you?"), HONEST)}


def command(mode: str) -> str:
    return f"sh {{shared}}/helper {{folder}}/calls {mode} {{a}}"


def case(
    name: str,
    *modes: str,
    places: tuple[Place, ...] | None = None,
    goproxy: str = "{a}",
    netrc: str = "",
    env: dict[str, str] | None = None,
) -> Case:
    """GOAUTH is a list of the helper in these modes; a word with a space in it stands for itself."""
    entries = [mode if " " in mode or mode in ("netrc", "off", "") else command(mode) for mode in modes or (name,)]
    return Case(
        name=f"goauth-{name}",
        places=places or (secure(faults=_GATE),),
        goproxy=goproxy,
        netrc=netrc,
        env={"GOAUTH": ";".join(entries), **(env or {})},
        files={"helper": HELPER, "a folder/helper": HELPER},
    )


_ONE = (
    case("always"),
    case("always-http1", "always", places=(secure(faults=_GATE, alpn=H1_ONLY),)),
    case("again"),
    case("again-http1", "again", places=(secure(faults=_GATE, alpn=H1_ONLY),)),
    case("again-404", "again", places=(secure(faults={"*.mod": text(404, "no")}),)),
    case("again-403", "again", places=(secure(faults={"*.zip": text(403, "no")}),)),
    case("again-500", "again", places=(secure(faults={"*.zip": text(500, "no")}),)),
    case("better", places=(secure(faults=_REFUSED_ONCE),)),
    case("removed"),
    case("prefixes"),
    case("shared"),
    case("headers"),
    case("headers-http1", "headers", places=(secure(faults=_GATE, alpn=H1_ONLY),)),
    case("percent"),
    case("http"),
    case("bare"),
    case("crlf"),
    case("crlf-values"),
    case("no-blank-line"),
    case("no-space"),
    case("prose"),
    case("latin1", places=(secure(),)),
    case("latin1-http1", "latin1", places=(secure(alpn=H1_ONLY),)),
    case("loud"),
    case("fails"),
    case("killed"),
    case("missing", "no-such-command -x"),
    case("missing-path", "/no/such/command -x"),
    case("not-executable", "{shared}/helper -x"),
    case("unterminated", "sh 'never closed"),
    case("quoted", "sh \"{shared}/a folder/helper\" '{folder}/calls' always {a}"),
    case("own-prompts", "again", env={"GIT_TERMINAL_PROMPT": "1", "GCM_INTERACTIVE": "always"}),
    case("no-prompts", "again", env={"GIT_TERMINAL_PROMPT": "(unset)"}),
)

_ELSEWHERE = plain("b", faults={"*": text(404)})
_LISTS = (
    case("first-wins", "always", "prefixes", "shared"),
    case("netrc-wins", "netrc", "always", netrc="machine {a_host} login user password secret\n"),
    case("command-wins", "always", "netrc", netrc="machine {a_host} login user password secret\n"),
    case("netrc-not-listed", "http", netrc="machine {a_host} login user password secret\n"),
    case("failure-passed-over", "fails", "always"),
    case("both-again", "again", "better"),
    case("empty-entry", "always", ""),
    case("off-in-a-list", "off", "always"),
    case("git-without-a-directory", "always", "git "),
    case("git-relative", "git ./here", "always"),
    case("git-missing-directory", "git {folder}/nowhere", "always"),
    case("git-no-directory", "git {folder}/roots.pem"),
    case("over-http", "always", places=(plain(faults=_GATE),)),
    case("bad-list-over-http", "always", "", places=(plain(),)),
    case("bad-list-behind-http", "off", "always", places=(secure(), _ELSEWHERE), goproxy="{b},{a}"),
    case("http-then-https", "again", places=(secure(faults=_GATE), _ELSEWHERE), goproxy="{b},{a}"),
    case("two-servers", "again", places=(secure(faults=_GATE), secure("b", faults=_GATE)), goproxy="{b}|{a}"),
    case("userinfo", "again", places=(secure(faults={"*.mod": text(403)}),), goproxy="https://me:p%40ss@{a_host}"),
)  # fmt: skip

_CHALLENGE = (("WWW-Authenticate", "Basic realm=x"), ("Www-authenticate", "Bearer"), ("X-Own", " y "))
_TOLD = (
    ("headers", Reply(status=401, body=b"no", content_type="text/plain", headers=_CHALLENGE)),
    ("gzip", Reply(status=403, body=b"no" * 50, gzip=True)),
    ("pragma", Reply(status=401, headers=(("Pragma", "no-cache"),))),
    ("trailer", Reply(status=401, headers=(("Trailer", "X"),))),
    ("no-length", Reply(status=401, body=b"no", content_length="none")),
    ("odd-reason", Reply(status=450, reason="Computer says  no")),
)
_ANSWERS = (
    *(case(f"told-{name}", "again", places=(secure(faults={"*.info": how}),)) for name, how in _TOLD),
    *(
        case(f"told-{name}-http1", "again", places=(secure(faults={"*.info": how}, alpn=H1_ONLY),))
        for name, how in _TOLD
    ),
    case(
        "told-keep-alive-http1",
        "again",
        places=(secure(faults={"*.info": Reply(status=401, headers=(("Connection", "keep-alive"),))}, alpn=H1_ONLY),),
    ),
    case(
        "redirect-cross-host",
        "token",
        places=(secure(host="localhost", faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip")}), secure("b")),
    ),
    case(
        "redirect-other-port",
        "token",
        places=(secure(faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip")}), secure("b")),
    ),
    case(
        "redirect-to-refusal",
        "again",
        places=(
            secure(host="localhost", faults={"*.zip": redirect("{b}/blob")}),
            secure("b", faults={"*": Reply(status=403, headers=(("X-Where", "b"),))}),
        ),
    ),
)  # fmt: skip

CASES = (*_ONE, *_LISTS, *_ANSWERS)
