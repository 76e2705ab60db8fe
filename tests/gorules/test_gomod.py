"""go.mod, as far as a download needs it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.gomod import GoModError, legacy_go_mod, parse_go_mod

FULL = b"""// Deprecated: use another one.
module "example.com/m" // with a tail

go v1.20.x
future ( x
)
require a.b/c v1.0.0
retract (
\t// broken
\tv1.2.0

\t[v1.0.0, v1.1.0] // too old
\t[v1, x]
)
retract v3
"""


def test_a_full_file() -> None:
    found = parse_go_mod(FULL)
    assert (found.module, found.go) == ("example.com/m", "1.20")
    assert found.deprecated.startswith("use another one.")
    assert [(each.low, each.high, each.rationale) for each in found.retract] == [
        ("v1.2.0", "v1.2.0", "broken"),
        ("v1.0.0", "v1.1.0", "too old"),
        ("v3.0.0", "v3.0.0", ""),
    ]
    assert found.retraction_of("v1.0.5") == ["too old"]
    assert found.retraction_of("v3.0.0") == []
    assert found.retraction_of("v2.0.0") is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"module a\nmodule b\n", "go.mod:2: repeated module statement"),
        (b"go 1\n", "go.mod:1: invalid go version '1': must match format 1.23.0"),
        (b"require a.b/c\n", "go.mod:1: usage: require module/path v1.2.3"),
        (b"require a.b/c v2.0.0\n", 'go.mod:1: require a.b/c: version "v2.0.0" invalid: should be v0 or v1, not v2'),
        (b"require (\n", "go.mod:2: syntax error (unterminated block started at go.mod:1:1)"),
        (b"/* x */\n", "go.mod:1:1: mod files must use // comments (not /* */ comments)"),
        (b"module 'x'\n", "go.mod:1: invalid quoted string: unquoted string cannot contain quote"),
    ],
)
def test_damages(text: bytes, error: str) -> None:
    with pytest.raises(GoModError) as caught:
        parse_go_mod(text)
    assert str(caught.value).replace(":1: mod", ":1: mod") == error


def test_the_made_up_file() -> None:
    assert legacy_go_mod("a.b/c") == b"module a.b/c\n"


@given(st.text(alphabet='module gretac()[],\n\t "`/*v1.02\x00', max_size=80))
def test_any_text(text: str) -> None:
    try:
        parse_go_mod(text.encode())
    except GoModError as error:
        assert str(error).startswith("go.mod:")  # noqa: PT017
