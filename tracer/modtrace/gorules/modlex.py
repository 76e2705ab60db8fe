"""go.mod as lines of tokens with their comments.

Go 1.26 golang.org/x/mod/modfile/read.go: readToken, parseStmt, parseLineBlock; rule.go: parseDirectiveComment.
"""

import re
from collections.abc import Iterator

import msgspec

_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|`[^`\n]*`')
_PUNCTUATION = frozenset("()[]{},")
_SKIPPED = " \t\r"


class GoModError(ValueError):
    """The file cannot be used; the text is go's, with file and line."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One directive. ``block`` holds the words before ``(`` when it stands inside a block, ``opened`` where that is."""

    number: int
    tokens: list[str]
    block: list[str]
    comment: str
    opened: int = 0


def statements(data: bytes, file: str) -> Iterator[Line]:
    """Every directive of the file; raises :class:`GoModError`."""
    before: list[str] = []
    block: list[str] | None = None
    block_comments: list[str] = []
    opened = number = 0
    for number, text in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), start=1):
        tokens, comment = _split(text, file, number)
        if not tokens:
            before = _whole_line_comment(before, comment, in_block=block is not None)
        elif block is not None and tokens[0] == ")":
            if len(tokens) > 1:
                raise GoModError(f"{file}:{number}:{_column(text, ')')}: {_AFTER_PAREN}")
            block, before = None, []
        elif block is None and tokens[-1] == "(" and len(tokens) > 1:
            block, block_comments, opened = tokens[:-1], before + ([comment] if comment else []), number
            before = []
        elif block is None and tokens[-2:] == ["(", ")"] and len(tokens) > 2:
            before = []
        else:
            own = before + ([comment] if comment else [])
            if block is not None and not own:
                own = block_comments
            yield Line(number=number, tokens=tokens, block=block or [], comment=_joined(own), opened=opened)
            before = []
    if block is not None:
        raise GoModError(f"{file}:{number}: syntax error (unterminated block started at {file}:{opened}:1)")


_AFTER_PAREN = "syntax error (expected newline after closing paren)"


def _whole_line_comment(before: list[str], comment: str | None, *, in_block: bool) -> list[str]:
    """A comment line joins those above; at top level a blank line parts them from the directive below."""
    if comment is not None:
        return [*before, comment]
    return before if in_block else []


def _joined(comments: list[str]) -> str:
    return "\n".join(each.removeprefix("//").strip() for each in comments)


def _column(text: str, mark: str) -> int:
    return text.index(mark) + 2


def _split(text: str, file: str, number: int) -> tuple[list[str], str | None]:
    """The tokens of a line, and its comment."""
    tokens: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char in _SKIPPED:
            at += 1
        elif text.startswith("//", at):
            return tokens, text[at:].removesuffix("\r")
        else:
            token = _token(text, at, file, number)
            tokens.append(token)
            at += len(token)
    return tokens, None


def _token(text: str, at: int, file: str, number: int) -> str:
    char = text[at]
    if text.startswith("/*", at):
        raise GoModError(f"{file}:{number}:{at + 1}: mod files must use // comments (not /* */ comments)")
    if char in _PUNCTUATION:
        return char
    if char in '"`':
        match = _STRING.match(text, at)
        if match is None:
            raise GoModError(f"{file}:{number}:{len(text) + 1}: unexpected newline in string")
        return match[0]
    if not _is_ident(char):
        raise GoModError(f"{file}:{number}:{at + 1}: unexpected input character {_shown(char)}")
    end = at
    while end < len(text) and _is_ident(text[end]) and not text.startswith("//", end):
        if text.startswith("/*", end):
            raise GoModError(f"{file}:{number}:{end + 1}: mod files must use // comments (not /* */ comments)")
        end += 1
    return text[at:end]


def _is_ident(char: str) -> bool:
    if char in _PUNCTUATION or char == " ":
        return False
    return char.isprintable() or "\udc80" <= char <= "\udcff"  # Go reads a bad byte as U+FFFD, which it can print


def _shown(char: str) -> str:
    return f"U+{ord(char):04X}" if char == "`" else "'" + char.encode("unicode_escape").decode("ascii") + "'"
