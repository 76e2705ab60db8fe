"""Who is given which credentials: netrc, GOAUTH, and userinfo in GOPROXY, also across redirects."""

from tests.oracle.cases.places import H1_ONLY, HELLO, plain, secure
from tests.oracle.harness import Case

from modtrace.lab.behaviour import HONEST, Reply, redirect, text

_NETRC = "machine {a_host} login user password secret\n"
_REFUSED_ONCE = {"*.info": (text(401, "who are you?"), HONEST)}
_GATE = {"*": Reply(status=401, unless_authorized=True)}
CASES = (
    Case(name="netrc-with-port", places=(secure(faults=_GATE),), netrc=_NETRC),
    Case(name="netrc-with-port-http1", places=(secure(faults=_GATE, alpn=H1_ONLY),), netrc=_NETRC),
    Case(
        name="netrc-without-port",
        places=(secure(faults=_GATE),),
        netrc="machine 127.0.0.1 login user password secret\n",
    ),
    Case(name="netrc-default", places=(secure(faults=_GATE),), netrc="default login user password secret\n"),
    Case(name="netrc-http", places=(plain(faults=_GATE),), netrc=_NETRC),
    Case(name="netrc-goauth-off", places=(secure(faults=_GATE),), netrc=_NETRC, env={"GOAUTH": "off"}),
    Case(name="netrc-goauth-command-missing", places=(secure(),), netrc=_NETRC, env={"GOAUTH": "no-such-command-here"}),
    Case(name="goauth-off-and-more", places=(secure(),), netrc=_NETRC, env={"GOAUTH": "off;netrc"}),
    Case(name="goauth-unset-403", places=(secure(faults={"*.info": text(403, "no")}),), env={"GOAUTH": "off"}),
    Case(name="userinfo-https", places=(secure(faults=_GATE),), goproxy="https://user:p%40ss@{a_host}"),
    Case(
        name="userinfo-https-404",
        places=(secure(faults={"*": text(404, "no")}),),
        goproxy="https://user:secret@{a_host}",
    ),
    Case(name="userinfo-https-refused", places=(secure(),), goproxy="https://user:secret@{closed}"),
    Case(name="userinfo-http", places=(plain(),), goproxy="http://user:secret@{a_host}"),
    Case(
        name="userinfo-redirect-cross-host",
        places=(secure(host="localhost", faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip")}), secure("b")),
        netrc=_NETRC,
    ),
    Case(
        name="userinfo-redirect-other-port",
        places=(secure(faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip")}), secure("b")),
        netrc=_NETRC,
    ),
    Case(name="netrc-401-then-200", places=(secure(faults=_REFUSED_ONCE),), netrc=_NETRC),
    Case(name="netrc-401-then-200-http1", places=(secure(faults=_REFUSED_ONCE, alpn=H1_ONLY),), netrc=_NETRC),
    Case(name="netrc-403", places=(secure(faults={"*.mod": text(403, "not you")}),), netrc=_NETRC),
    Case(
        name="netrc-wrong-port",
        places=(secure(faults=_GATE),),
        netrc="machine 127.0.0.1:1 login user password secret\n",
    ),
    Case(
        name="netrc-first-line-wins",
        places=(secure(faults=_GATE),),
        netrc=_NETRC + "machine {a_host} login user password other\n",
    ),
    Case(
        name="netrc-two-ports",
        places=(secure(faults=_GATE), secure("b", faults={"*": text(404, "no")})),
        goproxy="{b},{a}",
        netrc=_NETRC + "machine {b_host} login second password word\n",
    ),
    Case(
        name="netrc-redirect-there-and-back",
        places=(
            secure(
                host="localhost",
                faults={
                    "*.zip": redirect("{b}/over"),
                    "/back": Reply(status=401, body=b"who?", content_type="text/plain", unless_authorized=True),
                },
            ),
            secure("b", faults={"/over": redirect("{a}/back")}),
        ),
        netrc=_NETRC,
    ),
    Case(
        name="netrc-for-the-redirect-target-only",
        places=(
            secure(host="localhost", faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip")}),
            secure("b", faults=_GATE),
        ),
        netrc="machine {b_host} login user password secret\n",
    ),
    Case(name="userinfo-401-then-200", places=(secure(faults=_REFUSED_ONCE),), goproxy="https://user:secret@{a_host}"),
    Case(
        name="userinfo-403",
        places=(secure(faults={"*.mod": text(403, "not you")}),),
        goproxy="https://user:secret@{a_host}",
    ),
    Case(name="userinfo-hides-netrc", places=(secure(faults=_GATE),), goproxy="https://me@{a_host}", netrc=_NETRC),
    Case(name="userinfo-without-password", places=(secure(faults=_GATE),), goproxy="https://token@{a_host}"),
    Case(
        name="userinfo-redirect-relative",
        places=(secure(faults={"*.zip": redirect("v1.0.0.ZIP"), "*.ZIP": Reply(status=200, body=HELLO.zip)}),),
        goproxy="https://user:secret@{a_host}",
    ),
    Case(
        name="userinfo-redirect-absolute",
        places=(
            secure(
                faults={
                    "*.zip": redirect("{a}/x.ZIP"),
                    "*.ZIP": Reply(status=401, unless_authorized=True),
                }
            ),
        ),
        goproxy="https://user:secret@{a_host}",
    ),
    Case(
        name="userinfo-redirect-to-another-host",
        places=(secure(host="localhost", faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip")}), secure("b")),
        goproxy="https://user:secret@{a_host}",
    ),
)
