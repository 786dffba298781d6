"""The sentence of planning: specs and an account to units in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from compiler.bind import diagnose
from compiler.client import Client, calls
from compiler.codecs.references import placeholder
from compiler.diagnostics import Problems
from compiler.live import Snapshot, read
from compiler.normalise import NORMALISER
from compiler.pipeline import Compiled
from compiler.plan.case import Ground
from compiler.plan.danger import Thresholds, with_thresholds
from compiler.plan.others import Kept, in_order, wanted_tags, wanted_templates
from compiler.plan.stages import DeleteFlow, Retire, SetStatus, Tag
from compiler.plan.units import Name, Plan, Unit
from compiler.planning.circles import circles
from compiler.planning.flows import FlowPlanning
from compiler.planning.missing import missing_of
from compiler.planning.model import Planned, Scope, project_tag
from compiler.planning.observed import Contents
from compiler.planning.ordering import dependencies_first
from compiler.planning.quick import REMARK, Unread
from compiler.planning.references import names_of, with_flows, with_reasons
from compiler.planning.renaming import renamed_segments, wrong_old_names
from compiler.planning.segments import SegmentPlanning
from compiler.planning.wanted import (
    LeftOut,
    Letters,
    Wanted,
    letters_of,
    nothing,
    wanted_of,
    with_letters,
)

PARTS = ("metrics", "lists", "segments", "templates", "images", "tags", "flows")


def plan_project(
    compiled: Iterable[Compiled],
    client: Client,
    scope: Scope,
    problems: Problems,
    note: Callable[[str], object],
    left_out: LeftOut = nothing,
) -> Planned:
    """Return the plan that makes the account what the compiled specs say; what they cannot mean goes to ``problems``.

    Reads the inventory once, the project's own flows whole, and the templates whose content is in question.
    ``left_out`` tells which file makes what, where these are not all specs of the project.
    """
    note("reading the inventory")
    snapshot = read(client, scope.revision, parts=PARTS)
    return _Planning(client, scope, snapshot, problems).plan(list(compiled), note, left_out)


class _Planning:
    def __init__(self, client: Client, scope: Scope, snapshot: Snapshot, problems: Problems) -> None:
        self.client, self.scope, self.snapshot, self.problems = client, scope, snapshot, problems
        self.tag = project_tag(scope.project.name)
        self.contents = Unread(client) if scope.quick else Contents(client)
        ground = Ground(scope.revision, self.tag, scope.known)
        self.flows = FlowPlanning(client, scope, snapshot, ground, self.contents, problems)
        self.flows.remarks += [REMARK] if scope.quick else []

    def plan(self, compiled: list[Compiled], note: Callable[[str], object], left_out: LeftOut) -> Planned:
        renamed = renamed_segments(compiled, self.snapshot.segments)
        names = names_of(compiled, self.snapshot, renamed)
        wanted, missing = wanted_of(compiled, names, self.scope.locked, self.problems, left_out)
        self.problems.extend(wrong_old_names(wanted))
        wanted, letters = with_letters(wanted, self.scope.project, names, self.contents)
        flows = self.flows.plan([item for item in wanted if item.kind == "flow"], note)
        wanted, moved = with_flows(wanted, self.flows.kept, self.scope.locked)
        for item, unbound in moved:
            self.problems.extend(diagnose(item.document, unbound))
        own = SegmentPlanning(
            self.client, self.snapshot, self.tag, renamed, self.problems, dict(self._staying(flows))
        )
        segments = [*own.plan(wanted, whole=self.scope.whole)]
        templates = self._templates(letters, {name for unit in flows for name in letters_of(unit)})
        tags = self._tags([*segments, *flows])
        self.problems.extend(circles([*segments, *flows], wanted, self.flows.ground))
        units = in_order([*tags, *templates, *with_reasons([*segments, *flows], wanted)])
        units = dependencies_first(units, own.naming)
        plan = Plan(
            self.scope.project.name,
            self.snapshot.account.id,
            self.scope.revision,
            NORMALISER,
            self._names(wanted, units, own),
            with_thresholds(units, Thresholds()),
            _pages(self.snapshot),
        )
        shown = {thing.id: thing.name for thing in self.snapshot.things()}
        told = self.flows
        return Planned(
            plan,
            told.sides,
            self.contents.known,
            shown,
            tuple(told.remarks),
            missing_of(missing),
            tuple(one for one in self.problems if one.severity != "error"),
        )

    def _staying(self, flows: list[Unit]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the live flows that the plan neither changes in place nor stops at once, without their triggers."""
        for unit in flows:
            live = self.flows.whole.get(str(unit.id))
            if live is not None and live["status"] == "live" and unit.change != "update" and not _ends(unit):
                conditions = {key: value for key, value in live["definition"].items() if key != "triggers"}
                yield f'the live flow "{live["name"]}"', conditions

    def _templates(self, letters: Letters, used: set[str]) -> tuple[Unit, ...]:
        """Return what becomes of the templates that bodies carry; one under such a name may hold something else."""
        things = [one for one in self.snapshot.things() if one.kind == "template" and one.name in used]
        first = {one.name: one.id for one in reversed(things)}  # of equal names the one that an apply takes
        self.contents.of_library(first.values())
        known = self.contents.known
        kept = {
            name: Kept(one, self.scope.quick or known.get(one) == known[placeholder("template", name)])
            for name, one in first.items()
        }
        files = {name: {"html": content["html"]} for name, content in letters.files.items() if name in used}
        clones = {name: source for name, source in letters.clones.items() if name in used}
        return wanted_templates(files, clones, kept)

    def _names(self, wanted: list[Wanted], units: tuple[Unit, ...], own: SegmentPlanning) -> tuple[Name, ...]:
        """Return the names that the plan relies on: those of what changes, and those that must be free.

        A segment that the plan itself renames is bound by its unit: its name is another one before and after.
        """
        moving = {one.id for segments in own.renamed.values() for one in segments}
        changing = {(unit.kind, unit.name) for unit in units if unit.stages}
        used = {
            Name(thing.kind, thing.name, thing.id)
            for item in wanted
            if (item.kind, item.name) in changing
            for thing in item.used
            if thing.kind != "segment" or thing.id not in moving
        }
        relied = {*used, *own.relied, *self.flows.relied}
        return tuple(sorted(relied, key=lambda one: (one.kind, one.name, one.id or "")))

    def _tags(self, units: list[Unit]) -> tuple[Unit, ...]:
        wanted = {stage.tag for unit in units for stage in unit.stages if isinstance(stage, Tag)}
        if any(unit.kind == "segment" and unit.change == "create" for unit in units):
            wanted.add(self.tag)
        return wanted_tags(wanted, [tag.name for tag in self.snapshot.tags])


def _ends(unit: Unit) -> bool:
    """Say whether the flow that a unit is about sends nothing any more once its stages are done."""
    return any(
        (isinstance(stage, SetStatus | DeleteFlow) and stage.flow == unit.id)
        or (isinstance(stage, Retire) and not stage.schedule)
        for stage in unit.stages
    )


def _pages(snapshot: Snapshot) -> int:
    """Return how many calls a snapshot takes: a page of each listing at least."""
    held = {
        calls.GET_METRICS: snapshot.metrics,
        calls.GET_LISTS: snapshot.lists,
        calls.GET_SEGMENTS: snapshot.segments,
        calls.GET_TEMPLATES: snapshot.templates,
        calls.GET_IMAGES: snapshot.images,
        calls.GET_TAGS: snapshot.tags,
        calls.GET_FLOWS: snapshot.flows,
    }
    return sum(max(1, -(-len(things) // (call.page or 1))) for call, things in held.items())
