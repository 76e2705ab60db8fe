"""go.sum of the module that we stand in: read when the first hash is compared (Go modfetch/fetch.go initGoSum)."""

from modtrace.gorules.gosum import GoSum, parse_go_sum
from modtrace.record.failures import Failure
from modtrace.tracer.world.interface import World


class LazyGoSum:
    """Reads once. A malformed file raises ``GoRuleError`` at the first comparison."""

    def __init__(self, path: str, world: World) -> None:
        self._path = path
        self._world = world
        self._content: GoSum | None = None

    def check(self, module: str, version: str, h1: str) -> bool | Failure:
        """True: recorded and equal; False: go.sum is silent; a failure: it says otherwise."""
        if self._content is None:
            self._content = parse_go_sum(self._read(), file=self._path)
        return self._content.check(module, version, h1)

    def _read(self) -> bytes:
        try:
            return self._world.read_file(self._path) or b""
        except OSError:
            return b""
