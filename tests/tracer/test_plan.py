"""The plan: settings with their origin, refusals in go's words, secrets known from the start."""

import base64
import errno
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.sim.host_world import HostWorld

from modtrace.gorules.proxyroute import parse_via
from modtrace.lab.sumdb import Database
from modtrace.record.failures import GoRuleError
from modtrace.record.redaction import MASK, Redactor
from modtrace.tracer.orders import Orders
from modtrace.tracer.plan import Plan, make_plan
from modtrace.tracer.workspace import SumPaths

GOROOT_ENV = b"GOPROXY=https://goproxy.example,direct\nGOSUMDB=sum.golang.org\n"
KEY = Database().verifier_key
USER_FILE = "/home/me/.config/go/env"


def planned(
    environ: Mapping[str, str] | None = None,
    *,
    module: str = "example.com/m",
    query: str = "v1.0.0",
    files: Mapping[str, bytes | OSError] | None = None,
    redactor: Redactor | None = None,
    via: tuple[str, ...] = (),
    **more: str,
) -> Plan:
    world = HostWorld({"PWD": "/nowhere", **(environ or {})}, {"/goroot/go.env": GOROOT_ENV, **(files or {})})
    chain = tuple(parse_via(url) for url in via)
    orders = Orders(module=module, query=query, goproxy=more.get("goproxy"), gosumdb=more.get("gosumdb"), via=chain)
    return make_plan(orders, world, redactor or Redactor())


def origin(plan: Plan, name: str) -> tuple[str, str]:
    return next((row["value"], row["origin"]) for row in plan.settings if row["name"] == name)


def test_each_setting_names_where_it_came_from() -> None:
    files = {USER_FILE: b"GOPRIVATE=*.corp.test\nGOPROXY=https://user.test\n"}
    assert origin(planned(), "GOPROXY") == ("https://goproxy.example,direct", "goroot")
    assert origin(planned(files=files), "GOPROXY") == ("https://user.test", "go env file")
    assert origin(planned({"GOPROXY": "https://e.test"}, files=files), "GOPROXY") == ("https://e.test", "environment")
    assert origin(planned({"GOPROXY": ""}, files=files), "GOPROXY") == ("https://user.test", "go env file")
    assert origin(planned({"GOPROXY": "off"}, goproxy="https://o.test"), "GOPROXY") == ("https://o.test", "option")


@pytest.mark.parametrize("broken", [PermissionError(errno.EACCES, "no"), b"no equals sign\n\0\xff"])
def test_an_unreadable_go_env_file_is_passed_over_as_go_does(broken: bytes | OSError) -> None:
    assert origin(planned(files={USER_FILE: broken}), "GOPROXY")[1] == "goroot"


@pytest.mark.parametrize(
    ("environ", "is_private", "sumdb"),
    [
        ({}, False, "sum.golang.org"),
        ({"GOPRIVATE": "example.com"}, True, "off"),
        ({"GONOPROXY": "example.com"}, True, "sum.golang.org"),
        ({"GONOSUMDB": "example.com/m"}, False, "off"),
        ({"GOPRIVATE": "example.com", "GONOPROXY": "none"}, False, "off"),
        ({"GOSUMDB": "off"}, False, "off"),
        ({"GOSUMDB": KEY}, False, "sum.test"),
    ],
)
def test_private_patterns_decide_about_proxy_and_database(
    environ: dict[str, str], is_private: bool, sumdb: str
) -> None:
    plan = planned(environ)
    assert plan.is_private is is_private
    assert plan.attributes["sumdb"] == sumdb


@pytest.mark.parametrize(
    ("environ", "module", "query", "cause", "words"),
    [
        ({}, "./m", "v1.0.0", "config.module_path_invalid", "cannot use relative path ./m@v1.0.0"),
        ({}, "std", "v1.0.0", "config.module_path_invalid", "standard-library module"),
        ({}, "example.com/m", "v1.0.0/x", "config.version_invalid", ""),
        ({}, "Example com/m", "v1.0.0", "config.module_path_invalid", "malformed module path"),
        ({"GOPROXY": "ftp://x.test"}, "example.com/m", "v1.0.0", "config.goproxy_invalid", ""),
        ({"GOPROXY": ","}, "example.com/m", "v1.0.0", "config.goproxy_invalid", ""),
        ({"GOSUMDB": "sum.test+bad+key"}, "example.com/m", "v1.0.0", "config.gosumdb_invalid", "verifying go.mod"),
        ({"GO111MODULE": "off"}, "example.com/m", "v1.0.0", "config.goenv_unreadable", "GO111MODULE=off"),
        ({"GO111MODULE": "maybe"}, "example.com/m", "v1.0.0", "config.goenv_unreadable", "GO111MODULE=maybe"),
        ({"GOFLAGS": "mod=mod"}, "example.com/m", "v1.0.0", "config.goenv_unreadable", ""),
        ({"GOAUTH": "netrc;"}, "example.com/m", "v1.0.0", "config.goauth_invalid", "an empty command (GOAUTH=netrc;)"),
    ],
)
def test_what_go_refuses_before_any_packet(
    environ: dict[str, str], module: str, query: str, cause: str, words: str
) -> None:
    with pytest.raises(GoRuleError) as refused:
        planned(environ, module=module, query=query)
    assert refused.value.cause == cause
    assert words in refused.value.text


@pytest.mark.parametrize(
    "environ", [{"GOPROXY": "http://p.test,https://q.test"}, {"GOPROXY": "off"}, {"GOPRIVATE": "example.com"}]
)
def test_a_bad_goauth_waits_where_go_asks_something_else_first(environ: dict[str, str]) -> None:
    assert planned({"GOAUTH": "netrc;", **environ}).go.value("GOAUTH") == "netrc;"


def test_a_refused_setting_says_where_it_came_from() -> None:
    with pytest.raises(GoRuleError) as refused:
        planned({"GOSUMDB": "sum.test+bad+key"})
    assert refused.value.origin == "GOSUMDB (environment)"


def test_credentials_over_http_are_refused_without_showing_them() -> None:
    with pytest.raises(GoRuleError, match="refusing to pass credentials to insecure URL") as refused:
        planned({"GOPROXY": "http://me:s3cret-word@p.test"})
    assert "s3cret-word" not in refused.value.text


def test_secrets_of_the_settings_are_masked_in_the_plan_and_from_then_on() -> None:
    redactor = Redactor()
    environ = {
        "GOPROXY": "https://me:s3cret-word@p.test|https://you:p%40ssw0rd@q.test",
        "HTTPS_PROXY": "http://corp:pr0xypass@proxy.test:3128",
        "GOAUTH": "helper --token=opt10n --password 'secret one' 0123456789abcdefghijklm;netrc",
    }
    plan = planned(environ, redactor=redactor)
    shown = repr((plan.settings, plan.vantage, plan.warnings, plan.attributes))
    for secret in ("s3cret-word", "p%40ssw0rd", "p@ssw0rd", "pr0xypass", "opt10n", "0123456789abcdefghijklm"):
        assert secret not in shown
        assert redactor.text(f"x {secret} y") == f"x {MASK} y"


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("Bearer abcdefgh12", "abcdefgh12"),
        ("a-token-of-21-letters", "a-token-of-21-letters"),
        ("a=b; c=value", "c=value"),
    ],
)
def test_an_ordered_headers_value_is_a_secret(value: str, secret: str) -> None:
    redactor = Redactor()
    plan = ordered_with(("X-Any", value), redactor)
    assert secret not in redactor.text(f"they said {value} to us")
    assert secret not in repr(plan.attributes)
    assert redactor.text("Bearer of news") == "Bearer of news"


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "X-Session", "Cookie", "X-Corp-Token", "X-Signature"])
def test_under_a_name_like_that_a_short_value_is_a_secret_too(name: str) -> None:
    redactor = Redactor()
    plan = ordered_with((name, "tok3n"), redactor)
    assert "tok3n" not in redactor.text("they said tok3n to us")
    assert plan.attributes["headers"] == [[name, MASK]]


def test_a_label_of_a_gray_release_stays_readable() -> None:
    redactor = Redactor()
    plan = ordered_with(("X-Canary", "blue-2"), redactor)
    assert plan.attributes["headers"] == [["X-Canary", "blue-2"]]
    assert redactor.text("blue-2") == "blue-2"


def ordered_with(header: tuple[str, str], redactor: Redactor) -> Plan:
    world = HostWorld({"PWD": "/nowhere"}, {"/goroot/go.env": GOROOT_ENV})
    return make_plan(Orders(module="example.com/m", query="v1.0.0", headers=(header,)), world, redactor)


def test_go_sum_belongs_to_the_module_around_the_working_directory(tmp_path: Path) -> None:
    assert planned({"PWD": str(tmp_path)}).sums is None
    (tmp_path / "go.mod").write_text("module x\n")
    (tmp_path / "sub").mkdir()
    assert planned({"PWD": str(tmp_path / "sub")}).sums == SumPaths(own=str(tmp_path / "go.sum"))


def test_goflags_gowork_and_goroot_have_their_say_in_which_sums_count(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module x\n")
    named = planned({"PWD": str(tmp_path), "GOFLAGS": "-modfile=other.mod"})
    assert named.sums == SumPaths(own=str(tmp_path / "other.sum"))
    with pytest.raises(GoRuleError, match="not an absolute path"):
        planned({"PWD": str(tmp_path), "GOWORK": "x.work"})
    (tmp_path / "go.work").write_text("go 1.20\n")
    below = planned({"PWD": str(tmp_path / "go"), "GOROOT": str(tmp_path)})
    assert below.sums == SumPaths(own=str(tmp_path / "go.sum"))


@pytest.mark.parametrize("anchor", [b"note", None, PermissionError(errno.EACCES, "no")])
def test_gos_own_tree_head_is_read_where_go_keeps_it(anchor: bytes | OSError | None) -> None:
    files = {} if anchor is None else {"/gopath/pkg/sumdb/sum.test/latest": anchor}
    plan = planned({"GOPATH": "/gopath:/second", "GOSUMDB": KEY}, files=files)
    assert plan.go_anchor == (anchor if isinstance(anchor, bytes) else b"")


def test_resolvers_and_proxies_stand_in_the_vantage() -> None:
    files = {"/etc/resolv.conf": b"nameserver 192.0.2.53\nnameserver 2001:db8::53\n"}
    vantage = planned({"https_proxy": "http://proxy.test:3128"}, files=files).vantage
    assert vantage["resolvers"] == ["192.0.2.53", "2001:db8::53"]
    assert vantage["proxies"] == ["http://proxy.test:3128"]


@pytest.mark.parametrize("userinfo", ["token", "me:secret", "me:half%zz", "me:a/b@c"])
def test_a_proxys_userinfo_goes_whole(userinfo: str) -> None:
    plan = planned({"HTTPS_PROXY": f"http://{userinfo}@proxy.test:3128"})
    assert plan.vantage["proxies"] == ["http://xxxxx@proxy.test:3128"]
    (shown,) = [row["value"] for row in plan.settings if row["name"] == "HTTPS_PROXY"]
    assert shown == "http://xxxxx@proxy.test:3128"


def test_a_setting_without_effect_is_a_warning() -> None:
    (line,) = planned({"GOPROXY_TIMEOUT": "3s"}).warnings
    assert line.startswith("GOPROXY_TIMEOUT is set and has no effect")


def test_each_source_has_its_route_and_an_ordered_chain_takes_the_environments_place() -> None:
    environ = {"HTTPS_PROXY": "http://me:s3cret@p.test:1", "NO_PROXY": "b.test"}
    assert planned(environ, goproxy="https://a.test|https://b.test,direct").attributes["routes"] == [
        {
            "target": "https://a.test:443",
            "through": ["http://p.test:1"],
            "rule": "HTTPS_PROXY names the proxy of https URLs",
        },
        {"target": "https://b.test:443", "through": [], "rule": "NO_PROXY entry b.test matches"},
    ]
    plan = planned(environ, via=("http://u:pw@q.test:1", "socks5://r.test"), goproxy="https://b.test")
    assert plan.attributes["routes"] == [
        {
            "target": "https://b.test:443",
            "through": ["http://q.test:1", "socks5://r.test:1080"],
            "rule": "--via names the chain",
        }
    ]
    assert plan.vantage["proxies"] == ["http://q.test:1", "socks5://r.test:1080"]
    assert plan.proxy_remarks == ()


def test_what_is_odd_about_the_proxy_variables_is_remarked_and_warned_of() -> None:
    plan = planned({"HTTPS_PROXY": "http://me:s3cret%zz@p.test", "ALL_PROXY": "http://you:0ther-word@q.test:1"})
    assert [(remark.variable, remark.cause) for remark in plan.proxy_remarks] == [
        ("HTTPS_PROXY", "config.proxy_url_invalid"),
        ("HTTPS_PROXY", None),
    ]
    assert sum(line.startswith("HTTPS_PROXY: ") for line in plan.warnings) == 2
    assert plan.warnings[0].startswith("ALL_PROXY is set and has no effect: ")


CANARIES = {
    "HTTP_PROXY": ("http://one:c4nary-1%40x@p.test:1", "c4nary-1@x"),
    "https_proxy": ("two:c4nary-2@p.test:1", "c4nary-2"),
    "ALL_PROXY": ("socks5://three:c4nary-3%zz@p.test", "c4nary-3%zz"),
    "HTTPS_PROXY": ("http://four:c4n/ary-4@p.test:1", "c4n/ary-4"),
    "all_proxy": ("http://c4nary-5-is-a-token@p.test:1", "c4nary-5-is-a-token"),
}


def test_no_proxys_credentials_are_in_the_plan_however_they_are_written() -> None:
    redactor = Redactor()
    environ = {name: value for name, (value, _) in CANARIES.items()}
    chain = ("https://six:c4nary-6@q.test:1", "http://c4nary-7-is-a-token@q.test:1")
    for plan in (
        planned(environ, redactor=redactor, goproxy="https://a.test,http://b.test"),
        planned(environ, redactor=redactor, via=chain, goproxy="https://a.test"),
    ):
        shown = repr((plan.settings, plan.vantage, plan.warnings, plan.attributes, plan.proxy_remarks))
        assert "c4n" not in shown
        assert "ary-" not in shown
    for secret in (*(secret for _, secret in CANARIES.values()), "c4nary-6", "c4nary-7-is-a-token"):
        assert redactor.text(f"<{secret}>") == f"<{MASK}>"
        assert redactor.text(quote(secret, safe="")) == MASK
        assert redactor.text(base64.b64encode(secret.encode()).decode()) == MASK
