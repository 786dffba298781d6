"""The JSON Schema of each kind of document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from compiler import kinds
from compiler.schema.fields import FREE, STATUS, USE, WITH, Schema, cadence, day, identity, nullable, text
from compiler.schema.parts import conditions, shared, trigger

REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')


@cache
def document(kind: str, used: frozenset[str] | None = None) -> Schema:
    """Return the whole schema of one kind of document, ``$defs`` included.

    With ``used``, the names of the actions, triggers and conditions that a document holds, it is a small schema that
    gives this document the same verdict: a property that stands nowhere in it decides nothing.
    """
    body, known = DOCUMENTS[kind](), shared()
    if used is not None:
        absent = kind_names() - used
        body, known = _without(body, absent), {name: _without(part, absent) for name, part in known.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **body,
        "$defs": _reachable(body, known),
    }


@cache
def kind_names() -> frozenset[str]:
    """Return the names of all actions, triggers and conditions."""
    return frozenset(name for folder in kinds.FOLDERS for name in kinds.names(folder))


def _without(part: Any, absent: frozenset[str]) -> Any:
    """Return a part of a schema without the properties of absent names."""
    if isinstance(part, list):
        return [_without(item, absent) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: {name: _without(prop, absent) for name, prop in inner.items() if name not in absent}
        if key == "properties"
        else _without(inner, absent)
        for key, inner in part.items()
    }


def _reachable(body: Schema, known: Schema) -> Schema:
    """Return the definitions, of those known, that a schema needs."""
    found: Schema = {}
    todo = [body]
    while todo:
        for name in REFERENCE.findall(json.dumps(todo.pop())):
            if name not in found:
                found[name] = known[name]
                todo.append(found[name])
    return dict(sorted(found.items()))


def _flow() -> Schema:
    return {
        "type": "object",
        "title": "Flow",
        "properties": {
            "kind": {"const": "flow"},
            "name": identity("The flow's name in the account: its identity, unique in the project."),
            "was": text("The name that it had; makes a renaming a replacement of that flow."),
            "status": {"enum": STATUS, "description": "What the flow should be; draft where it is left out."},
            "tags": {"type": "array", "items": {"type": "string"}, "description": "Tags by name."},
            "prevent_replace": {"type": "boolean", "description": "Never replace this flow by a new one."},
            "retire": {"enum": ["rolling", "now"], "description": "How a replaced flow ends."},
            "joins": {
                "enum": ["keep", "duplicate"],
                "description": "duplicate copies what branches share into each of them.",
            },
            "defaults": _defaults(),
            "use": USE,
            "for_each": {
                "type": "object",
                "description": "Stamps the flow once for each value; several keys give their product.",
            },
            "with": WITH,
            "trigger": trigger(),
            "reentry": {
                "type": ["string", "null"],
                "description": "never, always, or how long after entering a profile may enter again.",
            },
            "profile_filter": nullable(conditions("flow-filter", "Who may enter and stay.")),
            "steps": {
                "type": "array",
                "items": {"$ref": "#/$defs/step"},
                "description": "The steps, from the top.",
            },
            "raw": FREE,
        },
        "required": ["kind", "name"],
        "additionalProperties": False,
    }


def _defaults() -> Schema:
    names = {name: {"type": "object"} for name in kinds.kinds("actions")}
    return {
        "type": "object",
        "properties": names,
        "additionalProperties": False,
        "description": "Fields for steps that leave them out, by kind.",
    }


def _segment() -> Schema:
    return {
        "type": "object",
        "title": "Segment",
        "properties": {
            "kind": {"const": "segment"},
            "name": identity("The segment's name in the account: its identity, unique in the project."),
            "was": text("The name that it had."),
            "lifecycle": text("The catalog entry that it covers."),
            "owner": text("Who answers for it."),
            "uses": {"type": "array", "items": {"type": "string"}, "description": "What it is for."},
            "review": cadence("How often it is looked at again."),
            "reviewed": day("When it was last looked at, such as 2026-10-31."),
            "tags": {"type": "array", "items": {"type": "string"}, "description": "Tags by name."},
            "starred": {
                "type": ["boolean", "null"],
                "description": "Starred segments stay active for a year without use.",
            },
            "active": {
                "type": ["boolean", "null"],
                "description": "Whether the account keeps it up to date.",
            },
            "definition": conditions("segment", "Who is in it."),
            "raw": FREE,
        },
        "required": ["kind", "name", "definition"],
        "additionalProperties": False,
    }


def _blueprint() -> Schema:
    flow = _flow()
    inner = {
        name: prop
        for name, prop in flow["properties"].items()
        if name not in ("kind", "use", "for_each", "with")
    }
    return {
        "type": "object",
        "title": "Blueprint",
        "properties": {
            "kind": {"const": "blueprint"},
            "name": text("What it is called."),
            "description": text("What it is for."),
            "params": {"type": "object", "description": "Its parameters, each a JSON Schema."},
            "examples": {
                "type": "array",
                "items": {"type": "object"},
                "description": "Values of the parameters that snapshot tests stamp.",
            },
            "flow": {
                "type": "object",
                "properties": inner,
                "additionalProperties": False,
                "description": "The flow.",
            },
        },
        "required": ["kind", "name", "flow"],
        "additionalProperties": False,
    }


def _fragment() -> Schema:
    return {
        "type": "object",
        "title": "Fragment",
        "properties": {
            "kind": {"const": "fragment"},
            "name": text("What it is called."),
            "description": text("What it is for."),
            "params": {"type": "object", "description": "Its parameters, each a JSON Schema."},
            "steps": {
                "type": "array",
                "items": {"$ref": "#/$defs/step"},
                "description": "The steps that take its place.",
            },
        },
        "required": ["kind", "steps"],
        "additionalProperties": False,
    }


def _catalog() -> Schema:
    entry = {
        "type": "object",
        "properties": {
            "key": text("What specs call it."),
            "stage": text("The stage of the lifecycle."),
            "title": text("What people call it."),
            "rule": text("Who is in it, in plain words."),
            "params": {"type": "object", "description": "Its thresholds, each a JSON Schema."},
            "value": text("What it is worth: its value class."),
            "uses": {"type": "array", "items": {"type": "string"}, "description": "What it is for."},
            "cadence": text("How often it is looked at again."),
            "needs": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The metric roles that it needs.",
            },
            "source": text("Where the rule comes from."),
            "basis": text("How sure the source is."),
            "skip": {"type": "boolean", "description": "Leave the entry of this key out."},
            "definition": conditions("segment", "Who is in it."),
        },
        "required": ["key"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "title": "Catalog",
        "properties": {
            "kind": {"const": "catalog"},
            "name": text("What it is called."),
            "entries": {"type": "array", "items": entry, "description": "The audiences."},
        },
        "required": ["kind", "entries"],
        "additionalProperties": False,
    }


def _project() -> Schema:
    return dict(kinds.read_json("project.json"))


DOCUMENTS: dict[str, Callable[[], Schema]] = {
    "flow": _flow,
    "segment": _segment,
    "blueprint": _blueprint,
    "fragment": _fragment,
    "catalog": _catalog,
    "project": _project,
}
