"""What the HTTP steps hand to each other: header look-up, and a broken exchange as the failure it becomes."""

from modtrace.tracer.steps.httptypes import BodyPlan, ExchangeBroken, ResponseHead


def test_header_gives_the_first_value_of_a_canonical_name_or_nothing() -> None:
    headers = [("Via", "1.1 a.test"), ("Etag", "x"), ("Via", "1.1 b.test")]
    head = ResponseHead(
        protocol="HTTP/1.1", status=200, status_text="200 OK", headers=headers, length=-1, is_gzip=False
    )
    assert head.header("Via") == "1.1 a.test"
    assert head.header("via") == ""
    assert head.header("Location") == ""


def test_a_plan_without_a_limit_has_no_limits_name_and_no_sink() -> None:
    assert BodyPlan("skip") == ("skip", None, None, None)


def test_gos_words_get_the_prefix_and_ours_get_the_place() -> None:
    broken = ExchangeBroken("EOF", "http.malformed", side="path", ours="it was closed", errno="ECONNRESET")
    failure = broken.failed("p.test:443", in_body=False, prefix='Get "https://p.test/": ').failure
    assert failure.go_text == 'Get "https://p.test/": EOF'
    assert failure.text == "p.test:443: it was closed"
    assert (failure.cause, failure.side, failure.where) == ("http.malformed", "path", "p.test:443")
    assert (failure.errno, failure.hangs, failure.limit) == ("ECONNRESET", False, None)
    assert failure.details == {"stage": "head"}


def test_without_words_of_ours_gos_words_are_told() -> None:
    broken = ExchangeBroken("unexpected EOF", "body.truncated")
    failure = broken.failed("p.test", in_body=True).failure
    assert (failure.text, failure.go_text) == ("p.test: unexpected EOF", "unexpected EOF")
    assert failure.details == {"stage": "body"}
    assert str(broken) == "unexpected EOF"


def test_where_go_would_hang_it_has_no_words_even_with_a_prefix() -> None:
    broken = ExchangeBroken(None, "body.stalled", ours="the body stopped", hangs=True, limit="L", retry="redial")
    failure = broken.failed("p.test", in_body=True, prefix="Get: ").failure
    assert failure.go_text is None
    assert (failure.text, failure.hangs, failure.limit) == ("p.test: the body stopped", True, "L")
    assert (str(broken), broken.retry) == ("the body stopped", "redial")
