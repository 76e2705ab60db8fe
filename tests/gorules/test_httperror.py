"""cmd/go's words for an HTTP error. The texts of go itself are compared in ``tests/oracle/test_http_oracle.py``."""

import pytest

from modtrace.gorules.httperror import cause_of, error_detail, error_text, is_not_exist, is_readable_text, status_text


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", ""),
        (b"one\n", "one"),
        (b"one\ntwo\n", "one\n\ttwo"),
        (b"\nlater", ""),
        (b"a\n \t\nb", "a\n\t"),
        (b"a\x00b", ""),
        (b"caf\xe9", ""),
        (b"l\n" * 8, "\n\t".join("l" * 8) + "\n\t"),
        (b"l\n" * 9, "\n\t".join("l" * 8) + "\n\t[Truncated: too many lines.]"),
        (b"x" * 649, "[Truncated: too long.]"),
        (b"x" * 648, "x" * 648),
    ],
)
def test_details_follow_gos_lines_and_bytes(body: bytes, detail: str) -> None:
    assert error_detail(body).rstrip("\n\t") == detail.rstrip("\n\t")


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("text/plain", True),
        ("Text/Plain; Charset=UTF-8", True),
        ('text/plain; charset="us-ascii"', True),
        ("text/plain; charset=latin1", False),
        ("text/html", False),
        ("", False),
        ("text/plain; format=flowed; charset=utf-8", True),
    ],
)
def test_only_plain_text_in_utf8_is_read(content_type: str, is_text: bool) -> None:
    assert is_readable_text(content_type) == is_text


def test_texts_causes_and_classes() -> None:
    assert error_text("u", "404 N", "") == "reading u: 404 N"
    assert error_text("u", "404 N", "a") == "reading u: 404 N\n\tserver response: a"
    assert error_text("u", "404 N", "a\n\tb") == "reading u: 404 N\n\tserver response:\n\ta\n\tb"
    assert [is_not_exist(status) for status in (403, 404, 410, 500)] == [False, True, True, False]
    assert (cause_of(418), cause_of(599), cause_of(204)) == ("http.forbidden", "http.server_error", "http.malformed")
    assert (status_text(413), status_text(599)) == ("Request Entity Too Large", "")
