"""JSON of any string that Python can hold."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from modtrace.record.failures import Json
from modtrace.record.jsontext import encoded


class Box(msgspec.Struct):
    data: dict[str, Json]


def test_plain_text_is_encoded_as_it_is() -> None:
    assert encoded(Box({"a": "é"})) == '{"data":{"a":"é"}}'.encode()


def test_a_lone_surrogate_becomes_the_replacement_character_at_any_depth() -> None:
    box = Box({"\ud800": [{"k": "a\udfffb"}, 1, 2.5, None, True]})
    assert json.loads(encoded(box)) == {"data": {"\ufffd": [{"k": "a\ufffdb"}, 1, 2.5, None, True]}}


@given(st.text(st.characters()))
def test_every_text_makes_a_line_of_json(text: str) -> None:
    line = encoded(Box({"text": text}))
    assert b"\n" not in line
    mended = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    assert json.loads(line)["data"]["text"] == mended
