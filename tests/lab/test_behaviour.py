"""Replies: which one a path gets, and how it bends what the site would have said."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.lab.behaviour import HONEST, Answer, Fault, Reply, Table, answer_of, html, redirect, text
from modtrace.lab.modules import Said

SAID = Said(200, "application/json", b'{"Version":"v1"}')


def headers(answer: Answer) -> dict[str, str]:
    return dict(answer.headers)


def test_an_honest_reply_is_what_the_site_said() -> None:
    answer = answer_of(SAID, HONEST)
    assert (answer.status, answer.reason, answer.body) == (200, "OK", SAID.body)
    assert headers(answer) == {"Content-Type": "application/json", "Content-Length": "16"}


@pytest.mark.parametrize(
    ("how", "status", "reason", "body", "expected"),
    [
        (Reply(status=500), 500, "Internal Server Error", b"", {"Content-Length": "0"}),
        (Reply(status=599), 599, "", b"", {"Content-Length": "0"}),
        (Reply(status=204), 204, "No Content", b"", {}),
        (Reply(reason="Fine"), 200, "Fine", SAID.body, {"Content-Type": "application/json", "Content-Length": "16"}),
        (Reply(body=b"x"), 200, "OK", b"x", {"Content-Type": "application/json", "Content-Length": "1"}),
        (Reply(content_length=99), 200, "OK", SAID.body, {"Content-Type": "application/json", "Content-Length": "99"}),
        (Reply(content_length="none"), 200, "OK", SAID.body, {"Content-Type": "application/json"}),
        (Reply(fault="endless_body"), 200, "OK", SAID.body, {"Content-Type": "application/json"}),
        (
            Reply(headers=(("X", "1"), ("Y", "2"))),
            200,
            "OK",
            SAID.body,
            {"Content-Type": "application/json", "Content-Length": "16", "X": "1", "Y": "2"},
        ),
        (
            text(404, "no"),
            404,
            "Not Found",
            b"no",
            {"Content-Type": "text/plain; charset=utf-8", "Content-Length": "2"},
        ),
        (redirect("/away", 301), 301, "Moved Permanently", b"", {"Content-Length": "0", "Location": "/away"}),
        (redirect(None), 302, "Found", b"", {"Content-Length": "0"}),
    ],
)
def test_a_reply_bends_the_answer(how: Reply, status: int, reason: str, body: bytes, expected: dict[str, str]) -> None:
    answer = answer_of(SAID, how)
    assert (answer.status, answer.reason, answer.body, headers(answer)) == (status, reason, body, expected)


def test_a_page_is_html_with_status_200() -> None:
    answer = answer_of(SAID, html())
    assert answer.status == 200
    assert headers(answer)["Content-Type"] == "text/html; charset=utf-8"
    assert b"<!doctype html>" in answer.body


def test_a_zipped_answer_has_the_length_of_what_is_sent() -> None:
    answer = answer_of(SAID, Reply(gzip=True))
    assert gzip.decompress(answer.body) == SAID.body
    assert headers(answer)["Content-Encoding"] == "gzip"
    assert headers(answer)["Content-Length"] == str(len(answer.body))


@given(st.binary(max_size=200), st.integers(0, 50))
def test_the_pieces_are_the_body(body: bytes, drip: int) -> None:
    answer = answer_of(SAID, Reply(body=body, drip_bytes=drip))
    assert b"".join(answer.pieces) == body
    assert all(0 < len(piece) <= (drip or len(body)) for piece in answer.pieces)


@pytest.mark.parametrize("fault", ["stall_in_body", "cut_in_body", "rst_stream", "goaway"])
@pytest.mark.parametrize(("after", "sent"), [(None, b""), (0, b""), (3, b'{"V'), (99, SAID.body)])
def test_a_fault_in_the_body_ends_the_pieces_at_its_point(fault: Fault, after: int | None, sent: bytes) -> None:
    answer = answer_of(SAID, Reply(fault=fault, after_bytes=after))
    assert b"".join(answer.pieces) == sent
    assert headers(answer)["Content-Length"] == "16", "the head still promises all of it"


def test_the_first_pattern_that_fits_wins() -> None:
    table = Table({"/a/*": text(1), "*.zip": text(2)})
    assert table.reply("/a/x.zip", authorized=False).status == 1
    assert table.reply("/b/x.zip", authorized=False).status == 2
    assert table.reply("/b/x", authorized=False) is HONEST
    assert table.reply("/A/x", authorized=False) is HONEST


def test_a_pattern_with_a_space_is_one_of_a_method_too() -> None:
    table = Table({"HEAD *": text(1), "GET /a": text(2)})
    assert table.reply("/a", authorized=False, method="HEAD").status == 1
    assert table.reply("/a", authorized=False).status == 2
    assert table.reply("/b", authorized=False) is HONEST


def test_the_nth_request_of_a_pattern_gets_the_nth_reply_and_then_the_last() -> None:
    table = Table({"*.info": (text(500), text(404), Reply()), "*.mod": (text(1), text(2))})
    said = [table.reply(path, authorized=False).status for path in ("a.info", "x.mod", "b.info", "x.mod", "x.mod")]
    assert said == [500, 1, 404, 2, 2]
    assert [table.reply("a.info", authorized=False).status for _ in range(2)] == [None, None]


def test_a_reply_for_the_unauthorized_lets_the_authorized_pass_but_counts_them() -> None:
    locked = Reply(status=401, unless_authorized=True)
    table = Table({"*": (locked, locked, text(500))})
    assert table.reply("x", authorized=False).status == 401
    assert table.reply("x", authorized=True) is HONEST
    assert table.reply("x", authorized=True).status == 500
