"""go.work: its members, and every complaint with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.gowork import Use, member_folders, parse_go_work
from modtrace.record.failures import GoRuleError


def test_members_in_and_out_of_blocks() -> None:
    text = b'go 1.21\ntoolchain go1.22.1\n\nuse .\nuse (\n\t./a // first\n\t"./b c"\n)\nreplace x => ./y\n'
    assert parse_go_work(text) == (Use(".", 4), Use("./a", 6), Use("./b c", 7))


def test_a_file_without_a_line_has_none() -> None:
    assert parse_go_work(b"") == ()


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("use (\n", ["go.work:2: syntax error (unterminated block started at go.work:1:1)"]),
        ("use\n", ["go.work:1: usage: use local/dir"]),
        ("use a b\n", ["go.work:1: usage: use local/dir"]),
        ("use `a`\n", ["go.work:1: invalid quoted string: unquoted string cannot contain quote"]),
        ("require x v1\n", ["go.work:1: unknown directive: require"]),
        ("\nrequire (\n\tx v1\n\ty v1\n)\n", ["go.work:2: unknown block type: require"]),
        ("use x (\n\ty\n)\n", ["go.work:1: unknown block type: use x"]),
        ("go 1.20\ngo 1.20\n", ["go.work:2: repeated go statement"]),
        ("go\n", ["go.work:1: go directive expects exactly one argument"]),
        ("go one\nuse\n", [
            "go.work:1: invalid go version 'one': must match format 1.23.0", "go.work:2: usage: use local/dir"]),
        ("toolchain 1.20\n", [
            "go.work:1: invalid toolchain version '1.20': must match format go1.23.0 or default"]),
        ("toolchain go1\ntoolchain go1\n", ["go.work:2: repeated toolchain statement"]),
    ],
)  # fmt: skip
def test_complaints(text: str, complaints: list[str]) -> None:
    with pytest.raises(GoRuleError) as caught:
        parse_go_work(text.encode())
    assert caught.value.text == "\n".join(["errors parsing go.work:", *complaints])


def test_folders_are_those_below_the_workspace_or_absolute() -> None:
    uses = (Use(".", 1), Use("./a/../b/", 2), Use("../c", 3), Use("/d", 4))
    assert member_folders(uses, "/w/x") == ("/w/x", "/w/x/b", "/w/c", "/d")


def test_a_folder_stands_there_once() -> None:
    with pytest.raises(GoRuleError) as caught:
        member_folders((Use(".", 1), Use("../x", 7)), "/w/x", file="../go.work")
    assert caught.value.text == "error loading go.work:\n../go.work:7: path /w/x appears multiple times in workspace"


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    try:
        uses = parse_go_work(data)
    except GoRuleError as error:
        assert error.text.startswith("errors parsing go.work:\n")  # noqa: PT017
    else:
        assert all(use.line > 0 for use in uses)
