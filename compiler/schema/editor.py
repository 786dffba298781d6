"""The one schema that editors use: the kind decides, and an expression may stand for any scalar."""

from __future__ import annotations

from typing import Any

from compiler.schema.documents import DOCUMENTS
from compiler.schema.fields import EXPRESSION, Schema
from compiler.schema.parts import shared


def editor() -> Schema:
    """Return one schema for editors: the document's kind decides, and an expression may stand for any scalar."""
    rules = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": _admitting(DOCUMENTS[kind]()),
        }
        for kind in DOCUMENTS
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "flowc",
        "description": "Flows, segments, blueprints, fragments, catalogs and the project file.",
        "type": "object",
        "properties": {"kind": {"enum": list(DOCUMENTS), "description": "What the file holds."}},
        "required": ["kind"],
        "allOf": rules,
        "$defs": {name: _admitting(node) for name, node in shared().items()},
    }


def _admitting(node: Any) -> Any:
    """Return a schema in which an expression may stand wherever a scalar does, without annotations of ours."""
    if isinstance(node, list):
        return [_admitting(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {
        key: {name: _admitting(prop) for name, prop in value.items()}
        if key in ("properties", "dependentSchemas")
        else _admitting(value)
        for key, value in node.items()
        if not key.startswith("x-")
    }
    kinds_of = [node["type"]] if isinstance(node.get("type"), str) else node.get("type", [])
    if "enum" in node or {"number", "integer", "boolean"} & set(kinds_of) or "pattern" in node:
        described = {key: out.pop(key) for key in ("description", "default", "title") if key in out}
        return {**described, "anyOf": [out, {"type": "string", "pattern": EXPRESSION}]}
    return out
