"""What a GOAUTH command is told of a response: Go's own idea of its headers. The oracle's cases ask go itself."""

import pytest

from modtrace.gorules.responseheaders import kept


@pytest.mark.parametrize(
    ("protocol", "headers", "left"),
    [
        ("HTTP/1.1", {"A": "1", "Content-Length": "2"}, {"A": "1", "Content-Length": "2"}),
        ("HTTP/1.1", {"Transfer-Encoding": "chunked", "Content-Length": "2", "Trailer": "X"}, {}),
        ("HTTP/1.0", {"Transfer-Encoding": "chunked", "Content-Length": "2"}, {"Content-Length": "2"}),
        ("HTTP/1.0", {"Transfer-Encoding": "chunked", "Trailer": "X"}, {"Trailer": "X"}),
        ("HTTP/1.1", {"Connection": "x, Close"}, {}),
        ("HTTP/1.1", {"Connection": "keep-alive"}, {"Connection": "keep-alive"}),
        ("HTTP/1.0", {"Connection": "close"}, {"Connection": "close"}),
        ("HTTP/1.1", {"Pragma": "no-cache"}, {"Pragma": "no-cache", "Cache-Control": "no-cache"}),
        ("HTTP/1.1", {"Pragma": "no-cache", "Cache-Control": "x"}, {"Pragma": "no-cache", "Cache-Control": "x"}),
        ("HTTP/2.0", {"Pragma": "no-cache", "Trailer": "X"}, {"Pragma": "no-cache"}),
    ],
)  # fmt: skip
def test_what_the_transport_takes_out(protocol: str, headers: dict[str, str], left: dict[str, str]) -> None:
    assert kept(protocol, list(headers.items())) == list(left.items())


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2.0"])
def test_a_body_that_the_transport_decodes_loses_its_length(protocol: str) -> None:
    headers = [("Content-Encoding", "gzip"), ("Content-Length", "9"), ("A", "1")]
    assert kept(protocol, headers, is_gzip=True) == [("A", "1")]
    assert kept(protocol, headers) == headers


def test_a_length_sent_twice_is_kept_once_and_other_headers_as_often_as_sent() -> None:
    assert kept("HTTP/1.1", [("Content-Length", "2"), ("A", "1"), ("Content-Length", "2"), ("A", "2")]) == [
        ("Content-Length", "2"),
        ("A", "1"),
        ("A", "2"),
    ]
