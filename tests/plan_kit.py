"""Pairs of flows that single calls connect: a generated flow, and the same after some such calls."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from random import Random
from typing import Any

from generate import Maker
from generate_actions import STATUSES
from model_account import Model, Switches, retarget, set_way

from compiler.normalise import equal, normalise_pair
from compiler.normalise.shape import BRANCHES, TESTS, senders, ways
from compiler.plan.case import Case, Ground
from compiler.plan.decide import decide_flow
from compiler.plan.knowledge import UNSURE, Knowledge, is_linear
from compiler.plan.units import Unit

Api = dict[str, Any]
REVISION = "2026-10-15"
LINEAR = (
    "send-email", "send-sms", "send-mobile-push", "send-whatsapp", "send-webhook", "send-internal-alert",
    "update-profile", "list-update", "time-delay", "countdown-delay", "target-date", "back-in-stock-delay",
)  # fmt: skip


class Editor:
    """Makes random edits of a create body's definition, each of which is one call."""

    def __init__(self, random: Random, definition: Api) -> None:
        self.random, self.maker = random, Maker(random, joins=0.0)
        self.made = copy.deepcopy(definition)
        self.number = 0

    @property
    def actions(self) -> dict[str, Api]:
        return {one["temporary_id"]: one for one in self.made["actions"]}

    def parents(self, name: str) -> int:
        into = sum(target == name for one in self.made["actions"] for _, target in ways(one))
        return into + (self.made.get("entry_action_id") == name)

    def edit(self) -> None:
        self.random.choice((self.insert, self.delete, self.change, self.status, self.graft))()

    def new(self, kind: str) -> Api:
        self.number += 1
        made: Api = {"temporary_id": f"new-{self.number}", "type": kind, "links": {"next": None}}
        data = self.maker.data(kind, self.made["triggers"][0])
        return made if data is None else {**made, "data": data}

    def insert(self) -> None:
        exits = [(one, key, target) for one in self.made["actions"] for key, target in ways(one)]
        new = self.new(self.random.choice(LINEAR))
        if not exits or self.random.random() < 0.15:
            new["links"]["next"] = self.made.get("entry_action_id")
            self.made["entry_action_id"] = new["temporary_id"]
        else:
            one, key, target = self.random.choice(exits)
            set_way(one, key, new["temporary_id"])
            new["links"]["next"] = target
        self.made["actions"].append(new)

    def single(self) -> list[Api]:
        return [
            one
            for one in self.made["actions"]
            if is_linear(one["type"]) and one["type"] not in UNSURE and self.parents(one["temporary_id"]) == 1
        ]

    def delete(self) -> None:
        found = self.single()
        if not found:
            return
        gone = self.random.choice(found)
        self.made["actions"].remove(gone)
        following = ways(gone)[0][1]
        for one in self.made["actions"]:
            retarget(one, {gone["temporary_id"]: following})
        if self.made["entry_action_id"] == gone["temporary_id"]:
            self.made["entry_action_id"] = following

    def change(self) -> None:
        found = [one for one in self.made["actions"] if one["type"] in LINEAR and one.get("data")]
        if found:
            one = self.random.choice(found)
            one["data"] = self.maker.data(one["type"], self.made["triggers"][0])

    def status(self) -> None:
        found = [one for one in self.made["actions"] if "status" in (one.get("data") or {})]
        if found:
            self.random.choice(found)["data"]["status"] = self.random.choice(STATUSES)

    def graft(self) -> None:
        ends = [(one, key) for one in self.made["actions"] for key, to in ways(one) if to is None]
        if not ends or self.random.random() < 0.7:
            return
        self.number += 1
        inner = self.new("send-email")
        branches = [
            {"branch_id": "000000", "name": "A", "links": {"next": inner["temporary_id"]}},
            {"branch_id": "000001", "branch_filter": None, "links": None, "is_else": True},
        ]
        new = {
            "temporary_id": f"new-{self.number}s",
            "type": BRANCHES,
            "data": {"name": "S", "branches": branches},
        }
        one, key = self.random.choice(ends)
        set_way(one, key, new["temporary_id"])
        self.made["actions"] += [new, inner]


def tame(definition: Api) -> Api:
    """Return a generated definition without what no account can hold: two forms of one name, waits that are refused."""
    made = copy.deepcopy(definition)
    for action in made["actions"]:
        if action["type"] == "time-delay" and action["data"].get("unit", "days") != "days":
            for key in ("delay_until_time", "delay_until_weekdays"):
                action["data"].pop(key, None)
        for sender in senders(action):
            sender["data"]["message"].pop("id", None)
        if action["type"] in TESTS:
            action["data"].pop("experiment_status", None)
    return made


def flow_pair(seed: int, size: int, edits: int) -> tuple[Api, Api]:
    random = Random(seed)
    live = tame(Maker(random, joins=0.2).flow(size))
    editor = Editor(random, live)
    for _ in range(edits):
        editor.edit()
    return live, tame(editor.made)


def template_ids(*definitions: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for definition in definitions:
        for action in definition["actions"]:
            for sender in senders(action):
                source = sender["data"]["message"].get("template_id")
                if source:
                    found[source] = f"content of {source}"
    return found


def seeded(live: Api, desired: Api, switches: Switches) -> tuple[Model, str]:
    """Return a model account that holds the live flow, statuses included, and the flow's id."""
    model = Model(switches, template_ids(live, desired))
    return model, model.create(live)


def case(model: Model, flow: str, desired: Api, **more: Any) -> Case:
    held = model.flows[flow]
    live = {
        "id": flow,
        "name": "F",
        "archived": False,
        "status": held.status,
        "definition": copy.deepcopy(held.definition),
    }
    more = {"tagged": True, "retire": "rolling", **more}
    return Case("F", desired, live, model.templates, **more)


def plan(model: Model, flow: str, desired: Api, known: Knowledge | None = None, **more: Any) -> Unit:
    return decide_flow(
        case(model, flow, desired, **more), Ground(REVISION, "flowc", known or knowledge(model.switches))
    )


def knowledge(switches: Switches) -> Knowledge:
    return Knowledge(
        joins_at_create="accepted",
        delete_links=switches.delete_links,
        patch_links=switches.patch_links,
        insert_at_join=switches.insert_at_join,
        flow_status="follows",
        equal_flow_names="accepted",
    )


def is_desired(model: Model, flow: str, desired: Api) -> bool:
    return equal(*normalise_pair(model.flows[flow].definition, desired, model.templates))
