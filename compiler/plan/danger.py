"""What needs to be allowed, stage by stage, and how much change at once is too much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from compiler.plan.knowledge import TIMING, has_status
from compiler.plan.stages import (
    DeleteAction,
    DeleteFlow,
    DeleteSegment,
    InsertAction,
    PatchAction,
    Retire,
    SetActionStatus,
    SetStatus,
    Stage,
    UpdateSegment,
)
from compiler.plan.units import Danger, Unit, UnitChange


def needs(
    change: UnitChange,
    stages: Iterable[Stage],
    *,
    live: bool,
    never_live: bool = False,
) -> tuple[Danger, ...]:
    """Return the options that a unit's stages need; ``live`` says whether the flow that exists is live.

    ``never_live`` says that a draft goes from which nobody ever got anything: what allows its replace allows that.
    """
    found: set[Danger] = set()
    for stage in stages:
        danger = stage_needs(change, stage, live=live)
        found |= {danger} if danger is not None else set()
        found |= {"allow-live"} if isinstance(stage, DeleteSegment) and stage.triggers else set()
    if change == "replace":
        found.add("allow-replace")
    if never_live:
        found.discard("allow-delete")
    return tuple(sorted(found))


def stage_needs(change: UnitChange, stage: Stage, *, live: bool) -> Danger | None:
    """Return the option that one stage needs first of all, None where it is harmless."""
    if isinstance(stage, DeleteFlow | DeleteSegment):
        return "allow-delete"
    if isinstance(stage, UpdateSegment):
        return "allow-live" if stage.triggers else None
    if isinstance(stage, Retire | SetStatus) and change == "retire":
        return "allow-live" if live else None
    if raises(stage):  # a live flow's successor takes over, which allow-replace is for
        return None if change == "replace" and live else "allow-live"
    return "allow-live" if live and touches_waiting(stage) else None


def raises(stage: Stage) -> bool:
    """Say whether a stage makes something live."""
    return isinstance(stage, SetStatus | SetActionStatus) and stage.status == "live"


def touches_waiting(stage: Stage) -> bool:
    """Say whether a call on a live flow acts on profiles that are on their way, whatever is a draft."""
    if isinstance(stage, DeleteAction):
        return stage.kind in TIMING
    if isinstance(stage, InsertAction):
        return acts_at_once(stage.kind)
    if isinstance(stage, PatchAction):
        return stage.kind.endswith("-split") and any(change.path[-1] != "name" for change in stage.changes)
    return False


def acts_at_once(kind: str) -> bool:
    """Say whether a step of this kind works from the moment it is inserted: it has no status."""
    return not has_status(kind)


GOING: Final = (Retire, DeleteFlow, DeleteSegment)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How large a share of the units that exist may be replaced, or retired and deleted, in one plan.

    They count from ``few`` units on: in a small account one change is a large share. A plan that leaves nothing of a
    project is always too much.
    """

    replaced: float = 0.3
    removed: float = 0.3
    few: int = 10


@dataclass(frozen=True, slots=True)
class Excess:
    """A share that is larger than allowed: the units that count, and the sentence that says so."""

    units: tuple[Unit, ...]
    sentence: str


def too_much(units: Iterable[Unit], thresholds: Thresholds) -> tuple[Excess, ...]:
    """Return each share that is larger than allowed; what only falls due in a flow retired before is no removal."""
    every = tuple(units)
    existing = [unit for unit in every if unit.id is not None]
    going = [unit for unit in existing if any(isinstance(stage, GOING) for stage in unit.stages)]
    if going and not any(unit.desired is not None for unit in every):
        what = f"all {len(going)}" if len(going) > 1 else "what the last one made"
        says = f"no spec is left, and {what} would be removed"
        return (Excess(tuple(going), f"{says}; that needs --allow-many, if this is the right folder"),)
    if len(existing) < thresholds.few:
        return ()
    counted = (
        ("replaced", [unit for unit in going if unit.change == "replace"], thresholds.replaced),
        ("removed", [unit for unit in going if unit.change != "replace"], thresholds.removed),
    )
    return tuple(
        Excess(
            tuple(some),
            f"{len(some)} of {len(existing)} would be {word}; more than {allowed:.0%} in one plan needs --allow-many",
        )
        for word, some, allowed in counted
        if len(some) > allowed * len(existing)
    )


def with_thresholds(units: Iterable[Unit], thresholds: Thresholds) -> tuple[Unit, ...]:
    """Return the units, those of a share that is too large with the option that lets so many pass."""
    every = tuple(units)
    guarded = {id(unit) for excess in too_much(every, thresholds) for unit in excess.units}
    return tuple(
        replace(unit, needs=(*unit.needs, "allow-many")) if id(unit) in guarded else unit for unit in every
    )
