"""Whether the account is still as the plan saw it: asked of every unit before the first write, and of each again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from compiler.apply.desk import Desk
from compiler.apply.going import may_not_go
from compiler.apply.letters import moved_letters
from compiler.apply.performing import Stopped
from compiler.apply.things import is_as
from compiler.diagnostics import Exit, Fatal
from compiler.normalise import NORMALISER, equal, normalise_pair
from compiler.plan.observe import observe_segment
from compiler.plan.stages import CreateFlow, DeleteSegment, Tag, UpdateSegment
from compiler.plan.units import Plan, Unit
from compiler.planning.observed import (
    Contents,
    digest_of,
    live_segment,
    live_triggers,
    template_sources,
    whole_flows,
)

Seen = Literal["planned", "desired"]
State = Seen | Literal["begun"]


def check_plan(plan: Plan, project: str, account: str, revision: str) -> None:
    """Raise Fatal (STALE) for a plan of another project, account, revision, or way to compare."""
    for word, planned, found in (
        ("project", plan.project, project),
        ("account", plan.account, account),
        ("revision", plan.revision, revision),
        ("normaliser", str(plan.normaliser), str(NORMALISER)),
    ):
        if planned != found:
            raise Fatal(
                f"the plan is for the {word} {planned}, and this is {found}; nothing was done", Exit.STALE
            )


def begun(desk: Desk, unit: Unit) -> bool:
    """Say whether any of a unit's calls, sent for this plan before, has acted or may have."""
    return any(entry.verdict != "refused" for entry in desk.sent_for(unit))


def check_all(desk: Desk, units: Iterable[Unit]) -> None:
    """Raise Stopped (STALE) with everything that has moved since the plan was made."""
    waiting = list(units)
    fresh = [unit for unit in waiting if not begun(desk, unit)]
    flows = [str(unit.id) for unit in fresh if unit.kind == "flow" and unit.id is not None]
    live = whole_flows(desk.client, flows)
    moved = [*_moved_names(desk, waiting), *_namesakes(desk, waiting)]
    moved += [*moved_letters(desk, waiting, fresh, live), *may_not_go(desk, waiting, fresh)]
    for unit in fresh:
        found = live.get(str(unit.id)) if unit.kind == "flow" else None
        if state_of(desk, unit, found) is None:
            moved.append(f'{unit.kind} "{unit.name}" {what_happened(desk, unit, found)}')
    if moved:
        raise Stopped(f"the plan is stale: {'; '.join(moved)}. Plan again", Exit.STALE)


def what_happened(desk: Desk, unit: Unit, live: Mapping[str, Any] | None) -> str:
    """Say of a unit that is neither as planned nor as desired what became of it."""
    there = (
        live is not None if unit.kind == "flow" else any(one.id == unit.id for one in desk.snapshot.segments)
    )
    return f"{'has changed' if there else f'({unit.id}) is gone'} since the plan was made"


def _moved_names(desk: Desk, units: list[Unit]) -> list[str]:
    """Return what the plan's names mean by now, where that is something else."""
    own: dict[tuple[str, str], Unit] = {(unit.kind, unit.name): unit for unit in units}
    ids: dict[tuple[str, str], set[str]] = {}
    for thing in desk.snapshot.things():
        ids.setdefault((thing.kind, thing.name), set()).add(thing.id)
    archived = desk.archived()
    moved = []
    for relied in desk.plan.names:
        found = ids.get((relied.kind, relied.name), set())
        found = found - archived if relied.id is None else found  # an archived flow leaves its name to others
        unit = own.get((relied.kind, relied.name))
        if relied.id is None:
            if found and not _our_own(desk, unit, found):
                moved.append(f'the {relied.kind} "{relied.name}" exists by now')
        elif relied.id not in found:
            now = f"is {', '.join(sorted(found))} now" if found else "is gone"
            moved.append(f'the {relied.kind} "{relied.name}" was {relied.id} and {now}')
    return moved


def _our_own(desk: Desk, unit: Unit | None, found: set[str]) -> bool:
    """Say whether things of a name that was free are the plan's own: made or renamed by an earlier run of it."""
    return unit is None or unit.id in found or begun(desk, unit) or twin(desk, unit) is not None


def _namesakes(desk: Desk, units: Iterable[Unit]) -> list[str]:
    """Return which flows have the name of one that is replaced: an earlier run, whose journal is lost, has made them."""
    replaced = {unit.name: unit.id for unit in units if unit.change == "replace" and not begun(desk, unit)}
    return [
        f'another flow, {flow.id}, is called "{flow.name}" by now'
        for flow in desk.snapshot.flows
        if flow.name in replaced and flow.id != replaced[flow.name] and not flow.retired and not flow.archived
    ]


def twin(desk: Desk, unit: Unit) -> str | None:
    """Return the id of the one thing that has the name of what a unit creates, if it is exactly what that would be.

    An earlier run of the same plan made it, and its journal is lost; or somebody else did, which is as good.
    """
    if unit.change != "create" or unit.desired is None or begun(desk, unit):
        return None
    if unit.kind == "segment":
        segments = [one for one in desk.snapshot.segments if one.name == unit.name]
        equal_ones = [one.id for one in segments if is_as(live_segment(one), desk.bound(unit.desired))]
        return equal_ones[0] if len(segments) == 1 and equal_ones else None
    named = [one for one in desk.snapshot.flows if one.name == unit.name]
    flows = [one.id for one in named if not one.retired and not one.archived]
    if unit.kind != "flow" or len(flows) != 1:
        return None
    live = whole_flows(desk.client, flows).get(flows[0])
    return flows[0] if live is not None and _is_desired(desk, unit, live) else None


def state_of(desk: Desk, unit: Unit, live: Mapping[str, Any] | None) -> State | None:
    """Return how a unit is found: as planned, begun by this plan, already as desired, or (None) otherwise."""
    if begun(desk, unit):
        return "begun"
    if unit.id is None:  # what it relies on is in the plan's names
        return "planned" if twin(desk, unit) is None else "desired"
    return found_as(desk, unit, live)


def found_as(desk: Desk, unit: Unit, live: Mapping[str, Any] | None) -> Seen | None:
    """Return how the account shows a unit that existed before, whatever the journal says."""
    if unit.kind == "segment":
        return _state_of_segment(desk, unit)
    if live is None:
        return "desired" if unit.change == "delete" else None
    contents = Contents(desk.client)
    contents.compare(live["definition"], unit.desired)
    if digest_of(unit, live, contents.known if unit.desired is not None else {}) == unit.observed:
        return "planned"
    return "desired" if _is_desired(desk, unit, live) else None


def _is_desired(desk: Desk, unit: Unit, live: Mapping[str, Any]) -> bool:
    if unit.desired is None or unit.change not in ("create", "update"):
        return False
    desired = desk.bound(unit.desired)
    desk.contents.of_library(template_sources(desired))
    desk.contents.compare(live["definition"], desired)
    return equal(*normalise_pair(live["definition"], desired, desk.contents.known))


def _state_of_segment(desk: Desk, unit: Unit) -> Seen | None:
    segment = next((one for one in desk.snapshot.segments if one.id == unit.id), None)
    if segment is None:
        return "desired" if unit.change == "delete" else None
    triggers = live_triggers(desk.client, segment.id)
    before = _triggered_before(desk, unit, segment.id, triggers)
    if unit.observed in [observe_segment(live_segment(segment), names) for names in (triggers, before)]:
        return "planned"
    return "desired" if unit.desired is not None and is_as(live_segment(segment), unit.desired) else None


def _triggered_before(desk: Desk, unit: Unit, segment: str, triggers: Iterable[str]) -> list[str]:
    """Return the names of the live flows that a segment triggered before this plan made some and stopped others.

    Which were live, the unit's stages tell; one that does not change who is in the segment tells none.
    """
    names = {flow.id: flow.name for flow in desk.snapshot.flows}
    stopped = Counter(
        names[flow]
        for (_, flow), definition in desk.journal.flows.items()
        if flow in names and any(one.get("id") == segment for one in definition.get("triggers") or ())
    )
    stages = [stage for one in desk.plan.units if begun(desk, one) for stage in one.stages]
    made = Counter(stage.name for stage in stages if isinstance(stage, CreateFlow))
    told = [stage.triggers for stage in unit.stages if isinstance(stage, UpdateSegment | DeleteSegment)]
    seen = Counter(max(told, default=())) or stopped
    others = Counter(triggers) - made
    return sorted((others + ((seen - others) & stopped)).elements())


def already(desk: Desk, unit: Unit) -> Unit:
    """Return what is left of a unit that is found as desired: its tags."""
    known = unit.id or twin(desk, unit)
    tags = [stage for stage in unit.stages if isinstance(stage, Tag)]
    if unit.kind == "segment" and unit.change == "create":
        tags = [Tag(None, desk.tag)]
    stages = tuple(replace(stage, flow=known) for stage in tags)
    return replace(unit, id=known, change="update", stages=stages)
