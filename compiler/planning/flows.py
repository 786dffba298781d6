"""The part of a plan that is about flows: which flow a name means, what is read of it, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from compiler.client import Client
from compiler.diagnostics import Problems
from compiler.live import LiveFlow, Snapshot
from compiler.plan.case import Case, Ground
from compiler.plan.decide import decide_flow
from compiler.plan.refusals import refused_of
from compiler.plan.units import Name, Unit
from compiler.planning.deciding import Subject, settle, stays_behind, with_tags
from compiler.planning.foreign import foreign_templates
from compiler.planning.model import Scope, Sides
from compiler.planning.namesakes import Choice, choose
from compiler.planning.observed import Contents, template_sources, whole_flows
from compiler.planning.quick import as_desired, quick_flows
from compiler.planning.references import by_name
from compiler.planning.renaming import Gone, likely_renamings, old_name
from compiler.planning.retired import due_unit, retired_at
from compiler.planning.segments import ambiguous
from compiler.planning.unfinished import left_over, unfinished
from compiler.planning.unsent import why_kept
from compiler.planning.wanted import Wanted

Api = dict[str, Any]
Shown = Mapping[str, Any]


@dataclass(slots=True)
class FlowPlanning:
    """Plans the flows of one account; ``sides`` (by flow id), ``remarks`` and ``relied`` tell what was found.

    ``names`` are what specs call the flows that they may mean, by id; ``kept`` the ids that flows keep, by name.
    """

    client: Client
    scope: Scope
    snapshot: Snapshot
    ground: Ground
    contents: Contents
    problems: Problems
    sides: dict[str, Sides] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    relied: list[Name] = field(default_factory=list)
    whole: dict[str, Api] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

    def plan(self, wanted: list[Wanted], note: Callable[[str], object]) -> list[Unit]:
        """Return what becomes of each flow that a spec wants, and of those of the project that none wants."""
        meant = {item.name: self._meant(item) for item in wanted}
        self.names = {flow.id: item.name for item in wanted for flow in meant[item.name]}
        gone, retired = self._gone(wanted), self._retired()
        ids = [flow.id for flow in (*(one for some in meant.values() for one in some), *gone, *retired)]
        note(f"reading {len(set(ids))} flows")
        self.whole = (quick_flows if self.scope.quick else whole_flows)(self.client, dict.fromkeys(ids))
        if self.scope.quick:
            for item in wanted:
                found = [flow.id for flow in meant[item.name] if flow.id in self.whole]
                self.whole |= {flow: as_desired(self.whole[flow], item.definition) for flow in found}
        self.contents.compare_all(
            (self.whole[flow.id]["definition"], item.definition)
            for item in wanted
            for flow in meant[item.name]
            if flow.id in self.whole
        )
        units: list[Unit] = []
        subjects: list[Subject] = []
        for item in wanted:
            some = [*self._subjects(item, [one for one in meant[item.name] if one.id in self.whole])]
            subjects += some
            if not some:
                units.append(Unit("flow", item.name, "blocked", reasons=("its name means several flows",)))
        self._point_out(wanted, meant, gone)
        used = ((subject.item, subject.case.live) for subject in subjects if subject.item is not None)
        self.problems.extend(foreign_templates(used, self.contents.known))
        subjects += [
            Subject(Case(flow.name, None, self.whole[flow.id], tagged=True), flow)
            for flow in gone
            if flow.id in self.whole
        ]
        return [*units, *self._decided(subjects), *self._due(retired)]

    # Which flows

    def _meant(self, item: Wanted) -> list[LiveFlow]:
        """Return the flows that a document may mean: those of its name, else those of the name that it had."""
        found = self._named(item.name)
        old = old_name(item)
        if old is None:
            return found
        before = self._named(old)
        if not found:
            return before
        first = min(flow.created for flow in found)
        return [*found, *(flow for flow in before if flow.created < first)]  # a replace was interrupted

    def _named(self, name: str) -> list[LiveFlow]:
        return [
            flow
            for flow in self.snapshot.flows
            if flow.name == name and not flow.retired and not flow.archived
        ]

    def _gone(self, wanted: list[Wanted]) -> list[LiveFlow]:
        """Return the project's flows that no spec wants: all specs were given, and flows are read whole."""
        if not self.scope.whole or self.scope.quick:
            return []
        own = {item.name for item in wanted} | {old_name(item) for item in wanted}
        return [
            flow
            for flow in self.snapshot.flows
            if self.ground.tag in flow.tags and not flow.archived and flow.name not in own
        ]

    def _retired(self) -> dict[LiveFlow, dt.datetime]:
        """Return the flows that this project retired and that still send, with the time."""
        if self.scope.now is None or self.scope.quick or not self.scope.whole:
            return {}
        found = {
            flow: retired_at(flow, self.ground.tag) for flow in self.snapshot.flows if flow.status != "draft"
        }
        return {flow: at for flow, at in found.items() if at is not None}

    # What is wanted of them

    def _subjects(self, item: Wanted, found: list[LiveFlow]) -> Iterator[Subject]:
        """Yield what a document is about: its flow, and one whose place that has taken; nothing where nobody can tell."""
        own = [flow for flow in found if flow.name == item.name]
        before = [flow for flow in found if flow.name != item.name]
        choice = self._chosen(item, own or before)
        if choice is None:
            self._ambiguous(item, own or before)
            return
        if choice.flow is None:
            self.contents.of_library(template_sources(item.definition))
        if not own:
            self.relied.append(Name("flow", item.name, None))
        for flow in choice.surplus:
            assert choice.flow is not None, "a surplus draft is one too many"
            self.remarks.append(
                f'the flow {flow.id} is a draft equal to "{item.name}" ({choice.flow.id}) and nobody needs it; delete it'
            )
        left = [choice.left] if choice.left is not None else []
        if own and choice.flow is not None and self._is_ours(choice.flow):
            left += before
        for flow in left:
            yield Subject(self._left(item, flow), flow)
        yield Subject(self._case(item, choice.flow), choice.flow, item, choice.unlike)

    def _chosen(self, item: Wanted, found: list[LiveFlow]) -> Choice | None:
        """Return which flow is meant; where there are several, the project's flows count by their names."""
        whole, desired = self.whole, item.definition
        if len(found) > 1:
            desired = by_name(desired, self.names)
            whole = {
                one.id: {"definition": by_name(self.whole[one.id]["definition"], self.names)} for one in found
            }
        return choose(found, whole, desired, self.contents.known, self.ground.tag)

    def _is_ours(self, flow: LiveFlow) -> bool:
        return self.ground.tag in flow.tags or flow.status == "draft"

    def _left(self, item: Wanted, flow: LiveFlow) -> Case:
        """Return the case of a flow that an interrupted replace has left."""
        tagged = self.ground.tag in flow.tags
        return Case(flow.name, None, self.whole[flow.id], tagged=tagged, replaced=True, retire=_retire(item))

    def _case(self, item: Wanted, flow: LiveFlow | None) -> Case:
        return Case(
            item.name,
            item.definition,
            self.whole[flow.id] if flow is not None else None,
            self.contents.known,
            tagged=flow is not None and self.ground.tag in flow.tags,
            prevent_replace=item.document.data.get("prevent_replace") is True,
            retire=_retire(item),
            awaits=tuple(sorted({name for kind, name in item.made if kind == "segment"})),
            refused=refused_of(self.scope.refusals, flow.id, self.scope.revision) if flow else {},
        )

    def _ambiguous(self, item: Wanted, found: list[LiveFlow]) -> None:
        several = ambiguous(item, found[0].name, [flow.id for flow in found])
        self.problems.found.append(left_over(item, found, self.ground.tag) or several)

    def _point_out(
        self, wanted: list[Wanted], meant: Mapping[str, list[LiveFlow]], gone: list[LiveFlow]
    ) -> None:
        created = [item for item in wanted if not meant[item.name]]
        went = [Gone(flow, self.whole[flow.id]["definition"]) for flow in gone if flow.id in self.whole]
        self.problems.extend(likely_renamings(created, went))

    # What becomes of them

    def _decided(self, subjects: list[Subject]) -> Iterator[Unit]:
        """Decide on every flow; where a draft would stay behind, ask first whether it may go."""
        settled = settle(subjects, self.ground, quick=self.scope.quick)
        self.kept = settled.kept
        units = list(settled.units)
        asked = {
            at: subject.flow
            for at, subject in enumerate(settled.subjects)
            if subject.flow is not None and stays_behind(subject, units[at])
        }
        if asked and self.scope.now is not None:
            why = why_kept(self.client, self.snapshot, list(asked.values()), self.scope.now)
            for at, flow in asked.items():
                subject = settled.subjects[at]
                case = replace(subject.case, never_live=not why[flow.id], kept=why[flow.id])
                units[at] = decide_flow(case, self.ground)
        for unit, subject in zip(units, settled.subjects, strict=True):
            tagged = with_tags(unit, subject)
            self.problems.extend(unfinished(subject, unit))
            self._show(tagged, subject.case.live, subject.case.desired)
            yield tagged

    def _show(self, unit: Unit, live: Shown | None, desired: Shown | None) -> None:
        """Keep both sides of a flow that changes or cannot; one that goes has one side, which names its steps."""
        if unit.change != "unchanged" and live is not None:
            was = live["definition"]
            self.sides[str(unit.id)] = Sides(was, was if desired is None else desired)

    def _due(self, retired: Mapping[LiveFlow, dt.datetime]) -> Iterator[Unit]:
        """Yield what stops by now in the flows that were retired before."""
        for flow, at in retired.items():
            if flow.id in self.whole and self.scope.now is not None:
                unit, remarks = due_unit(flow, self.whole[flow.id], at, self.scope.now)
                self.remarks += remarks
                self._show(unit, self.whole[flow.id], None)
                yield unit


def _retire(item: Wanted) -> Any:
    """Return what a document says about the flow that goes; its schema knows the words."""
    return item.document.data.get("retire")
