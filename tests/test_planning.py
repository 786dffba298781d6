"""From specs and an account to a plan: what is read, what is meant, in which order."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from apply_worlds import AFTER, BEFORE, NOW, REVISION, SETTINGS, World, flow, put_metric, segment, world_at
from generate import Maker
from plan_kit import tame

from compiler.account.load import load_definitions
from compiler.account.store import Store
from compiler.accounts import Outside, opened
from compiler.client import calls
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.live import LiveFlow
from compiler.lock import Lock
from compiler.pipeline import compile_project
from compiler.plan.knowledge import Knowledge
from compiler.plan.stages import CreateTag, PatchAction, Tag, UpdateSegment
from compiler.plan.units import Name, Plan, Unit
from compiler.planning import Scope, plan_project
from compiler.planning.known import knowledge, remembered
from compiler.planning.ordering import dependencies_first
from compiler.planning.retired import retired_at
from compiler.planning.wanted import content_name
from compiler.project import open_project


@pytest.fixture
def world(tmp_path: Path):
    made = world_at(tmp_path)
    yield made
    made.close()


def fresh(folder: Path, specs: dict[str, str]) -> World:
    made = World(folder, specs)
    for name in ("Ordered", "Seen"):
        put_metric(made.store, name)
    return made


def plan_of(world: World, **more: Any) -> Plan:
    client, _ = world.client()
    with client:
        return world.plan(client, **more).plan


def diagnosed(world: World) -> list[str]:
    client, _ = world.client()
    problems = Problems()
    with client:
        compiled = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
        plan_project(compiled, client, Scope(world.project, REVISION), problems, len)
    return [str(one) for one in problems]


def changes(plan: Plan) -> list[tuple[str, str, str]]:
    return [(unit.change, unit.kind, unit.name) for unit in plan.units if unit.stages]


def test_what_others_name_comes_before_them(world: World):
    assert changes(plan_of(world)) == [
        ("create", "tag", "fresh"),
        ("create", "template", "flowc/tea/emails/b.html@62a43ce6"),
        ("update", "segment", "Buyers"),
        ("create", "segment", "Fresh"),
        ("update", "flow", "Edited"),
        ("retire", "flow", "Gone"),
        ("update", "flow", "Grown"),
        ("replace", "flow", "Moved"),
        ("create", "flow", "New"),
        ("delete", "segment", "Leaving"),
    ]


def test_a_plan_says_what_it_relied_on(world: World):
    names = {(one.kind, one.name): one.id for one in plan_of(world).names}
    assert names["flow", "New"] is None
    assert names["segment", "Fresh"] is None
    assert names["metric", "Seen"]
    assert Name("flow", "Edited", None) not in plan_of(world).names


def test_two_plans_of_one_account_are_equal(world: World):
    assert plan_of(world) == plan_of(world)


def test_planning_changes_nothing(world: World):
    client, faults = world.client()
    with client:
        world.plan(client)
    assert faults.writes == 0


def test_part_of_the_specs_retires_nothing(world: World):
    assert "Gone" not in {name for _, _, name in changes(plan_of(world, whole=False))}


def test_a_flow_that_was_never_ours_is_never_retired(tmp_path: Path):
    world = fresh(tmp_path, {"one": BEFORE["edited"]})
    world.apply()
    client, _ = world.client()
    with client, world.store.writing() as view:
        for tagging in view.rows("tagging"):
            view.delete("tagging", tagging.id)
    (world.project.flows / "one.yaml").write_text(BEFORE["grown"])
    assert changes(plan_of(world))[-1] == ("create", "flow", "Grown")
    assert "Edited" not in {name for _, _, name in changes(plan_of(world))}
    world.close()


def test_an_unknown_name_is_diagnosed_at_its_line(tmp_path: Path):
    world = fresh(tmp_path, {"one": BEFORE["edited"].replace("Ordered", "Orderd")})
    assert diagnosed(world) == [
        'flows/one.yaml:4:19 F313 the account has no metric "Orderd"; did you mean "Ordered"?'
    ]
    world.close()


def test_a_name_that_two_flows_carry_is_diagnosed(tmp_path: Path):
    world = fresh(tmp_path, {"one": flow("Twin", "Ordered", "live", "A a")})
    world.apply()
    client, _ = world.client()
    with client:
        twin = client.read(calls.GET_FLOWS)["data"][0]["id"]
        whole = client.read(calls.GET_FLOW, twin, params={"additional-fields[flow]": "definition"})
        definition = {**whole["data"]["attributes"]["definition"], "actions": [], "entry_action_id": None}
        body = {"data": {"type": "flow", "attributes": {"name": "Twin", "definition": definition}}}
        client.write(calls.CREATE_FLOW, body=body)
    assert [line.split(":")[0] + line.split("F314")[1][:37] for line in diagnosed(world)] == [
        'flows/one.yaml 2 flows of the account are called "T'
    ]
    world.close()


def test_two_segments_of_one_name_are_diagnosed(tmp_path: Path):
    world = fresh(tmp_path, {"one": segment("Twin", 1)})
    client, _ = world.client()
    with client:
        for count in (1, 2):
            definition = {"condition_groups": [{"conditions": [_ordered(world, count)]}]}
            body = {"data": {"type": "segment", "attributes": {"name": "Twin", "definition": definition}}}
            client.write(calls.CREATE_SEGMENT, body=body)
    assert "2 segments of the account are called" in diagnosed(world)[0]
    world.close()


def _ordered(world: World, count: int) -> dict[str, Any]:
    with world.store.reading() as view:
        metric = next(row.id for row in view.rows("metric") if row.body["name"] == "Ordered")
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": count},
        "timeframe_filter": {"type": "date", "operator": "alltime"},
        "metric_filters": None,
    }


def test_a_document_tag_is_put_on_and_another_tag_stays(tmp_path: Path):
    text = flow("Tagged", "Ordered", "draft", "A a")
    world = fresh(tmp_path, {"one": text})
    world.apply()
    (world.project.flows / "one.yaml").write_text(text + "tags: [season]\n")
    plan = plan_of(world)
    assert [stage for unit in plan.units for stage in unit.stages] == [
        CreateTag("season"),
        Tag(plan.units[-1].id, "season"),
    ]
    world.apply()
    assert changes(plan_of(world)) == []
    (world.project.flows / "one.yaml").write_text(text)
    assert changes(plan_of(world)) == []
    world.close()


def test_a_template_is_compared_by_its_content(tmp_path: Path):
    world = fresh(tmp_path, {"one": flow("Letter", "Ordered", "draft", "A a")})
    world.apply()
    assert changes(plan_of(world)) == []
    (world.project.flows / "emails" / "a.html").write_text("<p>Another letter</p>\n")
    plan = plan_of(world)
    name = content_name("tea", "emails/a.html", {"html": "<p>Another letter</p>\n"})
    assert changes(plan) == [("create", "template", name), ("update", "flow", "Letter")]
    (patch,) = [stage for stage in plan.units[-1].stages if isinstance(stage, PatchAction)]
    assert patch.changes[0].old == {"html": "<p>Letter a</p>\n"}
    world.apply()
    assert changes(plan_of(world)) == []
    world.close()


def test_a_copy_of_a_template_is_made_once(tmp_path: Path):
    text = flow("Copied", "Ordered", "draft", "A a").replace("{file: emails/a.html}", "{clone: Base layout}")
    world = fresh(tmp_path, {"one": text})
    client, _ = world.client()
    with client:
        attributes = {"name": "Base layout", "editor_type": "CODE", "html": "<p>Base</p>"}
        client.write(calls.CREATE_TEMPLATE, body={"data": {"type": "template", "attributes": attributes}})
    result, _ = world.apply()
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert changes(plan_of(world)) == []
    with world.store.reading() as view:
        names = sorted(row.body["name"] for row in view.rows("template", parent=""))
    assert names == ["Base layout", content_name("tea", "Base layout", {"html": "<p>Base</p>"})]
    world.close()


def test_a_segment_that_fills_a_live_flow_is_flagged(tmp_path: Path):
    world = fresh(tmp_path, {"new": AFTER["new"], "fresh": AFTER["fresh"]})
    world.apply()
    world.pass_seconds(60)
    (world.project.flows / "fresh.yaml").write_text(segment("Fresh", 4))
    (unit,) = [unit for unit in plan_of(world).units if unit.stages]
    assert unit.needs == ("allow-live",)
    assert isinstance(unit.stages[0], UpdateSegment)
    assert unit.stages[0].triggers == ("New",)
    world.close()


def test_prevent_replace_blocks(world: World):
    file = world.project.flows / "moved.yaml"
    file.write_text(file.read_text() + "prevent_replace: true\n")
    (unit,) = [unit for unit in plan_of(world).units if unit.change == "blocked"]
    assert unit.name == "Moved"
    assert unit.stages == ()


def test_a_message_of_a_retired_flow_stops_when_nobody_waits_for_it(tmp_path: Path):
    old = flow("Series", "Ordered", "live", "A a", "3", "B a", "10", "C a")
    world = fresh(tmp_path, {"one": old})
    world.apply()
    (world.project.flows / "one.yaml").write_text(old.replace("Ordered", "Seen"))
    world.apply()
    assert stopped_now(world) == 0
    world.pass_seconds(timedelta(days=5).total_seconds())
    assert stopped_now(world) == 1
    result, _ = world.apply(plan=retiring(world))
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    assert stopped_now(world) == 0
    world.pass_seconds(timedelta(days=10).total_seconds())
    assert stopped_now(world) == 1
    world.close()


def retiring(world: World) -> Plan:
    client, _ = world.client()
    with client:
        compiled = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
        scope = Scope(world.project, REVISION, now=world.now)
        return plan_project(compiled, client, scope, Problems(), len).plan


def stopped_now(world: World) -> int:
    return sum(len(unit.stages) for unit in retiring(world).units)


def test_a_quick_plan_reads_fifty_flows_a_call_and_sees_what_actions_say(world: World):
    client, _ = world.client()
    read: list[str] = []
    find = client.find
    client.find = lambda call, *rest, **more: (read.append(call.endpoint), find(call, *rest, **more))[1]  # type: ignore[method-assign,func-returns-value]
    with client:
        compiled = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
        scope = Scope(world.project, REVISION, quick=True)
        planned = plan_project(compiled, client, scope, Problems(), len)
    assert "GET /api/flows/{id}" not in read
    assert read.count("GET /api/flows") == 2
    seen = {unit.name: unit for unit in planned.plan.units if unit.stages and unit.kind == "flow"}
    assert seen.keys() == {"Edited", "Grown", "New"}
    assert planned.remarks


def test_a_pulled_account_of_generated_flows_plans_to_nothing(tmp_path: Path, run: Any):
    (tmp_path / "flowc.yaml").write_text(SETTINGS.split("defaults:")[0])
    store = Store(tmp_path / "sandbox.db")
    loaded = 0
    for seed in range(40):
        drawn = tmp_path / "drawn" / str(seed)
        drawn.mkdir(parents=True)
        definition = tame(Maker(Random(seed), joins=0.2).flow())
        if definition["triggers"][0]["type"] in ("metric", "list", "segment"):
            definition["triggers"][0].setdefault("id", "Trig01")
        (drawn / "a.json").write_text(json.dumps({"name": f"Flow {seed}", "definition": definition}))
        with suppress(Fatal):  # some that are drawn are refused, as tests that run are on create
            loaded += load_definitions(store, drawn, now=NOW)["flow"]
    store.close()
    assert loaded > 20
    code, _, told = run("pull")
    assert code == 0, told
    project = open_project(tmp_path, Problems())
    compiled = compile_project(project, revision=REVISION, account={}, lint=False).compiled
    assert len(compiled) >= loaded
    outside = Outside({}, lambda: NOW)
    with opened(project, project.account(None), REVISION, outside) as client:
        plan = plan_project(compiled, client, Scope(project, REVISION), Problems(), len).plan
    assert changes(plan) == []


def test_units_in_a_circle_still_have_an_order():
    units = [
        Unit("flow", one, "create", desired={"a": f"@flow:{other}"}, stages=(CreateTag("x"),))
        for one, other in (("A", "B"), ("B", "A"))
    ]
    assert [unit.name for unit in dependencies_first(units)] == ["B", "A"]


def test_the_answers_of_probe_are_read_by_revision():
    lock = Lock("ABC", REVISION, (), rest={"probe": {REVISION: {"delete_links": "splice", "refused": ["x"]}}})
    assert knowledge(lock, REVISION) == Knowledge(delete_links="splice", refused=frozenset({"x"}))
    assert knowledge(lock, "2026-07-15") == Knowledge()
    assert knowledge(None, REVISION) == Knowledge()
    assert (
        knowledge(Lock("ABC", REVISION, (), rest={"probe": {REVISION: {"refused": "x"}}}), REVISION)
        == Knowledge()
    )
    assert knowledge(
        Lock("ABC", REVISION, (), rest={"probe": {REVISION: {"delete_links": "so"}}}), REVISION
    ) == (Knowledge())


def test_the_answers_of_part_of_a_probe_add_to_those_of_earlier_ones():
    empty = Lock("ABC", REVISION, (), rest={"probe": "nonsense", "other": 1})
    whole = remembered(empty, REVISION, {"delete_links": "splice", "unknown": {"lag": "why"}}, whole=True)
    assert whole.rest["other"] == 1
    part = remembered(
        whole, REVISION, {"lag": 3, "unknown": {"delete_links": "not asked", "joins": "why"}}, whole=False
    )
    assert part.rest["probe"] == {
        REVISION: {"delete_links": "splice", "lag": 3, "unknown": {"joins": "why"}},
    }
    anew = remembered(part, REVISION, {"lag": 4}, whole=True)
    assert anew.rest["probe"] == {REVISION: {"lag": 4}}
    both = remembered(anew, "2026-07-15", {"lag": 5}, whole=False)
    assert [*both.rest["probe"]] == ["2026-07-15", REVISION]


def test_a_tag_whose_time_nobody_can_read_retires_nothing():
    held = LiveFlow("F1", "F", "live", archived=False, created="", trigger_type="", tags=())
    tagged = [
        ("flowc-retired 2026-11-20T12:00:00+00:00 flowc:tea",),
        ("flowc-retired once flowc:tea",),
        ("spring",),
    ]
    found = [retired_at(replace(held, tags=tags), "flowc:tea") for tags in tagged]
    assert found == [NOW, None, None]
