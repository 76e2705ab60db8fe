"""The recorded sums: read when the first hash is compared (Go 1.26 modfetch/fetch.go initGoSum)."""

from modtrace.gorules.gosum import GoSum, Sums, parse_go_sum
from modtrace.record.failures import Failure
from modtrace.tracer.workspace import SumPaths
from modtrace.tracer.world.interface import World

_WORK_SUM = "go.work.sum"


class LazyGoSum:
    """Reads once. A malformed file raises ``GoRuleError`` at the first comparison."""

    def __init__(self, paths: SumPaths, world: World) -> None:
        self._paths = paths
        self._world = world
        self._content: Sums | None = None

    def check(self, module: str, version: str, h1: str) -> bool | Failure:
        """True: recorded and equal; False: nothing is recorded; a failure: something else is."""
        if self._content is None:
            self._content = self._load()
        return self._content.check(module, version, h1)

    def _load(self) -> Sums:
        members = tuple((path, self._parsed(path)) for path in self._paths.members)
        name = _WORK_SUM if self._paths.own.endswith(_WORK_SUM) else "go.sum"
        return Sums(own=self._parsed(self._paths.own), name=name, members=members)

    def _parsed(self, path: str) -> GoSum:
        try:
            data = self._world.read_file(path) or b""
        except OSError:
            data = b""
        return parse_go_sum(data, file=path)
