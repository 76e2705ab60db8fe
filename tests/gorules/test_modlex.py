"""Lines, blocks and comments of go.mod."""

import pytest

from modtrace.gorules.modlex import GoModError, statements


def test_comments_go_to_their_directive() -> None:
    lines = list(statements(b"// far\n\n// near\nmodule m // tail\n// block\nretract (\n\tv1\n)\n", "go.mod"))
    assert [(line.tokens, line.block, line.comment) for line in lines] == [
        (["module", "m"], [], "near\ntail"),
        (["v1"], ["retract"], "block"),
    ]


@pytest.mark.parametrize("text", [b"x (\n", b'x "a\n', b"x (\n) y\n", b"x /* y\n", b"\x01\n"])
def test_damages(text: bytes) -> None:
    with pytest.raises(GoModError, match=r"^go\.mod:"):
        list(statements(text, "go.mod"))


def test_a_line_knows_where_its_block_begins() -> None:
    lines = list(statements(b"\nuse (\n\ta\n\tb\n)\n", "go.work"))
    assert [(line.number, line.opened) for line in lines] == [(3, 2), (4, 2)]
