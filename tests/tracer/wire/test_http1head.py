"""Heads of HTTP/1 responses, judged part by part in go's words."""

import pytest

from modtrace.tracer.wire import http1head as h


def refusal(status: bytes, *headers: tuple[str, str]) -> str:
    with pytest.raises(h.HeadError) as caught:
        h.framing(h.parse_status_line(status), list(headers))
    return caught.value.text


def framed(status: bytes, *headers: tuple[str, str]) -> h.Framing:
    return h.framing(h.parse_status_line(status), list(headers))


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        (b"HTTP/1.1 404 Not Found", h.StatusLine("HTTP/1.1", 404, "404 Not Found", True, False)),
        (b"HTTP/1.0   200", h.StatusLine("HTTP/1.0", 200, "200", False, True)),
        (b"HTTP/2.0 +20 odd", h.StatusLine("HTTP/2.0", 20, "+20 odd", True, False)),
        (b"HTTP/0.9 -00", h.StatusLine("HTTP/0.9", 0, "-00", False, False)),
    ],
)
def test_status_lines_are_read_as_laxly_as_go_does(raw: bytes, want: h.StatusLine) -> None:
    assert h.parse_status_line(raw) == want


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"HTTP/1.1", 'malformed HTTP response "HTTP/1.1"'),
        (b"junk -01", 'malformed HTTP status code "-01"'),
        (b"HTTP/1.1 2000 OK", 'malformed HTTP status code "2000"'),
        (b"HTTP/11 200 OK", 'malformed HTTP version "HTTP/11"'),
    ],
)
def test_the_code_is_judged_before_the_version(raw: bytes, text: str) -> None:
    with pytest.raises(h.HeadError) as caught:
        h.parse_status_line(raw)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        (b"content-LENGTH: 5 ", ("Content-Length", "5")),
        (b"x y:\tz", ("x y", "z")),
        (b"A:b:c", ("A", "b:c")),
        (b"etag: \xff\xc3\xa9", ("Etag", "\udcffé")),
        (b"E:", ("E", "")),
    ],
)
def test_header_lines_give_canonical_names_and_trimmed_values(raw: bytes, want: tuple[str, str]) -> None:
    assert h.parse_header(raw) == want


@pytest.mark.parametrize("raw", [b": v", b"a\x00: v", b"a(: v", b"a: \x7f", b"a: b\rc"])
def test_bad_names_and_control_characters_are_refused(raw: bytes) -> None:
    with pytest.raises(h.HeadError, match=r"^malformed MIME header line: "):
        h.parse_header(raw)


def test_how_a_body_ends() -> None:
    ok, old = b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK"
    length, chunked = ("Content-Length", "5"), ("Transfer-Encoding", "Chunked")
    assert framed(ok, length) == h.Framing(5, False, False, True)
    assert framed(ok, length, chunked) == h.Framing(-1, True, False, True)
    assert framed(ok) == h.Framing(-1, False, True, True)
    assert framed(ok, ("Content-Length", "0")) == h.Framing(0, False, False, False)
    assert framed(ok, length, ("Connection", "x, CLOSE")).will_close
    assert framed(old, length).will_close
    assert not framed(old, length, ("Connection", "Keep-Alive")).will_close
    assert framed(old, length, chunked) == h.Framing(5, False, True, True)
    assert framed(b"HTTP/1.1 304 Not Modified", length, chunked) == h.Framing(0, False, False, False)
    assert framed(b"HTTP/1.1 101 Switching", length) == h.Framing(0, False, True, False)


def test_an_answer_to_head_has_no_body_and_closes_nothing_by_itself() -> None:
    line = h.parse_status_line(b"HTTP/1.1 200 OK")
    for headers in ([], [("Content-Length", "5")], [("Transfer-Encoding", "chunked")]):
        assert h.framing(line, headers, answers_head=True) == h.Framing(0, False, False, False)
    assert h.framing(line, [("Connection", "close")], answers_head=True).will_close


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ([("Transfer-Encoding", "a"), ("Transfer-Encoding", "b")], 'too many transfer encodings: ["a" "b"]'),
        ([("Transfer-Encoding", "gzip, chunked")], 'unsupported transfer encoding: "gzip, chunked"'),
        ([("Content-Length", "+5")], 'bad Content-Length "+5"'),
        ([("Content-Length", str(1 << 63))], 'bad Content-Length "9223372036854775808"'),
        ([("Transfer-Encoding", "chunked"), ("Trailer", "X, content-length")], 'bad trailer key "Content-Length"'),
        ([("Transfer-Encoding", "chunked"), ("Content-Length", "x")], 'bad Content-Length "x"'),
    ],
)
def test_framing_that_could_be_read_two_ways_is_refused(headers: list[tuple[str, str]], text: str) -> None:
    assert refusal(b"HTTP/1.1 200 OK", *headers) == text
