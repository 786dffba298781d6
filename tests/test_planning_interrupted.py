"""What an interrupted replace has left, where the spec has changed before the next run."""

from __future__ import annotations

from pathlib import Path

import pytest
from apply_worlds import REVISION, World, flow, put_metric, write_specs

from compiler.apply import Result
from compiler.client import Ok, calls
from compiler.diagnostics import Exit, Problems
from compiler.pipeline import compile_project
from compiler.plan.units import Unit
from compiler.planning import Planned, Scope, plan_project

BEFORE = flow("Delta", "Ordered", "live", "First a", "2", "Second a")
AFTER = BEFORE.replace("{metric: Ordered}", "{metric: Seen}")
RENAMED = AFTER.replace("name: Delta\n", "name: Omega\nwas: Delta\n")
CREATED, TAGGED, SWITCHED = 2, 3, 5  # after how many writes a run dies; the lock's is the first


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path, {"delta": BEFORE})
    for name in ("Ordered", "Seen"):
        put_metric(made.store, name)
    done(made.apply()[0])
    made.pass_seconds(3600)
    yield made
    made.close()


def done(result: Result | None) -> Result:
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    return result


def interrupted(world: World, spec: str, writes: int, way: str = "killed after") -> None:
    """Begin to apply a spec, and die after so many writes."""
    write_specs(world.folder, {"delta": spec})
    assert world.apply(way, writes - 1)[0] is None
    world.pass_seconds(3600)


def planned(world: World, spec: str) -> tuple[Planned, list[str]]:
    write_specs(world.folder, {"delta": spec})
    client, _ = world.client()
    problems = Problems()
    with client:
        compiled = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
        found = plan_project(compiled, client, Scope(world.project, REVISION), problems, len)
    return found, [one.message for one in problems]


def changing(planned: Planned) -> list[Unit]:
    return [unit for unit in planned.plan.units if unit.kind == "flow" and unit.stages]


def flows(world: World, name: str = "Delta") -> list[str]:
    """Return the ids of the flows of a name, the oldest first."""
    client, _ = world.client()
    with client:
        rows = client.read(calls.GET_FLOWS)["data"]
    named = [row for row in rows if row["attributes"]["name"] == name]
    return [row["id"] for row in sorted(named, key=lambda row: row["attributes"]["created"])]


def test_an_edit_of_what_the_replace_made_is_planned_together_with_its_end(world: World):
    interrupted(world, AFTER, SWITCHED)
    old, new = flows(world)
    edited = AFTER.replace("About Second", "More")
    found, problems = planned(world, edited)
    assert problems == []
    retired, updated = changing(found)
    assert (retired.change, retired.id, retired.reasons) == (
        "retire",
        old,
        ("another flow has taken its place already",),
    )
    assert (updated.change, updated.id, updated.needs) == ("update", new, ())
    done(world.apply(plan=found.plan)[0])
    world.pass_seconds(3600)
    found, problems = planned(world, edited)
    assert (changing(found), problems) == ([], [])
    assert flows(world) == [old, new]


def test_a_third_flow_is_refused_until_the_replace_is_finished(world: World):
    interrupted(world, AFTER, SWITCHED)
    old, new = flows(world)
    another = AFTER.replace("{metric: Seen}", "{metric: Ordered}").replace("First", "Other")
    (problem,) = planned(world, another)[1]
    assert problem == (
        f"an interrupted apply has made the flow {new} to replace another of its name, and this spec would replace it in"
        " turn (the trigger changes, which no call can do): put the spec back as it was then and apply, so that it is"
        " finished, and change the spec after that"
    )
    done(world.apply(plan=planned(world, AFTER)[0].plan)[0])
    world.pass_seconds(3600)
    found, problems = planned(world, another)
    assert problems == []
    assert [(unit.change, unit.id) for unit in changing(found)] == [("replace", new)]
    assert old in flows(world)


def test_a_spec_that_goes_back_to_what_is_half_replaced_is_told_to_finish_first(world: World):
    interrupted(world, AFTER, SWITCHED)
    old, new = flows(world)
    (problem,) = planned(world, BEFORE)[1]
    assert problem == (
        f'2 flows of the account are called "Delta": {old} and {new}; an apply that replaces the first by the second was'
        " interrupted, and the spec has changed since: put the spec back as it was then and apply, so that it is finished,"
        " and change the spec after that; neither archive nor delete one of them, since people may be under way in both"
    )


def test_a_draft_without_a_tag_is_named_and_once_it_is_deleted_the_plan_goes_on(world: World):
    interrupted(world, AFTER, CREATED)
    old, new = flows(world)
    edited = AFTER.replace("About Second", "More")
    (problem,) = planned(world, edited)[1]
    assert problem.startswith(
        f'2 flows of the account are called "Delta": {old} and {new}; the first is the project\'s'
    )
    assert f"delete {new} in the account if nobody else made it, or put the spec back" in problem
    client, _ = world.client()
    with client:
        client.write(calls.DELETE_FLOW, new)
    found, problems = planned(world, edited)
    assert problems == []
    assert [(unit.change, unit.id) for unit in changing(found)] == [("replace", old)]


@pytest.mark.parametrize(("name", "count"), [("Delta", 2), ("Twin", 2)])
def test_flows_of_one_name_that_no_replace_leaves_are_for_a_person_to_tell_apart(
    world: World, name: str, count: int
):
    for _ in range(count):
        by_hand(world, name)
    (problem,) = planned(
        world, BEFORE.replace("name: Delta", f"name: {name}").replace("About First", "More")
    )[1]
    assert problem == (
        f'{len(flows(world, name))} flows of the account are called "{name}": {", ".join(sorted(flows(world, name)))};'
        " archive or rename all but one there"
    )


# A draft that nobody goes on with


@pytest.mark.parametrize(
    ("way", "writes", "words"),
    [
        (
            "killed after",
            CREATED,
            "came when an apply was interrupted that makes one of that name; delete it if nobody else made it",
        ),
        ("killed before", CREATED + 1, "is of an apply that was interrupted, and nobody needs it; delete it"),
    ],
)
def test_a_draft_that_was_made_for_a_spec_that_is_gone_is_named_for_deletion(
    world: World, way: str, writes: int, words: str
):
    interrupted(world, RENAMED, writes, way)
    (draft,) = flows(world, "Omega")
    found, problems = planned(world, BEFORE)
    assert (changing(found), problems) == ([], [])
    result = done(world.apply(plan=found.plan)[0])
    assert [text.split(", ", 1)[0] for text in result.surplus] == [f"the draft {draft}"]
    assert result.surplus[0].endswith(words)
    client, _ = world.client()
    with client:
        client.write(calls.DELETE_FLOW, draft)
    assert done(world.apply(plan=found.plan)[0]).surplus == ()


def test_a_draft_that_the_next_plan_goes_on_with_is_not_named(world: World):
    interrupted(world, RENAMED, CREATED)
    result = done(world.apply(plan=planned(world, RENAMED)[0].plan)[0])
    assert result.surplus == ()
    assert len(flows(world, "Omega")) == 1


def test_a_draft_that_carries_the_projects_tag_is_retired_and_not_named(world: World):
    interrupted(world, RENAMED, TAGGED + 1, "killed before")
    found, _ = planned(world, BEFORE)
    assert [(unit.change, unit.name) for unit in changing(found)] == [("retire", "Omega")]
    assert done(world.apply(plan=found.plan)[0]).surplus == ()


def by_hand(world: World, name: str) -> None:
    client, _ = world.client()
    with client:
        one = client.read(calls.GET_FLOWS)["data"][0]["id"]
        found = client.read(calls.GET_FLOW, one, params={"additional-fields[flow]": "definition"})
        made = {**found["data"]["attributes"]["definition"], "actions": [], "entry_action_id": None}
        body = {"data": {"type": "flow", "attributes": {"name": name, "definition": made}}}
        assert isinstance(client.write(calls.CREATE_FLOW, body=body), Ok)
    world.pass_seconds(60)


def test_a_draft_that_somebody_made_by_hand_is_not_named(world: World):
    by_hand(world, "By hand")
    done(world.apply(plan=planned(world, BEFORE.replace("About First", "More"))[0].plan)[0])
    world.pass_seconds(3600)
    interrupted(world, RENAMED, CREATED)
    (draft,) = flows(world, "Omega")
    (said,) = done(world.apply(plan=planned(world, BEFORE)[0].plan)[0]).surplus
    assert draft in said
