"""GOPROXY lists: which entry is asked after which failure, and whose error is shown."""

from tests.oracle.cases.places import H1_ONLY, H2_ONLY, LIBRARY, plain, secure
from tests.oracle.harness import Case

from modtrace.lab.behaviour import text
from modtrace.lab.server import Place

_FIRST: tuple[tuple[str, Place], ...] = (
    ("404", plain("b", faults={"*": text(404, "not here")})),
    ("410", plain("b", faults={"*": text(410, "gone")})),
    ("403", plain("b", faults={"*": text(403, "not you")})),
    ("500", plain("b", faults={"*": text(500)})),
    ("closed", Place(name="b", at_connect="close")),
    ("reset", Place(name="b", at_connect="reset")),
    ("garbage", Place(name="b", at_connect="garbage")),
)

_AFTER_FIRST = tuple(
    Case(name=f"list-{name}-{word}", places=(plain(), place), goproxy="{b}" + separator + "{a}")
    for name, place in _FIRST
    for word, separator in (("comma", ","), ("pipe", "|"))
)

_KINDS = (
    Case(name="http", places=(plain(),)),
    Case(name="https-h2", places=(secure(),)),
    Case(name="https-h2-only", places=(secure(alpn=H2_ONLY),)),
    Case(name="https-http1-only", places=(secure(alpn=H1_ONLY),)),
    Case(name="https-no-alpn", places=(secure(alpn=()),)),
    Case(name="http-under-a-prefix", places=(Place(name="a", site=LIBRARY.get, prefix="/goproxy/x"),)),
    Case(name="http-slash-at-the-end", places=(plain(),), goproxy="{a}/"),
    Case(name="http-query-in-base", places=(plain(),), goproxy="{a}?key=1"),
    Case(name="https-localhost", places=(secure(host="localhost"),)),
    Case(name="https-without-scheme", places=(secure(),), goproxy="{a_host}"),
    Case(name="http-at-a-tls-port", places=(secure(),), goproxy="http://{a_host}"),
    Case(name="https-at-a-plain-port", places=(plain(),), goproxy="https://{a_host}"),
)

_ENDS = (
    Case(name="list-refused-comma", places=(plain(),), goproxy="http://{closed},{a}"),
    Case(name="list-refused-pipe", places=(plain(),), goproxy="http://{closed}|{a}"),
    Case(name="list-refused-alone", places=(plain(),), goproxy="https://{closed}"),
    Case(name="off", places=(plain(),), goproxy="off"),
    Case(name="list-off-first", places=(plain(),), goproxy="off,{a}"),
    Case(name="list-404-off", places=(_FIRST[0][1],), goproxy="{b},off"),
    Case(name="list-500-pipe-off", places=(_FIRST[3][1],), goproxy="{b}|off"),
    Case(name="direct", places=(plain(),), goproxy="direct"),
    Case(name="list-404-direct", places=(_FIRST[0][1],), goproxy="{b},direct"),
    Case(name="list-500-pipe-direct", places=(_FIRST[3][1],), goproxy="{b}|direct"),
    Case(name="list-500-comma-direct", places=(_FIRST[3][1],), goproxy="{b},direct"),
    Case(name="list-direct-first", places=(plain(),), goproxy="direct,{a}"),
    Case(name="list-404-then-403", places=(_FIRST[0][1], plain("c", faults={"*": text(403, "c")})), goproxy="{b},{c}"),
    Case(
        name="list-404-403-410",
        places=(_FIRST[0][1], plain("c", faults={"*": text(403, "c")}), plain("d", faults={"*": text(410, "d")})),
        goproxy="{b}|{c}|{d}",
    ),
    Case(
        name="list-404-everywhere", places=(_FIRST[0][1], plain("c", faults={"*": text(404, "c")})), goproxy="{b},{c}"
    ),
    Case(name="list-spaces-and-empty", places=(plain(), _FIRST[0][1]), goproxy=" {b} ,, {a} ,"),
    Case(
        name="list-zip-from-the-second",
        places=(plain(), plain("b", faults={"*.zip": text(404, "no zip")})),
        goproxy="{b},{a}",
    ),
    Case(
        name="list-mod-from-the-second-after-a-pipe",
        places=(plain(), plain("b", faults={"*.mod": text(502)})),
        goproxy="{b}|{a}",
    ),
    Case(name="list-only-a-comma", places=(plain(),), goproxy=","),
    Case(name="list-scheme-unknown", places=(plain(),), goproxy="{a},ftp://127.0.0.1/x"),
    Case(name="list-bare-word", places=(plain(),), goproxy="{a},foo"),
    Case(name="list-file-with-host", places=(plain(),), goproxy="file://host/x"),
    Case(name="list-bad-escape", places=(plain(),), goproxy="http://127.0.0.1/%zz"),
    Case(name="list-bad-port", places=(plain(),), goproxy="http://127.0.0.1:port/"),
)

CASES = (*_KINDS, *_AFTER_FIRST, *_ENDS)
