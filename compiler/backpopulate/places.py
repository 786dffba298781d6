"""What the places at which people wait are called, so that a person finds each on the flow's canvas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from compiler.backpopulate.shape import END, Shape, Step

MOST_WAYS = 2  # ways to a place that are named


def place_names(shape: Shape) -> dict[int, str]:
    """Return a name for each delay and wait: its own with what comes next.

    Where several are called that, each is told by what comes before it too, and where even that is the same, by its
    number, counted from the trigger.
    """
    waits = [step for step in shape.steps if step.part in ("delay", "wait")]
    names = {step.index: _with_next(shape, step) for step in waits}
    names = _told_apart(names, lambda index: _before(shape, index))
    numbers = {index: number for number, index in enumerate(names, 1)}
    return _told_apart(names, lambda index: f"delay {numbers[index]} of {len(names)} from the trigger")


def _told_apart(names: dict[int, str], more: Callable[[int], str]) -> dict[int, str]:
    """Return names with more said in each that is no name of one alone."""
    counts = Counter(names.values())
    return {index: f"{name} ({more(index)})" if counts[name] > 1 else name for index, name in names.items()}


def _with_next(shape: Shape, step: Step) -> str:
    follows = step
    while follows is step or (follows.part in ("delay", "message", "work") and not follows.active):
        if follows.ways[0].target == END:
            return step.name
        follows = shape.steps[follows.ways[0].target]
    return f'{step.name}, then "{follows.name}"'


def _before(shape: Shape, index: int) -> str:
    """Return what leads to a step: ``after "Mail 1"``, ``on "yes" of "Has ordered"``, ``at the trigger``."""
    ways = [
        f'on "{way.label}" of "{step.name}"' if len(step.ways) > 1 else f'after "{step.name}"'
        for step in shape.steps
        for way in step.ways
        if way.target == index
    ]
    shown = ways[:MOST_WAYS] if index else ["at the trigger"]
    more = [f"{len(ways) - MOST_WAYS} more"] if len(ways) > MOST_WAYS else []
    return " or ".join([*shown, *more])
