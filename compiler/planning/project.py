"""The sentence of planning: specs and an account to units in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from compiler.bind import Names
from compiler.client import Client
from compiler.diagnostics import Problems
from compiler.live import LiveFlow, Snapshot, read
from compiler.normalise import NORMALISER
from compiler.pipeline import Compiled
from compiler.plan.case import Case, Ground
from compiler.plan.decide import decide_flow
from compiler.plan.others import in_order, wanted_tags, wanted_templates
from compiler.plan.stages import CreateFlow, InsertAction, PatchAction, Stage, Tag
from compiler.plan.units import Name, Plan, Unit
from compiler.planning.model import Planned, Scope, Sides, project_tag
from compiler.planning.namesakes import Choice, choose
from compiler.planning.observed import Contents, template_sources, whole_flows
from compiler.planning.ordering import dependencies_first
from compiler.planning.quick import REMARK, Unread, as_desired, quick_flows
from compiler.planning.retired import due_unit, retired_at
from compiler.planning.segments import gone_segment, wanted_segment
from compiler.planning.wanted import Wanted, placeholders, wanted_of, with_letters

PARTS: Final = ("metrics", "lists", "segments", "templates", "images", "tags", "flows")


def plan_project(
    compiled: Iterable[Compiled],
    client: Client,
    scope: Scope,
    problems: Problems,
    note: Callable[[str], object],
) -> Planned:
    """Return the plan that makes the account what the compiled specs say; what they cannot mean goes to ``problems``.

    Reads the inventory once, the project's own flows whole, and the templates whose content is in question.
    """
    note("reading the inventory")
    snapshot = read(client, scope.revision, parts=PARTS)
    return _Planning(client, scope, snapshot, problems).plan(list(compiled), note)


class _Planning:
    def __init__(self, client: Client, scope: Scope, snapshot: Snapshot, problems: Problems) -> None:
        self.client, self.scope, self.snapshot, self.problems = client, scope, snapshot, problems
        self.tag = project_tag(scope.project.name)
        self.ground = Ground(scope.revision, self.tag, scope.known)
        self.contents = Unread(client) if scope.quick else Contents(client)
        self.sides: dict[str, Sides] = {}
        self.remarks: list[str] = [REMARK] if scope.quick else []
        self.relied: list[Name] = []

    def plan(self, compiled: list[Compiled], note: Callable[[str], object]) -> Planned:
        names = Names(self.snapshot.things())
        wanted = wanted_of(compiled, names, self.scope.locked, self.problems)
        wanted, letters = with_letters(wanted, self.scope.project, names, self.contents)
        segments = self._segments([item for item in wanted if item.kind == "segment"])
        flows = self._flows([item for item in wanted if item.kind == "flow"], note)
        existing = [template.name for template in self.snapshot.templates]
        used = {name for unit in flows for name in _letters_of(unit)}
        templates = wanted_templates(
            {name: {"html": content["html"]} for name, content in letters.files.items() if name in used},
            {name: source for name, source in letters.clones.items() if name in used},
            existing,
        )
        tags = self._tags([*segments, *flows])
        units = dependencies_first(in_order([*tags, *templates, *segments, *flows]))
        changing = {unit.name for unit in units if unit.stages}
        used_names = {
            Name(thing.kind, thing.name, thing.id)
            for item in wanted
            if item.name in changing
            for thing in item.used
        }
        relied = sorted({*used_names, *self.relied}, key=lambda one: (one.kind, one.name, one.id or ""))
        plan = Plan(
            self.scope.project.name,
            self.snapshot.account.id,
            self.scope.revision,
            NORMALISER,
            tuple(relied),
            units,
        )
        shown = {thing.id: thing.name for thing in self.snapshot.things()}
        return Planned(plan, self.sides, self.contents.known, shown, tuple(self.remarks))

    def _flows(self, wanted: list[Wanted], note: Callable[[str], object]) -> list[Unit]:
        by_name: dict[str, list[LiveFlow]] = {}
        for flow in self.snapshot.flows:
            if not flow.retired and not flow.archived:
                by_name.setdefault(flow.name, []).append(flow)
        own = {item.name for item in wanted}
        gone = [
            flow
            for flow in self.snapshot.flows
            if self.tag in flow.tags and not flow.archived and flow.name not in own and self._sees_gone
        ]
        ids = [
            *(flow.id for item in wanted for flow in by_name.get(item.name, ())),
            *(flow.id for flow in gone),
        ]
        retired = self._retired()
        ids += [flow.id for flow in retired]
        note(f"reading {len(ids)} flows")
        whole = (quick_flows if self.scope.quick else whole_flows)(self.client, ids)
        units = []
        for item in wanted:
            units += self._flow(item, [one for one in by_name.get(item.name, ()) if one.id in whole], whole)
        for flow in gone:
            if flow.id in whole:
                units.append(decide_flow(Case(flow.name, None, whole[flow.id], tagged=True), self.ground))
        for flow, at in retired.items():
            if flow.id in whole and self.scope.now is not None:
                unit, remarks = due_unit(flow, whole[flow.id], at, self.scope.now)
                units.append(unit)
                self.remarks += remarks
        return units

    @property
    def _sees_gone(self) -> bool:
        """Whether what is tagged and has no spec is gone: all specs were given, and flows are read whole."""
        return self.scope.whole and not self.scope.quick

    def _retired(self) -> dict[LiveFlow, dt.datetime]:
        """Return the flows that this project retired and that still send, with the time."""
        if self.scope.now is None or self.scope.quick or not self.scope.whole:
            return {}
        found = {flow: retired_at(flow, self.tag) for flow in self.snapshot.flows if flow.status != "draft"}
        return {flow: at for flow, at in found.items() if at is not None}

    def _flow(self, item: Wanted, found: list[LiveFlow], whole: Mapping[str, Any]) -> list[Unit]:
        if self.scope.quick:
            whole = {flow.id: as_desired(whole[flow.id], item.definition) for flow in found}
        for flow in found:
            self.contents.compare(whole[flow.id]["definition"], item.definition)
        choice = choose(found, whole, item.definition, self.contents.known, self.tag)
        if choice is None:
            self._ambiguous(item, [flow.id for flow in found])
            return [Unit("flow", item.name, "blocked", reasons=("its name means several flows",))]
        self.remarks += [
            f'the flow {flow.id} is a draft equal to "{item.name}" ({choice.flow.id}) and nobody needs it; delete it'
            for flow in choice.surplus
            if choice.flow is not None
        ]
        unit = self._decided(item, choice, whole)
        if choice.flow is None:
            self.contents.of_library(template_sources(item.definition))
            self.relied.append(Name("flow", item.name, None))
        if choice.left is None:
            return [unit]
        case = Case(item.name, None, whole[choice.left.id], tagged=True)
        left = replace(decide_flow(case, self.ground), reasons=("another flow has taken its place already",))
        return [left, unit]

    def _decided(self, item: Wanted, choice: Choice, whole: Mapping[str, Any]) -> Unit:
        live = whole[choice.flow.id] if choice.flow is not None else None
        awaits = tuple(sorted({name for kind, name in item.made if kind == "segment"}))
        case = Case(
            item.name,
            item.definition,
            live,
            self.contents.known,
            tagged=choice.flow is not None and self.tag in choice.flow.tags,
            prevent_replace=item.document.data.get("prevent_replace") is True,
            retire="now" if item.document.data.get("retire") == "now" else "rolling",
            awaits=awaits,
        )
        unit = decide_flow(case, self.ground)
        unit = self._with_tags(unit, item, choice.flow)
        if live is not None and unit.stages:
            self.sides[item.name] = Sides(live["definition"], item.definition)
        return unit

    def _with_tags(self, unit: Unit, item: Wanted, flow: LiveFlow | None) -> Unit:
        """Put the document's tags on the flow; a tag that only the account has stays there."""
        has = set(flow.tags) if flow is not None and unit.change in ("update", "unchanged") else set()
        missing = [tag for tag in item.tags if tag not in has]
        if not missing or unit.change == "blocked":
            return unit
        target = unit.id if unit.change in ("update", "unchanged") else None
        stages: tuple[Stage, ...] = tuple(Tag(target, tag) for tag in missing)
        if unit.change == "unchanged":
            return replace(unit, change="update", stages=stages)
        made = 1 if isinstance(unit.stages[0], CreateFlow) else 0
        return replace(unit, stages=(*unit.stages[:made], *stages, *unit.stages[made:]))

    def _tags(self, units: list[Unit]) -> tuple[Unit, ...]:
        wanted = {stage.tag for unit in units for stage in unit.stages if isinstance(stage, Tag)}
        if any(unit.kind == "segment" and unit.change == "create" for unit in units):
            wanted.add(self.tag)
        return wanted_tags(wanted, [tag.name for tag in self.snapshot.tags])

    def _segments(self, wanted: list[Wanted]) -> list[Unit]:
        out = []
        for item in wanted:
            found = [one for one in self.snapshot.segments if one.name == item.name]
            if len(found) > 1:
                self._ambiguous(item, [one.id for one in found])
            else:
                self.relied += [] if found else [Name("segment", item.name, None)]
                out.append(wanted_segment(self.client, item, found[0] if found else None, self.tag))
        names = {item.name for item in wanted}
        gone = [one for one in self.snapshot.segments if self.tag in one.tags and one.name not in names]
        return [*out, *(gone_segment(self.client, one) for one in gone if self.scope.whole)]

    def _ambiguous(self, item: Wanted, ids: list[str]) -> None:
        message = (
            f'{len(ids)} {item.kind}s of the account are called "{item.name}": {", ".join(sorted(ids))};'
            " archive or rename all but one there"
        )
        self.problems.found.append(item.document.diagnose("F314", message, ("name",)))


def _letters_of(unit: Unit) -> set[str]:
    """Return the names of the templates that a unit's bodies carry: all in a create, else those of some steps."""
    if unit.desired is None or not unit.stages:
        return set()
    if not any(isinstance(stage, CreateFlow) for stage in unit.stages):
        steps = {stage.step for stage in unit.stages if isinstance(stage, InsertAction | PatchAction)}
        bodies = [
            one for one in unit.desired["actions"] if str(one.get("temporary_id") or one.get("id")) in steps
        ]
    else:
        bodies = unit.desired["actions"]
    return {name for kind, name in placeholders(bodies) if kind == "template"}
