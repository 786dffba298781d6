"""Gives boxes their rows: the longest path from the first box, and what every way to a box passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Out:
    """One line out of a box: the index of the box that it leads to (None: a mark of its own), its word's width."""

    target: int | None
    label: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """A box's size, and its lines in order from left to right."""

    width: float
    height: float
    outs: tuple[Out, ...] = ()


@dataclass(frozen=True, slots=True)
class Layers:
    """What the lines say of boxes, each by its index.

    ``order`` has every box after those before it, ``before`` the boxes with a line into it (twice for two lines),
    ``rows`` its row, ``above`` the last box that every way to it passes (its dominator).
    """

    order: list[int]
    before: list[list[int]]
    rows: list[int]
    above: list[int]

    def joins(self, index: int | None) -> bool:
        """Say whether several lines lead into a box."""
        return index is not None and len(self.before[index]) > 1


def layers(boxes: Sequence[Box]) -> Layers:
    """Return the layers of boxes; ValueError where they form a cycle or one is not reached from the first."""
    before: list[list[int]] = [[] for _ in boxes]
    for index, box in enumerate(boxes):
        for out in box.outs:
            if out.target is not None:
                before[out.target].append(index)
    order = _topological(boxes, before)
    return Layers(order, before, _rows(boxes, order, before), _dominators(order, before))


def _topological(boxes: Sequence[Box], before: list[list[int]]) -> list[int]:
    waiting = [len(sources) for sources in before]
    order = [0]
    for index in order:
        for out in boxes[index].outs:
            if out.target is not None:
                waiting[out.target] -= 1
                if waiting[out.target] == 0:
                    order.append(out.target)
    if len(order) != len(boxes):
        message = "the boxes form a cycle, or one is not reached from the first"
        raise ValueError(message)
    return order


def _rows(boxes: Sequence[Box], order: list[int], before: list[list[int]]) -> list[int]:
    """Return each box's row, by the longest path; a word at a line into a join needs a row for itself."""
    rows = [0] * len(boxes)
    for index in order:
        box = boxes[index]
        for out in box.outs:
            if out.target is not None:
                step = 2 if len(box.outs) > 1 and len(before[out.target]) > 1 else 1
                rows[out.target] = max(rows[out.target], rows[index] + step)
    return rows


def _dominators(order: list[int], before: list[list[int]]) -> list[int]:
    above, depth = [0] * len(order), [0] * len(order)
    for index in order[1:]:
        meet = before[index][0]
        for other in before[index][1:]:
            while meet != other:
                if depth[meet] < depth[other]:
                    other = above[other]  # noqa: PLW2901 - climbs to where the two meet
                else:
                    meet = above[meet]
        above[index], depth[index] = meet, depth[meet] + 1
    return above
