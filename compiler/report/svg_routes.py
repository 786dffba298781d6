"""Gives lines that run sideways between two rows a lane each, so that no two lie on one another."""

from __future__ import annotations

from dataclasses import dataclass, field

CLEARANCE = 8.0


@dataclass(slots=True)
class Group:
    """Lines that share a lane: those out of one box, or those into one join; ``x`` is that box's middle."""

    x: float
    others: list[float] = field(default_factory=list)
    lane: int = 0

    @property
    def straight(self) -> bool:
        """Whether nothing of it runs sideways."""
        return all(abs(other - self.x) < 0.01 for other in self.others)

    def crosses(self, other: Group) -> bool:
        """Say whether two groups would touch in one lane."""
        first, second = (self.x, *self.others), (other.x, *other.others)
        return min(first) < max(second) + CLEARANCE and min(second) < max(first) + CLEARANCE


@dataclass(slots=True)
class Gap:
    """What runs between two rows: lines that split below a box, lines that join above one."""

    splits: dict[int, Group] = field(default_factory=dict)
    joins: dict[int, Group] = field(default_factory=dict)
    labelled: bool = False
    count: int = 0


def lanes(gap: Gap) -> None:
    """Give each group of a gap its lane, counted from the top: joins above splits.

    A column that ends above a join's middle must turn aside before the join's own line comes down there, so its
    group takes an upper lane; in that order no two upright pieces lie on one another.
    """
    joins = [group for group in gap.joins.values() if not group.straight]
    taken: list[Group] = []
    while joins:
        free = [
            group for group in joins if not any(_first(other, group) for other in joins if other is not group)
        ]
        group = (free or joins)[0]
        joins.remove(group)
        group.lane = _lane(group, taken)
        taken.append(group)
    below = max((group.lane + 1 for group in taken), default=0)
    splits = [group for group in gap.splits.values() if not group.straight]
    for group in splits:
        group.lane = below
    gap.count = below + bool(splits)


def _first(one: Group, other: Group) -> bool:
    """Say whether ``one`` has a column that ends above the middle of ``other``."""
    return any(abs(x - other.x) < CLEARANCE for x in one.others)


def _lane(group: Group, taken: list[Group]) -> int:
    lowest = max((other.lane + 1 for other in taken if _first(other, group)), default=0)
    used = {other.lane for other in taken if other.crosses(group)}
    return next(lane for lane in range(lowest, lowest + len(taken) + 1) if lane not in used)
