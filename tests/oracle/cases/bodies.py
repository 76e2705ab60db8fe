"""Bodies that are not what they should be, and connections that end before they should."""

from tests.oracle.cases.places import HELLO, plain, secure
from tests.oracle.harness import Case, certificate

from modtrace.lab.behaviour import Reply
from modtrace.lab.modules import hello, zip_of
from modtrace.lab.server import Place

_INFO = "*.info"
_WRONG_ROOT = tuple(
    zip_of([(name, data)])
    for name, data in (("other.test/x@v1.0.0/go.mod", b"module other.test/x\n"), ("hello.go", b""))
)
_ZIP = "*.zip"


def _zip(body: bytes) -> tuple[Place, ...]:
    return (plain(faults={_ZIP: Reply(status=200, body=body, content_type="application/zip")}),)


def _info(body: str) -> tuple[Place, ...]:
    return (plain(faults={_INFO: Reply(status=200, body=body.encode(), content_type="application/json")}),)


_CONTENT = (
    Case(name="info-other-version", places=_info('{"Version":"v1.0.1","Time":"2024-01-02T03:04:05Z"}')),
    Case(name="info-empty", places=_info("")),
    Case(name="info-no-version", places=_info("{}")),
    Case(name="info-bad-time", places=_info('{"Version":"v1.0.0","Time":"yesterday"}')),
    Case(name="info-array", places=_info("[]")),
    Case(name="info-trailing", places=_info('{"Version":"v1.0.0"} x')),
    Case(name="info-wrong-type", places=_info('{"Version":1}')),
    Case(name="info-cut", places=_info('{"Version":"v1.0')),
    Case(name="mod-garbage", places=(plain(faults={"*.mod": Reply(status=200, body=b"garbage")}),)),
    Case(name="mod-empty", places=(plain(faults={"*.mod": Reply(status=200, body=b"")}),)),
    Case(
        name="zip-cut-without-length",
        places=(plain(faults={_ZIP: Reply(status=200, body=HELLO.zip[:100], content_length="none")}),),
    ),
    Case(name="zip-empty-body", places=_zip(b"")),
    Case(name="zip-of-nothing", places=_zip(zip_of([]))),
    Case(name="zip-other-module", places=_zip(_WRONG_ROOT[0])),
    Case(name="zip-no-prefix", places=_zip(_WRONG_ROOT[1])),
    Case(name="zip-two-gomod", places=_zip(zip_of([("lab.test/hello@v1.0.0/sub/go.mod", b"module x\n")]))),
    Case(
        name="zip-case-collision",
        places=_zip(zip_of([("lab.test/hello@v1.0.0/A.go", b""), ("lab.test/hello@v1.0.0/a.go", b"")])),
    ),
    Case(name="zip-dot-dot", places=_zip(zip_of([("lab.test/hello@v1.0.0/../x", b"")]))),
    Case(name="zip-bad-name", places=_zip(zip_of([("lab.test/hello@v1.0.0/con.go", b"")]))),
    Case(name="zip-trailing-bytes", places=_zip(HELLO.zip + b"trailing")),
    Case(name="zip-flipped-byte", places=_zip(HELLO.zip[:120] + b"\xff" + HELLO.zip[121:])),
    Case(name="zip-other-content", places=_zip(hello(readme="more").zip)),
    Case(name="length-missing", places=(plain(faults={"*": Reply(content_length="none")}),)),
    Case(name="length-missing-h2", places=(secure(faults={"*": Reply(content_length="none")}),)),
)

_TRANSFER = (
    Case(name="gzip", places=(plain(faults={"*": Reply(gzip=True)}),)),
    Case(name="gzip-h2", places=(secure(faults={"*": Reply(gzip=True)}),)),
    Case(name="gzip-claimed", places=(plain(faults={_INFO: Reply(headers=(("Content-Encoding", "gzip"),))}),)),
    Case(name="deflate-claimed", places=(plain(faults={"*": Reply(headers=(("Content-Encoding", "deflate"),))}),)),
    Case(name="drip", places=(plain(faults={"*": Reply(drip_bytes=40, drip_s=0.01)}),)),
    Case(name="drip-h2", places=(secure(faults={"*": Reply(drip_bytes=40, drip_s=0.01)}),)),
    Case(name="delay", places=(secure(faults={"*": Reply(delay_s=0.2)}),)),
    Case(name="close-before-head", places=(plain(faults={_INFO: Reply(fault="close_before_head")}),)),
    Case(name="close-before-head-reused", places=(plain(faults={_ZIP: Reply(fault="close_before_head")}),)),
    Case(
        name="close-before-head-once-reused",
        places=(plain(faults={_ZIP: (Reply(fault="close_before_head"), Reply())}),),
    ),
    Case(name="close-before-head-https", places=(secure(faults={_INFO: Reply(fault="close_before_head")}),)),
    Case(name="reset-before-head", places=(plain(faults={_INFO: Reply(fault="reset_before_head")}),)),
    Case(name="cut-info", places=(plain(faults={_INFO: Reply(fault="cut_in_body", after_bytes=5)}),)),
    Case(name="cut-zip", places=(plain(faults={_ZIP: Reply(fault="cut_in_body", after_bytes=50)}),)),
    Case(
        name="cut-zip-https1",
        places=(secure(alpn=("http/1.1",), faults={_ZIP: Reply(fault="cut_in_body", after_bytes=50)}),),
    ),
    Case(name="cut-zip-h2", places=(secure(faults={_ZIP: Reply(fault="cut_in_body", after_bytes=50)}),)),
    Case(name="length-too-long", places=(plain(faults={"*.mod": Reply(content_length=9999)}),)),
    Case(name="length-too-short", places=(plain(faults={"*.mod": Reply(content_length=5)}),)),
    Case(
        name="rst-zip-internal-error",
        places=(secure(faults={_ZIP: Reply(fault="rst_stream", error_code=2, after_bytes=50)}),),
    ),
    Case(name="rst-info-before-head", places=(secure(faults={_INFO: Reply(fault="rst_stream", error_code=2)}),)),
    Case(
        name="rst-info-refused-once",
        places=(secure(faults={_INFO: (Reply(fault="rst_stream", error_code=7), Reply())}),),
    ),
    Case(name="goaway-once", places=(secure(faults={_INFO: (Reply(fault="goaway"), Reply())}),)),
    Case(name="goaway-in-zip", places=(secure(faults={_ZIP: Reply(fault="goaway", after_bytes=50)}),)),
    Case(name="endless-headers", places=(plain(faults={_INFO: Reply(status=200, fault="endless_headers")}),)),
)

_TLS = (
    Case(name="tls-closed", places=(Place(name="a", issued=certificate(), at_connect="close"),)),
    Case(name="tls-reset", places=(Place(name="a", issued=certificate(), at_connect="reset"),)),
    Case(name="tls-garbage", places=(Place(name="a", issued=certificate(), at_connect="garbage"),)),
)

CASES = (*_CONTENT, *_TRANSFER, *_TLS)
