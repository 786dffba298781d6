"""How flows, their actions and messages read, in the vocabulary of a call's revision."""

from __future__ import annotations

import copy
from typing import Any

from compiler.account.api import Call, Kind, Relation
from compiler.account.flows import action_order, definition_of
from compiler.account.graph import Action
from compiler.account.messages import messages
from compiler.account.revisions import BETA
from compiler.account.routes.tagging import tags_of
from compiler.account.view import Row

REENTRY_SINCE = "2026-04-15"


def describe_flow(call: Call, row: Row) -> dict[str, Any]:
    """Return a flow's attributes without its definition."""
    del call
    names = ("name", "status", "archived", "created", "updated", "trigger_type")
    return {name: row.body[name] for name in names}


def flow_definition(call: Call, row: Row) -> dict[str, Any]:
    """Return a flow's definition in the vocabulary of the call's revision."""
    definition = definition_of(call.view, row)
    if call.revision < REENTRY_SINCE:
        definition.pop("reentry_criteria", None)
    definition["actions"] = [action_definition(call, action) for action in definition["actions"]]
    return {"definition": definition}


def action_definition(call: Call, action: Action) -> Action:
    """Return an action in the vocabulary of the call's revision."""
    if call.revision != BETA:
        return action
    made = copy.deepcopy(action)
    for kind, message in messages(made):
        if kind == "send-sms" and "sms_quiet_hours_enabled" in message:
            message["respecting_sms_quiet_hours"] = message.pop("sms_quiet_hours_enabled")
    return made


def describe_action(call: Call, row: Row) -> dict[str, Any]:
    """Return an action's attributes."""
    definition = action_definition(call, row.body["definition"])
    return {"created": row.body["created"], "updated": row.body["updated"], "definition": definition}


def describe_message(call: Call, row: Row) -> dict[str, Any]:
    """Return a message's attributes."""
    del call
    return {name: row.body[name] for name in ("channel", "created", "updated", "definition")}


def _message_template(call: Call, row: Row) -> list[str]:
    """Return the id of the template that was cloned for a message."""
    return [clone.id for clone in call.view.rows("template", parent=row.id)]


FLOW = Kind(
    "flow",
    "flows",
    describe_flow,
    (
        Relation("flow-actions", "flow-action", lambda call, row: action_order(call.view, row)),
        Relation("tags", "tag", tags_of("flow")),
    ),
    ("definition",),
    flow_definition,
)
ACTION = Kind(
    "flow-action",
    "flow-actions",
    describe_action,
    (
        Relation("flow", "flow", lambda _, row: [row.parent], many=False),
        Relation(
            "flow-messages",
            "flow-message",
            lambda call, row: [message.id for message in call.view.rows("flow-message", parent=row.id)],
        ),
    ),
)
MESSAGE = Kind(
    "flow-message",
    "flow-messages",
    describe_message,
    (
        Relation("flow-action", "flow-action", lambda _, row: [row.parent], many=False),
        Relation("template", "template", _message_template, many=False),
    ),
)
KINDS = (FLOW, ACTION, MESSAGE)
