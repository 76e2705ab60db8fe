"""What every kind of source offers: one read for one operation."""

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from modtrace.gorules.modescape import escape_path, escape_version
from modtrace.record.limits import MODULE_INFO_BYTES, MODULE_LIST_BYTES, MODULE_MOD_BYTES, MODULE_ZIP_BYTES
from modtrace.record.phases import PhaseName
from modtrace.record.recorder import Span

Sink = Callable[[bytes | memoryview], object]

Kind = Literal["info", "mod", "zip", "list", "latest"]

_PHASES: dict[Kind, PhaseName] = {
    "info": "module.info",
    "mod": "module.mod",
    "zip": "module.zip",
    "list": "module.list",
    "latest": "module.latest",
}
_LIMITS: dict[Kind, tuple[int, str]] = {
    "info": (MODULE_INFO_BYTES, "MODULE_INFO_BYTES"),
    "mod": (MODULE_MOD_BYTES, "MODULE_MOD_BYTES"),
    "zip": (MODULE_ZIP_BYTES, "MODULE_ZIP_BYTES"),
    "list": (MODULE_LIST_BYTES, "MODULE_LIST_BYTES"),
    "latest": (MODULE_INFO_BYTES, "MODULE_INFO_BYTES"),
}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked of a source. ``version`` is a revision as the user or go wrote it (unescaped)."""

    kind: Kind
    module: str
    version: str = ""

    @property
    def phase(self) -> PhaseName:
        return _PHASES[self.kind]

    @property
    def limit_bytes(self) -> int:
        return _LIMITS[self.kind][0]

    @property
    def limit_name(self) -> str:
        return _LIMITS[self.kind][1]

    @property
    def subject(self) -> str:
        return f"{self.module}@{self.version}" if self.version else self.module

    @property
    def tail(self) -> str:
        """The path below the module's own: ``@v/list``, ``@v/v1.0.0.info``, ``@latest``. Raises ``GoRuleError``."""
        match self.kind:
            case "list":
                return "@v/list"
            case "latest":
                return "@latest"
            case _:
                return f"@v/{escape_version(self.version)}.{self.kind}"

    @property
    def escaped_module(self) -> str:
        """Raises ``GoRuleError``."""
        return escape_path(self.module)


class Source(Protocol):
    """One GOPROXY entry, ready to be asked."""

    label: str
    """As shown and recorded: the entry without its secrets."""

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        """The operation's bytes (empty when they went to ``sink``).

        Raises ``StepFailed``, its go text without the module and version that go puts in front (versionError).
        """
        ...
