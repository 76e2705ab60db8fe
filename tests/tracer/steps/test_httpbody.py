"""A body on its way in: where its bytes go, when it is enough, its limits, its decoding and its curve."""

import gzip

import pytest

from modtrace.record.limits import BODY_CURVE_POINTS_COUNT, HTTP_ERROR_BODY_KEPT_BYTES, HTTP_ERROR_BODY_READ_BYTES
from modtrace.tracer.steps.httpbody import Curve, Intake
from modtrace.tracer.steps.httptypes import BodyPlan, BodyUse, ExchangeBroken


class Clock:
    """Nanoseconds that a test sets."""

    ns = 0

    def __call__(self) -> int:
        return self.ns


class Sink:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: "bytes | bytearray | memoryview", /) -> None:
        self.data += data


def intake(plan: BodyPlan, *, is_gzip: bool = False) -> Intake:
    return Intake(plan, is_gzip=is_gzip, now_ns=Clock())


def test_a_read_body_is_kept_or_given_to_its_sink() -> None:
    kept, sink = intake(BodyPlan("read")), Sink()
    drained = intake(BodyPlan("read", sink=sink))
    for piece in (b"mod", bytearray(b"ule "), memoryview(b"m")):
        kept.take(piece)
        drained.take(piece)
    assert (kept.body, drained.body, sink.data) == (b"module m", b"", b"module m")
    assert (drained.received_bytes, drained.decoded_bytes) == (8, 8)
    assert not kept.has_enough


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_gzip_is_decoded_however_it_arrives_and_counted_on_both_sides(cut: int) -> None:
    plain = b"h1:sum " * 500
    wire = gzip.compress(plain)
    one = intake(BodyPlan("read"), is_gzip=True)
    for start in range(0, len(wire), cut):
        one.take(wire[start : start + cut])
    one.finish()
    assert one.body == plain
    assert (one.received_bytes, one.decoded_bytes) == (len(wire), len(plain))


def test_what_is_not_gzip_or_ends_within_it_is_undecodable() -> None:
    with pytest.raises(ExchangeBroken) as caught:
        intake(BodyPlan("read"), is_gzip=True).take(b"plain text, no gzip")
    assert (caught.value.text, caught.value.cause) == ("gzip: invalid header", "body.undecodable")
    cut = intake(BodyPlan("read"), is_gzip=True)
    cut.take(gzip.compress(b"data")[:-3])
    with pytest.raises(ExchangeBroken) as caught:
        cut.finish()
    assert (caught.value.text, caught.value.cause) == ("unexpected EOF", "body.undecodable")


@pytest.mark.parametrize("is_gzip", [False, True])
def test_the_limit_holds_for_decoded_bytes_and_is_named(is_gzip: bool) -> None:
    one = intake(BodyPlan("read", limit=100, limit_name="SOME_BYTES"), is_gzip=is_gzip)
    wire = gzip.compress(bytes(101)) if is_gzip else bytes(101)
    with pytest.raises(ExchangeBroken) as caught:
        one.take(wire)
    broken = caught.value
    assert (broken.text, broken.cause, broken.limit) == (None, "body.too_large", "SOME_BYTES")
    assert broken.ours == "the body passes 100 bytes; go would read on"
    exact = intake(BodyPlan("read", limit=100, limit_name="SOME_BYTES"))
    exact.take(bytes(100))
    assert len(exact.body) == 100


@pytest.mark.parametrize(
    ("use", "enough"),
    [("slurp", 2048), ("error_text", HTTP_ERROR_BODY_READ_BYTES), ("evidence", HTTP_ERROR_BODY_KEPT_BYTES)],
)
def test_a_body_that_fails_anyway_is_read_to_its_uses_end_and_kept_in_part(use: BodyUse, enough: int) -> None:
    one = intake(BodyPlan(use))
    seen: list[bool] = []
    for piece in (bytes(enough - 1), b"x"):
        one.take(piece)
        seen.append(one.has_enough)
    assert seen == [False, True]
    assert len(one.body) == min(enough, HTTP_ERROR_BODY_KEPT_BYTES)


def test_the_curve_is_thinned_and_keeps_its_first_and_last_points() -> None:
    clock = Clock()
    curve = Curve(clock)
    count = 10 * BODY_CURVE_POINTS_COUNT
    for total in range(1, count + 1):
        clock.ns += 10**9
        curve.add(total)
    points = curve.points()
    assert len(points) <= BODY_CURVE_POINTS_COUNT
    assert points[0] == [1.0, 1]
    assert points[-1] == [float(count), count]


def test_a_silence_at_the_end_is_a_gap_too() -> None:
    clock = Clock()
    curve = Curve(clock)
    clock.ns = 2 * 10**9
    curve.add(5)
    assert curve.longest_gap_s == 2.0
    clock.ns = 9 * 10**9
    curve.close()
    assert curve.longest_gap_s == 7.0
