"""GODEBUG's pairs, and the sentences on those that change a fetch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.godebug import CHANGES, changes_of, parse_godebug

NAMES = st.text(st.sampled_from("abc01"), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", {}),
        ("netdns=go", {"netdns": "go"}),
        ("netdns=go,netdns=cgo", {"netdns": "cgo"}),
        ("netdns=go+2,http2client=0", {"netdns": "go+2", "http2client": "0"}),
        ("netdns", {}),
        ("netdns,x=1", {"x": "1"}),
        ("x=", {"x": ""}),
        ("x=a=b", {"x": "a=b"}),
        ("x=1#7", {"x": "1"}),
    ],
)
def test_pairs_are_read(value: str, expected: dict[str, str]) -> None:
    assert parse_godebug(value) == expected


@given(st.lists(st.tuples(NAMES, NAMES)))
def test_the_last_of_a_name_wins(pairs: list[tuple[str, str]]) -> None:
    assert parse_godebug(",".join(f"{name}={value}" for name, value in pairs)) == dict(pairs)


def test_only_what_changes_a_fetch_gets_a_sentence() -> None:
    assert changes_of({"http2client": "0", "gctrace": "1"}) == ["GODEBUG=http2client=0 (0: HTTP/1.1 only)"]
    assert changes_of({}) == []
    assert len(changes_of(dict.fromkeys(CHANGES, "1"))) == len(CHANGES)
