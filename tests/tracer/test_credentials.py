"""Credentials of netrc: for https only, by host and port, and known to the redactor before any request."""

import base64

from modtrace.gorules.goauth import parse_goauth
from modtrace.gorules.netrc import parse_netrc
from modtrace.record.redaction import MASK, Redactor
from modtrace.tracer.credentials import Credentials, unapplied

LINES = parse_netrc(
    b"machine p.test login alice password s3cret-word\nmachine q.test:8443 login bob password hunter22\n"
)


def test_the_header_goes_to_the_hosts_of_the_file_only() -> None:
    credentials = Credentials(LINES, Redactor())
    basic = "Basic " + base64.b64encode(b"alice:s3cret-word").decode()
    assert credentials.header_for("https://p.test/m/@v/list") == {"Authorization": basic}
    assert credentials.header_for("https://q.test:8443/x") is not None
    for url in ("https://q.test/x", "https://other.test/", "https://sub.p.test/", "https://p.test:444/"):
        assert credentials.header_for(url) is None


def test_every_password_is_masked_from_the_start_in_each_form() -> None:
    redactor = Redactor()
    Credentials(LINES, redactor)
    pair = base64.b64encode(b"alice:s3cret-word").decode()
    assert redactor.text(f"a s3cret-word b {pair} c hunter22") == f"a {MASK} b {MASK} c {MASK}"


def test_what_is_not_run_is_named() -> None:
    assert unapplied(parse_goauth("netrc")) == []
    assert unapplied(parse_goauth("off")) == []
    (line,) = unapplied(parse_goauth("netrc; /bin/helper --x"))
    assert "/bin/helper --x" in line
