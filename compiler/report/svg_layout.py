"""Places boxes and routes lines for a drawing from top to bottom; it knows sizes, nothing of flows.

Boxes stand in rows, by the longest path from the first. A box that joins lines again hangs in the tree below the
last box that all of them pass (its dominator), so that a tree is laid out as a tidy tree and a join stands below
the middle of what it joins. A line that is longer than one row keeps a column free in each row that it passes.
Lines run sideways only between rows, each in a lane of its own, so none runs through a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compiler.report.svg_layers import Box, layers
from compiler.report.svg_routes import Gap, Group, lanes
from compiler.report.svg_tree import APART, Slot, across, column, everything_below

ROW_GAP, LANE, LABEL = 30.0, 10.0, 22.0
END_WIDTH, END_HEIGHT = 34.0, 18.0
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn line: its corners, and where the middle of its word stands."""

    points: tuple[Point, ...]
    label: Point


@dataclass(frozen=True, slots=True)
class Layout:
    """Top left corners of the boxes, the lines by (box, position of its out), the whole size."""

    width: float
    height: float
    boxes: tuple[Point, ...]
    lines: dict[tuple[int, int], Line]


@dataclass(slots=True)
class _Track:
    """A line while it is being laid: its slots from the first below its box; ``joins`` where a box ends it."""

    source: int
    position: int
    slots: list[Slot]
    joins: int | None
    label: float


def place(boxes: Sequence[Box]) -> Layout:
    """Return where boxes stand and how their lines run; box 0 is the top, every other one is reached from it.

    Raises ValueError for a cycle.
    """
    return _Plan(boxes).layout()


class _Plan:
    def __init__(self, boxes: Sequence[Box]) -> None:
        self.boxes = boxes
        self.layers = layers(boxes)
        self.slots = [
            Slot(row, box.width, box.height) for row, box in zip(self.layers.rows, boxes, strict=True)
        ]
        self.tracks: dict[tuple[int, int], _Track] = {}

    def layout(self) -> Layout:
        for index in self.layers.order:
            self._grow(index)
        for index in self.layers.order:
            self._hang_joins(index)
        across(self.slots[0])
        return self._draw()

    def _grow(self, index: int) -> None:
        """Hang what follows a box by its lines below it: a box, an end, or a column down to a join."""
        slot = self.slots[index]
        for position, out in enumerate(self.boxes[index].outs):
            joins = None
            if out.target is None:
                chain = [Slot(slot.row + 1, max(END_WIDTH, out.label), END_HEIGHT)]
            elif not self.layers.joins(out.target):
                chain = [self.slots[out.target]]
                chain[0].width = max(chain[0].width, out.label)
            else:
                joins = out.target
                chain = column(slot.row + 1, self.layers.rows[joins], out.label)
            if chain:
                slot.children.append(chain[0])
            self.tracks[index, position] = _Track(index, position, chain, joins, out.label)
        going_on = [
            child
            for child, out in zip(slot.children, self.boxes[index].outs, strict=False)
            if out.target is not None
        ]
        if len(going_on) == 1:  # where all other lines end, the way that goes on stays straight
            slot.spine = going_on[0]

    def _hang_joins(self, index: int) -> None:
        """Hang the joins that a box dominates between its lines, by the middle of the lines that they join."""
        slot = self.slots[index]
        joins = [
            other
            for other in self.layers.order[1:]
            if self.layers.above[other] == index and self.layers.joins(other)
        ]
        places: list[tuple[float, Slot]] = [(position, child) for position, child in enumerate(slot.children)]
        for join in sorted(joins, key=lambda other: self.layers.rows[other]):
            own = [track for track in self._into(join) if track.source == index]
            if own:
                own[0].slots[-1].children.append(self.slots[join])
                spine = own[0].slots[0]
            else:
                chain = column(slot.row + 1, self.layers.rows[join], 0.0)
                chain[-1].children.append(self.slots[join])
                places.append((self._middle(index, join), chain[0]))
                spine = chain[0]
            slot.spine = slot.spine or spine
        slot.children = [child for _, child in sorted(places, key=lambda place: place[0])]

    def _into(self, join: int) -> list[_Track]:
        return [
            track
            for source in dict.fromkeys(self.layers.before[join])
            for track in self._of(source)
            if track.joins == join
        ]

    def _of(self, source: int) -> list[_Track]:
        return [self.tracks[source, position] for position in range(len(self.boxes[source].outs))]

    def _middle(self, index: int, join: int) -> float:
        """Return between which lines of a box a join belongs: the mean of those through which it is reached."""
        found = []
        for source in self.layers.before[join]:
            while self.layers.above[source] != index:
                source = self.layers.above[source]  # noqa: PLW2901 - climbs to the line's first box
            found.append(self._position(index, source))
        return sum(found) / len(found) + 0.001  # right of a single line

    def _position(self, index: int, below: int) -> float:
        ways = [position for position, out in enumerate(self.boxes[index].outs) if out.target == below]
        return ways[0] if ways else (len(self.boxes[index].outs) - 1) / 2

    def _draw(self) -> Layout:
        everything = everything_below(self.slots[0])
        shift = APART / 2 - min(slot.x - slot.width / 2 for slot in everything)
        for slot in everything:
            slot.x += shift
        gaps = self._gaps()
        tops, bottoms = _down(everything, gaps)
        lines = {key: self._line(track, tops, bottoms, gaps) for key, track in self.tracks.items()}
        corners = tuple(
            (slot.x - box.width / 2, tops[slot.row]) for slot, box in zip(self.slots, self.boxes, strict=True)
        )
        width = max(slot.x + slot.width / 2 for slot in everything) + APART / 2
        return Layout(width, bottoms[-1], corners, lines)

    def _gaps(self) -> list[Gap]:
        """Collect for each gap below a row which lines run sideways in it, and give each its lane."""
        gaps = [Gap() for _ in range(max(self.layers.rows) + 2)]
        for track in self.tracks.values():
            source = self.slots[track.source]
            gap = gaps[source.row]
            gap.labelled = gap.labelled or bool(track.label)
            last = source
            if track.slots:
                gap.splits.setdefault(track.source, Group(source.x)).others.append(track.slots[0].x)
                last = track.slots[-1]
            if track.joins is not None:
                gaps[last.row].joins.setdefault(track.joins, Group(self.slots[track.joins].x)).others.append(
                    last.x
                )
        for gap in gaps:
            lanes(gap)
        return gaps

    def _line(self, track: _Track, tops: list[float], bottoms: list[float], gaps: list[Gap]) -> Line:
        source = self.slots[track.source]
        points = [(source.x, tops[source.row] + source.height)]
        last, label = source, (source.x, 0.0)
        if track.slots:
            first, last = track.slots[0], track.slots[-1]
            lane = bottoms[source.row] + _lane(gaps[source.row].splits[track.source])
            label = (first.x, tops[first.row] - LABEL / 2 - 6)
            points += [(source.x, lane), (first.x, lane), (last.x, tops[last.row])]
        if track.joins is not None:
            target = self.slots[track.joins]
            lane = bottoms[last.row] + _lane(gaps[last.row].joins[track.joins])
            points += [(last.x, lane), (target.x, lane), (target.x, tops[target.row])]
        return Line(_straight(points), label)


def _down(everything: list[Slot], gaps: list[Gap]) -> tuple[list[float], list[float]]:
    """Return the tops and bottoms of the rows: as high as their highest box, as far apart as their lanes need."""
    heights = [0.0] * (max(slot.row for slot in everything) + 1)
    for slot in everything:
        heights[slot.row] = max(heights[slot.row], slot.height)
    tops, bottoms, y = [], [], 0.0
    for row, height in enumerate(heights):
        tops.append(y)
        bottoms.append(y + height)
        y += height + ROW_GAP + LANE * max(gaps[row].count - 1, 0) + (LABEL if gaps[row].labelled else 0.0)
    return tops, bottoms


def _lane(group: Group) -> float:
    """Return how far below its row a group's lane runs; lanes are counted from the top."""
    return ROW_GAP / 2 - 3 + LANE * group.lane


def _straight(points: list[Point]) -> tuple[Point, ...]:
    """Return the corners alone: no point twice, none on a straight way between its neighbours."""
    out: list[Point] = []
    for point in points:
        if out and _near(out[-1], point):
            continue
        if len(out) > 1 and (abs(out[-2][0] - point[0]) < 0.01 or abs(out[-2][1] - point[1]) < 0.01):
            out[-1] = point
        else:
            out.append(point)
    return tuple(out)


def _near(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) < 0.01 and abs(one[1] - other[1]) < 0.01
