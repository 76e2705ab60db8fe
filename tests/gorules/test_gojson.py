"""Go's JSON scanner against Python's, over any text."""

import json

from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.gojson import syntax_error


@given(st.text(alphabet='{}[]",:0123.eE+-truefalsn\\u \n', max_size=30))
def test_both_scanners_accept_the_same(text: str) -> None:
    try:
        json.loads(text)
        is_json = True
    except ValueError:
        is_json = False
    assert (syntax_error(text.encode()) is None) == is_json
