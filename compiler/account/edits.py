"""The writes on flows and their actions: create, set status, insert, change, delete."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from compiler.account.api import Call
from compiler.account.checking import Checker, refuse
from compiler.account.errors import Problem, duplicate, invalid, invalid_field
from compiler.account.flows import (
    action_order,
    actions_of,
    derived_status,
    forget_action,
    save_action,
    save_flow,
)
from compiler.account.graph import Action, breadth_first, exits, retarget, set_exit
from compiler.account.messages import CHANNELS, highest_status, messages, set_status, status_of
from compiler.account.revisions import BETA
from compiler.account.rewriting import WITH_STATUS, Rewriting, frame, relink
from compiler.account.settings import Switches
from compiler.account.shapes import ROOT
from compiler.account.view import Row, View


def shape_problems(call: Call, family: str, definition: Mapping[str, Any]) -> list[Problem]:
    """Return what the run's own checker of shapes finds in a definition."""
    found = call.settings.check_definition(family, definition, call.revision)
    return [invalid_field(message, f"{ROOT}{pointer}") for pointer, message in found]


def create_flow(call: Call, name: str, definition: Mapping[str, Any]) -> str:
    """Create a flow from a sent definition, and return its id; raises ``Refusal`` with every problem found."""
    taken = any(row.body["name"] == name for row in call.view.rows("flow"))
    if taken and call.switches.equal_flow_names == "refused":
        raise duplicate(f"A flow named '{name}' exists already.", "/data/attributes/name")
    checker = Checker(call.view, call.switches, call.revision)
    refuse(shape_problems(call, "flow", definition) or list(checker.flow(definition)))
    renamed = [rename_fields(action, call.revision) for action in definition["actions"]]
    return write_flow(call.view, call.switches, call.stamp, name, {**definition, "actions": renamed})


def write_flow(view: View, switches: Switches, stamp: str, name: str, definition: Mapping[str, Any]) -> str:
    """Store a checked definition as the server makes it, and return the new flow's id."""
    sent = {action["temporary_id"]: action for action in definition["actions"]}
    order = breadth_first(sent, definition.get("entry_action_id"))
    ids = {name: view.new_id("flow-action") for name in order}
    rewriting = Rewriting(view, switches, stamp, {})
    actions = [rewriting.action(sent[name], ids[name]) for name in order]
    for action in actions:
        relink(action, ids.__getitem__)
    identifier = view.new_id("flow")
    made = frame(definition)
    made["entry_action_id"] = ids.get(made["entry_action_id"])
    status = highest_status([found for action in actions if (found := status_of(action))])
    body = {"status": status, "archived": False, "created": stamp, "updated": stamp}
    save_flow(view, identifier, name, made, body)
    for action in actions:
        save_action(view, identifier, action, stamp)
    return identifier


def rename_fields(action: Mapping[str, Any], revision: str) -> Action:
    """Return an action with the names of the present: the beta called the quiet hours of SMS otherwise."""
    made = copy.deepcopy(dict(action))
    for kind, message in messages(made):
        if kind == "send-sms" and revision == BETA and "respecting_sms_quiet_hours" in message:
            message["sms_quiet_hours_enabled"] = message.pop("respecting_sms_quiet_hours")
    return made


def set_flow_status(call: Call, row: Row, status: str) -> None:
    """Set the status of a flow and of every action in it; only this moves the flow's ``updated``."""
    for action in actions_of(call.view, row.id).values():
        if status_of(action) is not None:
            set_status(action, status, call.stamp)
            save_action(call.view, row.id, action, call.stamp)
    call.view.put("flow", row.id, row.body | {"status": status, "updated": call.stamp})


def delete_flow(call: Call, row: Row) -> None:
    """Remove a flow with its actions, messages and taggings."""
    for identifier in actions_of(call.view, row.id):
        forget_action(call.view, identifier)
    for tagging in call.view.rows("tagging"):
        if (tagging.body["type"], tagging.body["id"]) == ("flow", row.id):
            call.view.delete("tagging", tagging.id)
    call.view.delete("flow", row.id)


def flow_of(call: Call, flow: str) -> Row:
    """Return the flow that an action belongs to."""
    row = call.view.row("flow", flow)
    assert row is not None, "an action's flow exists as long as the action"
    return row


def settle(call: Call, flow: str) -> None:
    """Let the flow's status follow its actions', where the account does that; ``updated`` stays."""
    if call.switches.flow_status == "follows":
        row = flow_of(call, flow)
        call.view.put("flow", flow, row.body | {"status": derived_status(call.view, row)})


def change_action(call: Call, row: Row, sent: Mapping[str, Any]) -> None:
    """Replace an action's definition as a whole; links are ignored, honoured or refused as the account does."""
    before: Action = row.body["definition"]
    if sent.get("type") != before["type"]:
        raise invalid("The type of an action cannot be changed.", f"{ROOT}/type")
    if sent.get("id", row.id) != row.id:
        raise invalid("The id of the definition is not the id of the action.", f"{ROOT}/id")
    checker = Checker(call.view, call.switches, call.revision)
    refuse(shape_problems(call, "action", sent) or list(checker.content(sent, ROOT)))
    numbers = unnamed_so_far(call, row.parent)
    rewriting = Rewriting(call.view, call.switches, call.stamp, numbers)
    after = rewriting.action(rename_fields(sent, call.revision), row.id, before)
    place_links(call, row.parent, before, after)
    save_action(call.view, row.parent, after, call.stamp)
    drop_unreached(call, row.parent)
    settle(call, row.parent)


def place_links(call: Call, flow: str, before: Action, after: Action) -> None:
    """Decide what becomes of the links of a changed action, as the switch says."""
    old = {found.where: found.target for found in exits(before)}
    new = {found.where: found.target for found in exits(after)}
    if new != old and call.switches.patch_links == "refused":
        raise invalid("The links of an action cannot be changed.", f"{ROOT}/links")
    known = actions_of(call.view, flow)
    if new != old and call.switches.patch_links == "honoured":
        strange = [found for found in exits(after) if found.target is not None and found.target not in known]
        refuse(
            [
                invalid_field(f"'{found.target}' names no action.", f"{ROOT}{found.pointer}")
                for found in strange
            ]
        )
        return
    for found in exits(after):
        set_exit(after, found.where, old.get(found.where))


def unnamed_so_far(call: Call, flow: str) -> dict[str, int]:
    """Return how many messages a flow has by kind of action, so that the next unnamed one gets its number."""
    counts = dict.fromkeys(CHANNELS, 0)
    for action in actions_of(call.view, flow).values():
        for kind, _ in messages(action):
            counts[kind] += 1
    return counts


def delete_action(call: Call, row: Row) -> None:
    """Remove an action; its parents go on to what followed, or end, as the account does.

    Of a split, what its first exit led to follows; what is no longer reached is removed.
    """
    flow = flow_of(call, row.parent)
    ways = exits(row.body["definition"])
    following = ways[0].target if ways and call.switches.delete_links == "splice" else None
    for action in actions_of(call.view, row.parent).values():
        if retarget(action, {row.id: following}):
            save_action(call.view, row.parent, action, call.stamp)
    forget_action(call.view, row.id)
    if flow.body["frame"]["entry_action_id"] == row.id:
        flow.body["frame"]["entry_action_id"] = following
        call.view.put("flow", flow.id, flow.body)
    drop_unreached(call, row.parent)
    settle(call, row.parent)


def drop_unreached(call: Call, flow: str) -> None:
    """Remove the actions that the entry no longer reaches."""
    row = flow_of(call, flow)
    actions = actions_of(call.view, flow)
    reached = set(breadth_first(actions, row.body["frame"]["entry_action_id"]))
    for identifier in action_order(call.view, row):
        if identifier not in reached:
            forget_action(call.view, identifier)


def is_always_live(action: Mapping[str, Any]) -> bool:
    """Return whether an action of this kind works from the moment it exists: its kind has no status."""
    return action["type"] not in WITH_STATUS
