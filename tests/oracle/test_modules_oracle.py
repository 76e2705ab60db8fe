"""Module paths, versions and queries: the same refusals and the same requests, in the same order, as the real go."""

from pathlib import Path
from typing import Any

import pytest
from tests.oracle.module_server import ModuleServer, download

from modtrace.gorules.modescape import escape_path, escape_version
from modtrace.gorules.queryplan import Answer, Ask, QuerySource, Resolved, plan_query
from modtrace.record.failures import Failure, GoRuleError, StepFailed

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

M = "example.com/m"
PSEUDO_OLD = "v0.0.0-20200102030405-abcdef123456"
PSEUDO_NEW = "v0.0.0-20210102030405-abcdef123457"

PATHS = [
    "nodots/foo", "example.com/a b", "example.com/", "example.com//a", "Example.com/a", "-example.com/a",
    "example.com/v1", "example.com/m/v1", "example.com/m/v0", "example.com/m/v02", "example.com/m/v1.2",
    "example.com/m/v2", "gopkg.in/yaml", "gopkg.in/yaml.v2", "gopkg.in/yaml.v0", "gopkg.in/yaml.v02",
    "gopkg.in/yaml.v1-unstable", "example.com/con", "example.com/Aux.txt", "example.com/a~1", "example.com/a~1.b",
    "example.com/.hidden", "example.com/a.", "example.com/..", "example.com/ä", "example.com/a+b", "example.com/a!b",
    "exa_mple.com/a", "example.com/UPPER", "a.b", "example.com/%41", "example.com/a\x01b", "example.com/a:b",
    "example.com/com10", "example.com/lpt9/x", "example.com/~a", "ex~ample.com/a", "example.com/a\u00adb", "e.m/'",
    'e.m/"',
]  # fmt: skip

RETRACTS = b"module example.com/m\n\ngo 1.20\n\nretract (\n\tv1.2.0 // broken\n\t[v0.9.0, v0.9.5]\n)\n"
PLAIN = b"module example.com/m\n\ngo 1.20\n"
FAKE = b"module example.com/m\n"

Case = tuple[str, dict[str, str | bytes]]
TAGS = "v1.0.0\nv1.1.0\nv1.2.0-rc.1\nv0.9.3\n"
NEXT = "v1.0.0\nv1.2.0\n"
CASES: dict[str, Case] = {
    "exact": ("v1.0.0", {"list": TAGS}),
    "exact and missing": ("v1.0.7", {"list": TAGS}),
    "latest among releases": ("latest", {"list": TAGS}),
    "latest among pre-releases": ("latest", {"list": "v1.0.0-a\nv1.0.0-b.2\nv1.0.0-b.10\n"}),
    "latest of an empty list": ("latest", {"list": "", "latest": "v0.3.0"}),
    "latest of nothing": ("latest", {"list": ""}),
    "latest without list": ("latest", {}),
    "latest of pseudo-versions": ("latest", {"list": f"{PSEUDO_OLD}\n{PSEUDO_NEW}\n"}),
    "latest of pseudo-versions and @latest": ("latest", {"list": f"{PSEUDO_NEW}\n", "latest": PSEUDO_OLD}),
    "latest beside a pseudo-version": ("latest", {"list": f"v1.0.0\n{PSEUDO_NEW}\n"}),
    "latest with times": ("latest", {"list": f"{PSEUDO_OLD} 2023-01-01T00:00:00Z\n{PSEUDO_NEW} 2022-01-01T00:00:00Z"}),
    "latest of html": ("latest", {"list": "<html>hello</html>"}),
    "latest is damaged": ("latest", {"list": "", "latest.raw": b"<html>"}),
    "retracted latest": ("latest", {"list": NEXT, "mod:v1.2.0": RETRACTS}),
    "all retracted": ("latest", {"list": "v1.2.0\n", "mod:v1.2.0": RETRACTS}),
    "retracted, and asked for": ("v1.2.0", {"list": NEXT, "mod:v1.2.0": RETRACTS}),
    "retracted go.mod damaged": ("latest", {"list": NEXT, "mod:v1.2.0": RETRACTS + b"require (\n"}),
    "go.mod of a newer go": ("latest", {"list": NEXT, "mod:v1.2.0": RETRACTS.replace(b"1.20", b"1.999")}),
    "go.mod missing": ("latest", {"list": NEXT, "mod:v1.2.0": ""}),
    "prefix v1": ("v1", {"list": TAGS}),
    "prefix v1.1": ("v1.1", {"list": TAGS}),
    "prefix v1.2 has a pre-release below": ("v1.2", {"list": TAGS}),
    "prefix v3": ("v3", {"list": TAGS}),
    "less": ("<v1.1.0", {"list": TAGS}),
    "less or equal": ("<=v1.1.0", {"list": TAGS}),
    "greater": (">v1.0.0", {"list": TAGS}),
    "greater or equal": (">=v1.0.0", {"list": TAGS}),
    "less than a prefix": ("<v1.1", {"list": TAGS}),
    "nothing is less": ("<v0.1.0", {"list": TAGS}),
    "ambiguous": ("<=v1.1", {"list": TAGS}),
    "ambiguous greater": (">v1", {"list": TAGS}),
    "not a version": ("<x", {"list": TAGS}),
    "branch": ("main", {"info:main": PSEUDO_NEW}),
    "branch missing": ("main", {}),
    "branch with a slash": ("feature/x", {}),
    "branch with a bang": ("what!", {}),
    "branch with other letters": ("zweig-ä", {}),
    "branch in capitals": ("MAIN", {"info:MAIN": PSEUDO_NEW}),
    "commit": ("abcdef123457", {"info:abcdef123457": PSEUDO_NEW}),
    "branch that is a release": ("main", {"info:main": "v1.0.0"}),
    "metadata": ("v1.0.0+meta", {"info:v1.0.0+meta": PSEUDO_NEW}),
    "metadata without it": ("v1.0.0+meta", {}),
    "metadata and nothing": ("v1.0.9+meta", {}),
    "incompatible and fake go.mod": ("latest", {"list": "v1.0.0\nv2.0.0+incompatible\n", "mod:v1.0.0": FAKE}),
    "incompatible and real go.mod": ("latest", {"list": "v1.0.0\nv2.0.0+incompatible\n", "mod:v1.0.0": PLAIN}),
    "incompatible only": ("latest", {"list": "v2.0.0+incompatible\nv3.0.0+incompatible\n"}),
    "incompatible prefix": ("v2", {"list": "v1.0.0\nv2.0.0+incompatible\nv2.1.0+incompatible\n"}),
    "exact major without incompatible": ("v2.0.0", {"list": "v2.0.0+incompatible\n"}),
    "another version answered": ("v1.0.0", {"info:v1.0.0": "v1.1.0"}),
    "info is html": ("v1.0.0", {"info.raw:v1.0.0": b"<html>"}),
    "info is empty": ("v1.0.0", {"info.raw:v1.0.0": b""}),
    "info is cut": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0'}),
    "info is a list": ("v1.0.0", {"info.raw:v1.0.0": b"[]"}),
    "info version is a number": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":1}'}),
    "info time is a number": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0.0","Time":1}'}),
    "info time is no time": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0.0","Time":"yesterday"}'}),
    "info time out of range": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0.0","Time":"2020-13-01T00:00:00Z"}'}),
    "info time day": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0.0","Time":"2020-02-30T00:00:00Z"}'}),
    "info time cut": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0.0","Time":"2020-02-03T00:00"}'}),
    "info origin wrong": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0.0","Origin":{"VCS":3}}'}),
    "info origin is text": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0.0","Origin":"git"}'}),
    "info with a tail": ("v1.0.0", {"info.raw:v1.0.0": b'{"Version":"v1.0.0"} x'}),
    "info with small letters": ("v1.0.0", {"info.raw:v1.0.0": b'{"vERSION":"v1.0.0","x":[1.5e3,{"a":null}]}'}),
    "info is null": ("v1.0.0", {"info.raw:v1.0.0": b"null"}),
    "info with byte order mark": ("v1.0.0", {"info.raw:v1.0.0": b'\xef\xbb\xbf{"Version":"v1.0.0"}'}),
    "dash": ("-x", {}),
    "patch without a version": ("patch", {}),
}  # fmt: skip


def _files(spec: dict[str, str | bytes]) -> dict[str, bytes]:
    """The proxy's tree: .info and .mod of every listed version too, unless the case says otherwise."""
    files: dict[str, bytes] = {}
    listed = spec.get("list")
    names = {line.split()[0] for line in listed.splitlines()} if isinstance(listed, str) else set()
    names |= {value for key, value in spec.items() if key.startswith(("info:", "latest")) and isinstance(value, str)}
    names = names or {"v1.0.0"}
    for name in names:
        files[f"{M}/@v/{name}.info"] = _info(name)
        files[f"{M}/@v/{name}.mod"] = PLAIN
    for key, value in spec.items():
        kind, _, version = key.partition(":")
        body = value if isinstance(value, bytes) else value.encode()
        if kind == "list":
            files[f"{M}/@v/list"] = body
        elif kind in ("latest", "latest.raw"):
            files[f"{M}/@latest"] = body if kind == "latest.raw" else _info(body.decode())
        elif kind in ("info", "info.raw"):
            files[f"{M}/@v/{escape_version(version)}.info"] = body if kind == "info.raw" else _info(body.decode())
        elif body:
            files[f"{M}/@v/{version}.mod"] = body
        else:
            files.pop(f"{M}/@v/{version}.mod")
    return files


def _info(version: str) -> bytes:
    return f'{{"Version":"{version}","Time":"2020-01-02T03:04:05Z"}}'.encode()


def _path(module: str, ask: Ask) -> str:
    base = escape_path(module)
    if ask.kind in ("list", "latest"):
        return f"{base}/@v/list" if ask.kind == "list" else f"{base}/@latest"
    return f"{base}/@v/{escape_version(ask.version)}.{ask.kind}"


def _ours(module: str, query: str, files: dict[str, bytes], url: str) -> tuple[str, list[str], Resolved | None]:
    """(go's error text, requests, result) of the plan, driven over ``files``."""
    asked: list[str] = []
    try:
        plan = plan_query(module, query, sources=(QuerySource(base=url),))
        ask = next(plan)
        while True:
            asked.append(_path(module, ask))
            ask = plan.send(_answer(files, asked[-1], url))
    except StopIteration as stop:
        return "", asked, stop.value
    except (GoRuleError, StepFailed) as error:
        text = error.text if isinstance(error, GoRuleError) else error.failure.go_text
        return text or "", asked, None


def _answer(files: dict[str, bytes], path: str, url: str) -> Answer:
    body = files.get(path)
    if body is not None:
        return body
    text = f"reading {url}/{path.replace('!', '%21')}: 404 Not Found"
    return Failure(cause="http.not_found", side="source", text=text, go_text=text, is_not_exist=True)


def _theirs(
    go_tool: str, home: Path, module: str, query: str, files: dict[str, bytes]
) -> tuple[str, list[str], str, str]:
    """(error, requests, version, URL) of the real go."""
    with ModuleServer(files) as server:
        answers: dict[str, Any] = download(go_tool, home, server.url, ["--", f"{module}@{query}"])
        answer = next(iter(answers.values()), {"Error": ""})
        return answer.get("Error", ""), server.asked, answer.get("Version", ""), server.url


@pytest.mark.parametrize("title", CASES)
def test_a_query_asks_and_ends_as_with_go(title: str, go_tool: str, tmp_path: Path) -> None:
    query, spec = CASES[title]
    files = _files(spec)
    error, asked, version, url = _theirs(go_tool, tmp_path, M, query, files)
    text, ours, resolved = _ours(M, query, files, url)
    if resolved is None:
        assert ours == asked
        if query not in ("-x", "patch"):  # these end go itself, before any JSON
            assert text == error
        return
    assert ours == asked[: len(ours)]
    assert resolved.version == version
    rest = [] if version in resolved.mods or version in resolved.mod_failures else [f"{M}/@v/{version}.mod"]
    if f"{M}/@v/{version}.mod" in files:
        rest.append(f"{M}/@v/{version}.zip")
    assert asked[len(ours) :] == rest


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_refused_as_by_go(path: str, go_tool: str, tmp_path: Path) -> None:
    error, asked, _, url = _theirs(go_tool, tmp_path, path, "v1.0.0", {})
    text, ours, _ = _ours(path, "v1.0.0", {}, url)
    assert (text, ours) == (error, asked)
