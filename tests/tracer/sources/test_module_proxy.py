"""A module proxy: the URL that is asked, what goes with it, and whose words a broken body gets."""

from collections.abc import Callable
from typing import Any, cast

import msgspec
import pytest
import trio
from tests.tracer.bench import Bench

from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import MODULE_INFO_BYTES, MODULE_ZIP_BYTES
from modtrace.tracer.sources.interface import Operation
from modtrace.tracer.sources.module_proxy import ModuleProxy
from modtrace.tracer.web import Web

BASE = "https://u:secret@goproxy.example/base"
INFO = Operation(kind="info", module="lab.test/Hello", version="v1.0.0")
ZIP = Operation(kind="zip", module="lab.test/Hello", version="v1.0.0")
CUT = Failure(cause="body.truncated", side="origin", text="cut", go_text="unexpected EOF", details={"stage": "body"})


class FakeWeb:
    """Answers every GET with one body, or one failure."""

    began_ns: int | None = None

    def __init__(self, reply: bytes | Failure) -> None:
        self._reply = reply
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def get_bytes(self, url: str, **how: Any) -> bytes:
        self.asked.append((url, how))
        await trio.lowlevel.checkpoint()
        if isinstance(self._reply, Failure):
            raise StepFailed(self._reply)
        return self._reply


def read(
    operation: Operation, reply: bytes | Failure, sink: Callable[[bytes | memoryview], object] | None = None
) -> tuple[bytes | Failure, FakeWeb, Bench]:
    bench, web = Bench(), FakeWeb(reply)
    proxy = ModuleProxy(BASE, cast("Web", web))
    try:
        return trio.run(lambda: proxy.read(operation, parent=bench.root, sink=sink)), web, bench
    except StepFailed as failed:
        return failed.failure, web, bench


def test_it_asks_below_its_url_with_the_operations_limit() -> None:
    said, web, bench = read(INFO, b"{}")
    assert said == b"{}"
    ((url, how),) = web.asked
    assert url == f"{BASE}/lab.test/%21hello/@v/v1.0.0.info"
    assert (how["limit"], how["limit_name"]) == (MODULE_INFO_BYTES, "MODULE_INFO_BYTES")
    assert how["is_goproxy"], "the user's own headers go to GOPROXY requests"
    assert how["sink"] is None
    (started,), (closed,) = bench.started("module.info"), bench.closed("module.info")
    assert how["parent"].id == started.span
    assert (started.subject, closed.outcome) == ("lab.test/Hello@v1.0.0", "ok")


def test_a_zip_goes_into_the_sink() -> None:
    kept: list[bytes | memoryview] = []
    _, web, _ = read(ZIP, b"", kept.append)
    ((_, how),) = web.asked
    assert how["sink"] == kept.append
    assert how["limit"] == MODULE_ZIP_BYTES


def test_its_label_holds_no_secret() -> None:
    _, web, bench = read(INFO, b"")
    assert web.asked[0][1]["source"] == "https://u:xxxxx@goproxy.example/base"
    assert bench.started("module.info")[0].attributes == {"source": "https://u:xxxxx@goproxy.example/base"}


@pytest.mark.parametrize("operation", [INFO, ZIP])
def test_a_broken_body_is_told_with_its_url(operation: Operation) -> None:
    said, _, bench = read(operation, CUT)
    assert isinstance(said, Failure)
    url = f"https://u:xxxxx@goproxy.example/base/lab.test/%21hello/{operation.tail}"
    assert said.go_text == f'read "{url}": unexpected EOF'
    assert bench.failures(operation.phase) == [said]


@pytest.mark.parametrize(
    "failure",
    [
        msgspec.structs.replace(CUT, details={}),
        msgspec.structs.replace(CUT, details={"stage": "head"}),
        msgspec.structs.replace(CUT, limit="MODULE_ZIP_BYTES", go_text="module zip too large"),
    ],
)
def test_other_failures_have_their_words_already(failure: Failure) -> None:
    said, _, bench = read(ZIP, failure)
    assert said == failure
    assert bench.failures("module.zip") == [failure]
