"""Generated flows with a known number of edits, and what holds for every pair of flows."""

import random

import pytest
from diff_shapes import counts, flow_mutator
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.diff import diff_flows
from compiler.diff.sequence import common_places, increasing_run

SEEDS = range(25)


def edited(seed, size, kinds, edits, **options):
    """Return the truth, the comparison found, and both definitions."""
    flow = flow_mutator.EditedFlow(seed, size, **options)
    live = flow.definition()
    flow_mutator.mutate(flow, kinds, edits)
    desired = flow.definition(fresh_ids=True)
    return dict(+flow.truth), diff_flows(live, desired), live, desired


@pytest.mark.parametrize("joins", [0, 4])
@pytest.mark.parametrize("kind", flow_mutator.ALL)
def test_a_single_edit_is_said_exactly(kind, joins):
    for seed in SEEDS:
        truth, found, _, _ = edited(seed, 6 + seed * 2, (kind,), 1, joins=joins)
        assert counts(found) == truth, f"seed {seed}"


@pytest.mark.parametrize("kind", flow_mutator.SIMPLE)
def test_a_single_edit_is_said_exactly_where_no_step_has_a_twin(kind):
    for seed in SEEDS:
        truth, found, _, _ = edited(seed, 6 + seed * 2, (kind,), 1, names=False)
        assert counts(found) == truth, f"seed {seed}"


@pytest.mark.parametrize("seed", range(4))
def test_twenty_edits_in_500_steps_are_said_to_be_twenty(seed):
    truth, found, _, _ = edited(seed, 500, flow_mutator.SIMPLE, 20)
    assert counts(found) == truth
    assert found.edits == 20


@pytest.mark.parametrize("seed", range(8))
def test_eight_edits_of_all_kinds_are_said_exactly(seed):
    truth, found, _, _ = edited(seed, 150, flow_mutator.ALL, 8)
    assert counts(found) == truth


flows = st.builds(
    edited,
    st.integers(0, 10**6),
    st.integers(1, 60),
    st.just(flow_mutator.ALL),
    st.integers(0, 12),
    names=st.booleans(),
    joins=st.integers(0, 4),
)


@given(flows)
@settings(max_examples=60, deadline=None)
def test_every_step_is_paired_inserted_or_deleted_once(pair):
    _, found, live, desired = pair
    old = [*(p.live for p in found.match.pairs), *found.match.deleted]
    new = [*(p.desired for p in found.match.pairs), *found.match.inserted]
    assert sorted(old) == sorted(action["id"] for action in live["actions"])
    assert sorted(new) == sorted(action["temporary_id"] for action in desired["actions"])


@given(flows)
@settings(max_examples=60, deadline=None)
def test_only_equal_flows_have_no_differences(pair):
    truth, found, live, _ = pair
    assert found.empty == (not truth)
    assert diff_flows(live, live).empty


@given(flows)
@settings(max_examples=60, deadline=None)
def test_pairs_are_of_one_kind_and_fields_are_those_of_changed_pairs(pair):
    _, found, _, _ = pair
    kinds = [(found.live.steps[p.live].kind, found.desired.steps[p.desired].kind) for p in found.match.pairs]
    assert all(old == new for old, new in kinds)
    assert [change.pair for change in found.changes] == [*found.match.changed]
    assert all(change.fields for change in found.changes)


@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_what_is_inserted_one_way_is_deleted_the_other(seed, size, edits):
    _, found, live, desired = edited(seed, size, ("insert", "delete"), edits)
    back = diff_flows(desired, live)
    assert len(found.match.inserted) == len(back.match.deleted)
    assert len(found.match.deleted) == len(back.match.inserted)


@given(flows, flows)
@settings(max_examples=30, deadline=None)
def test_two_flows_that_have_nothing_to_do_with_each_other_are_compared(first, second):
    live, desired = first[2], second[3]
    found = diff_flows(live, desired)
    match = found.match
    assert len(match.pairs) + len(match.deleted) == len(live["actions"])
    assert len(match.pairs) + len(match.inserted) == len(desired["actions"])


@given(st.permutations(range(8)))
def test_the_longest_increasing_run_is_increasing_and_longest(values):
    run = increasing_run(values)
    picked = [values[place] for place in run]
    longest = [1] * len(values)
    for at, value in enumerate(values):
        longest[at] += max((longest[i] for i in range(at) if values[i] < value), default=0)
    assert picked == sorted(picked)
    assert len(run) == max(longest)


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_common_places_are_a_longest_common_subsequence(old, new):
    pairs = common_places(old, new)
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, a in enumerate(old):
        for j, b in enumerate(new):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    assert all(old[i] == new[j] for i, j in pairs)
    assert pairs == sorted(pairs)
    assert len(pairs) == table[-1][-1]


def test_sequences_with_nothing_in_common_are_given_up():
    draw = random.Random(1)
    old, new = ([str(draw.random()) for _ in range(1_500)] for _ in range(2))
    assert common_places(old, new) == []
