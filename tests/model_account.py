"""One flow of a pure model of an account: what each stage does to a definition, under every answer of ``probe``."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from compiler.normalise.shape import breadth_first, senders, ways
from compiler.plan.bodies import create_definition, insert_definition, patch_definition, status_definition
from compiler.plan.expected import correspondence
from compiler.plan.knowledge import has_status
from compiler.plan.stages import (
    After,
    AfterNew,
    Before,
    CreateFlow,
    DeleteAction,
    DeleteFlow,
    First,
    InsertAction,
    PatchAction,
    Retire,
    SetActionStatus,
    SetStatus,
)

Api = dict[str, Any]
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
BRANCHES = "multi-branch-split"


class RefusedError(Exception):
    """The model account answers 400."""


@dataclass
class Switches:
    delete_links: str = "splice"
    patch_links: str = "ignored"
    insert_at_join: str = "every"
    weekdays: str = "absent"
    same_template: str = "kept"
    hierarchy: str = "absent"


@dataclass
class Flow:
    """A flow as the server holds it."""

    definition: Api
    status: str = "draft"
    gone: bool = False
    retired: bool = False

    @property
    def actions(self) -> dict[str, Api]:
        return {action["id"]: action for action in self.definition["actions"]}


@dataclass
class Model:
    switches: Switches = field(default_factory=Switches)
    templates: dict[str, Any] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    calls: int = 0
    numbers: Any = field(default_factory=lambda: count(1000))

    # Server

    def create(self, definition: Api) -> str:
        names = {one["temporary_id"]: str(next(self.numbers)) for one in definition["actions"]}
        made = copy.deepcopy(definition)
        for action in made["actions"]:
            action["id"] = names[action.pop("temporary_id")]
            retarget(action, names)
        made["entry_action_id"] = names.get(made.get("entry_action_id"))
        made["actions"] = [
            self.rewritten(one) for one in breadth_first(made["actions"], made["entry_action_id"])
        ]
        name = f"flow-{next(self.numbers)}"
        self.flows[name] = Flow(made)
        self.settle(self.flows[name])
        return name

    def rewritten(self, action: Api, before: Api | None = None) -> Api:
        made = copy.deepcopy(action)
        data = made.get("data")
        if has_status(made["type"]):
            data.setdefault("status", "draft")
        if made["type"] == "time-delay":
            if data.get("unit", "days") != "days" and {"delay_until_time", "delay_until_weekdays"} & {
                key for key in data if data[key] is not None
            }:
                raise RefusedError("weekdays on a delay that is not in days")
            if self.switches.weekdays == "all":
                data.setdefault("delay_until_weekdays", list(WEEK))
            if data.get("unit") == "hours" and data.get("secondary_value") is None:
                data["secondary_value"] = 0
        for place, sender in enumerate(senders(made)):
            known = [*senders(before)][place]["data"]["message"] if before else {}
            self.message(sender["type"], sender["data"]["message"], known)
        if made["type"] == BRANCHES:
            for branch in data["branches"]:
                branch["branch_id"] = f"{next(self.numbers):06x}"
        return made

    def message(self, kind: str, message: Api, known: Api) -> None:
        message["id"] = known.get("id") or f"M{next(self.numbers)}"
        message.setdefault("name", f"Email #{next(self.numbers)}")
        if kind == "send-email":
            message["reply_to_email"] = message.get("reply_to_email") or message.get("from_email")
            message["preview_text"] = message.get("preview_text") or ""
        if (
            kind == "send-sms"
            and self.switches.hierarchy == "repeated"
            and "message_hierarchy" not in message
        ):
            message["message_hierarchy"] = [
                {"message_format": "SMS", "message": message["body"], "image": None}
            ]
        source = message.get("template_id")
        if source and not (source == known.get("template_id") and self.switches.same_template == "kept"):
            message["template_id"] = f"T{next(self.numbers)}"
            self.templates[message["template_id"]] = self.templates.get(source, source)

    def patch(self, flow: Flow, body: Api) -> None:
        before = flow.actions[body["id"]]
        assert body["type"] == before["type"], "the type of an action cannot be changed"
        if self.switches.patch_links == "refused" and dict(ways(body)) != dict(ways(before)):
            raise RefusedError("links")
        made = self.rewritten(body, before)
        if self.switches.patch_links != "honoured":
            for key, target in ways(before):
                set_way(made, key, target)
        flow.definition["actions"] = [
            made if one["id"] == made["id"] else one for one in flow.definition["actions"]
        ]
        self.settle(flow)

    def insert(self, flow: Flow, body: Api, place: Any, made_before: dict[str, str]) -> str:
        name = str(next(self.numbers))
        made = self.rewritten({**body, "id": name})
        made.pop("temporary_id")
        if "data" in made and "status" in made["data"]:
            made["data"]["status"] = "draft"
        following = self.connect(flow, place, name, made_before, body)
        if made["type"] == BRANCHES:
            if following is not None:
                raise RefusedError("a split in the middle of a path needs a marker that nobody knows")
        else:
            made["links"] = {"next": following}
        flow.definition["actions"].append(made)
        self.settle(flow)
        return name

    def connect(self, flow: Flow, place: Any, name: str, made: dict[str, str], body: Api) -> str | None:
        match place:
            case First():
                assert not flow.definition["actions"]
                flow.definition["entry_action_id"] = name
                return None
            case Before(target):
                assert body["links"]["next"] == target
                leading = [
                    (one, key) for one in flow.actions.values() for key, to in ways(one) if to == target
                ]
                at_start = flow.definition["entry_action_id"] == target
                if self.switches.insert_at_join == "first" and (at_start or len(leading) > 1):
                    leading = [] if at_start else leading[:1]
                for one, key in leading:
                    set_way(one, key, name)
                if at_start:
                    flow.definition["entry_action_id"] = name
                return target
            case After(action, key) | AfterNew(action, key):
                parent = flow.actions[made[action] if isinstance(place, AfterNew) else action]
                following = dict(ways(parent))[key]
                set_way(parent, key, name)
                return following
        raise AssertionError(place)

    def delete(self, flow: Flow, name: str) -> None:
        if name not in flow.actions:
            return  # 404: done
        following = ways(flow.actions[name])[0][1] if self.switches.delete_links == "splice" else None
        for action in flow.definition["actions"]:
            retarget(action, {name: following})
        if flow.definition["entry_action_id"] == name:
            flow.definition["entry_action_id"] = following
        rest = [one for one in flow.definition["actions"] if one["id"] != name]
        reached = breadth_first(rest, flow.definition["entry_action_id"])
        flow.definition["actions"] = [one for one in reached if self._reaches(rest, flow, one["id"])]
        self.settle(flow)

    @staticmethod
    def _reaches(actions: list[Api], flow: Flow, name: str) -> bool:
        known = {one["id"]: one for one in actions}
        waiting, seen = [flow.definition["entry_action_id"]], set()
        while waiting:
            head = waiting.pop()
            if head in known and head not in seen:
                seen.add(head)
                waiting += [target for _, target in ways(known[head])]
        return name in seen

    @staticmethod
    def settle(flow: Flow) -> None:
        found = {(one.get("data") or {}).get("status") for one in flow.definition["actions"]}
        flow.status = next((status for status in ("live", "manual") if status in found), "draft")

    # Apply

    def run(self, unit: Any, stages: tuple[Any, ...] | None = None) -> str:
        """Apply a unit's stages; return the flow that has its name afterwards."""
        current: str = unit.id
        made: dict[str, str] = {}
        desired = {str(one.get("temporary_id") or one.get("id")): one for one in unit.desired["actions"]}
        for stage in unit.stages if stages is None else stages:
            current = self.step(stage, unit, current, made, desired)
        return current

    def step(  # noqa: C901 - one case a kind of stage
        self, stage: Any, unit: Any, current: str, made: dict[str, str], desired: dict[str, Api]
    ) -> str:
        name = getattr(stage, "flow", None) or current
        match stage:
            case CreateFlow():
                current = self.create(create_definition(unit.desired))
                made.update(correspondence(unit.desired, self.flows[current].definition))
            case PatchAction(_, action, step, _, changes):
                flow = self.flows[name]
                self.patch(flow, patch_definition(flow.actions[action], desired[step], changes))
            case InsertAction(_, step, _, place):
                made[step] = self.insert(
                    self.flows[name], insert_definition(desired[step], place), place, made
                )
            case DeleteAction(_, action, _):
                self.delete(self.flows[name], action)
            case SetActionStatus(_, action, step, status):
                flow = self.flows[name]
                self.patch(flow, status_definition(flow.actions[action or made[step]], status))
            case SetStatus(_, status):
                for action in self.flows[name].definition["actions"]:
                    if "status" in (action.get("data") or {}):
                        action["data"]["status"] = status
                self.settle(self.flows[name])
            case DeleteFlow(flow):
                self.flows[flow].gone = True
            case Retire(flow, _):
                self.flows[flow].retired = True
            case _:
                return current
        self.calls += 1
        return current


def set_way(action: Api, key: str | int, target: str | None) -> None:
    if isinstance(key, int):
        action["data"]["branches"][key]["links"] = None if target is None else {"next": target}
    else:
        action["links"] = {**(action.get("links") or {}), key: target}


def retarget(action: Api, names: dict[str, Any]) -> None:
    for key, target in ways(action):
        if target in names:
            set_way(action, key, names[target])
