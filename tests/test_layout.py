"""Every graph has one text: all small ones, random large ones, chains, deep nests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from random import Random

import pytest
from equality import canonical
from generate import Maker, graph_flow
from through_yaml import compiled, decompile

from compiler.graph import END, breadth_first, build
from compiler.layout import CONTINUES, TooDeep, layout
from compiler.lift import links_of
from compiler.model import Exit
from compiler.resolve import resolve

Ways = tuple[int | None, ...]


def graphs(count: int) -> Iterator[tuple[Ways, ...]]:
    """Yield every graph of ``count`` steps with one or two exits whose first step reaches all, each form once."""
    seen = set()
    choices = []
    for step in range(count):
        targets: list[int | None] = [*range(step + 1, count), None]
        choices.append([(target,) for target in targets] + list(itertools.product(targets, repeat=2)))
    for exits in itertools.product(*choices):
        order = numbered(exits)
        if len(order) == count:
            form = tuple(tuple(None if way is None else order[way] for way in exits[step]) for step in order)
            if form not in seen:
                seen.add(form)
                yield form


def numbered(exits: Sequence[Ways]) -> dict[int, int]:
    """Return {step: its place breadth-first from the entry}."""
    order = {0: 0}
    for step in order_of(exits):
        order.setdefault(step, len(order))
    return order


def order_of(exits: Sequence[Ways]) -> Iterator[int]:
    queue, seen = [0], {0}
    for step in queue:
        yield step
        for way in exits[step]:
            if way is not None and way not in seen:
                seen.add(way)
                queue.append(way)


def written_once(exits: Sequence[Ways]) -> None:
    definition = graph_flow(exits, name="{}")
    text, lifting = decompile(definition)
    assert lifting.errors == lifting.warnings == []
    back = compiled(text, judge=False)
    assert canonical(back) == canonical(definition), exits
    assert decompile(back)[0] == text, exits


@pytest.mark.parametrize(("count", "many"), [(1, 2), (2, 8), (3, 52), (4, 480)])
def test_every_graph_of_up_to_four_steps_has_one_text(count, many):
    found = list(graphs(count))
    assert len(found) == many
    for exits in found:
        written_once(exits)


@pytest.mark.heavy
def test_every_graph_of_five_steps_has_one_text():
    found = list(graphs(5))
    assert len(found) == 5_816
    for exits in found:
        written_once(exits)


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_of_sixty_steps_with_joins_have_one_text(seed):
    random = Random(seed)
    maker = Maker(random, joins=random.choice((0.1, 0.4, 0.8, 1.0)))
    definition = maker.flow(
        60, ("time-delay", "conditional-split", "trigger-split", "multi-branch-split", "back-in-stock-delay")
    )
    text, lifting = decompile(definition)
    assert lifting.errors == []
    assert canonical(compiled(text)) == canonical(definition)
    assert decompile(compiled(text))[0] == text


def nest(depth: int) -> list[Ways]:
    """Splits whose ``then`` holds the next split and whose ``else`` a step of its own."""
    out: list[Ways] = []
    for level in range(depth):
        out += [(2 * level + 2 if level < depth - 1 else None, 2 * level + 1), (None,)]
    return out


@pytest.mark.parametrize(
    "exits",
    [
        [(step + 1,) for step in range(59)] + [(None,)],
        nest(60),
        [(step + 1, None) for step in range(59)] + [(None,)],
        [(step + 1, 60) for step in range(60)] + [(None,)],
        [(step + 1, step + 1) for step in range(59)] + [(None, None)],
    ],
    ids=["a chain", "nested splits", "guards", "nested splits that join", "splits whose branches are empty"],
)
def test_sixty_steps_of_one_shape_have_one_text(exits):
    written_once(exits)


def test_splits_nested_beyond_what_a_text_can_hold_are_an_error():
    definition = graph_flow(nest(200))
    text, lifting = decompile(definition)
    assert [mistake.code for mistake in lifting.errors] == ["F480"]
    assert "steps: []" in text
    with pytest.raises(TooDeep):
        layout(
            {
                step: tuple(Exit(role, way) for role, way in zip(("true", "false"), ways, strict=True))
                if len(ways) == 2
                else (Exit("next", ways[0]),)
                for step, ways in enumerate(nest(200))
            },
            0,
        )


def text_of(exits: Sequence[Ways]) -> str:
    return decompile(graph_flow(exits, name="{}"))[0].split("steps:")[1]


def test_what_follows_a_split_stands_after_it():
    assert text_of([(1, 2), (2,), (None,)]).split("\n", 1)[1] == (
        "  - conditional-split:\n      if: []\n      then:\n        - time-delay: 1 day\n  - time-delay: 1 day\n"
    )


def test_a_guard_s_other_exit_says_end():
    assert "else: end" in text_of([(1, None), (None,)])
    assert "then: end" in text_of([(None, 1), (None,)])


def test_an_empty_flow_and_a_lone_split():
    assert layout({}, None) == []
    (placed,) = layout({0: (Exit("true", None), Exit("false", None))}, 0)
    assert placed.branches == [("true", CONTINUES), ("false", CONTINUES)]


def test_a_split_without_exits_ends_there():
    (placed,) = layout({0: ()}, 0)
    assert placed.branches == []


def test_the_graph_has_an_edge_for_each_exit_and_an_end():
    flow, mistakes = resolve(
        {"name": "A", "steps": [{"conditional-split": {"if": [], "then": "end"}}, {"time-delay": "1 day"}]}
    )
    graph = build(flow)
    assert mistakes == []
    assert sorted(graph.edges) == [(0, END), (0, 1), (1, END)]
    assert graph.edges[0, END]["roles"] == ("true",)
    assert graph.nodes[0]["step"] is flow.steps[0]
    both, _ = resolve({"name": "A", "steps": [{"conditional-split": {"if": []}}, {"time-delay": "1 day"}]})
    assert build(both).edges[0, 1]["roles"] == ("true", "false")


def test_steps_stand_breadth_first_true_branch_first():
    steps = [
        {
            "conditional-split": {
                "if": [],
                "then": [{"time-delay": "1 day"}, {"time-delay": "2 days"}],
                "else": [{"time-delay": "3 days"}],
            }
        },
        {"time-delay": "4 days"},
    ]
    flow, _ = resolve({"name": "A", "steps": steps})
    assert breadth_first(build(flow)) == [0, 1, 3, 2, 4]
    assert breadth_first(build(resolve({"name": "A", "steps": []})[0])) == []


def test_the_links_of_an_action_follow_its_kind():
    assert links_of({"type": "conditional-split"}) == [("true", None), ("false", None)]
    assert links_of({"type": "send-email"}) == [("next", None)]
    assert links_of({"type": "coin-toss", "links": {"next_if_false": "a"}}) == [
        ("true", None),
        ("false", "a"),
    ]
    branches = [
        {"branch_id": "0", "links": {"next": "a"}},
        {"branch_id": "1", "is_else": True, "links": None},
    ]
    assert links_of({"type": "multi-branch-split", "data": {"branches": branches}}) == [
        ("0", "a"),
        ("else", None),
    ]
    assert links_of({"type": "multi-branch-split"}) == []
