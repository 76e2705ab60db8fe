"""What the real go does with every configuration: recorded once, and the facts that the record must show.

The first test runs go and compares with ``go_baseline.json`` (made by ``python -m tests.oracle.record``); it keeps the
lab's servers and the harness honest. The others read the record: each is a sentence that modtrace relies on.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.oracle.cases import CASES
from tests.oracle.cases.places import HELLO, UPPER
from tests.oracle.comparison import shorthand
from tests.oracle.harness import Case, run_go
from tests.oracle.record import BASELINE, observed

from modtrace.lab.modules import Module

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

_PAGE: dict[str, Any] = json.loads(BASELINE.read_text())
RECORD: dict[str, dict[str, Any]] = _PAGE["cases"]
FETCH = "a:info a:mod a:zip"
CHECKED = "a:info a:mod a:supported a:lookup a:tiles a:zip"
SAID_401 = "reading https://127.0.0.1:<a>/lab.test/hello/@v/v1.0.0.info: 401 Unauthorized"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_go_does_what_was_recorded(case: Case, tmp_path: Path, go_tool: str) -> None:
    assert observed(case, tmp_path, go_tool) == RECORD[case.name]


def test_every_configuration_has_its_own_name_and_its_record() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert set(RECORD) == set(names)


@pytest.mark.parametrize(
    ("name", "requests"),
    [
        ("http", FETCH),
        ("https-h2", FETCH),
        ("http-404-info", "a:info"),
        ("https-404-info", "a:info a:info"),
        ("https-429-info", "a:info a:info"),
        ("https-404-zip", "a:info a:mod a:zip a:zip"),
        ("https-500-info", "a:info"),
        ("goauth-unset-403", "a:info a:info"),
        ("redirect-loop", " ".join(["a:info"] * 10)),
        ("redirect-to-404-https", "a:info b:nothing a:info b:nothing"),
        ("redirect-https-to-http", FETCH),
        ("sumdb-by-proxy", CHECKED),
        ("sumdb-upper-case", CHECKED),
        ("sumdb-gonosumdb", FETCH),
        ("sumdb-direct-url", "a:info a:mod a:lookup a:tiles a:zip"),
        ("sumdb-lookup-404-https", "a:info a:mod a:supported a:lookup a:lookup"),
        ("sumdb-second-proxy-relays", "b:info b:mod b:supported a:supported a:lookup a:tiles b:zip"),
        ("go-sum-match", FETCH),
        ("go-sum-mod-line-only", "a:info a:mod a:zip a:supported a:lookup a:tiles"),
        ("list-404-comma", "b:info a:info b:mod a:mod b:zip a:zip"),
        ("list-500-comma", "b:info"),
        ("list-500-pipe", "b:info a:info b:mod a:mod b:zip a:zip"),
        ("sumdb-tampered-zip-pipe", CHECKED),
        ("sumdb-tampered-mod-pipe", "a:info a:mod a:supported a:lookup a:tiles b:mod a:zip"),
        ("query-list-html", "a:list a:@latest"),
        ("rst-info-refused-once", "a:info a:info a:mod a:zip"),
        ("goaway-once", "a:info a:info a:mod a:zip"),
        ("close-before-head", "a:info"),
        ("close-before-head-once-reused", "a:info a:mod a:zip a:zip"),
        ("html-200-mod", FETCH),
        ("goauth-again", "a:info a:info a:mod a:zip"),
        ("goauth-over-http", "a:info"),
        ("goauth-empty-entry", ""),
        ("goauth-bad-list-over-http", FETCH),
        ("goauth-bad-list-behind-http", "b:info"),
        ("sumdb-goauth-list-that-go-dies-of", "a:info a:mod"),
        ("git-approved", "a:info a:HEAD a:info a:mod a:zip"),
        ("git-head-404", "a:info a:HEAD a:HEAD a:HEAD a:info a:mod a:zip"),
        ("git-nothing-refused", FETCH),
        ("git-other-host", "a:info a:info"),
        ("off", ""),
        ("path-no-dot", ""),
        ("userinfo-http", ""),
        ("list-scheme-unknown", ""),
        ("file", ""),
    ],
)
def test_the_requests_of(name: str, requests: str) -> None:
    assert RECORD[name]["does"] == requests


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("http-403-info", "v1.0.0.info: 403 Forbidden\n\tserver response: no info"),
        ("list-404-off", "module lookup disabled by GOPROXY=off"),
        ("list-500-pipe-off", "500 Internal Server Error"),
        ("list-404-direct", 'unrecognized import path "lab.test/hello": https fetch: Get "https://lab.test/hello?go-get=1"'),
        ("list-404-403-410", "127.0.0.1:<c>"),
        ("list-404-everywhere", "127.0.0.1:<c>"),
        ("list-only-a-comma", "GOPROXY list is not the empty string, but contains no entries"),
        ("list-bare-word", "invalid proxy URL missing scheme: foo"),
        ("userinfo-http", "refusing to pass credentials to insecure URL: http://user:xxxxx@"),
        ("userinfo-https-refused", "https://user:***@127.0.0.1:<closed>/"),
        ("netrc-without-port", SAID_401),
        ("netrc-default", SAID_401),
        ("netrc-goauth-off", SAID_401),
        ("redirect-loop", 'Get "/lab.test/hello/@v/v1.0.0.info": stopped after 10 redirects'),
        ("redirect-missing-location", "302 Found"),
        ("redirect-https-to-http", "redirected from secure URL https://"),
        ("html-200-info", "invalid character '<' looking for beginning of value"),
        ("info-other-version", "proxy returned info for version v1.0.1 instead of requested version"),
        ("page-nine-lines", "[Truncated: too many lines.]"),
        ("sumdb-supported-404", 'Get "https://sum.test/lookup/lab.test/hello@v1.0.0"'),
        ("sumdb-supported-html", "malformed record data"),
        ("sumdb-tile-wrong", "downloaded inconsistent tile"),
        ("sumdb-tile-cut", "len=32, want 128"),
        ("sumdb-record-altered", "cannot authenticate record data in server response"),
        ("gosumdb-other-key", "note has no verifiable signatures"),
        ("https-at-a-plain-port", "http: server gave HTTP response to HTTPS client"),
    ],
)  # fmt: skip
def test_the_words_of(name: str, words: str) -> None:
    assert words in RECORD[name]["says"]


def test_a_page_instead_of_a_zip_is_told_without_module_and_url() -> None:
    assert RECORD["html-200-zip"]["says"] == "zip: not a valid zip file"


def test_a_go_sum_conflict_ends_go_before_any_json() -> None:
    assert not RECORD["go-sum-zip-conflict"]["json"]
    assert RECORD["sumdb-tampered-zip"]["json"]


@pytest.mark.parametrize(("name", "module"), [("http", HELLO), ("https-h2", HELLO), ("path-upper-case", UPPER)])
def test_go_and_the_lab_hash_alike(name: str, module: Module) -> None:
    assert (RECORD[name]["zip"], RECORD[name]["mod"]) == (module.zip_h1, module.mod_h1)


def test_a_command_is_told_of_the_refusal_on_its_second_run_only() -> None:
    first, second = RECORD["goauth-told-headers"]["calls"].split("run again")[1:]
    assert "401 Unauthorized" not in first
    assert "https://127.0.0.1:<a>/lab.test/hello/@v/v1.0.0.info" in second
    assert "HTTP/2.0 401 Unauthorized" in second
    assert "Www-Authenticate: Basic realm=x, Bearer" in second
    assert RECORD["goauth-over-http"].get("calls") is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("git-approved", "store"),
        ("git-rejected", "erase"),
        ("git-rejected-though-the-get-was-served", "erase"),
        ("git-head-404", None),
        ("git-helper-of-the-repository-only", None),
    ],
)
def test_git_is_asked_in_its_directory_and_told_in_gos_own(name: str, told: str | None) -> None:
    lines = [line for line in RECORD[name]["calls"].splitlines() if " in <folder>/" in line]
    told_lines = [f"{told} in <folder>/current, PWD <folder>/current, 0 never"] if told else []
    assert lines == ["get in <folder>/repository, PWD <folder>/repository, 0 never", *told_lines]


def test_netrc_counts_over_tls_with_the_port_only(tmp_path: Path, go_tool: str) -> None:
    names = {case.name: case for case in CASES}
    run = run_go(names["userinfo-redirect-cross-host"], tmp_path, go_tool)
    sent = [(one.place, one.header("authorization")) for one in run.requests]
    assert sent == [*[("a", "Basic dXNlcjpzZWNyZXQ=")] * 3, ("b", None)]
    assert shorthand(run.requests) == "a:info a:mod a:zip b:zip"
    assert run.requests[-1].header("referer") is not None
