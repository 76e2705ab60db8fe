"""The way of each target, asked once; what is refused; what shares connections."""

import pytest

from modtrace.gorules.proxyroute import parse_via
from modtrace.record.failures import StepFailed
from modtrace.tracer.routes import Routes, Target

ENVIRON = {"HTTP_PROXY": "http://me:s3cret@p.test:1", "HTTPS_PROXY": "socks5://q.test", "NO_PROXY": "in.test"}


def test_a_target_is_written_as_go_writes_it() -> None:
    assert Target("https", "x.test", 443).address == "x.test:443"
    assert Target("http", "2001:db8::1", 80).address == "[2001:db8::1]:80"


def test_the_environment_is_asked_once_per_target_and_read_as_it_was() -> None:
    environ = dict(ENVIRON)
    routes = Routes(environ)
    first = routes.route("http", "x.test", 80)
    environ.clear()
    assert routes.route("http", "x.test", 80) is first
    assert [hop.shown for hop in first.hops] == ["http://p.test:1"]


def test_the_order_takes_the_environments_place() -> None:
    chain = (parse_via("http://a.test:1"), parse_via("http://b.test:2"))
    routes = Routes({**ENVIRON, "NO_PROXY": "*", "REQUEST_METHOD": "GET"}, chain)
    assert routes.route("http", "localhost", 80).hops == chain


def test_what_go_refuses_is_a_failure_of_this_machine_each_time() -> None:
    routes = Routes({**ENVIRON, "REQUEST_METHOD": "GET"})
    for _ in range(2):
        with pytest.raises(StepFailed) as refused:
            routes.route("http", "x.test", 80)
        failure = refused.value.failure
        assert (failure.cause, failure.side, failure.where) == ("config.proxy_url_invalid", "local", "HTTP_PROXY")
        assert failure.go_text == failure.text
        assert "CGI environment" in failure.text
    assert routes.route("https", "x.test", 443).hops
    assert routes.pool_key("http", "x.test", 80) == ("http", "x.test", 80)


def test_plain_requests_through_one_forwarding_proxy_share_connections_and_nothing_else_does() -> None:
    routes = Routes(ENVIRON)
    one, other = routes.pool_key("http", "x.test", 80), routes.pool_key("http", "y.test", 8080)
    assert one == other == ("forward", "http://p.test:1", 0)
    assert routes.pool_key("https", "x.test", 443) == ("https", "x.test", 443)
    assert routes.pool_key("http", "in.test", 80) == ("http", "in.test", 80)
    socks = Routes({"HTTP_PROXY": "socks5://q.test"})
    assert socks.pool_key("http", "x.test", 80) == ("http", "x.test", 80)
    chain = Routes({}, (parse_via("socks5://a.test"), parse_via("https://b.test")))
    assert chain.pool_key("http", "x.test", 80) == ("forward", "https://b.test:443", 0)
