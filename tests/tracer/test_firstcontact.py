"""Whom a run contacts first: where nothing else can come before; and nobody where go would refuse or stay silent."""

from collections.abc import Mapping

import pytest
from tests.sim.headstart import NoHeadstart
from tests.sim.host_world import HostWorld

from modtrace.gorules.proxyroute import parse_via
from modtrace.record.redaction import Redactor
from modtrace.tracer.firstcontact import begin_ahead, first_contact
from modtrace.tracer.orders import Orders
from modtrace.tracer.plan import make_plan
from modtrace.tracer.world.interface import Connect, FirstPackets, HostPort

HERE = HostPort("goproxy.example", 443)


class Noting(NoHeadstart):
    """Keeps what it is told to begin."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, FirstPackets]] = []

    def begin(self, host: str, port: int, packets: FirstPackets, *, began_ns: int) -> list[str]:
        self.begun.append((host, port, packets))
        return ["something"]


def contacted(environ: Mapping[str, str], *, query: str = "v1.0.0", **orders: object) -> HostPort | None:
    world = HostWorld({"GOPROXY": "https://goproxy.example", "PWD": "/nowhere", **environ})
    given = Orders(module="example.com/m", query=query, **orders)  # type: ignore[arg-type]  # the table's own fields
    return first_contact(make_plan(given, world, Redactor()), world)


@pytest.mark.parametrize(
    ("environ", "contact"),
    [
        ({}, HERE),
        ({"GOPROXY": "https://goproxy.example/below,direct"}, HERE),
        ({"GOPROXY": "https://u:secret@goproxy.example:8443|https://other.test"}, HostPort("goproxy.example", 8443)),
        ({"GOPROXY": "http://goproxy.example"}, HostPort("goproxy.example", 80)),
        ({"GOPROXY": "http://192.0.2.1:3000"}, HostPort("192.0.2.1", 3000)),
        ({"GOPROXY": "https://[2001:db8::1]"}, HostPort("2001:db8::1", 443)),
        ({"GONOPROXY": "other.test"}, HERE),
        ({"GOAUTH": "netrc"}, HERE),
        ({"GOAUTH": "off"}, HERE),
        ({"GOAUTH": "helper --now", "GOPROXY": "http://goproxy.example"}, HostPort("goproxy.example", 80)),
        ({"GODEBUG": "netedns0=0"}, HERE),
        ({"HTTPS_PROXY": "http://proxy.test:3128"}, HostPort("proxy.test", 3128)),
        ({"https_proxy": "socks5://192.0.2.9"}, HostPort("192.0.2.9", 1080)),
        ({"HTTPS_PROXY": "https://proxy.test"}, HostPort("proxy.test", 443)),
        ({"HTTPS_PROXY": "http://proxy.test", "NO_PROXY": "goproxy.example"}, HERE),
        ({"HTTP_PROXY": "http://proxy.test:3128"}, HERE),
        ({"HTTPS_PROXY": "%zz"}, HERE),
    ],
)
def test_it_is_the_first_entrys_server_or_the_proxy_before_it(environ: dict[str, str], contact: HostPort) -> None:
    assert contacted(environ) == contact


@pytest.mark.parametrize("query", ["v1.0.0", "latest", "v1", "main", "v1.0.0-20200102030405-abcdefabcdef"])
def test_every_query_begins_there(query: str) -> None:
    assert contacted({}, query=query) == HERE


def test_the_nearest_of_a_chain_is_contacted() -> None:
    via = (parse_via("socks5://near.test:1081"), parse_via("http://far.test:3128"))
    assert contacted({"HTTPS_PROXY": "http://proxy.test"}, via=via) == HostPort("near.test", 1081)


@pytest.mark.parametrize(
    "environ",
    [
        {"GOPROXY": "off"},
        {"GOPROXY": "direct"},
        {"GOPROXY": "file:///srv/modules"},
        {"GOPROXY": "file:///srv/modules,https://goproxy.example"},
        {"GOPROXY": "off,https://goproxy.example"},
        {"GOPRIVATE": "example.com"},
        {"GONOPROXY": "example.com"},
        {"GODEBUG": "cmdgonetlimit=0"},
        {"GOAUTH": "netrc;helper --now"},
        {"GOAUTH": "git /nowhere"},
        {"GOPROXY": "http://goproxy.example", "HTTP_PROXY": "http://proxy.test", "REQUEST_METHOD": "GET"},
        {"HTTPS_PROXY": "http://proxy.test:0"},
        {"HTTPS_PROXY": "http://proxy.test:70000"},
        {"HTTPS_PROXY": "http://:3128"},
    ],
)
def test_nobody_is_contacted_where_the_fetch_may_begin_otherwise(environ: dict[str, str]) -> None:
    assert contacted(environ) is None


@pytest.mark.parametrize(("timeout_s", "contact"), [(1.0, None), (60.0, HERE)])
def test_a_run_that_may_be_over_at_once_begins_nothing_ahead(timeout_s: float, contact: HostPort | None) -> None:
    assert contacted({}, timeout_s=timeout_s) == contact


def test_what_was_begun_is_said_for_the_record() -> None:
    environ = {"GOPROXY": "http://192.0.2.1:3000", "PWD": "/nowhere"}
    world = HostWorld(environ)
    world.headstart = noting = Noting()
    said = begin_ahead(make_plan(Orders(module="example.com/m", query="v1.0.0"), world, Redactor()), world)
    assert said == {"dial": "192.0.2.1:3000", "sent": ["something"]}
    assert noting.begun == [("192.0.2.1", 3000, Connect(HostPort("192.0.2.1", 3000)))]


@pytest.mark.parametrize("environ", [{"GOPROXY": "off"}, {"GOPROXY": "https://x.onion"}])
def test_where_nothing_is_sent_nothing_is_said(environ: dict[str, str]) -> None:
    world = HostWorld({**environ, "PWD": "/nowhere"})  # whose headstart fails the test
    assert begin_ahead(make_plan(Orders(module="example.com/m", query="v1.0.0"), world, Redactor()), world) is None
