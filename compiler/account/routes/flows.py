"""Flows, their actions and messages over HTTP (contract: flows; insertion since 2026-10-15)."""

from __future__ import annotations

from typing import Any

from compiler.account.api import Answer, Call, Endpoint, Params
from compiler.account.documents import existing, one, resource, self_link
from compiler.account.edits import change_action, create_flow, delete_action, delete_flow, set_flow_status
from compiler.account.errors import invalid
from compiler.account.filters import ANY, EQUALS, TEXT, TIME
from compiler.account.generic import linkage, listing, read, related
from compiler.account.insertion import insert_action
from compiler.account.limits import SMALL, Limit
from compiler.account.revisions import BETA
from compiler.account.routes.flow_kinds import ACTION, FLOW, KINDS, MESSAGE, flow_definition

__all__ = ["ENDPOINTS", "KINDS"]

FLOW_STATUSES = ("draft", "live", "manual")


def post_flow(call: Call) -> Answer:
    """Create a flow; the answer shows its whole definition."""
    attributes = call.attributes("flow")
    name = call.text(attributes, "name")
    definition = attributes.get("definition")
    if not isinstance(definition, dict):
        raise invalid("A definition is required.", "/data/attributes/definition")
    identifier = create_flow(call, name, definition)
    row = existing(call, "flow", identifier)
    data = resource(call, FLOW, row)
    if "definition" in call.query.fields.get("flow", ("definition",)):
        data["attributes"] |= flow_definition(call, row)
    return 201, {"data": data, "links": {"self": self_link(call)}}


def patch_flow(call: Call) -> Answer:
    """Set a flow's status, and with it every action's; nothing else of a flow can be changed."""
    row = existing(call, "flow")
    attributes = call.attributes("flow", row.id)
    for name in attributes:
        if name != "status":
            raise invalid(f"'{name}' of a flow cannot be changed.", f"/data/attributes/{name}")
    status = call.text(attributes, "status")
    if status not in FLOW_STATUSES:
        raise invalid(f"'{status}' is not a status of a flow.", "/data/attributes/status")
    set_flow_status(call, row, status)
    return one(call, FLOW, existing(call, "flow"))


def remove_flow(call: Call) -> Answer:
    """Delete a flow."""
    delete_flow(call, existing(call, "flow"))
    return 204, None


def patch_action(call: Call) -> Answer:
    """Replace an action's definition."""
    row = existing(call, "flow-action")
    sent = call.attributes("flow-action", row.id).get("definition")
    if not isinstance(sent, dict):
        raise invalid("A definition is required.", "/data/attributes/definition")
    change_action(call, row, sent)
    return one(call, ACTION, existing(call, "flow-action"))


def remove_action(call: Call) -> Answer:
    """Delete an action."""
    delete_action(call, existing(call, "flow-action"))
    return 204, None


def post_action(call: Call) -> Answer:
    """Insert an action."""
    return one(call, ACTION, existing(call, "flow-action", insert_action(call)), 201)


_SHOWN = ("flow-action", "flow", "tag")
_ACTIONS = {"id": ("any",), "action_type": ANY, "status": EQUALS, "created": TIME, "updated": TIME}
_ACTION_ORDER = ("action_type", "created", "id", "status", "updated")
_MESSAGES = {"id": ("any",), "name": TEXT, "created": TIME, "updated": TIME}
_MESSAGE_ORDER = ("created", "id", "name", "updated")
_FLOWS = {
    "id": ("any",),
    "name": TEXT,
    "status": EQUALS,
    "archived": EQUALS,
    "created": TIME,
    "updated": TIME,
    "trigger_type": EQUALS,
}
_DEFINITION = {"flow": ("definition",)}
_READ, _WRITE = ("flows:read",), ("flows:write",)
_MORE = ("flows:read", "tags:read")


def _get(path: str, handler: Any, params: Params, scopes: tuple[str, ...] = _READ) -> Endpoint:
    return Endpoint("GET", f"/api/{path}", handler, scopes, SMALL, params)


ENDPOINTS = (
    _get(
        "flows",
        listing(FLOW),
        Params(
            fields=_SHOWN,
            include=("flow-actions", "tags"),
            filters=_FLOWS,
            sort=("created", "id", "name", "status", "trigger_type", "updated"),
            page=(50, 50),
        ),
    ),
    _get("flows/<id>", read(FLOW), Params(_SHOWN, _DEFINITION, ("flow-actions", "tags"))),
    Endpoint(
        "POST", "/api/flows", post_flow, _WRITE, Limit(1, 15, 100), Params(("flow",), _DEFINITION), since=BETA
    ),
    Endpoint("PATCH", "/api/flows/<id>", patch_flow, _WRITE, SMALL, Params(("flow",))),
    Endpoint("DELETE", "/api/flows/<id>", remove_flow, _WRITE, SMALL, since="2024-06-15"),
    _get(
        "flows/<id>/flow-actions",
        related(FLOW, "flow-actions"),
        Params(("flow-action",), filters=_ACTIONS, sort=_ACTION_ORDER, page=(50, 50)),
    ),
    _get(
        "flows/<id>/relationships/flow-actions",
        linkage(FLOW, "flow-actions"),
        Params(filters=_ACTIONS, sort=_ACTION_ORDER, page=(50, 50)),
    ),
    _get("flows/<id>/tags", related(FLOW, "tags"), Params(("tag",)), _MORE),
    _get("flows/<id>/relationships/tags", linkage(FLOW, "tags"), Params(), _MORE),
    _get(
        "flow-actions/<id>",
        read(ACTION),
        Params(("flow-action", "flow-message", "flow"), include=("flow", "flow-messages")),
    ),
    Endpoint(
        "PATCH", "/api/flow-actions/<id>", patch_action, _WRITE, SMALL, Params(("flow-action",)), "2025-10-15"
    ),
    Endpoint("DELETE", "/api/flow-actions/<id>", remove_action, _WRITE, SMALL, since="2026-04-15"),
    Endpoint("POST", "/api/flow-actions", post_action, _WRITE, SMALL, Params(("flow-action",)), "2026-10-15"),
    _get("flow-actions/<id>/flow", related(ACTION, "flow"), Params(("flow",))),
    _get("flow-actions/<id>/relationships/flow", linkage(ACTION, "flow"), Params()),
    _get(
        "flow-actions/<id>/flow-messages",
        related(ACTION, "flow-messages"),
        Params(("flow-message",), filters=_MESSAGES, sort=_MESSAGE_ORDER, page=(50, 50)),
    ),
    _get(
        "flow-actions/<id>/relationships/flow-messages",
        linkage(ACTION, "flow-messages"),
        Params(filters=_MESSAGES, sort=_MESSAGE_ORDER, page=(50, 50)),
    ),
    _get(
        "flow-messages/<id>",
        read(MESSAGE),
        Params(("flow-action", "flow-message", "template"), include=("flow-action", "template")),
    ),
    _get("flow-messages/<id>/flow-action", related(MESSAGE, "flow-action"), Params(("flow-action",))),
    _get("flow-messages/<id>/relationships/flow-action", linkage(MESSAGE, "flow-action"), Params()),
    _get(
        "flow-messages/<id>/template",
        related(MESSAGE, "template"),
        Params(("template",)),
        ("templates:read",),
    ),
    _get(
        "flow-messages/<id>/relationships/template",
        linkage(MESSAGE, "template"),
        Params(),
        ("templates:read",),
    ),
)
