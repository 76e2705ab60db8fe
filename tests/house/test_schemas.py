"""The JSON Schemas of ``docs/reference/`` say what modtrace writes, and refuse what it never would."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, cast

import msgspec
import pytest
from tests.builders import Events, failed, fetched, handshake
from tests.house.tree import ROOT, SOURCE_ROOTS

from modtrace.lab.behaviour import Faults, text
from modtrace.lab.modules import Library, hello
from modtrace.lab.server import Place, Server, running
from modtrace.record.events import encode
from modtrace.record.failures import Json
from modtrace.record.summary import to_json
from modtrace.reports.summarize import summarize
from scripts import reference

Document = dict[str, Json]
_FENCED = "from tests.oracle.fence import up; up()\nfrom modtrace.command.main import main; main()"


class Validator(Protocol):
    """What is used of jsonschema, which has no types of its own."""

    def iter_errors(self, instance: Json) -> Iterable[Exception]: ...


def validator(name: str) -> Validator:
    """Of a page of ``docs/reference``, which is checked to be a schema itself."""
    schema: Document = json.loads((reference.DIRECTORY / name).read_text())
    library = importlib.import_module("jsonschema").Draft202012Validator
    cast("Callable[[Document], None]", library.check_schema)(schema)
    return cast("Callable[[Document], Validator]", library)(schema)


def faults(name: str, document: Json) -> list[str]:
    return [str(error) for error in validator(name).iter_errors(document)]


class Bundle(msgspec.Struct):
    """A run's files, read back."""

    printed: bytes
    summary: Document
    events: list[Document]


def run_fetch(folder: Path, replies: Faults | None = None) -> Bundle:
    """``modtrace fetch`` of the lab's module from a module server on loopback; nothing else can be reached."""
    (folder / "home").mkdir()
    place = Place(name="a", site=Library(hello()).get, faults=replies or {})
    with running(Server(places=(place,))) as live:
        done = subprocess.run(
            [sys.executable, "-c", _FENCED, "fetch", "lab.test/hello@v1.0.0", "--json", "-q", "-o", folder / "bundle"],
            cwd=folder,
            env={
                "PYTHONPATH": os.pathsep.join([*(str(ROOT / name) for name in SOURCE_ROOTS), str(ROOT)]),
                "HOME": str(folder / "home"),
                "PATH": os.defpath,
                "GOENV": "off",
                "GOPROXY": live.url("a"),
                "GOSUMDB": "off",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert done.returncode in (0, 1), done.stderr.decode()
    return Bundle(
        printed=done.stdout,
        summary=json.loads((folder / "bundle" / "summary.json").read_bytes()),
        events=[json.loads(line) for line in (folder / "bundle" / "events.jsonl").read_bytes().splitlines()],
    )


@pytest.mark.parametrize("name", ["events.schema.json", "summary.schema.json"])
def test_the_files_are_what_the_code_generates(name: str) -> None:
    assert (reference.DIRECTORY / name).read_text() == reference.PAGES[name](), "run python scripts/reference.py"


@pytest.mark.loopback
@pytest.mark.parametrize("replies", [{}, {"*.zip": text(403, "no")}], ids=["fetched", "refused"])
def test_a_real_bundle_is_valid(replies: Faults, tmp_path: Path) -> None:
    bundle = run_fetch(tmp_path, replies)
    assert cast("Document", bundle.summary["verdict"])["outcome"] == ("failed" if replies else "ok")
    assert json.loads(bundle.printed) == bundle.summary
    assert faults("summary.schema.json", bundle.summary) == []
    assert {str(event["event"]) for event in bundle.events} >= {
        "trace_started",
        "span_started",
        "span_closed",
        "trace_ended",
    }
    assert [fault for event in bundle.events for fault in faults("events.schema.json", event)] == []


@pytest.mark.parametrize("events", [fetched(), failed(), handshake("github.com").end(), Events()])
def test_traces_by_hand_are_valid(events: Events) -> None:
    assert faults("summary.schema.json", json.loads(to_json(summarize(events.trace())))) == []
    assert [fault for event in events.events for fault in faults("events.schema.json", json.loads(encode(event)))] == []


def broken(path: str, value: Json) -> Document:
    """The summary of a failed fetch with one value replaced, or, with ``...`` as text, left out."""
    document: Document = json.loads(to_json(summarize(failed().trace())))
    *way, last = path.split(".")
    here: Json = document
    for key in way:
        here = cast("list[Json]", here)[int(key)] if key.isdigit() else cast("Document", here)[key]
    assert isinstance(here, dict)
    here[last] = value
    if value == "...":
        del here[last]
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "modtrace/2"),
        ("schema", "..."),
        ("verdict", None),
        ("verdict.outcome", "splendid"),
        ("verdict.cause", "tcp.guess"),
        ("verdict.layer", "luck"),
        ("verdict.go", "..."),
        ("verdict.go.after_s", "10"),
        ("phases", {}),
        ("phases.0.layer", None),
        ("phases.0.outcome", "maybe"),
        ("phases.0.attributes", []),
        ("settings.0.origin", "magic"),
        ("timing.clock", "wall"),
        ("capture.kind", "film"),
        ("artifacts.zip", 1),
    ],
)
def test_a_broken_summary_is_refused(path: str, value: Json) -> None:
    assert faults("summary.schema.json", broken(path, value)) != []


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        {"event": "span_sung", "at_ns": 1},
        {"event": "span_noted", "at_ns": 1, "span": 1, "what": "x"},
        {"event": "span_noted", "at_ns": -1, "span": 1, "what": "x", "data": {}},
        {"event": "span_noted", "at_ns": 1, "span": 0, "what": "x", "data": {}},
        {"event": "span_noted", "at_ns": 1.5, "span": 1, "what": "x", "data": {}},
        {"event": "span_closed", "at_ns": 1, "span": 1, "outcome": "splendid", "failure": None, "attributes": {}},
    ],
)
def test_a_broken_event_is_refused(event: Json) -> None:
    assert faults("events.schema.json", event) != []


def test_a_field_of_a_later_release_is_allowed() -> None:
    assert faults("summary.schema.json", broken("novelty", {"x": 1})) == []
