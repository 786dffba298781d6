"""What needs to be allowed, stage by stage, and how much change at once is too much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from compiler.plan.knowledge import TIMING, has_status
from compiler.plan.stages import (
    DeleteAction,
    DeleteFlow,
    DeleteSegment,
    InsertAction,
    PatchAction,
    Retire,
    SetStatus,
    Stage,
    UpdateSegment,
)
from compiler.plan.units import Danger, Unit, UnitChange


def needs(
    change: UnitChange, stages: Iterable[Stage], *, live: bool, never_live: bool = False
) -> tuple[Danger, ...]:
    """Return the options that a unit's stages need; ``live`` says whether the flow that exists is live."""
    found = {danger for stage in stages if (danger := stage_needs(change, stage, live=live))}
    if change == "replace" and live:
        found.add("allow-replace")
    if change == "replace" and never_live:
        found.discard("allow-delete")  # a draft that nobody ever entered goes when its successor is verified
    return tuple(sorted(found))


def stage_needs(change: UnitChange, stage: Stage, *, live: bool) -> Danger | None:
    """Return the option that one stage needs, None where it is harmless."""
    if isinstance(stage, DeleteFlow | DeleteSegment):
        return "allow-delete"
    if isinstance(stage, UpdateSegment):
        return "allow-live" if stage.triggers else None
    if isinstance(stage, Retire | SetStatus) and change == "retire":
        return "allow-live" if live else None
    return "allow-live" if live and touches_waiting(stage) else None


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


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How large a share of the units that exist may be replaced, or retired and deleted, in one plan.

    They count from ``few`` units on: in a small account one change is a large share.
    """

    replaced: float = 0.3
    removed: float = 0.3
    few: int = 10


def too_much(units: Iterable[Unit], thresholds: Thresholds) -> tuple[str, ...]:
    """Return a sentence for each share that is larger than allowed."""
    existing = [unit for unit in units if unit.id is not None]
    if len(existing) < thresholds.few:
        return ()
    counted = (
        ("replaced", ("replace",), thresholds.replaced),
        ("removed", ("retire", "delete"), thresholds.removed),
    )
    found = []
    for word, changes, allowed in counted:
        number = sum(unit.change in changes for unit in existing)
        if number > allowed * len(existing):
            found.append(
                f"{number} of {len(existing)} would be {word}; at most {allowed:.0%} may be in one plan"
            )
    return tuple(found)
