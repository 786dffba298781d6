"""``joins: duplicate``: a tree instead of joins."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from compiler.joins import MOST, duplicate_joins
from compiler.resolve import resolve

SPLIT = {"conditional-split": {"if": [], "then": [{"time-delay": "1 day"}]}}


def flow(*steps: Any) -> Any:
    found, mistakes = resolve({"name": "A", "steps": list(steps)})
    assert mistakes == []
    return found


def paths(found: Any, index: int = 0) -> list[tuple[str, ...]]:
    """Return what a profile can go through, way by way."""
    if not found.steps:
        return [()]
    step = found.steps[index]
    out = []
    for way in step.exits:
        rest = [()] if way.target is None else paths(found, way.target)
        out += [(f"{step.kind}:{way.role}:{step.body}", *tail) for tail in rest]
    return out


def test_what_two_branches_share_is_copied_into_each():
    original = flow(SPLIT, {"id": "mail", "send-email": None})
    tree, mistakes = duplicate_joins(original)
    assert mistakes == []
    assert [step.kind for step in tree.steps] == [
        "conditional-split",
        "time-delay",
        "send-email",
        "send-email",
    ]
    assert [step.id for step in tree.steps] == [None, None, "mail", None]
    assert paths(tree) == paths(original)


@given(st.lists(st.sampled_from([SPLIT, {"time-delay": "2 days"}]), max_size=8))
def test_a_tree_has_the_ways_of_its_graph_and_no_joins(steps):
    original = flow(*steps)
    tree, mistakes = duplicate_joins(original)
    if mistakes:
        assert [mistake.code for mistake in mistakes] == ["F305"]
        assert tree is original
        return
    assert paths(tree) == paths(original)
    targets = [way.target for step in tree.steps for way in step.exits if way.target is not None]
    assert len(targets) == len(set(targets)) == max(0, len(tree.steps) - 1)


def test_too_many_copies_are_refused():
    original = flow(*[SPLIT] * 12)
    tree, mistakes = duplicate_joins(original)
    assert tree is original
    assert [(mistake.code, mistake.path) for mistake in mistakes] == [("F305", ("steps",))]
    assert str(MOST) in mistakes[0].message


def test_an_empty_flow_stays():
    assert duplicate_joins(flow())[0].steps == ()
