"""A body on its way in: decoded, counted, limited, drawn as a curve, and handed to its sink."""

from collections.abc import Callable

from modtrace.record.failures import Json
from modtrace.record.limits import BODY_CURVE_POINTS_COUNT, HTTP_ERROR_BODY_KEPT_BYTES, HTTP_ERROR_BODY_READ_BYTES
from modtrace.tracer.steps.httptypes import BodyPlan, ExchangeBroken
from modtrace.tracer.wire.gunzip import Gunzip, GunzipError

_SLURP_BYTES = 2 << 10  # Go net/http/client.go maxBodySlurpSize
_NS = 1e9


class Curve:
    """(seconds, bytes) of the body, thinned by dropping every other point whenever the list is full."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._started_ns = now_ns()
        self._last_ns = self._started_ns
        self._step = 1
        self._seen = 0
        self._points: list[tuple[float, int]] = []
        self._last: tuple[float, int] | None = None
        self.longest_gap_s = 0.0

    def add(self, total: int) -> None:
        now_ns = self._now_ns()
        self.longest_gap_s = max(self.longest_gap_s, (now_ns - self._last_ns) / _NS)
        self._last_ns = now_ns
        self._last = (round((now_ns - self._started_ns) / _NS, 6), total)
        if self._seen % self._step == 0:
            self._points.append(self._last)
            if len(self._points) == BODY_CURVE_POINTS_COUNT:
                del self._points[1::2]
                self._step *= 2
        self._seen += 1

    def close(self) -> None:
        """A silence at the end is a gap too."""
        self.longest_gap_s = max(self.longest_gap_s, (self._now_ns() - self._last_ns) / _NS)

    def points(self) -> list[Json]:
        points = list(self._points)
        if self._last is not None and points[-1] != self._last:
            points.append(self._last)
        return [[seconds, count] for seconds, count in points]


class Intake:
    """Takes wire bytes of one body and gives decoded ones to the plan's sink, or keeps them."""

    def __init__(self, plan: BodyPlan, *, is_gzip: bool, now_ns: Callable[[], int]) -> None:
        self._plan = plan
        self._gunzip = Gunzip() if is_gzip else None
        self._kept = bytearray()
        self.curve = Curve(now_ns)
        self.received_bytes = 0
        self.decoded_bytes = 0

    @property
    def body(self) -> bytes:
        return bytes(self._kept)

    @property
    def has_enough(self) -> bool:
        """True when the plan wants no more of this body."""
        if self._plan.use == "slurp":
            return self.decoded_bytes >= _SLURP_BYTES
        if self._plan.use == "error_text":
            return self.decoded_bytes >= HTTP_ERROR_BODY_READ_BYTES
        return self._plan.use == "evidence" and len(self._kept) >= HTTP_ERROR_BODY_KEPT_BYTES

    def take(self, data: "bytes | bytearray | memoryview") -> None:
        """Raises :class:`ExchangeBroken` when the body can't be decoded or passes its limit."""
        self.received_bytes += len(data)
        self.curve.add(self.received_bytes)
        if self._gunzip is None:
            self._keep(data)
            return
        try:
            for piece in self._gunzip.feed(bytes(data)):
                self._keep(piece)
        except GunzipError as error:
            raise ExchangeBroken(error.text, "body.undecodable") from error

    def finish(self) -> None:
        """The wire's body is complete."""
        if self._gunzip is None:
            return
        try:
            self._gunzip.finish()
        except GunzipError as error:
            raise ExchangeBroken(error.text, "body.undecodable") from error

    def _keep(self, data: "bytes | bytearray | memoryview") -> None:
        self.decoded_bytes += len(data)
        if self._plan.limit is not None and self.decoded_bytes > self._plan.limit:
            ours = f"the body passes {self._plan.limit} bytes; go would read on"
            raise ExchangeBroken(None, "body.too_large", ours=ours, limit=self._plan.limit_name)
        if self._plan.use != "read":
            self._kept += data[: HTTP_ERROR_BODY_KEPT_BYTES - len(self._kept)]
        elif self._plan.sink is not None:
            self._plan.sink.write(data)
        else:
            self._kept += data
