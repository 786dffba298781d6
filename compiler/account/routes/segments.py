"""Segments over HTTP: definitions, processing (five at once at most), members."""

from __future__ import annotations

from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Kind, Params
from compiler.account.checking import Checker, refuse
from compiler.account.documents import existing, one
from compiler.account.edits import shape_problems
from compiler.account.errors import invalid
from compiler.account.filters import AFTER, ANY, EQUALS
from compiler.account.generic import listing, read
from compiler.account.limits import LARGE, SMALL, XS, Limit
from compiler.account.membership import fill_segment
from compiler.account.routes.groups import group_endpoints, group_relations
from compiler.account.routes.people import count_members
from compiler.account.routes.tagging import forget_taggings
from compiler.account.view import Row

MOST_PROCESSING = 5
"""Segments that an account processes at once (contract: "segment processing limit")."""


def is_processing(call: Call, row: Row) -> bool:
    """Return whether a segment's members are still being found."""
    return bool(row.body.get("ready_at", 0.0) > call.now.timestamp())


def describe_segment(call: Call, row: Row) -> dict[str, Any]:
    """Return a segment's attributes."""
    names = ("name", "definition", "created", "updated", "is_active")
    shown = {name: row.body[name] for name in names}
    return shown | {"is_processing": is_processing(call, row), "is_starred": row.body["is_starred"]}


def _count(call: Call, row: Row) -> dict[str, Any]:
    return {"profile_count": count_members(call, row.id)}


SEGMENT = Kind(
    "segment", "segments", describe_segment, group_relations("segment"), ("profile_count",), _count
)
KINDS = (SEGMENT,)


def _process(call: Call, identifier: str, body: dict[str, Any], parent: str | None) -> None:
    """Store a segment whose members are to be found anew."""
    busy = sum(is_processing(call, row) for row in call.view.rows("segment") if row.id != identifier)
    if busy >= MOST_PROCESSING:
        raise invalid(
            f"The segment processing limit of {MOST_PROCESSING} is reached; try again when one is done.",
            "/data",
        )
    ready = call.now.timestamp() + call.switches.segment_processing
    call.view.put("segment", identifier, body | {"updated": call.stamp, "ready_at": ready}, parent=parent)
    fill_segment(call.view, identifier, body["definition"], call.now)


def _checked(call: Call, definition: Any) -> dict[str, Any]:
    if not isinstance(definition, dict):
        raise invalid("A definition is required.", "/data/attributes/definition")
    checker = Checker(call.view, call.switches, call.revision)
    refuse(shape_problems(call, "segment", definition) or list(checker.segment(definition)))
    return definition


def post_segment(call: Call) -> Answer:
    """Create a segment, which processes at first."""
    attributes = call.attributes("segment")
    body = {
        "name": call.text(attributes, "name"),
        "definition": _checked(call, attributes.get("definition")),
        "created": call.stamp,
        "is_active": True,
        "is_starred": bool(attributes.get("is_starred")),
    }
    identifier = call.view.new_id("segment")
    _process(call, identifier, body, "")
    return one(call, SEGMENT, existing(call, "segment", identifier), 201)


def patch_segment(call: Call) -> Answer:
    """Change a segment's name, star, activity or definition; a new definition processes anew."""
    row = existing(call, "segment")
    attributes = call.attributes("segment", row.id)
    body = row.body | {
        name: attributes[name]
        for name in ("name", "is_starred", "is_active")
        if attributes.get(name) is not None
    }
    if attributes.get("name") is not None:
        call.text(attributes, "name")
    if "definition" in attributes:
        body["definition"] = _checked(call, attributes["definition"])
    if body["definition"] != row.body["definition"]:
        _process(call, row.id, body, None)
    else:
        call.view.put("segment", row.id, body | {"updated": call.stamp})
    return one(call, SEGMENT, existing(call, "segment"))


def remove_segment(call: Call) -> Answer:
    """Delete a segment with its members."""
    row = existing(call, "segment")
    call.view.connection.execute("DELETE FROM members WHERE held_by = ?", (row.id,))
    forget_taggings(call.view, "segment", row.id)
    call.view.delete("segment", row.id)
    return 204, None


_SHOWN = ("flow", "segment", "tag")
_INCLUDED = ("flow-triggers", "tags")
_READ, _WRITE = ("segments:read",), ("segments:write",)
_DAILY = Limit(1, 15, 100)
ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/segments",
        listing(SEGMENT),
        _READ,
        LARGE,
        Params(
            _SHOWN,
            include=_INCLUDED,
            filters={
                "name": ANY,
                "id": ANY,
                "created": AFTER,
                "updated": AFTER,
                "is_active": ANY,
                "is_starred": EQUALS,
            },
            sort=("created", "id", "name", "updated"),
            page=(10, 10),
        ),
    ),
    Endpoint(
        "GET",
        "/api/segments/<id>",
        read(SEGMENT),
        _READ,
        LARGE,
        Params(_SHOWN, {"segment": ("profile_count",)}, _INCLUDED),
        heavier={"profile_count": XS},
    ),
    Endpoint("POST", "/api/segments", post_segment, _WRITE, _DAILY, Params(("segment",)), since="2024-06-15"),
    Endpoint(
        "PATCH", "/api/segments/<id>", patch_segment, _WRITE, _DAILY, Params(("segment",)), since="2024-06-15"
    ),
    Endpoint("DELETE", "/api/segments/<id>", remove_segment, _WRITE, SMALL, since="2024-06-15"),
    *group_endpoints(SEGMENT),
)
