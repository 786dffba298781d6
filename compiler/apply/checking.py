"""Whether the account is still as the plan saw it: asked of every unit before the first write, and of each again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from compiler.apply.desk import Desk, key_of
from compiler.apply.performing import Stopped
from compiler.apply.things import is_as
from compiler.diagnostics import Exit
from compiler.normalise import NORMALISER, equal, normalise_pair
from compiler.plan.observe import observe_segment
from compiler.plan.stages import Tag
from compiler.plan.units import Plan, Unit
from compiler.planning.observed import (
    Contents,
    digest_of,
    live_segment,
    live_triggers,
    template_sources,
    whole_flows,
)

State = Literal["planned", "desired", "begun"]


def check_plan(plan: Plan, project: str, account: str, revision: str) -> None:
    """Raise Stopped (STALE) for a plan of another project, account, revision, or way to compare."""
    for word, planned, found in (
        ("project", plan.project, project),
        ("account", plan.account, account),
        ("revision", plan.revision, revision),
        ("normaliser", str(plan.normaliser), str(NORMALISER)),
    ):
        if planned != found:
            raise Stopped(
                f"the plan is for the {word} {planned}, and this is {found}; nothing was done", Exit.STALE
            )


def begun(desk: Desk, unit: Unit) -> bool:
    """Say whether any of a unit's calls, sent for this plan before, has acted or may have."""
    key = f"{key_of(unit)}#"
    entries = desk.journal.entries.items()
    return any(step.startswith(key) and entry.verdict != "refused" for step, entry in entries)


def check_all(desk: Desk, units: Iterable[Unit]) -> None:
    """Raise Stopped (STALE) with everything that has moved since the plan was made."""
    waiting = list(units)
    moved = [*_moved_names(desk, waiting)]
    flows = [
        unit for unit in waiting if unit.kind == "flow" and unit.id is not None and not begun(desk, unit)
    ]
    live = whole_flows(desk.client, [str(unit.id) for unit in flows])
    for unit in waiting:
        found = live.get(str(unit.id)) if unit in flows else None
        if not begun(desk, unit) and state_of(desk, unit, found) is None:
            moved.append(f'{unit.kind} "{unit.name}" has changed since the plan was made')
    if moved:
        raise Stopped(f"the plan is stale: {'; '.join(moved)}. Plan again", Exit.STALE)


def _moved_names(desk: Desk, units: list[Unit]) -> list[str]:
    """Return what the plan's names mean by now, where that is something else."""
    own: dict[tuple[str, str], Unit] = {(unit.kind, unit.name): unit for unit in units}
    ids: dict[tuple[str, str], set[str]] = {}
    for thing in desk.snapshot.things():
        ids.setdefault((thing.kind, thing.name), set()).add(thing.id)
    moved = []
    for relied in desk.plan.names:
        found = ids.get((relied.kind, relied.name), set())
        unit = own.get((relied.kind, relied.name))
        if relied.id is None:
            done = unit is None or begun(desk, unit) or _is_desired_twin(desk, unit, found)
            if found and not done:
                moved.append(f'the {relied.kind} "{relied.name}" exists by now')
        elif relied.id not in found:
            now = f"is {', '.join(sorted(found))} now" if found else "is gone"
            moved.append(f'the {relied.kind} "{relied.name}" was {relied.id} and {now}')
    return moved


def _is_desired_twin(desk: Desk, unit: Unit, found: set[str]) -> bool:
    """Say whether what has a unit's name by now is exactly what the unit would have made."""
    if len(found) != 1 or unit.desired is None:
        return False
    identifier = next(iter(found))
    if unit.kind == "segment":
        return any(
            is_as(live_segment(one), unit.desired) for one in desk.snapshot.segments if one.id in found
        )
    live = whole_flows(desk.client, [identifier]).get(identifier)
    return live is not None and _is_desired(desk, unit, live)


def state_of(desk: Desk, unit: Unit, live: Mapping[str, Any] | None) -> State | None:
    """Return how a unit is found: as planned, begun by this plan, already as desired, or (None) otherwise."""
    if begun(desk, unit):
        return "begun"
    if unit.id is None:
        return "planned"  # what it relies on is in the plan's names
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


def _state_of_segment(desk: Desk, unit: Unit) -> State | None:
    segment = next((one for one in desk.snapshot.segments if one.id == unit.id), None)
    if segment is None:
        return "desired" if unit.change == "delete" else None
    if observe_segment(live_segment(segment), live_triggers(desk.client, segment.id)) == unit.observed:
        return "planned"
    return "desired" if unit.desired is not None and is_as(live_segment(segment), unit.desired) else None


def already(unit: Unit) -> Unit:
    """Return what is left of a unit that is found as desired: its tags."""
    return replace(
        unit, stages=tuple(stage for stage in unit.stages if isinstance(stage, Tag) and stage.flow)
    )
