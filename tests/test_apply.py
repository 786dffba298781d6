"""Apply: exactly what was planned, refused where the account has moved, with the truth at the end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from apply_worlds import ALL, BEFORE, WAYS, World, duplicates, put_metric, world_at

from compiler.apply import not_allowed
from compiler.client import calls
from compiler.diagnostics import Exit
from compiler.plan.knowledge import Knowledge
from compiler.plan.units import Plan


@pytest.fixture
def world(tmp_path: Path):
    made = world_at(tmp_path)
    yield made
    made.close()


def plan_of(world: World, known: Knowledge | None = None) -> Plan:
    client, _ = world.client()
    with client:
        return world.plan(client, known).plan


def flow_id(world: World, name: str) -> str:
    with world.store.reading() as view:
        return next(row.id for row in view.rows("flow", parent="") if row.body["name"] == name)


def set_status(world: World, name: str, status: str) -> None:
    client, _ = world.client()
    identifier = flow_id(world, name)
    body = {"data": {"type": "flow", "id": identifier, "attributes": {"status": status}}}
    with client:
        client.write(calls.UPDATE_FLOW, identifier, body=body)


def test_a_flow_on_a_template_that_was_just_made_is_recognised_while_reads_lag(tmp_path: Path):
    made = World(tmp_path, BEFORE, read_lag=3.0)
    for name in ("Ordered", "Seen"):
        put_metric(made.store, name)
    made.pass_seconds(60)
    result, _ = made.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    made.pass_seconds(60)
    assert [unit for unit in plan_of(made).units if unit.stages] == []
    made.close()


@pytest.mark.parametrize("flow_status", ["follows", "separate"])
@pytest.mark.parametrize("patch_links", ["ignored", "honoured"])
@pytest.mark.parametrize("same_template", ["kept", "cloned"])
def test_what_is_applied_plans_to_nothing_under_every_switch(
    tmp_path: Path, flow_status: Any, patch_links: Any, same_template: str
):
    world = world_at(tmp_path, flow_status=flow_status, patch_links=patch_links, same_template=same_template)
    known = Knowledge(flow_status=flow_status, patch_links=patch_links, delete_links="splice")
    result, _ = world.apply(plan=plan_of(world, known))
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert [unit for unit in plan_of(world, known).units if unit.stages] == []
    assert duplicates(world) == []
    world.close()


def test_a_stale_plan_is_refused_before_the_first_write(world: World):
    plan = plan_of(world)
    set_status(world, "Edited", "live")
    result, faults = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.STALE
    assert 'flow "Edited" has changed' in result.stopped
    assert result.done == ()
    assert faults.writes == 2, "the lock's tag came and went"


def test_a_name_that_came_in_the_meantime_makes_a_plan_stale(world: World):
    plan = plan_of(world)
    client, _ = world.client()
    with client:
        definition = {"triggers": [], "profile_filter": None, "entry_action_id": None, "actions": []}
        with world.store.reading() as view:
            metric = next(row.id for row in view.rows("metric"))
        definition["triggers"] = [{"type": "metric", "id": metric}]
        body = {"data": {"type": "flow", "attributes": {"name": "New", "definition": definition}}}
        client.write(calls.CREATE_FLOW, body=body)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.STALE
    assert 'the flow "New" exists by now' in result.stopped


def test_a_flow_deleted_by_hand_makes_a_plan_stale(world: World):
    plan = plan_of(world)
    client, _ = world.client()
    with client:
        client.write(calls.DELETE_FLOW, flow_id(world, "Edited"))
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.STALE


def test_a_plan_that_was_applied_already_does_nothing(world: World):
    plan = plan_of(world)
    world.apply(plan=plan)
    result, faults = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE
    assert faults.writes == 2, "the lock's tag came and went"


def test_a_plan_of_another_project_or_revision_is_refused(world: World):
    plan = plan_of(world)
    for changed in ({"project": "coffee"}, {"revision": "2026-07-15"}, {"account": "XYZ"}, {"normaliser": 0}):
        values = {name: getattr(plan, name) for name in plan.__slots__}
        result, _ = world.apply(plan=Plan(**{**values, **changed}))
        assert result is not None
        assert (result.exit_code, result.done) == (Exit.STALE, ())


def test_what_is_dangerous_needs_its_option(world: World):
    plan = plan_of(world)
    assert not_allowed(plan, ALL) == ()
    assert not_allowed(plan, ("allow-live",)) == (
        'flow "Moved" (replace) needs --allow-replace',
        'segment "Leaving" (delete) needs --allow-delete',
    )


def test_a_change_in_the_midst_of_an_apply_stops_it_with_the_truth(world: World):
    plan = plan_of(world)
    client, faults = world.client()
    handle = faults.handle_request

    def meddle(request: Any) -> Any:
        if request.method == "PATCH" and "flow-actions" in request.url.path and faults.writes < 100:
            faults.writes += 100
            set_status(world, "Grown", "draft")
        return handle(request)

    faults.handle_request = meddle  # type: ignore[method-assign]
    from compiler.apply import apply_plan  # noqa: PLC0415 - beside what it is tried with

    with client:
        result = apply_plan(plan, world.run(client))
    assert result.exit_code is Exit.PARTIAL
    assert 'flow "Grown" has changed since the plan was made' in result.stopped
    assert 'update flow "Edited"' in result.done
    assert result.waiting[0] == 'update flow "Grown"'


def test_the_days_creates_are_asked_for_before_a_unit_begins(world: World):
    client, _ = world.client()
    with client:
        client._delivery.ledger.exhaust(client.verify_account(), calls.CREATE_FLOW.endpoint, 99)
    result, faults = world.apply()
    assert result is not None
    assert result.exit_code is Exit.BUDGET
    assert "1 create of a flow is needed, and at most 0 are left today" in result.stopped
    assert result.half == ()
    assert faults.log.count("POST /api/flows") == 1
    world.pass_seconds(timedelta(days=2).total_seconds())
    again, _ = world.apply()
    assert again is not None
    assert again.exit_code is Exit.DONE


def test_an_unknown_outcome_is_waited_out_and_tried_again(world: World):
    result, faults = world.apply("500", 17)
    assert result is not None
    assert result.exit_code is Exit.DONE
    assert result.surplus == ()
    assert faults.writes > 27


def test_a_refusal_in_the_midst_tells_what_is_half_done(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(WAYS, "refused", lambda _, request: httpx.Response(400, json={}, request=request))
    result, _ = world.apply("refused", 18)
    assert result is not None
    assert result.exit_code is Exit.PARTIAL
    assert "was refused (status 400)" in result.stopped
    assert 'flow "Moved": 3 calls of its replace are done' in result.half[0]
    assert "is draft and has 1 steps" in result.half[0]
    assert 'create flow "New"' in result.waiting
    again, _ = world.apply()
    assert again is not None
    assert again.exit_code is Exit.DONE
    assert [unit for unit in plan_of(world).units if unit.stages] == []
    assert duplicates(world) == []
