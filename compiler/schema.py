"""Assembles the JSON Schema of the language from the kind files: for validation, for editors, for key order.

Every union is decided by a key or by the value's own type, never by ``oneOf``, so that an error names the leaf.
Inside, references are resolved in place except where the language is recursive (steps and condition lists).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from compiler import kinds
from compiler.codecs.conditions import at_site
from compiler.codecs.filters import OPERATORS, SHAPES
from compiler.codecs.records import resolved

Schema = dict[str, Any]
REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')
EXPRESSION = r"\$\{\{.*\}\}"
SITES = (
    "segment", "flow-filter", "message", "branch", "trigger-split", "action-output",
    "metric-trigger", "price-drop-trigger", "low-inventory-trigger",
)  # fmt: skip
STATUS = ["draft", "manual", "live"]
STEP_STATUS = ["draft", "manual", "live", "disabled", None]
HANDLE = r"^(?!(end|none)$)[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*$"
NEVER: Schema = {"not": {}}  # unlike `false`, its errors say where they are
FREE: Schema = {"type": "object", "description": "A JSON merge patch on what is sent: what this version does not know."}
USE: Schema = {"type": "string", "description": "A file of the project, such as fragments/reminders.yaml."}
WITH: Schema = {"type": "object", "description": "The values of its parameters."}


def text(description: str) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", "description": description}


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
        node["properties"] = {name: prop if name in required else nullable(prop) for name, prop in plain.items()}
    if isinstance(node.get("items"), dict):
        node["items"] = inline(node["items"], site)
    if "allOf" in node:
        node["allOf"] = [_variant(rule, types) for rule in node["allOf"]]
    if "dependentSchemas" in node:
        node["dependentSchemas"] = {name: _narrow(rule, types) for name, rule in node["dependentSchemas"].items()}
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
        out["properties"] = {name: _narrow(prop, {}) if prop is not False else NEVER for name, prop in out["properties"].items()}
    for name in out.get("required", ()):
        if name in types:
            out["properties"] = {**out.get("properties", {}), name: {"type": types[name], **out.get("properties", {}).get(name, {})}}
    if "allOf" in out:
        out["allOf"] = [_variant(rule, types) for rule in out["allOf"]]
    if "dependentSchemas" in out:
        out["dependentSchemas"] = {name: _narrow(rule, types) for name, rule in out["dependentSchemas"].items()}
    if "x-filter" in node:
        allowed = operator_properties(node["x-filter"])
        every = dict.fromkeys(sorted(OPERATORS | {"filter"} if not allowed else OPERATORS), NEVER)
        out["properties"] = {**out.get("properties", {}), **every, **allowed}
        if node.get("x-filter-required"):
            out["anyOf"] = [{"required": [name]} for name in (*allowed, "filter")]
    return out


def operator_properties(shapes: list[str]) -> dict[str, Schema]:
    """Return the operator keys of some filter shapes, each with the values that any of them takes."""
    found: dict[str, Schema] = {}
    for name in shapes:
        shape = SHAPES[name]
        for operator in shape.operators:
            found[operator] = _either(found[operator], shape.value) if operator in found else dict(shape.value)
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
    verbatim = {name: {} for name in ("operator", "value", "date", "start", "end", "unit", "quantity")}
    out: Schema = {
        "type": ["string", "object"],
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
        "dependentSchemas": {name: {"properties": {other: NEVER for other in names if other != name}} for name in names},
    }


def _branch(node: Mapping[str, Any]) -> Schema:
    return {"type": ["array", "string"], "items": {"$ref": "#/$defs/step"}, "description": node.get("description", "")}


STRUCTURE: dict[str, Callable[[Mapping[str, Any]], Schema]] = {
    "conditions": _conditions,
    "timeframe": _timeframe,
    "child": _child,
    "variations": lambda node: {"type": "array", "items": _child(node)},
    "branch": _branch,
}


def _action(kind: kinds.Kind) -> Schema:
    body = inline(kind.schema)
    if kind.inline is not None:
        return {**body["properties"][kind.inline], "title": kind.title}
    if kind.phrase is not None:
        body["type"] = ["object", "string"]
    return nullable(body) if not kind.schema.get("required") else body


def _trigger_schemas() -> Schema:
    out: Schema = {}
    for kind in kinds.kinds("triggers").values():
        body = inline(kind.schema)
        if kind.inline is not None:
            out[kind.name] = nullable(body["properties"][kind.inline])
        elif kind.subject is not None:
            out[kind.name] = {**body, "type": ["string", "object", "null"]}
        elif kind.variant:
            out.setdefault(kind.name, []).append((kind, body))
        else:
            out[kind.name] = body
    for name, variants in out.items():
        if isinstance(variants, list):
            out[name] = _variants(variants)
    return out


def _variants(variants: list[tuple[kinds.Kind, Schema]]) -> Schema:
    """Return one schema for kinds of one name that a constant field tells apart."""
    field = next(iter(variants[0][0].variant))
    words = [kind.variant[field] for kind, _ in variants]
    properties: Schema = {field: {"enum": words, "description": "What holds the date."}}
    common = set.intersection(*(set(body["properties"]) for _, body in variants))
    for shared_fields in (False, True):  # the fields of one variant stand before those of all
        for _, body in variants:
            properties |= {name: prop for name, prop in body["properties"].items() if (name in common) is shared_fields and name != field}
    rules = []
    for kind, body in variants:
        foreign = {name: NEVER for name in properties if name not in body["properties"]}
        rules.append({
            "if": {"properties": {field: {"const": kind.variant[field]}}, "required": [field]},
            "then": {"required": body.get("required", []), "properties": foreign},
        })
    return {"type": "object", "properties": properties, "required": [field], "additionalProperties": False, "allOf": rules}


def _condition_item(site: str) -> Schema:
    item = {"$ref": f"#/$defs/condition-{site}"}
    bodies = {}
    for name in at_site(site):
        kind = kinds.kinds("conditions")[name]
        body = inline(kind.schema, site)
        bodies[name] = body["properties"][kind.inline] if kind.inline is not None else body
    return {
        "type": "object",
        "properties": {
            "any": {"type": "array", "items": item, "description": "Alternatives: one must hold."},
            **bodies,
            "raw": {"type": "object", "description": "What a future revision says: a whole condition, or beside a kind a JSON merge patch."},
        },
        "additionalProperties": False,
        "minProperties": 1,
    }


@cache
def shared() -> Schema:
    """Return the ``$defs`` of the language: steps, actions, conditions by site."""
    actions = {f"action-{name}": _action(kind) for name, kind in kinds.kinds("actions").items()}
    return {**actions, **{f"condition-{site}": _condition_item(site) for site in SITES}, "step": _step()}


def _step() -> Schema:
    names = {name: {"$ref": f"#/$defs/action-{name}"} for name in kinds.kinds("actions")}
    steps: Schema = {"type": ["array", "string"], "items": {"$ref": "#/$defs/step"}}
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": HANDLE, "description": "A handle that next, then and else can name; also the temporary id."},
            "status": {"enum": STEP_STATUS, "description": "Only where it is not the flow's; null sends none."},
            **names,
            "use": USE,
            "with": WITH,
            "next": text("end, or the id of a step further down; only in the last step of a list."),
            "raw": FREE,
            "then": {**steps, "description": "Beside raw: the steps for those that match."},
            "else": {**steps, "description": "Beside raw: the steps for the others."},
        },
        "additionalProperties": False,
        "minProperties": 1,
    }


def trigger() -> Schema:
    """Return the schema of a flow's trigger: one kind as its key."""
    return {
        "type": "object",
        "properties": {**_trigger_schemas(), "raw": FREE},
        "additionalProperties": False,
        "description": "What makes a profile enter: one of the kinds.",
        "minProperties": 1,
    }


def conditions(site: str, description: str) -> Schema:
    """Return the schema of a condition list at a site."""
    return {"type": "array", "items": {"$ref": f"#/$defs/condition-{site}"}, "description": description}


@cache
def document(kind: str) -> Schema:
    """Return the whole schema of one kind of document, ``$defs`` included."""
    body = DOCUMENTS[kind]()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body, "$defs": _reachable(body)}


def _reachable(body: Schema) -> Schema:
    """Return the shared definitions that a schema needs."""
    found: Schema = {}
    todo = [body]
    while todo:
        for name in REFERENCE.findall(json.dumps(todo.pop())):
            if name not in found:
                found[name] = shared()[name]
                todo.append(found[name])
    return dict(sorted(found.items()))


def _flow() -> Schema:
    return {
        "type": "object",
        "title": "Flow",
        "properties": {
            "kind": {"const": "flow"},
            "name": text("The flow's name in the account: its identity, unique in the project."),
            "was": text("The name that it had; makes a renaming a replacement of that flow."),
            "status": {"enum": STATUS, "description": "What the flow should be; draft where it is left out."},
            "tags": {"type": "array", "items": {"type": "string"}, "description": "Tags by name."},
            "prevent_replace": {"type": "boolean", "description": "Never replace this flow by a new one."},
            "joins": {"enum": ["keep", "duplicate"], "description": "duplicate copies what branches share into each of them."},
            "defaults": _defaults(),
            "use": USE,
            "for_each": {"type": "object", "description": "Stamps the flow once for each value; several keys give their product."},
            "with": WITH,
            "trigger": trigger(),
            "reentry": {"type": ["string", "null"], "description": "never, always, or how long after entering a profile may enter again."},
            "profile_filter": nullable(conditions("flow-filter", "Who may enter and stay.")),
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}, "description": "The steps, from the top."},
            "raw": FREE,
        },
        "required": ["kind", "name"],
        "additionalProperties": False,
    }


def _defaults() -> Schema:
    names = {name: {"type": "object"} for name in kinds.kinds("actions")}
    return {"type": "object", "properties": names, "additionalProperties": False, "description": "Fields for steps that leave them out, by kind."}


def _segment() -> Schema:
    return {
        "type": "object",
        "title": "Segment",
        "properties": {
            "kind": {"const": "segment"},
            "name": text("The segment's name in the account: its identity, unique in the project."),
            "was": text("The name that it had."),
            "lifecycle": text("The catalog entry that it covers."),
            "owner": text("Who answers for it."),
            "uses": {"type": "array", "items": {"type": "string"}, "description": "What it is for."},
            "review": text("How often it is looked at again."),
            "reviewed": text("When it was last looked at."),
            "tags": {"type": "array", "items": {"type": "string"}, "description": "Tags by name."},
            "starred": {"type": ["boolean", "null"], "description": "Starred segments stay active for a year without use."},
            "active": {"type": ["boolean", "null"], "description": "Whether the account keeps it up to date."},
            "definition": conditions("segment", "Who is in it."),
            "raw": FREE,
        },
        "required": ["kind", "name", "definition"],
        "additionalProperties": False,
    }


def _blueprint() -> Schema:
    flow = _flow()
    inner = {name: prop for name, prop in flow["properties"].items() if name not in ("kind", "use", "for_each", "with")}
    return {
        "type": "object",
        "title": "Blueprint",
        "properties": {
            "kind": {"const": "blueprint"},
            "name": text("What it is called."),
            "description": text("What it is for."),
            "params": {"type": "object", "description": "Its parameters, each a JSON Schema."},
            "examples": {"type": "array", "items": {"type": "object"}, "description": "Values of the parameters that snapshot tests stamp."},
            "flow": {"type": "object", "properties": inner, "additionalProperties": False, "description": "The flow."},
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
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}, "description": "The steps that take its place."},
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
            "needs": {"type": "array", "items": {"type": "string"}, "description": "The metric roles that it needs."},
            "definition": conditions("segment", "Who is in it."),
        },
        "required": ["key", "stage", "title", "definition"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "title": "Catalog",
        "properties": {"kind": {"const": "catalog"}, "name": text("What it is called."), "entries": {"type": "array", "items": entry, "description": "The audiences."}},
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


def editor() -> Schema:
    """Return one schema for editors: the document's kind decides, and an expression may stand for any scalar."""
    rules = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": _admitting(DOCUMENTS[kind]())}
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
        key: {name: _admitting(prop) for name, prop in value.items()} if key in ("properties", "dependentSchemas") else _admitting(value)
        for key, value in node.items()
        if not key.startswith("x-")
    }
    kinds_of = [node["type"]] if isinstance(node.get("type"), str) else node.get("type", [])
    if "enum" in node or {"number", "integer", "boolean"} & set(kinds_of) or "pattern" in node:
        described = {key: out.pop(key) for key in ("description", "default", "title") if key in out}
        return {**described, "anyOf": [out, {"type": "string", "pattern": EXPRESSION}]}
    return out
