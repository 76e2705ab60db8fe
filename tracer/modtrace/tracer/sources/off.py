"""``off``: no network, only the words of the refusal."""

from modtrace.record.failures import Failure, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.sources.interface import Operation, Sink


class Off:
    """``off``: every look-up is forbidden (modfetch/repo.go errProxyOff), which counts as "does not exist"."""

    label = "off"

    async def read(self, operation: Operation, *, parent: Span, sink: Sink | None = None) -> bytes:
        del sink
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
