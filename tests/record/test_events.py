"""Events, one JSON line each, there and back."""

import json

import msgspec
import pytest
from tests.builders import failed, fetched

from modtrace.record.events import Event, SpanNoted, SpanStarted, decode, encode


@pytest.mark.parametrize("event", [*fetched().events, *failed().events], ids=lambda event: type(event).__name__)
def test_an_event_comes_back_as_it_went(event: Event) -> None:
    line = encode(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == event


def test_the_line_names_its_kind_first() -> None:
    assert list(json.loads(encode(fetched().events[0])))[:2] == ["event", "at_ns"]


def test_newlines_and_controls_of_a_stranger_stay_inside_the_line() -> None:
    event = SpanNoted(at_ns=1, span=1, what="header", data={"value": "a\r\nb\x1b\u2028"})
    assert encode(event).count(b"\n") == 1
    assert decode(encode(event)) == event


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    event = SpanNoted(at_ns=1, span=1, what="argument", data={"value": ["\udc80x"], "\udcff": 1})
    assert decode(encode(event)) == SpanNoted(
        at_ns=1, span=1, what="argument", data={"value": ["\ufffdx"], "\ufffd": 1}
    )


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b'{"event":"span_started","at_ns":1',
        b"[]",
        b'{"event":"span_sung","at_ns":1}',
        b'{"event":"trace_ended","at_ns":-1}',
        b'{"event":"trace_ended","at_ns":' + b"9" * 30 + b"}",
        b'{"event":"span_noted","at_ns":1,"span":0,"what":"x"}',
        b'{"event":"span_started","at_ns":1,"span":1,"parent":null,"phase":"dns.guess","subject":""}',
        b'{"event":"span_closed","at_ns":1,"span":1,"outcome":"splendid"}',
    ],
)
def test_a_damaged_line_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(line)


def test_a_field_of_a_later_release_is_passed_over() -> None:
    line = (
        b'{"event":"span_started","at_ns":1,"span":1,"parent":null,"phase":"dns.resolve","subject":"x","mood":"fine"}'
    )
    assert decode(line) == SpanStarted(at_ns=1, span=1, parent=None, phase="dns.resolve", subject="x")
