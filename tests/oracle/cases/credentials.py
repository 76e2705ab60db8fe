"""Who is given which credentials: netrc, GOAUTH, and userinfo in GOPROXY, also across redirects."""

from tests.oracle.cases.places import H1_ONLY, plain, secure
from tests.oracle.harness import Case

from modtrace.lab.behaviour import Reply, redirect, text

_NETRC = "machine {a_host} login user password secret\n"
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
)
