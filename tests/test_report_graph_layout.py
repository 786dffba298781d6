"""The layout of pictures: what stands where, for random flows of up to sixty steps."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.report.svg_layers import Box, Out
from compiler.report.svg_layout import END_HEIGHT, END_WIDTH, place
from compiler.report.svg_routes import Gap, Group, lanes

SLACK = 0.05


@st.composite
def graphs(draw, size=60, joins=True):
    """Boxes of which each one is reached from an earlier one; further lines go to later boxes or to the end."""
    count = draw(st.integers(1, size))
    widths = draw(st.lists(st.sampled_from([120.0, 240.0]), min_size=count, max_size=count))
    heights = draw(st.lists(st.sampled_from([36.0, 70.0, 118.0]), min_size=count, max_size=count))
    targets = [[] for _ in range(count)]
    for index in range(1, count):
        near = draw(st.integers(max(0, index - 8), index - 1))
        targets[near].append(index)
    if joins:
        for index in range(count):
            if draw(st.integers(0, 4)) == 0 and index + 1 < count:
                targets[index].append(draw(st.integers(index + 1, min(count - 1, index + 12))))
    for listed in targets:
        if not listed or draw(st.integers(0, 3)) == 0:
            listed.insert(draw(st.integers(0, len(listed))), None)
    return [
        Box(
            width,
            height,
            tuple(
                Out(target, draw(st.sampled_from([0.0, 34.0, 190.0])) if len(listed) > 1 else 0.0)
                for target in listed
            ),
        )
        for width, height, listed in zip(widths, heights, targets, strict=True)
    ]


def rectangles(boxes, layout):
    """Every box and every end as (left, top, right, bottom)."""
    out = [(x, y, x + box.width, y + box.height) for (x, y), box in zip(layout.boxes, boxes, strict=True)]
    for (index, position), line in layout.lines.items():
        if boxes[index].outs[position].target is None:
            x, y = line.points[-1]
            out.append((x - END_WIDTH / 2, y, x + END_WIDTH / 2, y + END_HEIGHT))
    return out


def plates(boxes, layout):
    """Every word at a line by the line's key as (left, top, right, bottom)."""
    out = {}
    for (index, position), line in layout.lines.items():
        width = boxes[index].outs[position].label
        if width:
            x, y = line.label
            out[index, position] = (x - width / 2, y - 9, x + width / 2, y + 9)
    return out


def overlap(one, other):
    return (
        one[0] < other[2] - SLACK
        and other[0] < one[2] - SLACK
        and one[1] < other[3] - SLACK
        and other[1] < one[3] - SLACK
    )


def pieces(line):
    """The straight pieces of a line as thin rectangles."""
    for (x, y), (to_x, to_y) in pairwise(line.points):
        yield (min(x, to_x) - 0.1, min(y, to_y) - 0.1, max(x, to_x) + 0.1, max(y, to_y) + 0.1)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_no_box_and_no_word_lies_on_another(boxes):
    layout = place(boxes)
    solid = [*rectangles(boxes, layout), *plates(boxes, layout).values()]
    assert not [pair for pair in combinations(solid, 2) if overlap(*pair)]
    assert all(
        left >= 0 and top >= 0 and right <= layout.width + SLACK and bottom <= layout.height + SLACK
        for left, top, right, bottom in solid
    )


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_no_line_runs_through_a_box_and_every_exit_has_its_line(boxes):
    layout = place(boxes)
    assert set(layout.lines) == {
        (index, position) for index, box in enumerate(boxes) for position in range(len(box.outs))
    }
    solid = rectangles(boxes, layout)
    for line in layout.lines.values():
        for piece in pieces(line):
            assert not [box for box in solid if overlap(piece, (box[0], box[1] + 0.3, box[2], box[3] - 0.3))]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_a_word_stands_on_its_own_line_and_on_no_other(boxes):
    layout = place(boxes)
    for key, plate in plates(boxes, layout).items():
        crossed = {
            other
            for other, line in layout.lines.items()
            if any(overlap(plate, piece) for piece in pieces(line))
        }
        assert crossed == {key}


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_lines_start_below_their_box_go_down_and_end_above_the_next(boxes):
    layout = place(boxes)
    for (index, position), line in layout.lines.items():
        box, (x, y) = boxes[index], layout.boxes[index]
        assert line.points[0] == pytest.approx((x + box.width / 2, y + box.height))
        assert all(lower[1] >= upper[1] - SLACK for upper, lower in pairwise(line.points))
        target = box.outs[position].target
        if target is not None:
            left, top = layout.boxes[target]
            assert line.points[-1] == pytest.approx((left + boxes[target].width / 2, top))


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_lines_lie_on_one_another_only_where_they_leave_one_box_or_enter_one(boxes):
    layout = place(boxes)
    for (one, first), (other, second) in combinations(layout.lines.items(), 2):
        targets = {boxes[index].outs[position].target for index, position in (one, other)}
        if one[0] == other[0] or (len(targets) == 1 and None not in targets):
            continue
        shared = [(a, b) for a in sides(first) for b in sides(second) if along(a, b)]
        assert not shared, (one, other, shared)


def sides(line):
    return list(pairwise(line.points))


def along(one, other):
    """Say whether two straight pieces lie on one another for more than a point."""
    for axis in (0, 1):
        still = 1 - axis
        level = {round(point[still], 1) for piece in (one, other) for point in piece}
        if len(level) == 1:
            (a, b), (c, d) = (sorted(point[axis] for point in piece) for piece in (one, other))
            return min(b, d) - max(a, c) > SLACK
    return False


@settings(max_examples=60, deadline=None)
@given(graphs(joins=False))
def test_in_a_tree_children_stand_side_by_side_in_order_below_their_box(boxes):
    layout = place(boxes)
    for box, (_, top) in zip(boxes, layout.boxes, strict=True):
        below = [layout.boxes[out.target] for out in box.outs if out.target is not None]
        assert [x for x, _ in below] == sorted(x for x, _ in below)
        assert all(y > top for _, y in below)
        assert len({y for _, y in below}) < 2


def test_a_box_stands_amid_its_two_children_and_a_join_below_it():
    split = Box(100, 40, (Out(1, 30), Out(2, 30)))
    layout = place([split, Box(100, 40, (Out(3),)), Box(100, 40, (Out(3),)), Box(100, 40, (Out(None),))])
    (x, _), (left, row), (right, same_row), (joined, _) = layout.boxes
    assert row == same_row
    assert x == joined == (left + right) / 2
    assert layout.lines[1, 0].points[-1] == layout.lines[2, 0].points[-1]


def test_where_the_other_exit_ends_the_way_goes_straight_on():
    layout = place([Box(100, 40, (Out(1, 30), Out(None, 30))), Box(100, 40, (Out(None),))])
    assert layout.boxes[0][0] == layout.boxes[1][0]
    assert len(layout.lines[0, 0].points) == 2


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        place([Box(10, 10, (Out(1),)), Box(10, 10, (Out(2),)), Box(10, 10, (Out(1),))])


def test_a_join_whose_line_comes_down_where_another_turns_aside_takes_the_lower_lane():
    upper, lower = Group(300.0, [100.0]), Group(100.0, [0.0, 50.0])
    gap = Gap(joins={1: lower, 2: upper}, splits={3: Group(500.0, [480.0, 520.0])})
    lanes(gap)
    assert (upper.lane, lower.lane, gap.splits[3].lane, gap.count) == (0, 1, 2, 3)


def test_joins_that_turn_aside_above_each_other_get_lanes_all_the_same():
    one, other = Group(100.0, [200.0]), Group(200.0, [100.0])
    lanes(Gap(joins={1: one, 2: other}))
    assert {one.lane, other.lane} == {0, 1}


def test_groups_that_do_not_touch_share_a_lane():
    one, other, straight = Group(100.0, [0.0]), Group(300.0, [200.0]), Group(50.0, [50.0])
    gap = Gap(joins={1: one, 2: other, 3: straight})
    lanes(gap)
    assert (one.lane, other.lane, gap.count) == (0, 0, 1)
