"""go.work: the members of a workspace.

Go 1.26 golang.org/x/mod/modfile/work.go (ParseWork) and rule.go (WorkFile.add); cmd/go/internal/modload/init.go
(LoadWorkFile). What ``replace`` and ``godebug`` say is not looked at.
"""

import posixpath
import re
from typing import NamedTuple

from modtrace.gorules.gomod import GO_VERSION, quote_reason, unquoted
from modtrace.gorules.modlex import GoModError, statements
from modtrace.record.failures import GoRuleError

_BLOCKS = frozenset({"godebug", "use", "replace"})
_TOOLCHAIN = re.compile(r"default|go1(?:\..*)?", re.DOTALL)


class Use(NamedTuple):
    """A member's folder, as written, and where."""

    folder: str
    line: int


def parse_go_work(data: bytes, *, file: str = "go.work") -> tuple[Use, ...]:
    """The members in the file's order; raises ``GoRuleError`` with go's text, which has every complaint."""
    uses: list[Use] = []
    complaints: list[str] = []
    seen: set[str] = set()
    try:
        for line in statements(data, file):
            verb, *arguments = line.tokens if not line.block else [*line.block[:1], *line.tokens]
            if line.block and (len(line.block) > 1 or verb not in _BLOCKS):
                complaints.append(f"{file}:{line.opened}: unknown block type: {' '.join(line.block)}")
                continue
            complaint = _complaint(verb, arguments, seen)
            if complaint is not None:
                complaints.append(f"{file}:{line.number}: {complaint}")
            elif verb == "use":
                uses.append(Use(unquoted(arguments[0]) or "", line.number))
    except GoModError as error:
        complaints = [str(error)]
    if complaints:
        raise _refused("errors parsing go.work:\n" + "\n".join(dict.fromkeys(complaints)), file)
    return tuple(uses)


def member_folders(uses: tuple[Use, ...], workspace: str, *, file: str = "go.work") -> tuple[str, ...]:
    """Their absolute paths, ``workspace`` being the folder of go.work; raises ``GoRuleError`` for one named twice."""
    folders: list[str] = []
    for use in uses:
        is_absolute = posixpath.isabs(use.folder)
        folder = use.folder if is_absolute else posixpath.normpath(posixpath.join(workspace, use.folder))
        if folder in folders:
            text = f"{file}:{use.line}: path {folder} appears multiple times in workspace"
            raise _refused(f"error loading go.work:\n{text}", file)
        folders.append(folder)
    return tuple(folders)


def _complaint(verb: str, arguments: list[str], seen: set[str]) -> str | None:
    if verb in ("go", "toolchain"):
        return _version_complaint(verb, arguments, seen)
    if verb == "use":
        if len(arguments) != 1:
            return "usage: use local/dir"
        return None if unquoted(arguments[0]) is not None else f"invalid quoted string: {quote_reason(arguments[0])}"
    return None if verb in _BLOCKS else f"unknown directive: {verb}"


def _version_complaint(verb: str, arguments: list[str], seen: set[str]) -> str | None:
    if verb in seen:
        return f"repeated {verb} statement"
    if len(arguments) != 1:
        return f"{verb} directive expects exactly one argument"
    if verb == "go" and not GO_VERSION.fullmatch(arguments[0]):
        return f"invalid go version '{arguments[0]}': must match format 1.23.0"
    if verb == "toolchain" and not _TOOLCHAIN.fullmatch(arguments[0]):
        return f"invalid toolchain version '{arguments[0]}': must match format go1.23.0 or default"
    seen.add(verb)
    return None


def _refused(text: str, file: str) -> GoRuleError:
    return GoRuleError("config.goenv_unreadable", text, origin=file)
