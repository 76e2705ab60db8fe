"""A request for a tunnel, how it is shown, and the failure that names its proxy; every kind of hop has a tunnel."""

from typing import get_args

import pytest

from modtrace.gorules.proxyroute import HopKind, parse_via
from modtrace.tracer.tunnels import TUNNELS
from modtrace.tracer.tunnels.interface import Request, refused


def asked(host: str = "target.test", port: int = 443) -> Request:
    return Request(hop=parse_via("socks5://me:s3cret@p.test"), host=host, port=port, patience_s=30)


@pytest.mark.parametrize(
    ("host", "target"), [("target.test", "target.test:443"), ("192.0.2.1", "192.0.2.1:443"), ("::1", "[::1]:443")]
)
def test_the_target_is_written_as_go_writes_it(host: str, target: str) -> None:
    assert asked(host).target == target


def test_a_failure_names_the_proxy_and_the_target_but_no_credentials() -> None:
    failure = refused(
        asked(), "proxy.silent", "no answer", None, hangs=True, limit="PATIENCE_S", details={"a": 1}
    ).failure
    assert failure.text == "socks5://p.test:1080: no answer"
    assert (failure.cause, failure.side, failure.where) == ("proxy.silent", "proxy", "socks5://p.test:1080")
    assert (failure.go_text, failure.hangs, failure.limit, failure.errno) == (None, True, "PATIENCE_S", None)
    assert failure.details == {"proxy": "socks5://p.test:1080", "target": "target.test:443", "a": 1}
    ours = refused(asked(), "proxy.reset", "x", "go", side="local", errno="EPIPE").failure
    assert (ours.side, ours.go_text, ours.errno, ours.hangs) == ("local", "go", "EPIPE", False)


def test_every_kind_of_hop_has_its_tunnel() -> None:
    assert set(TUNNELS) == set(get_args(HopKind))
    assert TUNNELS["http"] is TUNNELS["https"]
    assert TUNNELS["socks5"] is not TUNNELS["http"]
