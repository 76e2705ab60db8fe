"""Header blocks of HTTP/2 responses: decoded with one state per connection, judged in go's words."""

import hpack
import pytest

from modtrace.tracer.wire import h2frames as f
from modtrace.tracer.wire.http2headers import Fields, HeaderDecoder, check_fields, length_of, status_of


def test_blocks_of_one_connection_share_their_table() -> None:
    encoder, decoder = hpack.Encoder(), HeaderDecoder()
    fields = [(b":status", b"200"), (b"x-name", b"a\xff")]
    first, second = encoder.encode(fields), encoder.encode(fields)
    assert len(second) < len(first)
    assert decoder.decode(first, 1) == decoder.decode(second, 3) == fields
    assert not decoder.is_damaged
    with pytest.raises(f.ConnectionFault, match=r"^connection error: COMPRESSION_ERROR$"):
        HeaderDecoder().decode(second, 1)


def test_a_list_over_the_limit_fails_its_stream_and_damages_the_state() -> None:
    # one entry of 4000 bytes in the table, then named 3000 times by one byte each
    bomb = b"\x40\x01x" + b"\x7f\xa1\x1e" + b"v" * 4000 + b"\xbe" * 3000
    decoder = HeaderDecoder()
    with pytest.raises(f.StreamFault) as caught:
        decoder.decode(bomb, 7)
    assert (caught.value.stream, caught.value.code) == (7, f.PROTOCOL_ERROR)
    assert caught.value.why == "http2: response header list larger than advertised limit"
    assert decoder.is_damaged


def test_statuses_are_numbers_as_go_reads_them() -> None:
    assert [status_of(1, text) for text in ("200", "+404", "-1", "0200")] == [200, 404, -1, 200]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "missing status pseudo header"),
        ("2x", "malformed non-numeric status pseudo header"),
        (" 200", "malformed non-numeric status pseudo header"),
        ("٢٠٠", "malformed non-numeric status pseudo header"),
        ("9" * 5000, "malformed non-numeric status pseudo header"),
    ],
)
def test_other_statuses_fail_the_stream(text: str, why: str) -> None:
    with pytest.raises(f.StreamFault) as caught:
        status_of(3, text)
    assert (caught.value.stream, caught.value.why) == (3, f"malformed response from server: {why}")


@pytest.mark.parametrize(
    ("values", "want"),
    [
        (["5"], 5),
        ([str((1 << 63) - 1)], (1 << 63) - 1),
        ([], -1),
        ([str(1 << 63)], -1),
        (["+5"], -1),
        (["5", "5"], -1),
        (["5\n"], -1),
    ],
)
def test_a_length_counts_only_when_it_is_one_plain_number(values: list[str], want: int) -> None:
    assert length_of([("X", "1"), *(("Content-Length", value) for value in values)]) == want


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [(b":status", b"200"), (b"x-y", b"tab\there \xff"), (b"connection", b"close")],
        [(b"x", b""), (b"x", b"")],
    ],
)
def test_fields_that_go_accepts_pass(fields: Fields) -> None:
    check_fields(1, fields)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ([(b"x", b"a\r\nb")], 'invalid header field value for "x"'),
        ([(b"Big", b"v")], 'invalid header field name "Big"'),
        ([(b"", b"v")], 'invalid header field name ""'),
        ([(b"x y", b"v")], 'invalid header field name "x y"'),
        ([(b"x", b"1"), (b":status", b"200")], "pseudo header field after regular"),
        ([(b":odd", b"1")], 'invalid pseudo-header ":odd"'),
        ([(b":status", b"200"), (b":status", b"200")], 'duplicate pseudo-header ":status"'),
        ([(b":status", b"200"), (b":path", b"/")], "mix of request and response pseudo headers"),
        ([(b":path", b"/"), (b":status", b"200")], "mix of request and response pseudo headers"),
    ],
)
def test_fields_that_go_refuses_fail_the_stream_with_its_reason(fields: Fields, why: str) -> None:
    with pytest.raises(f.StreamFault) as caught:
        check_fields(5, fields)
    assert (caught.value.stream, caught.value.code, caught.value.why) == (5, f.PROTOCOL_ERROR, why)
