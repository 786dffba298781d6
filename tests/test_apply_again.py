"""An equal plan applied again, later: what was taken back by hand is due again, and what a plan itself has moved is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from apply_worlds import World, duplicates, flow, plan_of, put_metric, segment, write_specs

from compiler.client import Client, calls
from compiler.diagnostics import Exit
from compiler.plan.units import Plan

LIVE = flow("Zed", "Ordered", "live", "Hello a")
ON_SEGMENT = LIVE.replace("{metric: Ordered}", "{segment: Base}")


def world_of(folder: Path, specs: dict[str, str]) -> World:
    made = World(folder, specs)
    for name in ("Ordered", "Seen"):
        put_metric(made.store, name)
    return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = world_of(tmp_path, {"zed": LIVE})
    settle(made)
    yield made
    made.close()


def changes(world: World) -> list[str]:
    return [f"{unit.change} {unit.kind} {unit.name}" for unit in plan_of(world).units if unit.stages]


def settle(world: World, plan: Plan | None = None) -> None:
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(3600)


def by_hand(world: World, call: calls.Call, name: str, **attributes: str) -> None:
    client, _ = world.client()
    kind = "segment" if "SEGMENT" in call.endpoint.upper() else "flow"
    with client:
        identifier = id_of(client, kind, name)
        body = {"data": {"type": kind, "id": identifier, "attributes": attributes}} if attributes else None
        client.write(call, identifier, body=body)
    world.pass_seconds(3600)


def id_of(client: Client, kind: str, name: str) -> str:
    listing = calls.GET_SEGMENTS if kind == "segment" else calls.GET_FLOWS
    rows = [row for page in client.pages(listing) for row in page["data"]]
    return next(row["id"] for row in rows if row["attributes"]["name"] == name)


def test_a_status_that_is_lowered_again_and_again_is_raised_each_time(world: World):
    for _ in range(3):
        by_hand(world, calls.UPDATE_FLOW, "Zed", status="draft")
        assert changes(world) == ["update flow Zed"]
        settle(world)
        assert changes(world) == []


def test_a_flow_that_is_deleted_again_and_again_is_made_each_time(world: World):
    for _ in range(3):
        by_hand(world, calls.DELETE_FLOW, "Zed")
        assert changes(world) == ["create flow Zed"]
        settle(world)
        assert changes(world) == []
    assert duplicates(world) == []


def test_a_segment_that_is_deleted_again_and_again_is_made_each_time(tmp_path: Path):
    world = world_of(tmp_path, {"base": segment("Base", 2)})
    settle(world)
    for _ in range(3):
        by_hand(world, calls.DELETE_SEGMENT, "Base")
        settle(world)
        assert changes(world) == []
    assert duplicates(world) == []
    world.close()


def test_a_template_that_is_edited_again_and_again_is_set_back_each_time(world: World):
    write_specs(world.folder, {"zed": LIVE, "new": LIVE.replace("Zed", "New")})
    saved = plan_of(world)
    for words in ("one", "two", "three"):
        client, _ = world.client()
        with client:
            [row] = client.read(calls.GET_TEMPLATES)["data"]
            body = {"data": {"type": "template", "id": row["id"], "attributes": {"html": f"<p>{words}</p>"}}}
            client.write(calls.UPDATE_TEMPLATE, row["id"], body=body)
        world.pass_seconds(3600)
        settle(world)
        assert changes(world) == []
        by_hand(world, calls.DELETE_FLOW, "New")
        assert changes(world) == ["create flow New"]
    settle(world, saved)
    assert changes(world) == []


def test_a_saved_plan_that_is_done_does_nothing_as_long_as_nobody_takes_it_back(world: World):
    write_specs(world.folder, {"zed": LIVE.replace("status: live", "status: draft")})
    plan = plan_of(world)
    settle(world, plan)
    result, faults = world.apply(plan=plan)
    assert result is not None
    assert (result.exit_code, faults.writes) == (Exit.DONE, 2), "the lock's tag came and went"
    by_hand(world, calls.UPDATE_FLOW, "Zed", status="live")
    settle(world, plan)
    assert changes(world) == []


def test_an_edit_of_a_half_done_plan_that_is_taken_back_is_made_anew(world: World):
    """The first of two edits is made, the second fails; the first is taken back by hand; then an equal plan is applied."""
    write_specs(
        world.folder,
        {"zed": LIVE.replace("About Hello", "Dear you").replace("status: live", "status: draft")},
    )
    plan = plan_of(world)
    client, _ = world.client()
    with client:
        before = client.read(calls.GET_FLOW, id_of(client, "flow", "Zed"), params={"include": "flow-actions"})
    result, _ = world.apply("killed after", 2, plan=plan)
    assert result is None
    world.pass_seconds(3600)
    client, _ = world.client()
    with client:
        for action in before["included"]:
            attributes = {"definition": action["attributes"]["definition"]}
            body = {"data": {"type": "flow-action", "id": action["id"], "attributes": attributes}}
            client.write(calls.UPDATE_ACTION, action["id"], body=body)
        client.write(
            calls.UPDATE_FLOW,
            before["data"]["id"],
            body={"data": {"type": "flow", "id": before["data"]["id"], "attributes": {"status": "live"}}},
        )
    world.pass_seconds(3600)
    settle(world)
    assert changes(world) == []


def test_a_flow_is_marked_as_retired_with_the_time_of_the_run_that_switched(tmp_path: Path):
    """An apply that stopped before the switch goes on five days later: the old flow's messages count from then."""
    old = flow("W", "Ordered", "live", "Hello a", "3", "Again a")
    world = world_of(tmp_path, {"w": old})
    settle(world)
    write_specs(world.folder, {"w": old.replace("Ordered", "Seen")})
    plan = plan_of(world)
    result, _ = world.apply("killed after", 2, plan=plan)
    assert result is None
    world.pass_seconds(timedelta(days=5).total_seconds())
    switched = world.now
    settle(world, plan)
    with world.store.reading() as view:
        [tag] = [row.body["name"] for row in view.rows("tag") if row.body["name"].startswith("flowc-retired")]
    assert datetime.fromisoformat(re.split(" ", tag)[1]) >= switched.replace(microsecond=0)
    assert changes(world) == []
    world.close()


def test_a_live_flow_and_the_segment_that_triggers_it_go_in_one_apply(tmp_path: Path):
    world = world_of(tmp_path, {"zed": ON_SEGMENT, "base": segment("Base", 2)})
    settle(world)
    write_specs(world.folder, {})
    plan = plan_of(world)
    assert {unit.change for unit in plan.units if unit.stages} == {"retire", "delete"}
    settle(world, plan)
    assert [one for one in changes(world) if "segment" in one] == []
    with world.store.reading() as view:
        assert list(view.rows("segment")) == []
    settle(world, plan)
    world.close()


GOING = {
    "both go": {},
    "both move to a metric": {"zed": LIVE, "draft": LIVE.replace("Zed", "Draft").replace("live", "draft")},
    "one moves and gets another name": {"zed": LIVE.replace("name: Zed", "name: Yed\nwas: Zed")},
}


@pytest.mark.parametrize("at", [None, 4, 6, 8])
@pytest.mark.parametrize("case", GOING)
def test_a_segment_goes_with_a_live_flow_and_a_draft_that_it_triggers(
    tmp_path: Path, case: str, at: int | None
):
    draft = ON_SEGMENT.replace("Zed", "Draft").replace("status: live", "status: draft")
    world = world_of(tmp_path, {"zed": ON_SEGMENT, "draft": draft, "base": segment("Base", 2)})
    settle(world)
    write_specs(world.folder, GOING[case])
    plan = plan_of(world)
    assert plan.units[-1].change == "delete"
    if at is not None:
        world.apply("killed after", at, plan=plan)
        world.pass_seconds(3600)
    settle(world, plan)
    assert [one for one in changes(world) if "segment" in one] == []
    with world.store.reading() as view:
        assert list(view.rows("segment")) == []
    settle(world, plan)
    world.close()


def test_a_segment_that_triggers_a_flow_more_by_now_does_not_go_with_those_that_it_triggered(tmp_path: Path):
    """The run is killed when the live flow is stopped, and then somebody sets the draft on the segment live."""
    draft = ON_SEGMENT.replace("Zed", "Draft").replace("status: live", "status: draft")
    specs = {"zed": ON_SEGMENT, "draft": draft, "base": segment("Base", 2)}
    world = world_of(tmp_path, specs)
    settle(world)
    with world.store.writing() as view:  # a draft of somebody else's
        draft_id = next(row.id for row in view.rows("flow") if row.body["name"] == "Draft")
        for tag in view.rows("tag"):
            for one in view.rows("tagging", parent=tag.id):
                if one.body["id"] == draft_id:
                    view.delete("tagging", one.id)
    write_specs(world.folder, {})
    plan = plan_of(world)
    assert [unit.change for unit in plan.units if unit.stages] == ["retire", "delete"]
    result, faults = world.apply("killed after", 3, plan=plan)
    assert (result, "DELETE" in "".join(faults.log)) == (None, False)
    by_hand(world, calls.UPDATE_FLOW, "Draft", status="live")
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.PARTIAL
    assert 'segment "Base" has changed since the plan was made' in result.stopped
    world.close()


def test_an_archived_flow_leaves_its_name_to_a_new_one(world: World):
    with world.store.writing() as view:
        [row] = [row for row in view.rows("flow", parent="") if row.body["name"] == "Zed"]
        view.put("flow", row.id, row.body | {"archived": True})
    assert changes(world) == ["create flow Zed"]
    settle(world)
    assert changes(world) == []


def test_a_plan_goes_on_with_its_journal_though_the_account_holds_more_by_now(world: World):
    write_specs(world.folder, {"zed": LIVE, "new": flow("New", "Ordered", "draft", "A a", "1", "B b")})
    plan = plan_of(world)
    result, _ = world.apply("killed after", 1, plan=plan)
    assert result is None
    before = journals(world)
    settle(world, replace(plan, pages=plan.pages + 7))
    assert journals(world) == before
    assert changes(world) == []
    assert duplicates(world) == []


def journals(world: World) -> list[str]:
    return sorted(path.name for path in (world.folder / ".flowc" / "journal").rglob("*.jsonl"))
