"""What a plan costs in calls, in creates of the day, and in time (contract: calls and their limits)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from compiler.plan.stages import (
    CloneTemplate,
    CreateFlow,
    CreateSegment,
    CreateTemplate,
    DeleteSegment,
    PatchAction,
    ReadBack,
    SetActionStatus,
    UpdateSegment,
)
from compiler.plan.units import Plan

A_MINUTE: Final[Mapping[str, int]] = {"flows": 60, "create-flow": 15, "write-segment": 15, "templates": 750}
A_DAY: Final = 100  # creates of flows, creates of segments and updates of segments, each
READ_FIRST: Final = (PatchAction, SetActionStatus)  # their bodies are built from a read just before
LIMIT_OF: Final[Mapping[type, str]] = {
    CreateFlow: "create-flow",
    CreateSegment: "write-segment",
    UpdateSegment: "write-segment",
    DeleteSegment: "write-segment",
    CreateTemplate: "templates",
    CloneTemplate: "templates",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls in all, creates and updates that have a daily limit, and the seconds that the limits ask for."""

    calls: int
    flow_creates: int
    segment_creates: int
    segment_updates: int
    seconds: int


def budget(plan: Plan) -> Budget:
    """Count what applying a plan takes at least: a unit is read once before its stages."""
    calls: Counter[str] = Counter()
    stages: Counter[type] = Counter()
    for unit in plan.units:
        if unit.stages and unit.id is not None:
            calls["flows" if unit.kind == "flow" else "templates"] += 1
        for stage in unit.stages:
            stages[type(stage)] += 1
            calls[LIMIT_OF.get(type(stage), "flows")] += calls_of(stage)
    seconds = max((60 * number / A_MINUTE[limit] for limit, number in calls.items()), default=0)
    return Budget(
        calls=calls.total(),
        flow_creates=stages[CreateFlow],
        segment_creates=stages[CreateSegment],
        segment_updates=stages[UpdateSegment],
        seconds=round(seconds),
    )


def calls_of(stage: object) -> int:
    """Return how many calls a stage takes if nothing goes wrong."""
    if isinstance(stage, ReadBack):
        return 2 if stage.final else 1
    return 2 if isinstance(stage, READ_FIRST) else 1


def over_the_day(cost: Budget, left: Mapping[str, int]) -> Iterable[str]:
    """Yield a sentence for each daily limit that the plan goes over; ``left`` is what is left at most, by field."""
    for field in ("flow_creates", "segment_creates", "segment_updates"):
        wanted, rest = getattr(cost, field), left.get(field, A_DAY)
        if wanted > rest:
            yield f"{wanted} {field.replace('_', ' ')} are needed, and at most {rest} are left today"
