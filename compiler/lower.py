"""Lowers a resolved flow or segment to the request body of the API; references stay symbolic.

Actions stand breadth-first from the entry, true branch first. A step's ``id`` is its temporary id; the others are
numbered ``1, 2, ...`` in that order. The children of a test are ``ID:main``, ``ID:1``, ``ID:2``: free names, since
the server replaces them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from compiler import kinds
from compiler.actions import branch_record, lower_action
from compiler.codecs.base import ABSENT, At, Run, merge
from compiler.codecs.conditions import Conditions
from compiler.codecs.phrases import Reentry
from compiler.codecs.records import put
from compiler.graph import breadth_first, build
from compiler.model import INHERIT, LINKS, Flow, Segment, Step
from compiler.triggers import lower_trigger


class _Lowering:
    def __init__(self, flow: Flow, run: Run, graph: nx.DiGraph[int]) -> None:
        self.flow, self.run = flow, run
        self.order = breadth_first(graph)
        free = iter(range(1, len(self.order) + 1))
        self.ids = {index: flow.steps[index].id or str(next(free)) for index in self.order}

    def action(self, step: Step) -> dict[str, Any]:
        temporary = self.ids[step.index]
        if step.kind == "raw":
            action = merge({}, step.raw or {})
        else:
            action = lower_action(step.kind, step.body, (step.at, step.kind), self.run)
            kind = kinds.kinds("actions")[step.kind]
            if kind.test:
                self._tests(action, step, temporary)
            if kind.status:
                self._status(action, step.status)
        action = {"temporary_id": temporary, **action}
        self._links(action, step)
        return merge(action, step.raw) if step.raw and step.kind != "raw" else action

    def _status(self, action: dict[str, Any], status: str | None) -> None:
        if status is not None:
            put(action, ("data", "status"), self.flow.status if status == INHERIT else status)

    def _links(self, action: dict[str, Any], step: Step) -> None:
        targets = {way.role: None if way.target is None else self.ids.get(way.target) for way in step.exits}
        if step.kind == "multi-branch-split":
            put(action, ("data", "branches"), self._branches(step, targets))
        elif targets:
            action["links"] = {LINKS[role]: target for role, target in targets.items()}

    def _branches(self, step: Step, targets: Mapping[str, str | None]) -> list[dict[str, Any]]:
        listed: At = ((step.at, step.kind), "branches")
        items = step.body.get("branches") or ()
        inner = branch_record(self.run.revision)
        out = []
        for position, branch in enumerate(items):
            lowered = inner.lower(branch, (listed, position), self.run)
            if branch.get("raw"):
                lowered = merge(lowered, branch["raw"])
            target = targets[str(position)]
            api = {"branch_id": f"{position:06x}", "order": position, **lowered}
            if "order" in branch and branch["order"] is None:
                del api["order"]
            out.append({**api, "links": None if target is None else {"next": target}})
        if "else" in targets:
            target = targets["else"]
            links = None if target is None else {"next": target}
            out.append(
                {"branch_id": f"{len(items):06x}", "branch_filter": None, "links": links, "is_else": True}
            )
        return out

    def _tests(self, action: dict[str, Any], step: Step, temporary: str) -> None:
        at: At = (step.at, step.kind)
        body = step.body
        put(action, ("data", "main_action"), self._child(body["main"], (at, "main"), f"{temporary}:main"))
        variations = body.get("variations")
        if variations is None:
            return
        children = [
            self._child(child, ((at, "variations"), position), f"{temporary}:{position + 1}")
            for position, child in enumerate(variations)
        ]
        shares = {
            f"{temporary}:{position + 1}": child["allocation"]
            for position, child in enumerate(variations)
            if child.get("allocation") is not None
        }
        put(action, ("data", "current_experiment", "variations"), children)
        if body.get("allocations") is not None:
            shares = body["allocations"]
        if shares:
            put(action, ("data", "current_experiment", "allocations"), shares)
        elif body.get("allocations") is not None:
            put(action, ("data", "current_experiment", "allocations"), {})

    def _child(self, child: Mapping[str, Any], at: At, temporary: str) -> dict[str, Any]:
        name = next((key for key in child if key not in ("allocation", "status", "raw")), None)
        out: dict[str, Any] = {"temporary_id": temporary}
        if name is not None:
            out |= lower_action(name, child[name], (at, name), self.run)
            self._status(out, child.get("status", INHERIT))
        out["links"] = {"next": None}
        patch = child.get("raw")
        return merge(out, patch) if patch else out


def lower_flow(flow: Flow, run: Run, graph: nx.DiGraph[int] | None = None) -> dict[str, Any]:
    """Return the create body of a flow: ``{"data": {"type": "flow", "attributes": {"name", "definition"}}}``."""
    data = flow.data
    definition: dict[str, Any] = {
        "triggers": [],
        "profile_filter": None,
        "entry_action_id": None,
        "actions": [],
    }
    if data.get("trigger") is not None:
        definition["triggers"] = [lower_trigger(data["trigger"], (None, "trigger"), run)]
    if data.get("profile_filter") is not None:
        definition["profile_filter"] = Conditions("flow-filter").lower(
            data["profile_filter"], (None, "profile_filter"), run
        )
    if data.get("reentry") is not None:
        definition.update(_reentry(data["reentry"], run))
    lowering = _Lowering(flow, run, build(flow) if graph is None else graph)
    definition["actions"] = [lowering.action(flow.steps[index]) for index in lowering.order]
    if lowering.order:
        definition["entry_action_id"] = lowering.ids[0]
    if data.get("raw"):
        definition = merge(definition, data["raw"])
    return {"data": {"type": "flow", "attributes": {"name": flow.name, "definition": definition}}}


def _reentry(value: Any, run: Run) -> dict[str, Any]:
    since = kinds.field_since("reentry_criteria")
    if not kinds.has(run.revision, since):
        run.mistake(
            "F501",
            f"revision {run.revision} has no reentry; the first that has it is {since}",
            (None, "reentry"),
        )
    found = Reentry().lower(value, (None, "reentry"), run)
    return {} if found is ABSENT else {"reentry_criteria": found}


def lower_segment(segment: Segment, run: Run) -> dict[str, Any]:
    """Return the create body of a segment: name, definition and, where they are written, starred and active."""
    data = segment.data
    definition = Conditions("segment").lower(data.get("definition") or [], (None, "definition"), run)
    if data.get("raw"):
        definition = merge(definition, data["raw"])
    attributes: dict[str, Any] = {"name": segment.name, "definition": definition}
    for key, field in (("starred", "is_starred"), ("active", "is_active")):
        if data.get(key) is not None:
            attributes[field] = data[key]
    return {"data": {"type": "segment", "attributes": attributes}}
