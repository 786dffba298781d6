"""``POST /api/flow-actions``: one new action, in exactly one of three placements (since 2026-10-15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compiler.account.api import Call
from compiler.account.checking import Checker, refuse
from compiler.account.edits import (
    flow_of,
    is_always_live,
    rename_fields,
    settle,
    shape_problems,
    unnamed_so_far,
)
from compiler.account.errors import invalid, not_found
from compiler.account.flows import actions_of, save_action
from compiler.account.graph import BOOLEAN_SPLITS, BRANCHES, Action, exits, set_exit
from compiler.account.messages import EXPERIMENTS, set_status
from compiler.account.rewriting import Rewriting
from compiler.account.shapes import ROOT
from compiler.account.view import Row

ANCHOR = "/data/attributes/anchor-action"
NOT_INSERTED = (*BOOLEAN_SPLITS, *EXPERIMENTS)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a new action goes: its flow, the links to point at it as (action, exit), and what follows it."""

    flow: str
    before: tuple[tuple[str, str | int], ...]
    following: str | None
    at_start: bool = False


def insert_action(call: Call) -> str:
    """Insert the action of the call's body, and return its id; raises ``Refusal`` for what cannot be placed."""
    attributes = call.attributes("flow-action")
    sent = attributes.get("definition")
    if not isinstance(sent, dict) or not isinstance(sent.get("type"), str):
        raise invalid("A definition with a type is required.", ROOT)
    if sent["type"] in NOT_INSERTED:
        raise invalid(f"An action of type '{sent['type']}' cannot be inserted.", f"{ROOT}/type")
    if sent.get("id") is not None or not isinstance(sent.get("temporary_id"), str):
        raise invalid("A new action carries 'temporary_id' and no 'id'.", f"{ROOT}/temporary_id")
    placement = find_placement(call, attributes, sent)
    checker = Checker(call.view, call.switches, call.revision)
    refuse(shape_problems(call, "action", sent) or list(checker.content(sent, ROOT)))
    flow = flow_of(call, placement.flow)
    if (
        is_always_live(sent)
        and flow.body["status"] == "live"
        and attributes.get("allow_live_action") is not True
    ):
        raise invalid(
            "The action would be live at once; allow_live_action is needed in a live flow.",
            "/data/attributes/allow_live_action",
        )
    identifier = call.view.new_id("flow-action")
    rewriting = Rewriting(call.view, call.switches, call.stamp, unnamed_so_far(call, placement.flow))
    made = rewriting.action(rename_fields(sent, call.revision), identifier)
    set_status(made, "draft", call.stamp)
    _follow(made, sent, placement.following)
    _connect(call, placement, identifier)
    save_action(call.view, placement.flow, made, call.stamp)
    settle(call, placement.flow)
    return identifier


def find_placement(call: Call, attributes: Mapping[str, Any], sent: Action) -> Placement:
    """Return the one placement that a request names; raises ``Refusal`` unless it is exactly one."""
    anchor = attributes.get("anchor-action")
    downstream = [way for way in exits(sent) if way.target is not None]
    flow = (call.body["data"].get("relationships") or {}).get("flow")
    if sum((anchor is not None, bool(downstream), flow is not None)) != 1:
        raise invalid(
            "Exactly one of anchor-action, links of the definition and relationships.flow places an action.",
            "/data/attributes",
        )
    if anchor is not None:
        return _after(call, anchor, sent["temporary_id"])
    if flow is not None:
        return _first(call, flow)
    return _before(call, downstream[0].target)


def _after(call: Call, anchor: Any, temporary: str) -> Placement:
    data = anchor.get("data") if isinstance(anchor, dict) else None
    definition = ((data or {}).get("attributes") or {}).get("definition")
    if not isinstance(data, dict) or not isinstance(definition, dict):
        raise invalid("An anchor names an action and one of its links.", f"{ANCHOR}/data")
    row = call.view.row("flow-action", str(data.get("id")))
    if row is None:
        raise not_found("flow-action", str(data.get("id")))
    pointer = f"{ANCHOR}/data/attributes/definition"
    stored = row.body["definition"]
    if definition.get("type") != stored["type"]:
        raise invalid(f"The anchor is of type '{stored['type']}'.", f"{pointer}/type")
    chosen = [way.where for way in exits(definition) if way.target == temporary]
    if len(chosen) != 1:
        raise invalid("Exactly one link of the anchor must lead to the new action.", f"{pointer}/links")
    where = _stored_exit(stored, definition, chosen[0], pointer)
    target = next(way.target for way in exits(stored) if way.where == where)
    return Placement(row.parent, ((row.id, where),), target)


def _stored_exit(stored: Action, given: Mapping[str, Any], where: str | int, pointer: str) -> str | int:
    """Return which exit of the stored anchor is meant; branches are told apart by their id."""
    if not isinstance(where, int):
        return where
    wanted = given["data"]["branches"][where].get("branch_id")
    for n, branch in enumerate(stored["data"]["branches"]):
        if branch["branch_id"] == wanted:
            return n
    raise invalid(f"The anchor has no branch '{wanted}'.", f"{pointer}/data/branches/{where}/branch_id")


def _first(call: Call, flow: Any) -> Placement:
    identifier = str(((flow or {}).get("data") or {}).get("id"))
    if call.view.row("flow", identifier) is None:
        raise not_found("flow", identifier)
    if actions_of(call.view, identifier):
        raise invalid("The flow has actions already.", "/data/relationships/flow")
    return Placement(identifier, (), None, at_start=True)


def _before(call: Call, target: str | None) -> Placement:
    row = call.view.row("flow-action", str(target))
    if row is None:
        raise invalid(f"'{target}' names no action.", f"{ROOT}/links/next")
    ways = tuple(
        (identifier, way.where)
        for identifier, action in actions_of(call.view, row.parent).items()
        for way in exits(action)
        if way.target == row.id
    )
    at_start = flow_of(call, row.parent).body["frame"]["entry_action_id"] == row.id
    if call.switches.insert_at_join == "first" and (at_start or len(ways) > 1):
        ways = () if at_start else ways[:1]
    return Placement(row.parent, ways, row.id, at_start=at_start)


def _follow(made: Action, sent: Mapping[str, Any], following: str | None) -> None:
    """Let the new action lead on to what followed; a split does so by the branch that is marked ``joined``."""
    if made["type"] != BRANCHES:
        made["links"] = {"next": following}
        return
    branches = sent["data"]["branches"]
    joined = [n for n, branch in enumerate(branches) if branch.get("joined")]
    if following is not None and len(joined) != 1:
        raise invalid("One branch must be marked as joined to what follows.", f"{ROOT}/data/branches")
    for n, branch in enumerate(made["data"]["branches"]):
        target = following if n in joined else None
        branch["links"] = None if target is None else {"next": target}


def _connect(call: Call, placement: Placement, identifier: str) -> None:
    actions = actions_of(call.view, placement.flow)
    for parent, where in placement.before:
        action = actions[parent]
        set_exit(action, where, identifier)
        save_action(call.view, placement.flow, action, call.stamp)
    if placement.at_start:
        flow: Row = flow_of(call, placement.flow)
        flow.body["frame"]["entry_action_id"] = identifier
        call.view.put("flow", flow.id, flow.body)
