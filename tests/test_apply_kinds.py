"""Every kind of write, where its answer comes and where it does not: done once, and told as it is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from apply_worlds import NOW, REVISION, WAYS, World, duplicates, flow, put_metric, segment, untagged
from scratch import scratch

from compiler.apply import apply_plan
from compiler.apply.desk import Desk
from compiler.apply.flows import FlowRun
from compiler.apply.performing import Stopped
from compiler.apply.running import _Apply
from compiler.apply.telling import now_is
from compiler.apply.things import require_ids, run_thing
from compiler.client import Client, calls
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.journal import Journal
from compiler.pipeline import compile_project
from compiler.plan.knowledge import Knowledge
from compiler.plan.stages import AwaitSegment, CreateFlow, CreateTag, SetActionStatus, SetStatus, Untag
from compiler.plan.units import Plan, Unit
from compiler.planning import Planned, Scope, plan_project

WRITES = 24  # the report among them, which asks what a draft that is to go ever sent
MAIL = "send-email: {{name: {0}, subject_line: About {0}, template: {{file: emails/{1}.html}}}}"
SPLIT = """\
kind: flow
name: Split
status: draft
trigger: {{metric: Ordered}}
steps:
  - conditional-split:
      if:
        - profile-metric: {{metric: Ordered, count: 1, timeframe: alltime}}
      then:
        - {then}
      else:
        - {other}
"""
ROADS = """\
kind: flow
name: Roads
status: draft
trigger: {{metric: Ordered}}
steps:
  - multi-branch-split:
      name: Which road
      branches:
        - name: Some
          if:
            - profile-metric: {{metric: Ordered, count: 1, timeframe: alltime}}
          then:
            - {then}
      else:
        - {other}
"""


def two(first: str, second: str, indent: int) -> str:
    return f"{first}\n{' ' * indent}- {second}"


def mail(name: str, letter: str = "a") -> str:
    return MAIL.format(name, letter)


def copied(name: str) -> str:
    return (
        flow(name, "Ordered", "draft")
        + f"  - send-email: {{name: {name}, subject_line: About, template: {{clone: Library}}}}\n"
    )


BEFORE = {
    "empty": flow("Empty", "Ordered", "draft").replace("steps:\n", "steps: []\n"),
    "start": flow("Start", "Ordered", "draft", "B a", "C a"),
    "live": flow("Live", "Ordered", "live", "One a", "1", "Two a"),
    "split": SPLIT.format(then=mail("Yes"), other=mail("No")),
    "roads": ROADS.format(then=mail("Yes"), other=mail("No")),
    "kept": segment("Kept", 1),
    "draft": flow("Draft", "Ordered", "draft", "Old a"),
}
AFTER = {
    "empty": flow("Empty", "Ordered", "draft", "First a").replace("steps:", "tags: [fresh]\nsteps:"),
    "start": flow("Start", "Ordered", "draft", "A a", "B a", "C a"),
    "live": flow("Live", "Ordered", "live", "One a", "1", "Two a", "3", "Three a"),
    "split": SPLIT.format(
        then=two(mail("New yes"), mail("Yes"), 8), other=two(mail("New no"), mail("No"), 8)
    ),
    "roads": ROADS.format(
        then=two(mail("New yes"), mail("Yes"), 12), other=two(mail("New no"), mail("No"), 8)
    ),
    "copied": copied("Copied"),
    "kept": segment("Kept", 1) + "starred: true\n",
    "still": segment("Still", 2) + "active: false\n",
    "draft": flow("Draft", "Seen", "draft", "Old a"),
}


class Kinds(World):
    """A world that plans as the command does, with what only a report can tell."""

    def plan(self, client: Client, known: Knowledge | None = None, *, whole: bool = True) -> Planned:
        problems = Problems()
        result = compile_project(self.project, revision=REVISION, account={"name": "sandbox"}, lint=False)
        assert not result.problems.errors, result.diagnostics
        scope = Scope(
            self.project, REVISION, known or Knowledge(delete_links="splice"), whole=whole, now=self.now
        )
        planned = plan_project(result.compiled, client, scope, problems, len)
        assert not problems.errors, list(problems)
        return planned


@cache
def earlier() -> Path:
    folder = scratch()
    world = Kinds(folder, BEFORE)
    for name in ("Ordered", "Seen"):
        put_metric(world.store, name)
    with world.store.writing() as view:
        body = {"name": "Library", "editor_type": "CODE", "html": "<p>Copy me</p>", "text": None}
        stamp = NOW.isoformat()
        view.put("template", view.new_id("template"), {**body, "created": stamp, "updated": stamp}, parent="")
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    world.close()
    return folder / "sandbox.db"


def kinds_at(folder: Path, specs: dict[str, str] = AFTER, **switches: Any) -> Kinds:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(earlier(), folder / "sandbox.db")
    world = Kinds(folder, specs, **switches)
    world.pass_seconds(172_800)  # the figures of what nobody has touched for a day are complete
    return world


def nothing_left(world: Kinds) -> bool:
    client, _ = world.client()
    with client:
        return not [unit.name for unit in world.plan(client).plan.units if unit.stages]


def test_every_kind_of_write_is_taken(tmp_path: Path):
    world = kinds_at(tmp_path)
    client, _ = world.client()
    with client:
        plan = world.plan(client).plan
    stages = {type(stage).__name__ for unit in plan.units for stage in unit.stages}
    assert stages >= {"CloneTemplate", "DeleteFlow", "InsertAction", "UpdateSegment", "CreateSegment"}, stages
    places = {
        type(stage.place).__name__ for unit in plan.units for stage in unit.stages if hasattr(stage, "place")
    }
    assert places >= {"After", "Before", "First"}, places
    result, faults = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert nothing_left(world)
    assert duplicates(world) == []
    assert faults.writes == WRITES
    world.close()


def stop_and_go_on(folder: Path, way: str, at: int) -> None:
    world = kinds_at(folder)
    client, _ = world.client()
    with client:
        plan = world.plan(client).plan
    result, faults = world.apply(way, at, plan)
    assert faults.writes > at, "the fault came up"
    if result is None or result.exit_code is not Exit.DONE:
        result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert nothing_left(world)
    assert duplicates(world) == []
    assert untagged(world) == []
    world.close()


@pytest.mark.parametrize("at", range(1, WRITES))
def test_a_write_after_which_the_run_is_killed_is_done_once(tmp_path: Path, at: int):
    stop_and_go_on(tmp_path, "killed after", at)


@pytest.mark.heavy
@pytest.mark.parametrize("way", [way for way in WAYS if way != "killed after"])
def test_a_write_that_is_stopped_in_any_way_is_done_once(tmp_path: Path, way: str):
    for at in range(WRITES):
        stop_and_go_on(tmp_path / str(at), way, at)


# Segments take their time


def many(count: int) -> dict[str, str]:
    return {f"s{n}": segment(f"S{n}", n + 20) for n in range(count)}


def test_segments_beyond_the_processing_limit_wait_their_turn(tmp_path: Path):
    world = kinds_at(tmp_path, {**BEFORE, **many(7)}, segment_processing=60.0)
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert duplicates(world) == []
    world.close()


def test_an_account_that_never_has_room_for_a_segment_ends_the_run(tmp_path: Path):
    world = kinds_at(tmp_path, {**BEFORE, **many(7)}, segment_processing=1e6)
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.PARTIAL
    assert result.stopped == 'creating the segment "S5": the account is still processing other segments'
    assert len(result.done) == 5
    client, _ = world.client()
    with client:
        assert client.used_today(calls.CREATE_SEGMENT) == 6, "one try, not one every few seconds"
    world.close()


def test_a_segment_that_is_refused_for_another_reason_ends_the_run_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(WAYS, "refused", lambda _, request: httpx.Response(400, json={}, request=request))
    world = kinds_at(tmp_path, {**BEFORE, **many(1)})
    began = world.now
    result, _ = world.apply("refused", 1)
    assert result is not None
    assert (result.exit_code, "was refused (status 400)" in result.stopped) == (Exit.UNEXPECTED, True)
    assert (world.now - began).total_seconds() < 60
    world.close()


def test_a_flow_whose_segment_is_never_ready_stays_a_draft(tmp_path: Path):
    waiting = flow("Waiting", "Ordered", "live", "A a").replace("{metric: Ordered}", "{segment: S0}")
    world = kinds_at(tmp_path, {**BEFORE, **many(1), "waiting": waiting}, segment_processing=1e6)
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.PARTIAL
    assert result.stopped == 'the segment "S0" is still being processed; "Waiting" stays a draft'
    assert "is draft and has 1 steps" in result.half[0]
    world.close()


# Somebody else is at work


def meddled(world: Kinds, when: str, meddle: Any, *, after: bool = True) -> Any:
    """Apply while somebody does something at the first call of a kind; returns the result."""
    client, faults = world.client()
    handle, done = faults.handle_request, []

    def handled(request: httpx.Request) -> httpx.Response:
        call = f"{request.method} {request.url.path}"
        if not done and call.startswith(when) and not after:
            done.append(call)
            meddle()
        answer = handle(request)
        if not done and call.startswith(when):
            done.append(call)
            meddle()
        return answer

    faults.handle_request = handled  # type: ignore[method-assign]
    with client:
        result = apply_plan(world.plan(client).plan, world.run(client))
    assert done, "it came up"
    return result


def write(world: Kinds, call: calls.Call, name: str, attributes: dict[str, Any] | None = None) -> None:
    client, _ = world.client()
    with world.store.reading() as view:
        flow = [row.id for row in view.rows("flow", parent="") if row.body["name"] == name][-1]
    body = {"data": {"type": "flow", "id": flow, "attributes": attributes}}
    with client:
        client.write(call, flow, body=body if attributes else None)


ONE = {**BEFORE, "new": flow("New", "Ordered", "draft", "A a")}


def test_a_new_flow_that_does_not_read_as_it_was_sent_ends_the_run(tmp_path: Path):
    world = kinds_at(tmp_path, ONE)
    result = meddled(
        world, "POST /api/flows", lambda: write(world, calls.UPDATE_FLOW, "New", {"status": "live"})
    )
    assert result.exit_code is Exit.PARTIAL
    assert "was made, all draft, but does not read as it was sent" in result.stopped
    assert "is live and has 1 steps" in result.half[0]
    world.close()


def test_a_new_flow_that_is_gone_again_is_told(tmp_path: Path):
    world = kinds_at(tmp_path, ONE)
    result = meddled(world, "POST /api/flows", lambda: write(world, calls.DELETE_FLOW, "New"))
    assert result.exit_code is Exit.PARTIAL
    assert result.half[0].endswith(" is gone")
    world.close()


def test_a_flow_that_changes_while_it_is_edited_ends_the_run(tmp_path: Path):
    world = kinds_at(tmp_path)
    result = meddled(
        world,
        "POST /api/flow-actions",
        lambda: write(world, calls.UPDATE_FLOW, "Live", {"status": "manual"}),
        after=False,
    )
    assert result.exit_code is Exit.PARTIAL
    assert 'flow "Live" has changed since the plan was made' in result.stopped
    world.close()


def test_a_run_that_is_interrupted_says_what_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: Any) -> httpx.Response:
        raise KeyboardInterrupt

    monkeypatch.setitem(WAYS, "interrupted", interrupt)
    world = kinds_at(tmp_path)
    result, _ = world.apply("interrupted", 15)
    assert result is not None
    assert result.exit_code is Exit.PARTIAL
    assert result.stopped == "it was interrupted; run it again to go on"
    assert "and nobody can tell of 1 more" in result.half[0]
    with world.store.reading() as view:
        assert len([1 for row in view.rows("tag") if row.body["name"].startswith("flowc apply")]) == 1, (
            "its last call may act yet, so other machines stay out"
        )
    again, _ = world.apply()
    assert again is not None
    assert again.exit_code is Exit.DONE
    assert nothing_left(world)
    world.close()


# What the room expects of its plans


@pytest.fixture
def desk(tmp_path: Path):
    world = kinds_at(tmp_path)
    client, _ = world.client()
    with client:
        plan = Plan("tea", client.verify_account(), REVISION, 1)
        yield _Apply(plan, world.run(client), Journal(tmp_path / "j.jsonl")).desk
    world.close()


def test_a_body_that_names_what_is_not_there_is_never_sent():
    with pytest.raises(Stopped, match=r'x needs the segment "S", which the account does not have'):
        require_ids("x", {"id": "@segment:S"})


def test_stages_that_are_none_of_their_unit_are_a_mistake_of_ours(desk: Desk):
    with pytest.raises(AssertionError, match="CreateFlow is no stage of a tag"):
        run_thing(desk, Unit("tag", "T", "create", stages=(CreateFlow("F"),)))
    with pytest.raises(AssertionError, match="CreateTag is no stage of a flow"):
        FlowRun(desk, Unit("flow", "F", "create", stages=(CreateTag("T"),))).run()


def test_a_flow_that_waits_for_a_segment_that_is_gone_stops(desk: Desk):
    with pytest.raises(Stopped, match='waits for the segment "Gone", which the account does not have'):
        FlowRun(desk, Unit("flow", "F", "create", stages=(AwaitSegment("Gone"),))).run()


def test_a_flow_that_is_gone_when_its_turn_comes_stops(desk: Desk):
    with pytest.raises(Stopped, match="the flow XYZ is gone"):
        FlowRun(desk, Unit("flow", "F", "retire", id="XYZ", stages=(SetStatus("XYZ", "draft"),)))


def test_a_tag_that_the_account_does_not_have_needs_no_untagging(desk: Desk):
    FlowRun(desk, Unit("flow", "F", "create", stages=(Untag("XYZ", "nobody has it"),))).run()
    assert desk.journal.entries == {}


def test_a_flow_that_cannot_be_read_is_told_too(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any) -> None:
        raise Fatal("no connection")

    unit = Unit("flow", "F", "update", id="XYZ", stages=(SetActionStatus("XYZ", "1", "", "draft"),))
    desk.journal.flow("flow/F/XYZ", "XYZ", {})
    monkeypatch.setattr("compiler.apply.telling.whole_flow", fail)
    assert now_is(desk, unit) == (
        'flow "F": 0 calls of its update are done; the flow XYZ cannot be read (no connection)'
    )


# What counts as stale


def test_a_name_that_means_another_thing_by_now_makes_a_plan_stale(tmp_path: Path):
    world = kinds_at(tmp_path)
    client, _ = world.client()
    with client:
        plan = world.plan(client).plan
    with world.store.writing() as view:
        seen, ordered = (
            next(row for row in view.rows("metric") if row.body["name"] == name)
            for name in ("Seen", "Ordered")
        )
        view.put("metric", seen.id, {**seen.body, "name": "Looked"}, parent="")
        view.put("metric", ordered.id, {**ordered.body, "name": "Bought"}, parent="")
        view.put("metric", "NEWONE", {**ordered.body, "name": "Ordered"}, parent="")
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.STALE
    assert f'the metric "Seen" was {seen.id} and is gone' in result.stopped
    assert f'the metric "Ordered" was {ordered.id} and is NEWONE now' in result.stopped
    world.close()


def segment_call(world: Kinds, call: calls.Call, attributes: dict[str, Any] | None = None) -> None:
    client, _ = world.client()
    with world.store.reading() as view:
        kept = next(row.id for row in view.rows("segment") if row.body["name"] == "Kept")
    body = {"data": {"type": "segment", "id": kept, "attributes": attributes}}
    with client:
        client.write(call, kept, body=body if attributes else None)


def test_a_segment_that_is_already_as_desired_is_left_alone(tmp_path: Path):
    world = kinds_at(tmp_path)
    client, _ = world.client()
    with client:
        plan = world.plan(client).plan
    segment_call(world, calls.UPDATE_SEGMENT, {"is_starred": True})
    result, faults = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert len([call for call in faults.log if call.startswith("PATCH /api/segments")]) == 1, "Still alone"
    world.close()


def test_a_segment_that_is_gone_makes_a_plan_stale_or_was_to_go(tmp_path: Path):
    world = kinds_at(tmp_path)
    client, _ = world.client()
    with client:
        plan = world.plan(client).plan
    segment_call(world, calls.DELETE_SEGMENT)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.STALE
    assert 'segment "Kept" (' in result.stopped
    assert "is gone since the plan was made" in result.stopped
    world.close()


def test_a_segment_that_was_to_go_and_is_gone_is_done(tmp_path: Path):
    world = kinds_at(tmp_path, {name: text for name, text in AFTER.items() if name != "kept"})
    client, _ = world.client()
    with client:
        plan = world.plan(client).plan
    segment_call(world, calls.DELETE_SEGMENT)
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert 'delete segment "Kept"' in result.done
    world.close()


def test_a_day_that_is_used_up_elsewhere_ends_the_run_with_the_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Colleagues use the same budget; only the account knows."""
    monkeypatch.setitem(
        WAYS,
        "spent",
        lambda _, request: httpx.Response(429, headers={"Retry-After": "40000"}, json={}, request=request),
    )
    world = kinds_at(tmp_path, ONE)
    result, faults = world.apply("spent", 1)
    assert faults.log[1] == "POST /api/flows"
    assert result is not None
    assert (result.exit_code, result.done, result.half) == (Exit.BUDGET, (), ())
    assert "the account says to come back in" in result.stopped
    world.pass_seconds(86400)
    again, _ = world.apply()
    assert again is not None
    assert again.exit_code is Exit.DONE
    world.close()


def test_a_change_of_somebody_elses_at_the_very_end_is_told(tmp_path: Path):
    world = kinds_at(tmp_path, ONE)

    def sleep(seconds: float) -> None:
        if seconds == world.patience.settle:
            write(world, calls.UPDATE_FLOW, "New", {"status": "live"})
        world.pass_seconds(seconds)

    world.patience = replace(world.patience, clock=replace(world.clock(), sleep=sleep))
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, "nothing was written to it after it was made"
    world = kinds_at(tmp_path / "edited", AFTER)

    def again(seconds: float) -> None:
        if seconds == world.patience.settle:
            write(world, calls.UPDATE_FLOW, "Live", {"status": "draft"})
        world.pass_seconds(seconds)

    world.patience = replace(world.patience, clock=replace(world.clock(), sleep=again))
    result, _ = world.apply()
    assert result is not None
    assert (result.exit_code, result.stopped) == (
        Exit.PARTIAL,
        "the account changed while the plan was applied",
    )
    assert "is not what the calls so far make of it" in result.half[0]
    world.close()
