"""``off`` refuses every look-up, in go's words."""

import pytest
import trio
from tests.tracer.bench import Bench

from modtrace.record.failures import StepFailed
from modtrace.tracer.sources.interface import Kind, Operation
from modtrace.tracer.sources.off import Off


@pytest.mark.parametrize("kind", ["info", "list", "zip"])
def test_every_look_up_does_not_exist(kind: Kind) -> None:
    bench = Bench()
    kept: list[bytes | memoryview] = []
    operation = Operation(kind=kind, module="lab.test/x", version="v1.0.0")
    with pytest.raises(StepFailed) as raised:
        trio.run(lambda: Off().read(operation, parent=bench.root, sink=kept.append))
    failure = raised.value.failure
    assert (failure.cause, failure.go_text) == ("config.goproxy_off", "module lookup disabled by GOPROXY=off")
    assert failure.is_not_exist, "so that a `,` would let the next entry be asked"
    assert bench.failures(f"module.{kind}") == [failure]
    assert bench.started(f"module.{kind}")[0].attributes == {"source": "off"}
    assert kept == []
