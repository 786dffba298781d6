"""Lowers a resolved flow or segment to the request body of the API; references stay symbolic.

Actions stand breadth-first from the entry, true branch first. A step's ``id`` is its temporary id; the others are
numbered ``1, 2, ...`` in that order. The children of a test are ``ID:main``, ``ID:1``, ``ID:2``: free names, since
the server replaces them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from compiler import kinds
from compiler.codecs.base import ABSENT, At, Run, merge
from compiler.codecs.conditions import Conditions, too_old
from compiler.codecs.phrases import Reentry, parse
from compiler.codecs.records import Record, put, record
from compiler.codecs.references import Reference
from compiler.diagnostics import nearest
from compiler.graph import breadth_first
from compiler.model import INHERIT, LINKS, Flow, Segment, Step

SUBJECT_KEYS = ("name", "integration", "id")


class ActionCodec:
    """One action kind at one revision: its record, and the words of its delay."""

    def __init__(self, kind: kinds.Kind, revision: str) -> None:
        self.kind = kind
        self.record: Record = record(kind.schema, revision, kind.name)

    def fields(self, body: Any, at: At, run: Run) -> dict[str, Any]:
        """Return the action's ``data`` of the author's value, without links and status."""
        kind = self.kind
        if kind.inline is not None:
            body = {kind.inline: body}
        elif kind.phrase is not None and isinstance(body, str):
            body = self.spoken(body, at, run)
        lowered = self.record.lower(body or {}, at, run)
        if not kind.within:
            return lowered
        out: dict[str, Any] = {}
        put(out, kind.within, lowered)
        return out

    def spoken(self, text: str, at: At, run: Run) -> dict[str, Any]:
        """Return the mapping that a delay's words stand for."""
        assert self.kind.phrase is not None
        minutes = self.kind.phrase.get("minutes")
        units = [unit for unit in self.kind.phrase["units"]]
        found = parse(text, units, at, run)
        if found is ABSENT:
            return {}
        value, unit, extra = found
        return {"value": value, "unit": unit} | ({minutes: extra} if extra is not None else {})


@cache
def action_codec(name: str, revision: str) -> ActionCodec:
    """Return the codec of an action kind at a revision."""
    return ActionCodec(kinds.kinds("actions")[name], revision)


def lower_action(kind_name: str, body: Any, at: At, run: Run) -> dict[str, Any]:
    """Return ``{"type": ..., "data": ...}`` of one step's value; an action without fields has no data."""
    codec = action_codec(kind_name, run.revision)
    if not kinds.has(run.revision, codec.kind.since):
        run.mistake("F501", too_old(run.revision, codec.kind), at)
        return {"type": kind_name}
    out: dict[str, Any] = {"type": kind_name}
    out.update(codec.fields(body, at, run))
    return out


class _Lowering:
    def __init__(self, flow: Flow, run: Run) -> None:
        self.flow, self.run = flow, run
        self.order = breadth_first(flow)
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
            out.append({"branch_id": f"{len(items):06x}", "branch_filter": None, "links": links, "is_else": True})
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


@cache
def branch_record(revision: str) -> Record:
    """Return the record of one branch of a multi-branch split."""
    schema = kinds.kinds("actions")["multi-branch-split"].schema
    return record(schema["properties"]["branches"]["items"], revision, "multi-branch-split")


def trigger_kind(name: str, body: Any) -> kinds.Kind | None:
    """Return the trigger kind of a key and its value; the date triggers differ by a field."""
    for kind in kinds.kinds("triggers").values():
        if kind.name == name and all(isinstance(body, Mapping) and body.get(key) == value for key, value in kind.variant.items()):
            return kind
    return None


@cache
def trigger_record(file: str, revision: str) -> Record:
    """Return the record of a trigger kind's fields at a revision."""
    return record(kinds.kinds("triggers")[file].schema, revision, file)


def lower_trigger(trigger: Mapping[str, Any], at: At, run: Run) -> dict[str, Any]:
    """Return the API's trigger; also makes it the run's, for what is derived from it."""
    patch = trigger.get("raw")
    name = next((key for key in trigger if key != "raw"), None)
    if name is None:
        run.trigger = dict(patch or {})
        return dict(patch or {})
    kind = trigger_kind(name, trigger[name])
    if kind is None:
        known = [other.variant["date_field_type"] for other in kinds.kinds("triggers").values() if other.name == name]
        said = trigger[name].get("date_field_type") if isinstance(trigger[name], Mapping) else None
        run.mistake("F204", f"date_field_type is one of {', '.join(known)}{nearest(str(said), known)}", ((at, name), "date_field_type"))
        return {"type": name}
    if not kinds.has(run.revision, kind.since):
        run.mistake("F501", f"revision {run.revision} has no {kind.title.lower()} trigger; the first that has it is {kind.since}", (at, name))
        return {"type": name}
    out = _trigger_fields(kind, trigger[name], (at, name), run)
    return merge(out, patch) if patch else out


def _trigger_fields(kind: kinds.Kind, body: Any, at: At, run: Run) -> dict[str, Any]:
    inner = trigger_record(kind.file, run.revision)
    out: dict[str, Any] = {"type": kind.name}
    if kind.inline is not None:
        return run_trigger(run, out | inner.lower({kind.inline: body}, at, run))
    if kind.subject is not None:
        fields = body if isinstance(body, Mapping) else {"name": body} if body is not None else {}
        subject = {key: fields[key] for key in SUBJECT_KEYS if fields.get(key) is not None}
        if subject:
            out["id"] = Reference(kind.subject).lower(subject, at, run)
        body = {key: value for key, value in fields.items() if key not in SUBJECT_KEYS}
    run_trigger(run, out | {key: body[key] for key in kind.variant})
    return out | inner.lower(body, at, run)


def run_trigger(run: Run, trigger: dict[str, Any]) -> dict[str, Any]:
    """Make a trigger the run's and return it."""
    run.trigger = trigger
    return trigger


def lower_flow(flow: Flow, run: Run) -> dict[str, Any]:
    """Return the create body of a flow: ``{"data": {"type": "flow", "attributes": {"name", "definition"}}}``."""
    data = flow.data
    definition: dict[str, Any] = {"triggers": [], "profile_filter": None, "entry_action_id": None, "actions": []}
    if data.get("trigger") is not None:
        definition["triggers"] = [lower_trigger(data["trigger"], (None, "trigger"), run)]
    if data.get("profile_filter") is not None:
        definition["profile_filter"] = Conditions("flow-filter").lower(data["profile_filter"], (None, "profile_filter"), run)
    if data.get("reentry") is not None:
        definition.update(_reentry(data["reentry"], run))
    lowering = _Lowering(flow, run)
    definition["actions"] = [lowering.action(flow.steps[index]) for index in lowering.order]
    if lowering.order:
        definition["entry_action_id"] = lowering.ids[0]
    if data.get("raw"):
        definition = merge(definition, data["raw"])
    return {"data": {"type": "flow", "attributes": {"name": flow.name, "definition": definition}}}


def _reentry(value: Any, run: Run) -> dict[str, Any]:
    since = kinds.field_since("reentry_criteria")
    if not kinds.has(run.revision, since):
        run.mistake("F501", f"revision {run.revision} has no reentry; the first that has it is {since}", (None, "reentry"))
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
