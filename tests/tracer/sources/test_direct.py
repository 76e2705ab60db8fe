"""``direct`` says what go would ask first, and asks nothing."""

import pytest
import trio
from tests.tracer.bench import Bench

from modtrace.record.failures import StepFailed
from modtrace.tracer.sources.direct import Direct, first_question
from modtrace.tracer.sources.interface import Operation


@pytest.mark.parametrize(
    ("module", "question"),
    [
        ("github.com/a/b", "git ls-remote -q --end-of-options https://github.com/a/b"),
        ("github.com/a/b/v2/c", "git ls-remote -q --end-of-options https://github.com/a/b"),
        ("bitbucket.org/a/b/c", "git ls-remote -q --end-of-options https://bitbucket.org/a/b"),
        ("github.com.lab.test/a/b", "GET https://github.com.lab.test/a/b?go-get=1"),
        ("lab.test/hello", "GET https://lab.test/hello?go-get=1"),
    ],
)
def test_hosts_of_gos_table_need_no_discovery(module: str, question: str) -> None:
    assert first_question(module) == question


def test_the_read_fails_as_untraced_in_a_span_of_its_own() -> None:
    bench = Bench()
    with pytest.raises(StepFailed) as raised:
        trio.run(lambda: Direct().read(Operation(kind="info", module="lab.test/x", version="v1"), parent=bench.root))
    failure = raised.value.failure
    assert (failure.cause, failure.go_text, failure.is_not_exist) == ("vcs.failed", None, False)
    assert failure.details == {"would_ask_first": "GET https://lab.test/x?go-get=1", "is_untraced": True}
    (started,), (closed,) = bench.started("module.info"), bench.closed("module.info")
    assert (started.subject, started.attributes, started.parent) == ("lab.test/x@v1", {"source": "direct"}, 1)
    assert (closed.outcome, closed.failure) == ("failed", failure)
    assert closed.attributes == {"would_ask_first": "GET https://lab.test/x?go-get=1"}
