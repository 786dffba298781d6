"""The calls that edit a flow, built from a read made just before."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from compiler.apply.bodies import document
from compiler.apply.performing import Request
from compiler.apply.things import require_ids
from compiler.apply.tracking import Track
from compiler.client import calls
from compiler.normalise import ways
from compiler.plan.bodies import insert_definition, patch_definition, status_definition
from compiler.plan.stages import (
    After,
    AfterNew,
    DeleteAction,
    First,
    InsertAction,
    PatchAction,
    SetActionStatus,
    SetStatus,
)
from compiler.plan.units import Unit

Api = dict[str, Any]
Edit = PatchAction | InsertAction | DeleteAction | SetActionStatus | SetStatus
WORDS: Final = {
    PatchAction: "changing a step",
    InsertAction: "inserting a step",
    DeleteAction: "deleting a step",
    SetActionStatus: "setting a step's status",
    SetStatus: "setting the status",
}


def edit_words(unit: Unit, stage: Edit) -> str:
    """Say what a call does."""
    return f'{WORDS[type(stage)]} of "{unit.name}"'


def edit_request(unit: Unit, stage: Edit, track: Track, steps: Mapping[str, Api]) -> Request:
    """Return the call of a stage, once the flow reads as the calls before it left it.

    ``steps`` are the desired steps by their ids, with ids for what they name. Raises Stopped where the flow reads
    otherwise, or where a body would name something that the account does not have.
    """
    actions = {str(one["id"]): one for one in track.current()["actions"]}
    match stage:
        case SetStatus(_, status):
            body = document("flow", {"status": status}, track.flow)
            return Request(calls.UPDATE_FLOW, track.flow, body)
        case DeleteAction(_, action, _):
            return Request(calls.DELETE_ACTION, action)
        case InsertAction():
            return Request(
                calls.INSERT_ACTION, "", _insertion(unit, stage, track, actions, steps), tuple(actions)
            )
        case PatchAction(_, action, step, _, changes):
            definition = patch_definition(actions[action], steps[step], changes)
            name = action
        case SetActionStatus(_, known, step, status):
            name = known or track.made[step]
            definition = status_definition(actions[name], status)
    require_ids(f'the flow "{unit.name}"', definition)
    return Request(calls.UPDATE_ACTION, name, document("flow-action", {"definition": definition}, name))


def _insertion(
    unit: Unit, stage: InsertAction, track: Track, actions: Mapping[str, Api], steps: Mapping[str, Api]
) -> Api:
    definition = insert_definition(steps[stage.step], stage.place)
    require_ids(f'the flow "{unit.name}"', definition)
    attributes: Api = {"definition": definition}
    if "allow-live" in unit.needs:
        attributes["allow_live_action"] = True
    place = stage.place
    if isinstance(place, After | AfterNew):
        anchor = place.action if isinstance(place, After) else track.made[place.step]
        attributes["anchor-action"] = _anchor(actions[anchor], place.exit, definition["temporary_id"])
    body = document("flow-action", attributes)
    if isinstance(place, First):
        body["data"]["relationships"] = {"flow": {"data": {"type": "flow", "id": track.flow}}}
    return body


def _anchor(action: Mapping[str, Any], exit_: str | int, temporary: str) -> Api:
    """Return an action as read, with one exit leading to what is inserted there."""
    given = copy.deepcopy(dict(action))
    for key, _ in ways(given):
        target = temporary if key == exit_ else None
        if isinstance(key, int):
            given["data"]["branches"][key]["links"] = {"next": target} if target else None
        else:
            given["links"][key] = target
    attributes = {"definition": given}
    return {"data": {"type": "flow-action", "id": str(action["id"]), "attributes": attributes}}
