"""The JSON Schema of fields: shared shapes in place, operators spelled out, nulls admitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler.codecs.building import resolved
from compiler.codecs.shapes import OPERATORS, SHAPES

Schema = dict[str, Any]


EXPRESSION = r"\$\{\{.*\}\}"
STATUS = ["draft", "manual", "live"]
STEP_STATUS = ["draft", "manual", "live", "disabled", None]
HANDLE = r"^(?!(end|none)$)[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*$"
CADENCES = ["weekly", "monthly", "quarterly", "yearly"]
DAY = (
    "^([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    "|[0-9]{4}-(0[13-9]|1[0-2])-(29|30)"
    "|[0-9]{4}-(0[13578]|1[02])-31"
    "|[0-9]{2}([02468][048]|[13579][26])-02-29)$"
)
NEVER: Schema = {"not": {}}  # unlike `false`, its errors say where they are
FREE: Schema = {
    "type": "object",
    "description": "A JSON merge patch on what is sent: what this version does not know.",
}
USE: Schema = {"type": "string", "description": "A file of the project, such as fragments/reminders.yaml."}
WITH: Schema = {"type": "object", "description": "The values of its parameters."}


def text(description: str) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", "description": description}


def identity(description: str) -> Schema:
    """Return the schema of a name by which the account knows a thing: a text that is not blank."""
    return {**text(description), "pattern": r"\S"}


def cadence(description: str) -> Schema:
    """Return the schema of how often something is looked at."""
    return {"enum": CADENCES, "description": description}


def day(description: str) -> Schema:
    """Return the schema of a day as a text, year, month and day of the calendar."""
    return {**text(description), "pattern": DAY}


def nullable(schema: Schema) -> Schema:
    """Return a schema that admits null too, which leaves a field out."""
    out = dict(schema)
    if "enum" in out and None not in out["enum"]:
        out["enum"] = [*out["enum"], None]
    kind = out.get("type")
    if isinstance(kind, str):
        out["type"] = [kind, "null"]
    elif isinstance(kind, list) and "null" not in kind:
        out["type"] = [*kind, "null"]
    return out


def inline(raw: Mapping[str, Any], site: str = "") -> Schema:
    """Return a kind's or field's schema with shared shapes in place, operators added, nulls admitted."""
    node = dict(resolved(raw))
    shape = STRUCTURE.get(node.get("x-codec", ""))
    if shape is not None:
        return node | shape(node)
    for key in ("$schema", "examples"):
        node.pop(key, None)
    types: dict[str, Any] = {}
    if "properties" in node:
        required = node.get("required", ())
        plain = {name: inline(prop, site) for name, prop in node["properties"].items()}
        types = {name: prop["type"] for name, prop in plain.items() if "type" in prop}
        node["properties"] = {
            name: prop if name in required else nullable(prop) for name, prop in plain.items()
        }
    if isinstance(node.get("items"), dict):
        node["items"] = inline(node["items"], site)
    if "allOf" in node:
        node["allOf"] = [_variant(rule, types) for rule in node["allOf"]]
    if "dependentSchemas" in node:
        node["dependentSchemas"] = {
            name: _narrow(rule, types) for name, rule in node["dependentSchemas"].items()
        }
    if "x-filter" in node:
        node["x-line"] = True
        _add_operators(node, site)
    return node


def _variant(rule: Mapping[str, Any], types: Mapping[str, Any]) -> Schema:
    """Return one ``if/then`` of a kind file with its ``x-filter`` spelled out as operators."""
    return {key: _narrow(value, types) if key in ("then", "else") else value for key, value in rule.items()}


def _narrow(node: Any, types: Mapping[str, Any]) -> Any:
    """Return what a variant demands; what it requires cannot be null. ``types`` are the fields' own."""
    if not isinstance(node, dict):
        return node
    out = {key: value for key, value in node.items() if not key.startswith("x-filter")}
    for key in ("items", "then", "else"):
        if key in out:
            out[key] = _narrow(out[key], types if key != "items" else {})
    if "properties" in out:
        out["properties"] = {
            name: _narrow(prop, {}) if prop is not False else NEVER
            for name, prop in out["properties"].items()
        }
    _not_null(out, types)
    if "allOf" in out:
        out["allOf"] = [_variant(rule, types) for rule in out["allOf"]]
    if "dependentSchemas" in out:
        out["dependentSchemas"] = {
            name: _narrow(rule, types) for name, rule in out["dependentSchemas"].items()
        }
    if "x-filter" in node:
        _narrow_operators(out, node)
    return out


def _not_null(out: Schema, types: Mapping[str, Any]) -> None:
    for name in out.get("required", ()):
        if name in types:
            said = out.get("properties", {})
            out["properties"] = {**said, name: {"type": types[name], **said.get(name, {})}}


def _narrow_operators(out: Schema, node: Mapping[str, Any]) -> None:
    allowed = operator_properties(node["x-filter"])
    every = dict.fromkeys(sorted(OPERATORS | {"filter"} if not allowed else OPERATORS), NEVER)
    out["properties"] = {**out.get("properties", {}), **every, **allowed}
    if node.get("x-filter-required"):
        out["anyOf"] = [{"required": [name]} for name in (*allowed, "filter")]


def operator_properties(shapes: list[str]) -> dict[str, Schema]:
    """Return the operator keys of some filter shapes, each with the values that any of them takes."""
    found: dict[str, Schema] = {}
    for name in shapes:
        shape = SHAPES[name]
        for operator in shape.operators:
            found[operator] = (
                _either(found[operator], shape.value) if operator in found else dict(shape.value)
            )
    return found


def _either(left: Schema, right: Mapping[str, Any]) -> Schema:
    """Return a schema that takes what either does, decided by the value's type."""
    types = sorted({*_types(left), *_types(right)})
    if "type" not in left or "type" not in right:
        # one of them is an enumeration of words; the kind's own variants say which
        loose = left if "type" in left else right if "type" in right else {}
        return {**loose, "type": types}
    merged = {**right, **left, "type": types}
    if types == ["array"]:
        return {**merged, "type": "array", "items": _either(left["items"], right["items"])}
    return merged


def _types(schema: Mapping[str, Any]) -> list[str]:
    kind = schema.get("type", "string")
    return [kind] if isinstance(kind, str) else list(kind)


def _add_operators(node: Schema, site: str) -> None:
    shapes = [name for name in node["x-filter"] if name not in node.get("x-not-in", {}).get(site, ())]
    added = operator_properties(shapes)
    if "list" in shapes:
        added["type"] = {"const": "list", "description": "Beside contains: the property is a list."}
    escape = {"filter": {"type": "object", "description": "The API's own filter object."}}
    node["properties"] = {**node.get("properties", {}), **added, **escape}
    if node.get("x-filter-required"):
        names = [*operator_properties(shapes), "filter"]
        node["anyOf"] = [{"required": [name]} for name in names]


def _conditions(node: Mapping[str, Any]) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/$defs/condition-{node['x-site']}"}}


def _timeframe(node: Mapping[str, Any]) -> Schema:
    shapes = [name for name in node["x-filter"] if name not in ("alltime", "flow-start")]
    words = [name for name in node["x-filter"] if name in ("alltime", "flow-start")]
    verbatim: Schema = {
        name: {} for name in ("operator", "value", "date", "start", "end", "unit", "quantity")
    }
    out: Schema = {
        "type": ["string", "object"] if words else "object",
        "properties": {**operator_properties(shapes), "type": {"const": "date"}, **verbatim},
        "additionalProperties": False,
    }
    if words:
        out["allOf"] = [{"if": {"type": "string"}, "then": {"enum": words}}]
    return out


def _child(node: Mapping[str, Any]) -> Schema:
    names = list(node["x-kinds"])
    return {
        "type": "object",
        "properties": {
            "allocation": {"type": "number", "description": "Its share, from 0 to 1."},
            "status": {"enum": STEP_STATUS, "description": "Only where it is not the flow's."},
            **{name: {"$ref": f"#/$defs/action-{name}"} for name in names},
            "raw": FREE,
        },
        "additionalProperties": False,
        "anyOf": [{"required": [name]} for name in (*names, "raw")],
        "dependentSchemas": {
            name: {"properties": {other: NEVER for other in names if other != name}} for name in names
        },
    }


def _branch(node: Mapping[str, Any]) -> Schema:
    return {
        "type": ["array", "string"],
        "items": {"$ref": "#/$defs/step"},
        "description": node.get("description", ""),
    }


STRUCTURE: dict[str, Callable[[Mapping[str, Any]], Schema]] = {
    "conditions": _conditions,
    "timeframe": _timeframe,
    "child": _child,
    "variations": lambda node: {"type": "array", "items": _child(node)},
    "branch": _branch,
}
