"""Edits in place: they reach what is desired from everywhere, under every answer of an account, and none is shorter."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_account import Model, Switches
from plan_kit import flow_pair, is_desired, plan, seeded

from compiler.diff.flowgraph import read_flow
from compiler.normalise import equal, normalise_pair
from compiler.plan.expected import expected
from compiler.plan.inplace import find_edits
from compiler.plan.knowledge import Knowledge
from compiler.plan.order import order
from compiler.plan.stages import DeleteAction, InsertAction, PatchAction, ReadBack, Tag

SWITCHES = st.builds(
    Switches,
    delete_links=st.sampled_from(["splice", "cut"]),
    patch_links=st.sampled_from(["ignored", "honoured", "refused"]),
    insert_at_join=st.sampled_from(["every", "first"]),
    weekdays=st.sampled_from(["all", "absent"]),
    same_template=st.sampled_from(["kept", "cloned"]),
    hierarchy=st.sampled_from(["absent", "repeated"]),
)
PAIRS = st.builds(flow_pair, st.integers(0, 2**32), st.integers(0, 9), st.integers(0, 6))


@given(PAIRS, SWITCHES)
@settings(max_examples=250)
def test_applied_edits_reach_what_is_desired_and_plan_to_nothing(pair: Any, switches: Switches):
    live, desired = pair
    model, flow = seeded(live, desired, switches)
    unit = plan(model, flow, desired)
    if unit.change == "replace":
        assert switches.delete_links == "cut"
        assert unit.reasons == ("deleting a step cuts off what follows it in this account",)
        return
    model.run(unit)
    assert is_desired(model, flow, desired)
    assert plan(model, flow, desired).change == "unchanged"


@given(PAIRS, SWITCHES)
@settings(max_examples=50)
def test_stopped_anywhere_the_next_plan_goes_on_with_no_more_calls_than_were_left(
    pair: Any, switches: Switches
):
    live, desired = pair
    model, flow = seeded(live, desired, switches)
    unit = plan(model, flow, desired)
    if unit.change != "update":
        return
    calls = [stage for stage in unit.stages if not isinstance(stage, ReadBack | Tag)]
    for done in range(len(calls)):
        half = copy.deepcopy(model)
        half.calls = 0
        half.run(unit, tuple(calls[:done]))
        rest = plan(half, flow, desired)
        assert rest.change == "update" or is_desired(half, flow, desired)
        half.run(rest)
        assert is_desired(half, flow, desired)
        assert half.calls <= len(calls)


@given(PAIRS)
@settings(max_examples=80)
def test_a_read_after_any_stage_is_what_the_stages_so_far_make(pair: Any):
    live, desired = pair
    model, flow = seeded(live, desired, Switches())
    unit = plan(model, flow, desired)
    before, after = normalise_pair(model.flows[flow].definition, desired, model.templates)
    for done in range(len(unit.stages) + 1):
        half = copy.deepcopy(model)
        half.run(unit, unit.stages[:done])
        meant = expected(before, after, unit.stages[:done])
        assert equal(*normalise_pair(half.flows[flow].definition, meant, half.templates))


@given(PAIRS)
@settings(max_examples=60)
def test_a_cut_that_nobody_knew_of_shows_at_once_and_the_next_plan_still_ends_well(pair: Any):
    live, desired = pair
    model, flow = seeded(live, desired, Switches(delete_links="cut"))
    unit = plan(model, flow, desired, Knowledge())
    if unit.change != "update":
        return
    before, after = normalise_pair(model.flows[flow].definition, desired, model.templates)
    made: dict[str, str] = {}
    steps = {str(one["temporary_id"]): one for one in desired["actions"]}
    for done, stage in enumerate(unit.stages, 1):
        model.step(stage, unit, flow, made, steps)
        meant = expected(before, after, unit.stages[:done])
        if not equal(*normalise_pair(model.flows[flow].definition, meant, model.templates)):
            assert isinstance(stage, DeleteAction)
            break
    current, known = flow, Knowledge(delete_links="cut")
    rest = plan(model, current, desired, known)
    assert rest.change in ("update", "replace", "unchanged")
    current = model.run(rest) if rest.stages else current
    assert is_desired(model, current, desired)


# Small flows as trees: ("m", subject), ("d", days), ("s", question, true branch, false branch)


def build(tree: Any, prefix: str) -> dict[str, Any]:
    actions: list[dict[str, Any]] = []
    number = itertools.count(1)

    def walk(chain: Any) -> str | None:
        names = [f"{prefix}{next(number)}" for _ in chain]
        for step, name, following in zip(chain, names, [*names, None][1:], strict=True):
            actions.append({"id": name, **action(step, following)})
        return names[0] if names else None

    def action(step: Any, following: str | None) -> dict[str, Any]:
        if step[0] == "s":
            links = {"next_if_true": walk(step[2]), "next_if_false": walk(step[3])}
            return {"type": "conditional-split", "data": {"profile_filter": step[1]}, "links": links}
        if step[0] == "m":
            data = {"status": "draft", "message": {"subject_line": step[1]}}
            return {"type": "send-email", "data": data, "links": {"next": following}}
        return {"type": "time-delay", "data": {"value": step[1]}, "links": {"next": following}}

    return {"triggers": [], "entry_action_id": walk(tree), "actions": actions}


def contents(tree: Any) -> Any:
    for step in tree:
        yield step[:2]
        if step[0] == "s":
            yield from contents(step[2])
            yield from contents(step[3])


def one_call(tree: Any, wanted: set[Any], twins: set[Any]) -> Any:
    """Yield every flow that one call makes of a flow; no message becomes one that exists elsewhere."""
    for place, step in enumerate(tree):
        head, tail = tree[:place], tree[place + 1 :]
        for to in wanted:
            if to[0] == step[0] == "s":
                yield (*head, (*to, *step[2:]), *tail)
            elif to[0] == step[0] and not {step, to} & twins:
                yield (*head, to, *tail)
        if step[0] == "s":
            for inner in one_call(step[2], wanted, twins):
                yield (*head, (*step[:2], inner, step[3]), *tail)
            for inner in one_call(step[3], wanted, twins):
                yield (*head, (*step[:3], inner), *tail)
        else:
            yield (*head, *tail)
    for place in range(len(tree) + 1):
        if not place or tree[place - 1][0] != "s":
            yield from ((*tree[:place], to, *tree[place:]) for to in wanted if to[0] != "s")


def shortest(live: Any, desired: Any, most: int) -> int | None:
    """Return the fewest calls that make one flow of another, None if they are more than ``most``."""
    before, after = Counter(contents(live)), Counter(contents(desired))
    twins = {one for one in before if one[0] == "m" and before[one] == after[one] == 1}
    seen, level = {live}, [live]
    for depth in range(most + 1):
        if desired in seen:
            return depth
        found = (
            {made for tree in level for made in one_call(tree, set(after), twins)} if depth < most else set()
        )
        level = [*(found - seen)]
        seen |= found
    return None


def planned(live: Any, desired: Any) -> int | None:
    old, new = read_flow(build(live, "L")), read_flow(build(desired, "D"))
    edits, _ = find_edits(old, new)
    if edits is None:
        return None
    stages = order("F", old, new, edits)
    return sum(isinstance(stage, PatchAction | InsertAction | DeleteAction) for stage in stages)


def chains(longest: int, steps: Any) -> list[Any]:
    return [chain for size in range(longest + 1) for chain in itertools.product(steps, repeat=size)]


STEPS = (("m", "a"), ("m", "b"), ("d", 1), ("d", 2))
SPLITS = [
    (*before, ("s", question, true, false))
    for before in chains(1, STEPS[:3])
    for question in "xy"
    for true in chains(1, STEPS[:3])
    for false in chains(1, STEPS[:3])
]


def test_no_sequence_of_calls_on_a_chain_is_shorter_than_the_planned_one():
    flows = chains(3, STEPS)
    pairs = [*itertools.product(flows, flows)][::9]
    for live, desired in pairs:
        calls = planned(live, desired)
        assert calls is not None
        assert calls == 0 or shortest(live, desired, calls - 1) is None, (live, desired)
    assert len(pairs) > 800


def test_no_sequence_of_calls_on_a_split_flow_is_shorter_and_none_reaches_what_is_called_unreachable():
    unreachable = 0
    for live, desired in [*itertools.product(SPLITS, [*SPLITS, *chains(2, STEPS[:3])])][::19]:
        calls = planned(live, desired)
        unreachable += calls is None
        assert calls == 0 or shortest(live, desired, 2 if calls is None else min(calls - 1, 3)) is None, (
            live,
            desired,
        )
    assert unreachable > 40


@pytest.mark.parametrize(("seed", "size"), [(1, 120), (2, 120)])
def test_twenty_edits_of_a_large_flow_are_twenty_calls(seed: int, size: int):
    live = build([("m", f"{seed}-{place}") if place % 3 else ("d", place % 4) for place in range(size)], "L")
    desired = copy.deepcopy(live)
    for place in range(5, 105, 5):
        data = desired["actions"][place]["data"]
        data.update({"value": 99} if "value" in data else {"message": {"subject_line": f"new {place}"}})
    old, new = read_flow(live), read_flow(desired)
    edits, reasons = find_edits(old, new)
    assert edits is not None, reasons
    stages = order("F", old, new, edits)
    assert sum(isinstance(stage, PatchAction) for stage in stages) == 20
    assert not edits.deleted
    assert not edits.runs


def test_a_long_chain_with_nothing_in_common_is_still_planned():
    old = build([("m", f"old {place}") for place in range(90)], "L")
    new = build([("m", f"new {place}") for place in range(80)], "D")
    edits, _ = find_edits(read_flow(old), read_flow(new))
    assert edits is not None
    assert len(edits.deleted) == 10


def test_the_model_account_refuses_what_the_server_refuses():
    model = Model()
    waits = {
        "temporary_id": "1",
        "type": "time-delay",
        "data": {"value": 1, "unit": "hours", "delay_until_time": "10:00"},
    }
    with pytest.raises(Exception, match="not in days"):
        model.create(
            {"triggers": [], "entry_action_id": "1", "actions": [{**waits, "links": {"next": None}}]}
        )
