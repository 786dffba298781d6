"""``joins: duplicate``: copies what several exits share into each of them, for accounts that refuse joins."""

from __future__ import annotations

from dataclasses import replace

from compiler.codecs.base import Mistake
from compiler.model import Exit, Flow, Step

MOST = 200  # actions; n joined splits in a row would copy the last step 2 ** n times


def duplicate_joins(flow: Flow) -> tuple[Flow, list[Mistake]]:
    """Return the flow as a tree, copies without ids; a mistake where it would pass the limit."""
    if not flow.steps:
        return flow, []
    steps: list[Step] = []
    seen: set[int] = set()
    todo: list[tuple[int, tuple[int, int] | None]] = [(0, None)]
    while todo:
        index, parent = todo.pop()
        original = flow.steps[index]
        position = len(steps)
        if position >= MOST:
            message = (
                f"joins: duplicate makes more than {MOST} actions; end a branch with end, or keep the joins"
            )
            return flow, [Mistake("F305", message, ("steps",))]
        steps.append(replace(original, index=position, id=None if index in seen else original.id))
        seen.add(index)
        if parent is not None:
            _lead(steps, parent, position)
        todo += [
            (way.target, (position, number))
            for number, way in reversed(list(enumerate(original.exits)))
            if way.target is not None
        ]
    return replace(flow, steps=tuple(steps)), []


def _lead(steps: list[Step], parent: tuple[int, int], target: int) -> None:
    position, number = parent
    exits = list(steps[position].exits)
    exits[number] = Exit(exits[number].role, target)
    steps[position] = replace(steps[position], exits=tuple(exits))
