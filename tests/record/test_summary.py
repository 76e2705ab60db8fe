"""The summary document has the keys of the contract's example, in its order."""

import json
from typing import Any

from tests.builders import failed, fetched

from modtrace.record.summary import SumdbArtifact, to_json
from modtrace.reports.summarize import summarize

VERDICT = "outcome layer cause side where confidence summary go evidence fixes"

# The contract's section 2, key by key.
KEYS: dict[str, str] = {
    "": "schema request vantage settings verdict findings phases requests artifacts capture timing",
    "request": "module version resolved",
    "vantage": "name resolvers proxies",
    "settings": "name value origin",
    "verdict": VERDICT,
    "verdict.go": "error after_s hangs",
    "verdict.evidence": "span frames text",
    "verdict.fixes": "do because costs",
    "findings": f"rule {VERDICT}",
    "phases": "span parent layer name subject start_s duration_s outcome failure attributes",
    "requests": "method url status source span",
    "artifacts": "info mod zip sumdb",
    "artifacts.sumdb": "name tree_size record verified",
    "capture": "kind file packets dropped",
    "timing": "wall_s clock",
}


def documents() -> list[dict[str, Any]]:
    return [json.loads(to_json(summarize(events.trace()))) for events in (fetched(), failed())]


def found_at(document: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """Every object at a dotted path, lists opened."""
    here: list[dict[str, Any]] = [document]
    for key in path.split(".") if path else []:
        below: list[Any] = []
        for item in here:
            below += item[key] if isinstance(item[key], list) else [item[key]]
        here = [item for item in below if item is not None]
    return here


def test_every_object_has_the_contracts_keys() -> None:
    for path, keys in KEYS.items():
        objects = [found for document in documents() for found in found_at(document, path)]
        assert objects, path
        assert {frozenset(found) for found in objects} == {frozenset(keys.split())}, path


def test_the_document_begins_with_its_schema() -> None:
    for document in documents():
        assert list(document) == KEYS[""].split()
        assert document["schema"] == "modtrace/1"


def test_the_json_is_indented_and_ends_in_a_newline() -> None:
    text = to_json(summarize(fetched().trace()))
    assert text.startswith(b'{\n  "schema": "modtrace/1",\n')
    assert text.endswith(b"}\n")


def test_text_that_is_no_unicode_can_still_be_printed() -> None:
    events = fetched()
    events.whole("tcp.connect", "\udc80")
    assert any(phase["subject"] == "\ufffd" for phase in json.loads(to_json(summarize(events.trace())))["phases"])


def test_a_proof_is_told_with_its_tree() -> None:
    assert summarize(fetched().trace()).artifacts.sumdb == SumdbArtifact(
        name="sum.example", tree_size=9, record=4, verified=True
    )
