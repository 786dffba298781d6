"""What a flow should read as after some of a unit's stages, by what the calls are documented to do.

A read that differs says that the account answers one of ``probe``'s questions in another way, or that somebody
else changed the flow; either way the rest of the stages no longer fits.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from compiler.normalise.shape import BRANCHES, breadth_first, ways
from compiler.plan.bodies import put
from compiler.plan.stages import (
    After,
    AfterNew,
    Before,
    DeleteAction,
    InsertAction,
    PatchAction,
    SetActionStatus,
    SetStatus,
    Stage,
)

Plain = dict[str, Any]


def expected(live: Mapping[str, Any], desired: Mapping[str, Any], stages: Iterable[Stage]) -> Plain:
    """Return the normalised definition that ``stages`` make of ``live``; both are normalised.

    Inserted steps have ids of their own kind, so compare with ``normalise.equal`` after ``normalise_pair``.
    """
    state = _State(copy.deepcopy(dict(live)), {str(one["id"]): one for one in desired["actions"]})
    for stage in stages:
        state.take(stage)
    return {**state.flow, "actions": breadth_first(state.flow["actions"], state.flow["entry_action_id"])}


def correspondence(desired: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, str]:
    """Return which step of a definition became which action of the flow created with it, walking both from the entry."""
    steps = {str(one.get("temporary_id") or one.get("id")): one for one in desired["actions"]}
    actions = {str(one["id"]): one for one in made["actions"]}
    found: dict[str, str] = {}
    waiting = [(desired.get("entry_action_id"), made.get("entry_action_id"))]
    while waiting:
        step, action = waiting.pop()
        if step in steps and action in actions and step not in found:
            found[str(step)] = str(action)
            both = zip(ways(steps[str(step)]), ways(actions[str(action)]), strict=False)
            waiting += [(before, after) for (_, before), (_, after) in both]
    return found


class _State:
    def __init__(self, flow: Plain, steps: Mapping[str, Mapping[str, Any]]) -> None:
        self.flow, self.steps = flow, steps

    def action(self, name: str) -> Plain:
        found: Plain = next(one for one in self.flow["actions"] if one["id"] == name)
        return found

    def take(self, stage: Stage) -> None:
        if isinstance(stage, PatchAction):
            for change in stage.changes:
                put(self.action(stage.action), change.path, change.new, keep=False)
        elif isinstance(stage, SetActionStatus):
            self.action(stage.action or new_name(stage.step))["data"]["status"] = stage.status
        elif isinstance(stage, SetStatus):
            for action in self.flow["actions"]:
                if "status" in action["data"]:
                    action["data"]["status"] = stage.status
        elif isinstance(stage, InsertAction):
            self.insert(stage)
        elif isinstance(stage, DeleteAction):
            gone = self.action(stage.action)
            self.flow["actions"].remove(gone)
            self.lead(stage.action, ways(gone)[0][1])

    def lead(self, old: str, new: str | None) -> None:
        """Let everything that leads to one action lead to another."""
        for action in self.flow["actions"]:
            for key, target in ways(action):
                if target == old:
                    _set(action, key, new)
        if self.flow["entry_action_id"] == old:
            self.flow["entry_action_id"] = new

    def insert(self, stage: InsertAction) -> None:
        made = copy.deepcopy(dict(self.steps[stage.step]))
        made["id"] = new_name(stage.step)
        if "status" in made["data"]:
            made["data"]["status"] = "draft"
        following: str | None = None
        if isinstance(stage.place, Before):
            following = stage.place.action
            self.lead(following, made["id"])
        elif isinstance(stage.place, After | AfterNew):
            place = stage.place
            parent = self.action(place.action if isinstance(place, After) else new_name(place.step))
            following = dict(ways(parent))[place.exit]
            _set(parent, place.exit, made["id"])
        else:
            self.flow["entry_action_id"] = made["id"]
        for key, _ in ways(made):
            _set(made, key, None if made["type"] == BRANCHES else following)
        self.flow["actions"].append(made)


def new_name(step: str) -> str:
    """Return the id that stands for a step that the unit inserts."""
    return f"new {step}"


def _set(action: Plain, key: str | int, target: str | None) -> None:
    if isinstance(key, int):
        action["data"]["branches"][key]["links"] = {"next": target}
    else:
        action["links"][key] = target
