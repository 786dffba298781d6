"""Cases of plans as files: both sides as specs, decided in a model of an account, and seen as people see them."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from model_account import Model, Switches
from plan_kit import template_ids
from through_yaml import compiled

from compiler import source
from compiler.diagnostics import Problems
from compiler.diff import FlowDiff, diff_flows
from compiler.emit import emit
from compiler.normalise import NORMALISER, normalise, normalise_pair
from compiler.plan.case import Case, Ground
from compiler.plan.decide import decide_flow
from compiler.plan.knowledge import Knowledge
from compiler.plan.others import SegmentCase, decide_segment, in_order, wanted_tags, wanted_templates
from compiler.plan.refusals import REMEMBERED, edit_mark
from compiler.plan.units import Plan, Unit
from compiler.report.plan_parts import PlanView
from compiler.report.plan_view import view

CASES = Path(__file__).parent / "cases" / "plan"
NAMES = tuple(sorted(path.stem for path in CASES.glob("*.yaml")))
OPTIONS = ("never_live", "prevent_replace", "retire", "awaits", "replaced")
REVISION = "2026-10-15"
Plain = dict[str, Any]


def read(name: str) -> Plain:
    problems = Problems()
    data: Plain = source.load(name, (CASES / f"{name}.yaml").read_bytes(), problems).data
    assert not list(problems)
    return data


def definition(spec: Plain | None) -> Plain | None:
    return None if spec is None else compiled(emit(spec))


def flow_case(data: Plain) -> Case:
    """Return the case's flow on both sides, the live one as the model account holds it."""
    live, desired = definition(data.get("live")), definition(data.get("desired"))
    used = template_ids(*(side for side in (live, desired) if side is not None))
    contents = {key: {"html": f"<p>{content}</p>"} for key, content in used.items()}
    contents |= {f"@template:{name}": content for name, content in data.get("templates", {}).items()}
    model = Model(Switches(), contents)
    name = (data.get("desired") or data["live"])["name"]
    held = None
    if live is not None:
        flow = model.create(live)
        held = {
            "id": flow,
            "name": data["live"]["name"],
            "archived": False,
            "status": data["live"]["status"],
            "definition": copy.deepcopy(model.flows[flow].definition),
        }
        for action, wanted in zip(held["definition"]["actions"], normalise(live)["actions"], strict=True):
            if "status" in wanted["data"]:
                action["data"]["status"] = wanted["data"]["status"]
    more = {key: data[key] for key in OPTIONS if key in data}
    more["awaits"] = tuple(more.get("awaits", ()))
    return Case(name, desired, held, model.templates, tagged=True, **more)


def comparison(case: Case) -> FlowDiff | None:
    if case.live is None:
        return None
    live = case.live["definition"]
    return diff_flows(*normalise_pair(live, live if case.desired is None else case.desired, case.templates))


def segment_unit(data: Plain) -> Unit:
    sides = {
        side: None if side not in data else {"name": data[side]["name"], "definition": definition(data[side])}
        for side in ("live", "desired")
    }
    if sides["live"]:
        sides["live"] |= {"id": "SEG1", "is_active": True, "is_starred": False}
    if sides["desired"] and "starred" in data["desired"]:
        sides["desired"]["is_starred"] = data["desired"]["starred"]
    triggers = tuple(data.get("triggers", ()))
    name = (sides["desired"] or sides["live"])["name"]
    return decide_segment(SegmentCase(name, sides["desired"], sides["live"], triggers, tagged=True))


def planned(*units: Unit) -> Plan:
    return Plan("acme", "AbC123", "2026-10-15", NORMALISER, (), in_order(units))


def decided(data: Plain, tags: tuple[str, ...] = ()) -> tuple[Plan, dict[str, FlowDiff]]:
    if "segment" in data:
        return planned(segment_unit(data["segment"])), {}
    case = flow_case(data)
    known = Knowledge(flow_status="follows", equal_flow_names="accepted", **data.get("known", {}))
    ground = Ground(data.get("revision", REVISION), "flowc acme", known)
    unit = decide_flow(case, ground)
    if "refused" in data:
        edits = [stage for stage in unit.stages if isinstance(stage, REMEMBERED)]
        marks = {edit_mark(stage, case.desired or {}): data["refused"] for stage in edits}
        unit = decide_flow(replace(case, refused=marks), ground)
    diff = comparison(case)
    files = {name: {"html": html} for name, html in data.get("files", {}).items()}
    made = (*wanted_tags(tags, ()), *wanted_templates(files, data.get("clones", {}), {}))
    return planned(unit, *made), {} if diff is None else {str(unit.id): diff}


def seen(name: str, **more: Any) -> PlanView:
    return view(*decided(read(name)), **more)
