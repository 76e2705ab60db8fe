"""JSON Schemas of what modtrace writes: a line of ``events.jsonl``, and ``summary.json``.

Every field is written always, so every field is required; fields of later releases are allowed.
"""

import inspect
from typing import Final, TypeAlias

import msgspec

from modtrace.record.events import SCHEMA, Event
from modtrace.record.summary import Summary

Node: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | None"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def events_schema() -> dict[str, Node]:
    """One line of ``events.jsonl``."""
    return _schema_of(Event, "One line of modtrace's events.jsonl")


def summary_schema() -> dict[str, Node]:
    """``summary.json``, and what ``fetch --json`` prints."""
    return _schema_of(Summary, "modtrace's summary.json")


def _schema_of(kind: object, title: str) -> dict[str, Node]:
    made: dict[str, Node] = msgspec.json.schema(kind)
    strict = _strict(made)
    assert isinstance(strict, dict)
    return {"$schema": DIALECT, "title": title, **strict}


def _strict(node: Node) -> Node:
    """The same schema with all properties required, the schema's name fixed, and descriptions free of indentation."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _strict(value) for key, value in node.items()}
    properties, description = out.get("properties"), out.get("description")
    if isinstance(description, str):
        out["description"] = inspect.cleandoc(description)
    if isinstance(properties, dict) and out.get("type") == "object":
        out["required"] = list(properties)
        if "schema" in properties:
            properties["schema"] = {"const": SCHEMA}
    return out
