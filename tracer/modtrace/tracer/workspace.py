"""Which files hold the sums that count here: go.sum of the module that we stand in, or those of its workspace.

Go 1.26 cmd/go/internal/modload/init.go: FindGoWork, Init, loadModFile, modFilePath.
"""

import posixpath
from collections.abc import Sequence

import msgspec

from modtrace.gorules.gowork import member_folders, parse_go_work
from modtrace.record.failures import GoRuleError
from modtrace.tracer.world.interface import World
from modtrace.tracer.world.toolchain import find_go_mod, find_go_work

_NOT_THE_ROOT = "-modfile cannot be used to set the module root directory."


class SumPaths(msgspec.Struct, frozen=True, kw_only=True):
    """``own`` is the file that go would add to, whether it exists or not; ``members`` are only compared with."""

    own: str
    members: tuple[str, ...] = ()


def sum_paths(
    world: World, directory: str, *, gowork: str, goflags: Sequence[str], goroot: str | None
) -> SumPaths | None:
    """``None`` outside of every module. Raises ``GoRuleError`` in go's words for a workspace that cannot be used."""
    work_file = _work_file(directory, gowork, goroot)
    mod_file = _flag(goflags, "modfile")
    if work_file is not None:
        if mod_file:
            raise _refused("-modfile cannot be used in workspace mode", "GOFLAGS")
        return _workspace(world, work_file, directory)
    found = find_go_mod(directory)
    if mod_file and found is None:
        raise _refused(f"cannot find main module, but -modfile was set.\n\t{_NOT_THE_ROOT}", "GOFLAGS")
    if mod_file and not mod_file.endswith(".mod"):
        raise _refused(f"-modfile={mod_file}: file does not have .mod extension", "GOFLAGS")
    if found is None:
        return None
    path = posixpath.join(directory, mod_file) if mod_file else found
    return SumPaths(own=path.removesuffix(".mod") + ".sum")


def _work_file(directory: str, gowork: str, goroot: str | None) -> str | None:
    if gowork == "off":
        return None
    if gowork in ("", "auto"):
        return find_go_work(directory, goroot)
    if not posixpath.isabs(gowork):
        raise _refused("invalid GOWORK: not an absolute path", "GOWORK")
    return gowork


def _workspace(world: World, work_file: str, directory: str) -> SumPaths:
    shown = _short(work_file, directory)
    uses = parse_go_work(_read(world, work_file, f"reading go.work: open {shown}"), file=shown)
    folders = member_folders(uses, posixpath.dirname(work_file), file=shown)
    for folder in folders:
        name = _short(folder, directory)
        go_mod = posixpath.join(folder, "go.mod")
        refusal = f"cannot load module {name} listed in go.work file: open {_short(go_mod, directory)}"
        _read(world, go_mod, refusal)
    return SumPaths(own=f"{work_file}.sum", members=tuple(posixpath.join(folder, "go.sum") for folder in folders))


def _read(world: World, path: str, refusal: str) -> bytes:
    try:
        data = world.read_file(path)
    except OSError as exc:
        raise _refused(f"{refusal}: {(exc.strerror or str(exc)).lower()}", path) from exc
    if data is None:
        raise _refused(f"{refusal}: no such file or directory", path)
    return data


def _short(path: str, directory: str) -> str:
    """Relative when that is shorter (cmd/go/internal/base/path.go ShortPath)."""
    relative = posixpath.relpath(path, directory)
    return relative if len(relative) < len(path) else path


def _flag(goflags: Sequence[str], name: str) -> str:
    """The last value of ``-name=value``."""
    values = [flag.partition("=")[2] for flag in goflags if flag.lstrip("-").partition("=")[0] == name]
    return values[-1] if values else ""


def _refused(text: str, origin: str) -> GoRuleError:
    return GoRuleError("config.goenv_unreadable", text, origin=origin)
