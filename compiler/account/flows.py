"""Flows as they are stored: a flow without actions, its actions and their messages as resources of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.account.graph import Action, breadth_first
from compiler.account.messages import CHANNELS, highest_status, messages, status_of
from compiler.account.view import Row, View

TRIGGER_TYPES = {
    "list": "Added to List",
    "segment": "Added to List",
    "metric": "Metric",
    "date": "Date Based",
    "price-drop": "Price Drop",
    "low-inventory": "Low Inventory",
}


def trigger_type(frame: Mapping[str, Any]) -> str:
    """Return a flow's trigger type as the API words it; segment triggers read as lists do."""
    triggers = frame["triggers"]
    return TRIGGER_TYPES.get(triggers[0]["type"], "Unconfigured") if triggers else "Unconfigured"


def actions_of(view: View, flow: str) -> dict[str, Action]:
    """Return the definitions of a flow's actions by id, in the order in which they were stored."""
    return {row.id: row.body["definition"] for row in view.rows("flow-action", parent=flow)}


def action_order(view: View, row: Row) -> list[str]:
    """Return the ids of a flow's actions as the API lists them: breadth-first, what nothing reaches last."""
    return _order(actions_of(view, row.id), row.body["frame"]["entry_action_id"])


def _order(actions: Mapping[str, Action], entry: str | None) -> list[str]:
    reached = breadth_first(actions, entry)
    return [*reached, *(identifier for identifier in actions if identifier not in set(reached))]


def definition_of(view: View, row: Row) -> dict[str, Any]:
    """Return a flow's whole definition, in the API's order of keys and actions."""
    frame = row.body["frame"]
    actions = actions_of(view, row.id)
    made = {
        "triggers": frame["triggers"],
        "profile_filter": frame["profile_filter"],
        "actions": [actions[identifier] for identifier in _order(actions, frame["entry_action_id"])],
        "entry_action_id": frame["entry_action_id"],
    }
    return made | {name: value for name, value in frame.items() if name not in made}


def save_flow(
    view: View, identifier: str, name: str, frame: Mapping[str, Any], body: Mapping[str, Any]
) -> None:
    """Store a flow; ``body`` holds status, archived, created and updated."""
    stored = {"name": name, **body, "trigger_type": trigger_type(frame), "frame": dict(frame)}
    view.put("flow", identifier, stored, parent="")


def save_action(view: View, flow: str, action: Action, stamp: str) -> None:
    """Store one action of a flow, and its messages; what it had before and has no more is removed."""
    before = view.get("flow-action", action["id"])
    body = {
        "action_type": action["type"],
        "status": status_of(action),
        "created": before["created"] if before else stamp,
        "updated": stamp,
        "definition": action,
    }
    view.put("flow-action", action["id"], body, parent=flow)
    kept = {message["id"]: (kind, message) for kind, message in messages(action) if message.get("id")}
    for row in view.rows("flow-message", parent=action["id"]):
        if row.id not in kept:
            forget_message(view, row.id)
    for identifier, (kind, message) in kept.items():
        earlier = view.get("flow-message", identifier)
        view.put(
            "flow-message",
            identifier,
            {
                "channel": CHANNELS[kind].name,
                "name": message.get("name"),
                "created": earlier["created"] if earlier else stamp,
                "updated": stamp,
                "definition": message,
            },
            parent=action["id"],
        )


def forget_message(view: View, identifier: str) -> None:
    """Remove a message, and the template that was cloned for it."""
    for clone in view.rows("template", parent=identifier):
        view.delete("template", clone.id)
    view.delete("flow-message", identifier)


def forget_action(view: View, identifier: str) -> None:
    """Remove an action with its messages."""
    for row in view.rows("flow-message", parent=identifier):
        forget_message(view, row.id)
    view.delete("flow-action", identifier)


def derived_status(view: View, row: Row) -> str:
    """Return the highest status of a flow's actions; the flow's own where no action has one."""
    statuses = [status for action in actions_of(view, row.id).values() if (status := status_of(action))]
    return highest_status(statuses) if statuses else str(row.body["status"])
