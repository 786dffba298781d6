"""The JSON Schema of what documents are made of: actions, triggers, conditions by site, steps."""

from __future__ import annotations

from functools import cache

from compiler import kinds
from compiler.codecs.conditions import at_site
from compiler.schema.fields import FREE, HANDLE, NEVER, STEP_STATUS, USE, WITH, Schema, inline, nullable, text

SITES = (
    "segment", "flow-filter", "message", "branch", "trigger-split", "action-output",
    "metric-trigger", "price-drop-trigger", "low-inventory-trigger",
)  # fmt: skip


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
            properties |= {
                name: prop
                for name, prop in body["properties"].items()
                if (name in common) is shared_fields and name != field
            }
    rules = []
    for kind, body in variants:
        foreign = {name: NEVER for name in properties if name not in body["properties"]}
        rules.append(
            {
                "if": {"properties": {field: {"const": kind.variant[field]}}, "required": [field]},
                "then": {"required": body.get("required", []), "properties": foreign},
            }
        )
    return {
        "type": "object",
        "properties": properties,
        "required": [field],
        "additionalProperties": False,
        "allOf": rules,
    }


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
            "raw": {
                "type": "object",
                "description": "What a future revision says: a whole condition, or beside a kind a JSON merge patch.",
            },
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
            "id": {
                "type": "string",
                "pattern": HANDLE,
                "description": "A handle that next, then and else can name; also the temporary id.",
            },
            "status": {
                "enum": STEP_STATUS,
                "description": "Only where it is not the flow's; null sends none.",
            },
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
