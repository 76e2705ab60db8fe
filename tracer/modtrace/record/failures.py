"""What ends a span early: one closed cause, whose side it is, the raw text, and what go would print and when."""

from typing import TYPE_CHECKING, Any

import msgspec

from modtrace.record.causes import Cause, Side

if TYPE_CHECKING:
    Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
else:
    Json = Any  # msgspec builds its decoders from the run-time annotation and knows no recursive alias


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a step, as data.

    ``text`` says in our words what happened. ``go_text`` is go's own error text *at this level*: each level that go
    wraps adds its words through :meth:`wrapped` (``dial tcp: …`` becomes ``Get "URL": dial tcp: …``); ``None`` when
    go would print nothing because it hangs. ``go_after_s`` is the time go itself would take from the start of the
    failing operation when that differs from ours (a patience that ended before go's limit), else ``None``.
    ``is_not_exist`` is Go's ``errors.Is(err, fs.ErrNotExist)``: the one class that a ``,`` in GOPROXY lets pass.
    """

    cause: Cause
    side: Side
    text: str
    go_text: str | None = None
    go_after_s: float | None = None
    hangs: bool = False
    where: str | None = None
    is_not_exist: bool = False
    errno: str | None = None
    limit: str | None = None
    details: dict[str, Json] = {}

    def wrapped(self, prefix: str) -> "Failure":
        """The same failure one level up, with go's text prefixed as go's ``fmt.Errorf`` would."""
        if self.go_text is None:
            return self
        return msgspec.structs.replace(self, go_text=prefix + self.go_text)


class StepFailed(Exception):
    """Raised by a step; at the span's edge its failure becomes data."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.cause}: {failure.text}")
        self.failure = failure


class GoRuleError(ValueError):
    """An input that go refuses before any packet. ``text`` is in go's own words, ``cause`` from the closed list.

    ``origin`` names where the value came from (an environment variable, a file), when the caller knows it.
    """

    def __init__(self, cause: Cause, text: str, *, origin: str | None = None) -> None:
        super().__init__(text)
        self.cause: Cause = cause
        self.text = text
        self.origin = origin
