"""``off``, and the entries that Go answers by itself: no network, only the words of the refusal."""

from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.sources.interface import Operation, Sink


class Off:
    """``off``: every look-up is forbidden (modfetch/repo.go errProxyOff), which counts as "does not exist"."""

    label = "off"

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        with parent.child(operation.phase, operation.subject, source=self.label):
            failure = Failure(
                cause="config.goproxy_off",
                side="local",
                text="GOPROXY=off forbids every look-up",
                go_text="module lookup disabled by GOPROXY=off",
                where="GOPROXY",
                is_not_exist=True,
            )
            raise StepFailed(failure)


class Excluded:
    """An entry that is passed over without being asked: GOPRIVATE/GONOPROXY decides (modfetch/repo.go lookup)."""

    def __init__(self, label: str, *, is_private: bool) -> None:
        self.label = label
        self._words = "disabled by GOPRIVATE/GONOPROXY" if is_private else "path does not match GOPRIVATE/GONOPROXY"

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        raise StepFailed(
            Failure(
                cause="config.goproxy_off",
                side="local",
                text=self._words,
                go_text=self._words,
                where=self.label,
                is_not_exist=True,
            )
        )
