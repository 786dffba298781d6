"""Lays out a tree in rows: subtrees side by side as near as their outlines allow, each parent amid its children."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

APART = 26.0


@dataclass(slots=True)
class Slot:
    """A place in a row: a box, an end, or the free column of a passing line."""

    row: int
    width: float
    height: float = 0.0
    children: list[Slot] = field(default_factory=list)
    spine: Slot | None = None
    x: float = 0.0


def column(first: int, end: int, label: float) -> list[Slot]:
    """Return the free column of a line from row ``first`` to the row before ``end``; its word stands at the first."""
    chain = [Slot(row, label if row == first else 0.0) for row in range(first, end)]
    for upper, lower in pairwise(chain):
        upper.children.append(lower)
    return chain


def everything_below(root: Slot) -> list[Slot]:
    """Return a slot and everything below it, each before what is below it."""
    out = [root]
    for slot in out:
        out.extend(slot.children)
    return out


def across(root: Slot) -> None:
    """Set the x of every slot: subtrees stand side by side as near as their outlines allow, parents amid children."""
    everything = everything_below(root)
    outlines: dict[int, list[tuple[float, float]]] = {}
    offsets: dict[int, float] = {id(root): 0.0}
    for slot in reversed(everything):
        merged: list[tuple[float, float]] = []
        for child in slot.children:
            outline = outlines.pop(id(child))
            move = max(
                (left[1] - right[0] + APART for left, right in zip(merged, outline, strict=False)),
                default=0.0,
            )
            offsets[id(child)] = move
            moved = [(left + move, right + move) for left, right in outline]
            merged = [(one[0], other[1]) for one, other in zip(merged, moved, strict=False)] + (
                merged[len(moved) :] or moved[len(merged) :]
            )
        middle = _middle_of(slot, offsets)
        for child in slot.children:
            offsets[id(child)] -= middle
        outlines[id(slot)] = [
            (-slot.width / 2, slot.width / 2),
            *((left - middle, right - middle) for left, right in merged),
        ]
    for slot in everything:
        for child in slot.children:
            child.x = slot.x + offsets[id(child)]


def _middle_of(slot: Slot, offsets: dict[int, float]) -> float:
    if slot.spine is not None:
        return offsets[id(slot.spine)]
    if not slot.children:
        return 0.0
    return (offsets[id(slot.children[0])] + offsets[id(slot.children[-1])]) / 2
