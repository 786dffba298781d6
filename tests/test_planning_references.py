"""What a name of one of the project's own flows means while a plan makes or replaces that flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from apply_worlds import REVISION, World, flow, put_metric, segment, write_specs

from compiler.bind import Names
from compiler.client import calls
from compiler.diagnostics import Exit, Problems
from compiler.live import Thing
from compiler.pipeline import compile_project
from compiler.plan.stages import CreateFlow, PatchAction, UpdateSegment
from compiler.plan.units import Name, Unit
from compiler.planning import Planned, Scope, plan_project

SEEN = "profile-metric: {{metric: Seen, count: 0, timeframe: alltime{}}}"
PLAIN = flow("X", "Ordered", "live", "Hello a")
MOVED = PLAIN.replace("Ordered", "Seen")
NAMES_X = 'it names the flow "X", which is replaced: what people got from the old one does not count for the new one'
FILTER = "the flow's filter changes, which no call can do"
TRIGGER = "the trigger changes, which no call can do"


def seen(name: str | None) -> str:
    """Return a condition on an event, of one flow alone where that is named."""
    of = f", metric_filters: [{{property: $flow, equals: {{flow: {name}}}}}]" if name else ""
    return SEEN.format(of)


def filtered(text: str, name: str) -> str:
    return text.replace("steps:\n", f"profile_filter:\n  - {seen(name)}\nsteps:\n")


def split(name: str, other: str | None, metric: str = "Ordered") -> str:
    mail = "send-email: {name: Hi, subject_line: Hi, template: {file: emails/a.html}}"
    steps = f"  - conditional-split:\n      if:\n        - {seen(other)}\n      then:\n        - {mail}\n      else: end\n"
    return flow(name, metric, "live") + steps


def asking(name: str) -> str:
    return f"kind: segment\nname: S\ndefinition:\n  - {seen(name)}\n"


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path, {})
    for name in ("Ordered", "Seen"):
        put_metric(made.store, name)
    yield made
    made.close()


def planned(world: World, *stems: str, **more: Any) -> tuple[Planned, list[str]]:
    client, _ = world.client()
    problems = Problems()
    with client:
        compiled = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
        some = [one for one in compiled if not stems or one.name in stems]
        scope = Scope(world.project, REVISION, now=world.now, whole=not stems, **more)
        found = plan_project(some, client, scope, problems, len)
    return found, [str(one) for one in problems]


def changing(world: World) -> list[Unit]:
    found, problems = planned(world)
    assert problems == []
    return [unit for unit in found.plan.units if unit.kind in ("flow", "segment") and unit.stages]


def changes(world: World) -> list[tuple[str, str]]:
    return [(unit.change, unit.name) for unit in changing(world)]


def settle(world: World, **specs: str) -> None:
    """Apply some specs, after which nothing is left to do."""
    write_specs(world.folder, specs)
    found, problems = planned(world)
    assert problems == []
    result, _ = world.apply(plan=found.plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(3600)
    assert changes(world) == []


def ids(world: World, name: str) -> list[str]:
    """Return the ids of the flows of a name, the oldest first."""
    client, _ = world.client()
    with client:
        rows = [row for page in client.pages(calls.GET_FLOWS) for row in page["data"]]
    named = [row for row in rows if row["attributes"]["name"] == name]
    return [row["id"] for row in sorted(named, key=lambda row: row["attributes"]["created"])]


def definition(world: World, flow: str) -> str:
    client, _ = world.client()
    with client:
        found = client.read(calls.GET_FLOW, flow, params={"additional-fields[flow]": "definition"})
    return str(found["data"]["attributes"]["definition"])


# What names a flow that is replaced


def test_what_names_a_flow_that_is_replaced_is_changed_behind_it_in_the_same_plan(world: World):
    specs = {"y": filtered(flow("Y", "Ordered", "draft", "Bye a"), "X"), "s": asking("X")}
    settle(world, x=PLAIN, **specs)
    write_specs(world.folder, {"x": MOVED, **specs})
    x, s, y = changing(world)
    assert (x.change, x.name, x.reasons) == ("replace", "X", (TRIGGER,))
    assert (s.change, s.name, s.reasons) == ("update", "S", (NAMES_X,))
    assert (y.change, y.name, y.reasons[:2]) == ("replace", "Y", (NAMES_X, FILTER))
    assert isinstance(s.stages[0], UpdateSegment)
    settle(world, x=MOVED, **specs)
    old, new = ids(world, "X")
    assert f"'{new}'" in definition(world, ids(world, "Y")[-1])
    assert f"'{old}'" not in definition(world, ids(world, "Y")[-1])


def test_a_replace_goes_on_to_whatever_names_the_replaced_flows_in_turn(world: World):
    specs = {
        "a": filtered(flow("A", "Ordered", "draft", "A a"), "Y"),
        "y": filtered(flow("Y", "Ordered", "draft", "B a"), "X"),
    }
    settle(world, x=PLAIN, **specs)
    write_specs(world.folder, {"x": MOVED, **specs})
    assert changes(world) == [("replace", "X"), ("replace", "Y"), ("replace", "A")]
    settle(world, x=MOVED, **specs)


def test_a_step_that_names_a_replaced_flow_is_changed_in_place_behind_it(world: World):
    settle(world, x=PLAIN, y=split("A", "X"))
    write_specs(world.folder, {"x": MOVED, "y": split("A", "X")})
    x, y = changing(world)
    assert isinstance(x.stages[0], CreateFlow)
    assert (y.change, y.name, y.reasons) == ("update", "A", (NAMES_X,))
    (patch,) = (stage for stage in y.stages if isinstance(stage, PatchAction))
    assert "@flow:X" in str(patch.changes)
    settle(world, x=MOVED, y=split("A", "X"))


def test_a_flow_that_is_changed_in_place_keeps_its_id_and_what_names_it_is_left_alone(world: World):
    specs = {"y": filtered(flow("Y", "Ordered", "draft", "Bye a"), "X"), "s": asking("X")}
    settle(world, x=PLAIN, **specs)
    write_specs(world.folder, {"x": PLAIN.replace("About Hello", "Hi"), **specs})
    assert changes(world) == [("update", "X")]


def test_a_flow_that_may_not_be_replaced_says_which_name_asks_for_it(world: World):
    y = filtered(flow("Y", "Ordered", "draft", "Bye a"), "X").replace(
        "status:", "prevent_replace: true\nstatus:"
    )
    settle(world, x=PLAIN, y=y)
    write_specs(world.folder, {"x": MOVED, "y": y})
    found, problems = planned(world)
    assert problems == []
    (blocked,) = (unit for unit in found.plan.units if unit.change == "blocked")
    assert blocked.reasons == (NAMES_X, FILTER, "prevent_replace: true forbids replacing the flow")


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("at", [2, 4, 7, 9])
@pytest.mark.parametrize("way", ["killed before", "killed after"])
def test_an_apply_that_is_killed_between_a_replace_and_what_names_it_goes_on(
    world: World, way: str, at: int, *, fresh: bool
):
    specs = {"y": filtered(flow("Y", "Ordered", "draft", "Bye a"), "X"), "s": asking("X")}
    settle(world, x=PLAIN, **specs)
    write_specs(world.folder, {"x": MOVED, **specs})
    plan = planned(world)[0].plan
    killed, _ = world.apply(way, at, plan=plan)
    assert killed is None
    world.pass_seconds(3600)
    result, _ = world.apply(plan=None if fresh else plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(3600)
    assert changes(world) == []
    assert len(ids(world, "X")) == len(ids(world, "Y")) == 2


def test_a_flow_beside_an_archived_one_of_its_name_is_what_the_name_means(world: World):
    settle(world, x=PLAIN)
    with world.store.writing() as view:
        (row,) = view.rows("flow", parent="")
        view.put("flow", row.id, row.body | {"archived": True})
    old = filtered(flow("A", "Ordered", "draft", "Bye a"), "X")
    write_specs(world.folder, {"x": PLAIN, "y": old})
    assert changes(world) == [("create", "X"), ("create", "A")]
    settle(world, x=PLAIN, y=filtered(flow("A", "Ordered", "draft", "Bye a"), "X"))
    assert f"'{ids(world, 'X')[-1]}'" in definition(world, ids(world, "A")[0])


def test_a_plan_without_a_flow_takes_it_as_the_account_has_it(world: World):
    y = filtered(flow("Y", "Ordered", "draft", "Bye a"), "X")
    settle(world, x=PLAIN, y=y)
    write_specs(world.folder, {"x": MOVED, "y": y.replace("About Bye", "Ta-ta")})
    found, problems = planned(world, "Y")
    assert problems == []
    assert [unit.change for unit in found.plan.units] == ["update"]
    assert Name("flow", "X", ids(world, "X")[0]) in found.plan.names


def test_a_quick_plan_takes_filters_that_name_flows_for_equal(world: World):
    settle(world, x=PLAIN, y=filtered(flow("Y", "Ordered", "draft", "Bye a"), "X"))
    found, problems = planned(world, quick=True)
    assert problems == []
    assert [unit.change for unit in found.plan.units] == ["unchanged", "unchanged"]


def test_a_name_of_a_flow_that_meant_another_id_in_the_lock_is_said(world: World):
    settle(world, x=PLAIN, y=filtered(flow("Y", "Ordered", "draft", "Bye a"), "X"))
    _, problems = planned(world, locked=Names([Thing("flow", "X", "", "XOLD01")]))
    (now,) = ids(world, "X")
    assert problems == [
        f'flows/y.yaml:6:116 F316 warning: "X" was the flow XOLD01 when the lock was written and is {now} now; flowc lock accepts that'
    ]


def test_to_find_out_what_a_name_means_asks_the_account_nothing(world: World):
    y = flow("Y", "Ordered", "draft", "Bye a")
    settle(world, x=PLAIN, y=y)
    alone = reads(world)
    settle(world, x=PLAIN, y=filtered(y, "X"))
    assert reads(world) == alone


def reads(world: World) -> int:
    """Return how many calls a plan takes."""
    client, faults = world.client()
    with client:
        world.plan(client)
    return faults.reads


# A flow that was renamed


def renamed() -> str:
    return PLAIN.replace("name: X\n", "name: X2\nwas: X\n")


@pytest.mark.parametrize("there", [True, False])
def test_what_names_a_renamed_flow_follows_the_replace_that_makes_the_name(world: World, *, there: bool):
    b, s = filtered(flow("B", "Ordered", "draft", "Bye a"), "X"), asking("X")
    settle(world, x=PLAIN, **({"b": b, "s": s} if there else {}))
    specs = {"x": renamed(), "b": b.replace("flow: X", "flow: X2"), "s": s.replace("flow: X", "flow: X2")}
    write_specs(world.folder, specs)
    kinds = ("update", "replace") if there else ("create", "create")
    assert changes(world) == [("replace", "X2"), (kinds[0], "S"), (kinds[1], "B")]
    settle(world, **specs)


def test_the_old_name_of_a_renamed_flow_is_diagnosed_where_it_is_still_said(world: World):
    b = filtered(flow("B", "Ordered", "draft", "Bye a"), "X")
    settle(world, x=PLAIN, b=b)
    write_specs(world.folder, {"x": renamed(), "b": b})
    assert planned(world)[1] == [
        'flows/b.yaml:6:116 F321 another spec says that the flow "X" is called "X2" now'
    ]


# A flow that names itself


def test_a_filter_that_names_its_own_flow_is_refused_and_nothing_is_replaced(world: World):
    settle(world, x=PLAIN)
    write_specs(world.folder, {"x": filtered(PLAIN, "X")})
    (problem,) = planned(world)[1]
    assert problem == (
        f'flows/x.yaml:6:116 F323 "X" names itself, and "X" is made anew ({FILTER}), so nobody knows its id yet: no call'
        " puts the name in once the flow is made, so it can never name itself there; leave the name out, and say who may"
        " enter again by reentry, or by profile-not-in-flow in the filter"
    )


def test_what_a_filter_that_names_its_own_flow_is_told_to_write_instead_can_be_applied(world: World):
    instead = PLAIN.replace(
        "steps:\n", "profile_filter:\n  - profile-not-in-flow: {in-the-last: 30 days}\nsteps:\n"
    )
    settle(world, x=instead)
    assert len(ids(world, "X")) == 1


def test_a_filter_that_names_its_own_flow_in_the_account_already_plans_to_nothing(world: World):
    settle(world, other=flow("Other", "Ordered", "draft", "Bye a"), x=filtered(PLAIN, "Other"))
    (own,), (other,) = ids(world, "X"), ids(world, "Other")
    with world.store.writing() as view:
        (row,) = (one for one in view.rows("flow", parent="") if one.id == own)
        assert f'"{other}"' in str(row.body).replace("'", '"')
        view.put("flow", own, _swapped(row.body, other, own))
    specs = {"other": flow("Other", "Ordered", "draft", "Bye a"), "x": filtered(PLAIN, "X")}
    write_specs(world.folder, specs)
    assert changes(world) == []
    settle(world, **{**specs, "x": specs["x"].replace("About Hello", "Hi")})
    assert ids(world, "X") == [own]


def _swapped(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _swapped(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_swapped(item, old, new) for item in value]
    return new if value == old else value


def test_a_step_gets_its_own_flows_name_in_place_once_the_flow_is_made(world: World):
    write_specs(world.folder, {"x": split("X", "X")})
    (problem,) = planned(world)[1]
    assert problem == (
        'flows/x.yaml:8:122 F323 "X" names itself, and it is new, so nobody knows its id yet: write another condition in'
        " its place, apply, and put the name in then"
    )
    settle(world, x=split("X", None))
    settle(world, x=split("X", "X"))
    assert len(ids(world, "X")) == 1
    assert f"'{ids(world, 'X')[0]}'" in definition(world, ids(world, "X")[0])


def test_a_flow_whose_step_names_it_is_replaced_in_two_applies(world: World):
    settle(world, x=split("X", None))
    settle(world, x=split("X", "X"))
    write_specs(world.folder, {"x": split("X", "X", "Seen")})
    (problem,) = planned(world)[1]
    assert (
        f'"X" names itself, and "X" is made anew ({TRIGGER}), so nobody knows its id yet: write another'
        in problem
    )
    settle(world, x=split("X", None, "Seen"))
    settle(world, x=split("X", "X", "Seen"))
    assert len(ids(world, "X")) == 2


# Circles


def test_flows_whose_filters_name_each_other_are_refused_for_good(world: World):
    settle(world, x=PLAIN, y=flow("Y", "Ordered", "draft", "Bye a"))
    y = filtered(flow("Y", "Ordered", "draft", "Bye a"), "X")
    write_specs(world.folder, {"x": filtered(PLAIN, "Y"), "y": y})
    (problem,) = planned(world)[1]
    assert problem == (
        f'flows/x.yaml:6:116 F323 "X" names the flow "Y", which names the flow "X", and "X" is made anew ({FILTER}); "Y" is'
        f" made anew ({FILTER}), so none has its id before the others: no call puts the name in once the flow is made, so"
        " leave one of these names out"
    )
    settle(world, x=PLAIN, y=y)


def test_a_step_and_a_filter_that_name_each_other_are_put_right_in_two_applies(world: World):
    a, b = filtered(flow("A", "Ordered", "draft", "Hi a"), "B"), split("B", "A")
    write_specs(world.folder, {"a": a, "b": b})
    (problem,) = planned(world)[1]
    assert problem.startswith(
        'flows/b.yaml:8:122 F323 "A" names the flow "B", which names the flow "A", and the account'
    )
    assert problem.endswith(
        'write another condition in place of the name "A" in "B", apply, and put the name in then'
    )
    settle(world, a=a, b=split("B", None))
    settle(world, a=a, b=b)
    assert (len(ids(world, "A")), len(ids(world, "B"))) == (1, 1)


def test_a_segment_and_the_flow_that_it_triggers_name_each_other_in_two_applies(world: World):
    x = PLAIN.replace("{metric: Ordered}", "{segment: S}")
    write_specs(world.folder, {"x": x, "s": asking("X")})
    (problem,) = planned(world)[1]
    assert problem.startswith(
        'flows/s.yaml:4:116 F323 "X" names the segment "S", which names the flow "X", and the'
    )
    assert problem.endswith(
        'write another condition in place of the name "X" in "S", apply, and put the name in then'
    )
    settle(world, x=x, s=segment("S", 3))
    settle(world, x=x, s=asking("X"))
