"""What one module server answers: refusals, redirects, pages instead of data."""

from tests.oracle.cases.places import HELLO, plain, secure
from tests.oracle.harness import Case

from modtrace.lab.behaviour import Reply, html, redirect, text

_CODES = (401, 403, 404, 410, 429, 451, 500, 502, 503, 504)
_FILES = ("info", "mod", "zip")

_REFUSALS = tuple(
    Case(name=f"http-{code}-{file}", places=(plain(faults={f"*.{file}": text(code, f"no {file}")}),))
    for code in _CODES
    for file in _FILES
)

_REFUSALS_OVER_TLS = tuple(
    Case(name=f"https-{code}-{file}", places=(secure(faults={f"*.{file}": text(code, f"no {file}")}),))
    for code, file in (
        (401, "info"),
        (403, "mod"),
        (404, "info"),
        (404, "zip"),
        (429, "info"),
        (451, "mod"),
        (500, "info"),
    )
)

_INFO = "*.info"
_BODIES = (
    ("multi-line", text(403, "first\nsecond\nthird\n")),
    ("blank-line", text(403, "first\n\nafter the blank line\n")),
    ("nine-lines", text(403, "\n".join(f"line {number}" for number in range(1, 10)))),
    ("long-line", text(403, "x" * 900)),
    ("control-characters", text(403, "red \x1b[31m text")),
    ("tabs", text(403, "one\ttwo\n\tthree")),
    ("crlf", text(403, "one\r\ntwo\r\n")),
    ("not-utf8", Reply(status=403, body=b"caf\xe9", content_type="text/plain; charset=utf-8")),
    ("latin1", Reply(status=403, body=b"cafe", content_type="text/plain; charset=iso-8859-1")),
    ("ascii-charset", Reply(status=403, body=b"cafe", content_type="text/plain; charset=US-ASCII")),
    ("json", Reply(status=403, body=b'{"no":1}', content_type="application/json")),
    ("no-type", Reply(status=403, body=b"no type at all")),
    ("empty", text(403)),
    ("html", html(403)),
    ("odd-reason", Reply(status=403, reason="Computer says no", body=b"")),
    ("unknown-status", Reply(status=599, body=b"")),
)
_ERROR_PAGES = tuple(Case(name=f"page-{name}", places=(plain(faults={_INFO: how}),)) for name, how in _BODIES)

_STRANGE_STATUS = (
    Case(name="status-204", places=(plain(faults={_INFO: Reply(status=204)}),)),
    Case(name="status-206", places=(plain(faults={_INFO: Reply(status=206, body=HELLO.info)}),)),
    Case(name="status-304", places=(plain(faults={_INFO: Reply(status=304)}),)),
)

_REDIRECTS = (
    Case(
        name="redirect-same-host",
        places=(
            plain(
                faults={
                    _INFO: redirect("/lab.test/hello/@v/v1.0.0.INFO", 302),
                    "*.INFO": Reply(status=200, body=HELLO.info),
                }
            ),
        ),
    ),
    Case(
        name="redirect-zip-301",
        places=(plain(faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip", 301)}), plain("b")),
    ),
    Case(
        name="redirect-307-to-https",
        places=(plain(faults={"*.mod": redirect("{b}/lab.test/hello/@v/v1.0.0.mod", 307)}), secure("b")),
    ),
    Case(
        name="redirect-308-https-https",
        places=(secure(faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip?sig=1", 308)}), secure("b")),
    ),
    Case(
        name="redirect-303",
        places=(
            secure(faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip", 303)}),
            secure("b", host="localhost"),
        ),
    ),
    Case(
        name="redirect-https-to-http",
        places=(secure(faults={"*.zip": redirect("{b}/lab.test/hello/@v/v1.0.0.zip")}), plain("b")),
    ),
    Case(name="redirect-loop", places=(plain(faults={_INFO: redirect("/lab.test/hello/@v/v1.0.0.info")}),)),
    Case(name="redirect-loop-https", places=(secure(faults={_INFO: redirect("{a}/lab.test/hello/@v/v1.0.0.info")}),)),
    Case(name="redirect-missing-location", places=(plain(faults={_INFO: redirect(None)}),)),
    Case(name="redirect-to-404", places=(plain(faults={_INFO: redirect("{b}/nothing")}), plain("b"))),
    Case(name="redirect-to-404-https", places=(secure(faults={_INFO: redirect("{b}/nothing")}), secure("b"))),
    Case(name="redirect-to-refused", places=(plain(faults={_INFO: redirect("http://127.0.0.1:1/x")}),)),
    Case(name="redirect-to-other-scheme", places=(plain(faults={_INFO: redirect("ftp://127.0.0.1/x")}),)),
    Case(name="redirect-300", places=(plain(faults={_INFO: redirect("/x", 300)}),)),
)

_PAGES = tuple(Case(name=f"html-200-{file}", places=(plain(faults={f"*.{file}": html()}),)) for file in _FILES)

CASES = (
    *_REFUSALS,
    *_REFUSALS_OVER_TLS,
    *_ERROR_PAGES,
    *_STRANGE_STATUS,
    *_REDIRECTS,
    *_PAGES,
)
