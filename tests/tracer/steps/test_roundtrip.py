"""One try of one request: its spans, what each plan does with the body, and which silences are hangs."""

import pytest
import trio
from tests.sim.http_servers import Bench, Script, answers, run
from tests.sim.links import MemoryLink

from modtrace.record.failures import Failure, StepFailed
from modtrace.record.redaction import MASK
from modtrace.tracer.steps.exchange_h1 import H1Connection
from modtrace.tracer.steps.httptypes import BodyPlan, BodyUse, ExchangeBroken, Forward, Request, Response
from modtrace.tracer.steps.roundtrip import RoundTrip, quoted_get

REQUEST = Request(
    url="http://p.test/x",
    scheme="http",
    host="p.test",
    port=80,
    authority="p.test",
    target="/x",
    headers=[("Authorization", "Basic c2VjcmV0")],
    source="list",
)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CUT = OK[:-1]


class Tried:
    """One round trip, run to its end."""

    def __init__(
        self,
        script: Script,
        use: BodyUse = "read",
        *,
        earlier: int = 0,
        leaves_after_s: float = 0.0,
        received_at_ns: int = 0,
        forward: Forward | None = None,
    ) -> None:
        self.result: Response | Failure | ExchangeBroken
        self.earlier = earlier
        self.leaves_after_s = leaves_after_s
        self.received_at_ns = received_at_ns
        self.use: BodyUse = use
        self.script = script
        self.forward = forward
        run(self._main)

    async def _main(self, nursery: trio.Nursery) -> None:
        self.bench = Bench(nursery, self.script)
        link = (await self.bench.dial("http", "p.test", 80, self.bench.root)).link
        assert isinstance(link, MemoryLink)
        link.leaves_after_s, link.received_at_ns = self.leaves_after_s, self.received_at_ns
        connection = H1Connection(4, link, self.forward)
        connection.requests_count = self.earlier
        trip = RoundTrip(
            connection, REQUEST, parent=self.bench.root, plan=lambda head: BodyPlan(self.use), patience_s=60.0
        )
        began_s = trio.current_time()
        try:
            self.result = await trip.run()
        except StepFailed as failed:
            self.result = failed.failure
        except ExchangeBroken as broken:
            self.result = broken
        self.seconds = trio.current_time() - began_s
        self.is_reusable = trip.is_reusable
        assert self.bench.recorder.open_spans() == [self.bench.root]

    def failure(self) -> Failure:
        assert isinstance(self.result, Failure)
        return self.result

    def outcomes(self) -> list[str]:
        phases = ("http.request", "http.first_byte", "body.receive")
        return [span.outcome for phase in phases for span in self.bench.closed(phase)]


def partly(reply: bytes) -> Script:
    """Sends ``reply`` and then says nothing."""

    async def serve(link: MemoryLink) -> None:
        await link.receive()
        await link.send(reply)
        await trio.sleep_forever()

    return serve


def test_the_url_is_quoted_as_go_quotes_it() -> None:
    assert quoted_get('http://p.test/a"b') == 'Get "http://p.test/a\\"b": '


def test_a_whole_response_is_recorded_with_its_connection_and_without_secrets() -> None:
    tried = Tried(answers(OK))
    assert isinstance(tried.result, Response)
    assert (tried.result.body, tried.result.body_bytes, tried.result.connection) == (b"ok", 2, 4)
    assert tried.is_reusable
    assert tried.outcomes() == ["ok", "ok", "ok"]
    shown = tried.bench.closed("http.request")[0].attributes
    assert (shown["status"], shown["protocol"], shown["content_length"], shown["bytes"]) == (200, "HTTP/1.1", 2, 2)
    assert "c2VjcmV0" not in str(tried.bench.events)


def slowly(link_reads_after_s: float) -> Script:
    """Answers at once; our task gets to it only later, since the answer's last byte comes late."""

    async def serve(link: MemoryLink) -> None:
        await link.receive()
        await link.send(OK[:-1])
        await trio.sleep(link_reads_after_s)
        await link.send(OK[-1:])

    return serve


def test_the_first_byte_is_timed_from_packet_to_packet() -> None:
    tried = Tried(answers(OK), leaves_after_s=0.5, received_at_ns=700_000_000)
    (waited,) = tried.bench.closed("http.first_byte")
    assert waited.started_ns == 500_000_000
    assert waited.at_ns == 500_000_000  # the clock did not reach the arrival that the link claims


def test_an_arrival_that_our_task_learnt_of_late_keeps_its_time() -> None:
    tried = Tried(slowly(3.0), leaves_after_s=0.5, received_at_ns=2_000_000_000)
    (received,) = tried.bench.closed("body.receive")
    assert received.at_ns == 2_000_000_000
    (waited,) = tried.bench.closed("http.first_byte")
    assert (waited.started_ns, waited.at_ns) == (500_000_000, 500_000_000)


@pytest.mark.parametrize(("use", "receives"), [("slurp", 1), ("error_text", 1), ("evidence", 1), ("skip", 0)])
def test_a_cut_body_fails_only_the_plan_that_needs_it(use: BodyUse, receives: int) -> None:
    tried = Tried(answers(CUT, closes=True), use)
    assert isinstance(tried.result, Response)
    spans = tried.bench.closed("body.receive")
    assert [span.attributes["ignored"] for span in spans] == ["unexpected EOF"] * receives
    assert not tried.is_reusable


def test_a_cut_body_that_is_read_is_the_failure_of_its_own_span() -> None:
    tried = Tried(answers(CUT, closes=True))
    assert (tried.failure().cause, tried.failure().go_text) == ("body.truncated", "unexpected EOF")
    assert tried.outcomes() == ["failed", "ok", "failed"]


def test_a_silent_server_is_a_hang_after_our_patience() -> None:
    tried = Tried(partly(b""))
    failure = tried.failure()
    assert (failure.cause, failure.hangs, failure.go_text) == ("http.head_stalled", True, None)
    assert failure.text == "p.test: no response for 60 s; go would wait without a limit"
    assert tried.seconds == 60.0
    assert tried.outcomes() == ["failed", "failed"]


@pytest.mark.parametrize("use", ["read", "slurp"])
def test_a_body_that_stops_is_a_hang_where_go_would_read_on(use: BodyUse) -> None:
    tried = Tried(partly(CUT), use)
    assert (tried.failure().cause, tried.failure().hangs, tried.seconds) == ("body.stalled", True, 60.0)


def test_evidence_that_stops_costs_one_second_and_keeps_what_came() -> None:
    tried = Tried(partly(CUT), "evidence")
    assert isinstance(tried.result, Response)
    assert (tried.result.body, tried.seconds) == (b"o", 1.0)


def test_an_end_without_an_answer_is_raised_for_a_retry_only_when_the_connection_was_reused() -> None:
    async def ends(link: MemoryLink) -> None:
        await link.receive()
        await link.aclose()

    assert Tried(ends).failure().go_text == 'Get "http://p.test/x": EOF'
    again = Tried(ends, earlier=1)
    assert isinstance(again.result, ExchangeBroken)
    assert again.result.retry == "reused"
    assert again.outcomes() == ["failed", "failed"]


def test_a_forwarding_proxy_is_named_and_its_credentials_are_not() -> None:
    forward = Forward("http://proxy.test:1", "Basic bWU6czNjcmV0")
    tried = Tried(answers(OK), forward=forward)
    assert isinstance(tried.result, Response)
    assert tried.result.forward == forward
    (span,) = tried.bench.closed("http.request")
    assert span.attributes["forwarded_by"] == "http://proxy.test:1"
    assert ["Proxy-Authorization", MASK] in span.attributes["request_headers"]  # type: ignore[operator]  # a list
    assert "bWU6czNjcmV0" not in repr(tried.bench.events)
    direct = Tried(answers(OK))
    assert isinstance(direct.result, Response)
    assert direct.result.forward is None
    assert "forwarded_by" not in direct.bench.closed("http.request")[0].attributes
