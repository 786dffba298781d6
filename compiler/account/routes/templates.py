"""Templates over HTTP; those cloned for a message belong to it, and are read through it."""

from __future__ import annotations

import re
from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Kind, Params
from compiler.account.documents import existing, one
from compiler.account.errors import invalid, not_found
from compiler.account.filters import ANY, TIME
from compiler.account.generic import listing
from compiler.account.limits import LARGE, SMALL
from compiler.account.view import Row

MOST_TEMPLATES = 1_000
"""Templates that the API may make in one account (contract: limits)."""
EDITORS = ("CODE", "USER_DRAGGABLE", "SYSTEM_DRAGGABLE")
FIELDS = ("name", "editor_type", "html", "text", "amp", "created", "updated")
_VARIABLE = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")


def describe_template(call: Call, row: Row) -> dict[str, Any]:
    """Return a template's attributes."""
    del call
    return {name: row.body.get(name) for name in FIELDS}


def _definition(call: Call, row: Row) -> dict[str, Any]:
    del call
    return {"definition": row.body.get("definition")}


TEMPLATE = Kind("template", "templates", describe_template, (), ("definition",), _definition)
KINDS = (TEMPLATE,)


def library(call: Call) -> list[Row]:
    """Return the templates that are no message's own."""
    return call.view.rows("template", parent="")


def _own(call: Call, identifier: str) -> Row:
    row = existing(call, "template", identifier)
    if row.parent:
        raise not_found("template", identifier)
    return row


def get_template(call: Call) -> Answer:
    """Read one template of the library."""
    return one(call, TEMPLATE, _own(call, call.args["id"]))


def post_template(call: Call) -> Answer:
    """Create a template from HTML."""
    attributes = call.attributes("template")
    name = call.text(attributes, "name")
    editor = attributes.get("editor_type")
    if editor not in EDITORS:
        raise invalid(f"'editor_type' must be one of {', '.join(EDITORS)}.", "/data/attributes/editor_type")
    body = {
        "name": name,
        "editor_type": editor,
        "html": attributes.get("html") or "",
        "text": attributes.get("text"),
        "amp": attributes.get("amp"),
        "definition": attributes.get("definition"),
    }
    return one(call, TEMPLATE, _store(call, body), 201)


def _store(call: Call, body: dict[str, Any]) -> Row:
    if len(library(call)) >= MOST_TEMPLATES:
        raise invalid(f"An account holds at most {MOST_TEMPLATES} templates made by the API.", "/data")
    identifier = call.view.new_id("template")
    call.view.put("template", identifier, body | {"created": call.stamp, "updated": call.stamp}, parent="")
    return existing(call, "template", identifier)


def patch_template(call: Call) -> Answer:
    """Change a template's name or content; clones that flows have stay as they are."""
    row = _own(call, call.args["id"])
    attributes = call.attributes("template", row.id)
    changed = {
        name: attributes[name] for name in ("name", "html", "text", "amp", "definition") if name in attributes
    }
    if "name" in changed:
        call.text(attributes, "name")
    if changed.get("html", "") is None:
        changed["html"] = ""
    call.view.put("template", row.id, row.body | changed | {"updated": call.stamp})
    return one(call, TEMPLATE, existing(call, "template"))


def remove_template(call: Call) -> Answer:
    """Delete a template of the library."""
    call.view.delete("template", _own(call, call.args["id"]).id)
    return 204, None


def clone_template(call: Call) -> Answer:
    """Copy a template into the library, under a name of its own where one is given."""
    attributes = call.attributes("template")
    source = existing(call, "template", str(call.body["data"].get("id")))
    name = attributes.get("name") or f"{source.body['name']} (Clone)"
    return one(call, TEMPLATE, _store(call, source.body | {"name": name}), 201)


def render_template(call: Call) -> Answer:
    """Fill a template's variables from the given context; what the context lacks becomes empty."""
    attributes = call.attributes("template")
    row = existing(call, "template", str(call.body["data"].get("id")))
    context = attributes.get("context")
    if not isinstance(context, dict):
        raise invalid("A context is required.", "/data/attributes/context")

    def fill(found: re.Match[str]) -> str:
        value: Any = context
        for part in found[1].split("."):
            value = value.get(part, "") if isinstance(value, dict) else ""
        return str(value)

    html = _VARIABLE.sub(fill, row.body["html"])
    text = row.body.get("text")
    filled = row.body | {"html": html, "text": None if text is None else _VARIABLE.sub(fill, text)}
    return one(call, TEMPLATE, Row(row.id, row.parent, filled), 201)


_MORE = {"template": ("definition",)}
_SHOWN = ("template",)
_READ, _WRITE = ("templates:read",), ("templates:write",)
ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/templates",
        listing(TEMPLATE, library),
        _READ,
        LARGE,
        Params(
            _SHOWN,
            _MORE,
            filters={"id": ANY, "name": ("any", "contains", "equals"), "created": TIME, "updated": TIME},
            sort=("created", "id", "name", "updated"),
            page=(10, 10),
        ),
    ),
    Endpoint("GET", "/api/templates/<id>", get_template, _READ, LARGE, Params(_SHOWN, _MORE)),
    Endpoint("POST", "/api/templates", post_template, _WRITE, LARGE, Params(_SHOWN, _MORE)),
    Endpoint("PATCH", "/api/templates/<id>", patch_template, _WRITE, LARGE, Params(_SHOWN, _MORE)),
    Endpoint("DELETE", "/api/templates/<id>", remove_template, _WRITE, LARGE),
    Endpoint("POST", "/api/template-clone", clone_template, _WRITE, LARGE, Params(_SHOWN)),
    Endpoint("POST", "/api/template-render", render_template, _READ, SMALL, Params(_SHOWN)),
)
