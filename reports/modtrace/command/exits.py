"""Exit codes: the contract's section 1."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from modtrace.record.summary import Verdict

OK: Final = 0
FETCH_FAILED: Final = 1
UNUSABLE_INPUT: Final = 2
SUSPICIOUS: Final = 3
NOT_MEASURED: Final = 4
INTERNAL: Final = 70
BY_SIGNAL: Final = {"SIGINT": 130, "SIGTERM": 143}


def exit_code_of(verdict: "Verdict", *, interrupted_by: str | None = None) -> int:
    """The code that belongs to a verdict."""
    if interrupted_by is not None:
        return BY_SIGNAL.get(interrupted_by, NOT_MEASURED)
    match verdict.outcome:
        case "ok":
            return OK
        case "failed":
            return FETCH_FAILED
        case "suspicious":
            return SUSPICIOUS
        case "incomplete":
            return NOT_MEASURED
