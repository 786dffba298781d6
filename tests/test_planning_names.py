"""What specs call things: segments that are renamed, ids of another account, names in a circle."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from apply_worlds import REVISION, World, flow, put_metric, segment

from compiler.client import calls
from compiler.diagnostics import Exit, Problems
from compiler.pipeline import compile_project
from compiler.plan.stages import Change, PatchAction, UpdateSegment
from compiler.plan.units import Name, Plan, Unit
from compiler.planning import Planned, Scope, plan_project

OLD = segment("Fresh", 3)
NEW = OLD.replace("name: Fresh\n", "name: Newly bought\nwas: Fresh\n")
TRIGGERED = flow("Welcome", "Ordered", "live", "Hello a").replace("{metric: Ordered}", "{segment: Fresh}")
ASKING = (
    flow("Asks", "Ordered", "live")
    + """\
  - conditional-split:
      if:
        - profile-group-membership: {is_member: true, groups: [Fresh]}
      then:
        - send-email: {name: Hi, subject_line: Hi, template: {file: emails/a.html}}
      else: end
"""
)


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path, {"fresh": OLD, "triggered": TRIGGERED, "asking": ASKING})
    for name in ("Ordered", "Seen", "Opened"):
        put_metric(made.store, name)
    yield made
    made.close()


def planned(world: World, **more: Any) -> tuple[Planned, list[str]]:
    client, _ = world.client()
    problems = Problems()
    with client:
        compiled = compile_project(world.project, revision=REVISION, account={}, lint=False).compiled
        scope = Scope(world.project, REVISION, now=world.now, **more)
        found = plan_project(compiled, client, scope, problems, len)
    return found, [str(one) for one in problems]


def plan_of(world: World) -> Plan:
    found, problems = planned(world)
    assert not problems
    return found.plan


def changing(plan: Plan) -> list[Unit]:
    return [unit for unit in plan.units if unit.stages]


def write(world: World, **texts: str) -> None:
    for stem, text in texts.items():
        (world.project.flows / f"{stem}.yaml").write_text(text)


def settle(world: World, plan: Plan | None = None) -> None:
    result, _ = world.apply(plan=plan or plan_of(world))
    assert result is not None
    assert result.exit_code is Exit.DONE, result
    world.pass_seconds(60)


def segments(world: World) -> dict[str, str]:
    with world.store.reading() as view:
        return {row.id: row.body["name"] for row in view.rows("segment")}


def rename(world: World, text: str = NEW) -> None:
    """Write the new name wherever the old one stands."""
    used = {"triggered": TRIGGERED, "asking": ASKING}
    renamed = {stem: spec.replace("Fresh", "Newly bought") for stem, spec in used.items()}
    write(world, fresh=text, **renamed)


# Segments that were renamed


def test_a_renamed_segment_keeps_its_id_and_the_flows_that_it_fills_are_left_alone(world: World):
    settle(world)
    before = segments(world)
    rename(world)
    plan = plan_of(world)
    (unit,) = changing(plan)
    assert (unit.kind, unit.change, unit.name, unit.needs) == ("segment", "update", "Newly bought", ())
    assert unit.stages == (UpdateSegment(str(unit.id), (Change(("name",), "Fresh", "Newly bought"),)),)
    assert unit.reasons == ('it was "Fresh"; it keeps its id and its members',)
    assert Name("segment", "Newly bought", None) in plan.names
    settle(world, plan)
    assert segments(world) == dict.fromkeys(before, "Newly bought")
    assert changing(plan_of(world)) == []
    write(world, fresh=NEW.replace("was: Fresh\n", ""))
    assert changing(plan_of(world)) == []
    client, _ = world.client()
    with client:
        rows = client.read(calls.GET_FLOWS_TRIGGERED_BY_SEGMENT, next(iter(before)))["data"]
    assert [(row["attributes"]["name"], row["attributes"]["status"]) for row in rows] == [("Welcome", "live")]


def test_a_new_flow_can_stand_on_the_new_name_in_the_same_apply(world: World):
    settle(world)
    rename(world)
    added = flow("Second", "Ordered", "live", "Other b").replace(
        "{metric: Ordered}", "{segment: Newly bought}"
    )
    write(world, second=added)
    assert [(unit.change, unit.kind, unit.name) for unit in changing(plan_of(world))] == [
        ("create", "template", "flowc/tea/emails/b.html@62a43ce6"),
        ("update", "segment", "Newly bought"),
        ("create", "flow", "Second"),
    ]
    settle(world)
    assert len(segments(world)) == 1
    assert changing(plan_of(world)) == []


def test_a_segment_that_is_renamed_and_redefined_is_flagged_for_whom_it_fills(world: World):
    settle(world)
    rename(world, NEW.replace("greater-than-or-equal: 3", "greater-than-or-equal: 2"))
    (unit,) = changing(plan_of(world))
    assert unit.needs == ("allow-live",)
    assert [reason.split(",")[0] for reason in unit.reasons] == [
        'it was "Fresh"; it keeps its id and its members',
        "it triggers Welcome",
    ]
    settle(world)
    assert changing(plan_of(world)) == []


@pytest.mark.parametrize("way", ["timeout before", "timeout after", "late", "killed before", "killed after"])
def test_a_renaming_is_done_once_however_its_call_fails(world: World, way: str):
    settle(world)
    before = segments(world)
    rename(world)
    world.apply(way, 1)  # the calls before it and after it are the lock's
    world.pass_seconds(600)
    settle(world)
    assert segments(world) == dict.fromkeys(before, "Newly bought")
    assert changing(plan_of(world)) == []


@pytest.mark.parametrize("way", ["timeout after", "killed after"])
def test_a_saved_renaming_goes_on_although_its_journal_is_lost(world: World, way: str):
    settle(world)
    rename(world)
    plan = plan_of(world)
    world.apply(way, 1, plan=plan)
    shutil.rmtree(world.folder / ".flowc" / "journal")
    world.pass_seconds(600)
    settle(world, plan)
    assert list(segments(world).values()) == ["Newly bought"]


def test_a_saved_renaming_is_stale_once_somebody_else_has_taken_the_name(world: World):
    settle(world)
    rename(world)
    plan = plan_of(world)
    client, _ = world.client()
    with client:
        (row,) = client.read(calls.GET_SEGMENTS)["data"]
        attributes = {"name": "Newly bought", "definition": row["attributes"]["definition"]}
        client.write(calls.CREATE_SEGMENT, body={"data": {"type": "segment", "attributes": attributes}})
    result, _ = world.apply(plan=plan)
    assert result is not None
    assert result.exit_code is Exit.STALE
    assert 'the segment "Newly bought" exists by now' in result.stopped


def test_a_spec_that_still_says_the_old_name_is_told_the_new_one(world: World):
    settle(world)
    write(world, fresh=NEW, triggered=TRIGGERED.replace("Fresh", "Newly bought"))
    found, problems = planned(world)
    assert problems == [
        'flows/asking.yaml:8:64 F321 another spec says that the segment "Fresh" is called "Newly bought" now'
    ]
    assert found.missing == ()


def test_an_old_name_that_two_segments_carry_is_ambiguous(world: World):
    settle(world)
    client, _ = world.client()
    with client:
        (row,) = client.read(calls.GET_SEGMENTS)["data"]
        attributes = {"name": "Fresh", "definition": row["attributes"]["definition"]}
        client.write(calls.CREATE_SEGMENT, body={"data": {"type": "segment", "attributes": attributes}})
    rename(world)
    assert 'fresh.yaml:2:7 F314 2 segments of the account are called "Fresh"' in planned(world)[1][0]


def test_where_the_account_has_the_new_name_already_the_old_one_goes_its_own_way(world: World):
    write(world, fresh=OLD, second=segment("Newly bought", 3))
    settle(world)
    (world.project.flows / "second.yaml").unlink()
    rename(world)
    assert [(unit.change, unit.name) for unit in changing(plan_of(world)) if unit.kind == "segment"] == [
        ("delete", "Fresh")
    ]


def test_a_segment_that_was_likely_renamed_is_pointed_out_with_what_to_write(world: World):
    settle(world)
    rename(world, NEW.replace("was: Fresh\n", ""))
    found, problems = planned(world)
    assert problems == [
        (
            'flows/fresh.yaml:2:7 F322 warning: "Newly bought" is new and defined as "Fresh", which no spec names any more; if it'
            ' was renamed, write "was: Fresh", and it keeps its id and its members'
        )
    ]
    kinds = [(unit.change, unit.name) for unit in changing(found.plan) if unit.kind == "segment"]
    assert kinds == [("create", "Newly bought"), ("delete", "Fresh")]
    rename(world, segment("Newly bought", 8))
    assert planned(world)[1] == []
    rename(world, NEW.replace("was: Fresh\n", ""))
    assert planned(world, whole=False)[1] == []


def test_a_segment_is_deactivated_by_a_call_of_its_own(world: World):
    settle(world)
    write(
        world, fresh=segment("Fresh", 5).replace("definition:", "starred: true\nactive: false\ndefinition:")
    )
    (unit,) = changing(plan_of(world))
    paths = [[change.path[0] for change in stage.changes] for stage in unit.stages]  # type: ignore[union-attr]
    assert paths == [["definition", "is_starred"], ["is_active"]]
    settle(world)
    assert changing(plan_of(world)) == []


# Ids of another account


def test_a_template_that_the_account_lacks_is_diagnosed_where_a_new_flow_says_its_id(world: World):
    text = flow("Lost", "Ordered", "draft", "A a").replace("{file: emails/a.html}", "{id: TnoSuch}")
    write(world, lost=text)
    assert planned(world)[1] == [
        (
            'flows/lost.yaml:6:60 F315 the account has no template with the id "TnoSuch"; an id belongs to one account, a'
            " name works in all"
        )
    ]
    assert planned(world, quick=True)[1] == []


def test_a_template_that_a_step_newly_says_by_id_is_looked_for(world: World):
    settle(world)
    write(world, triggered=TRIGGERED.replace("{file: emails/a.html}", "{id: TnoSuch}"))
    assert "F315" in planned(world)[1][0]
    client, _ = world.client()
    with client:
        attributes = {"name": "Base", "editor_type": "CODE", "html": "<p>Base</p>"}
        client.write(calls.CREATE_TEMPLATE, body={"data": {"type": "template", "attributes": attributes}})
        base = next(
            row["id"]
            for row in client.read(calls.GET_TEMPLATES)["data"]
            if row["attributes"]["name"] == "Base"
        )
    write(world, triggered=TRIGGERED.replace("{file: emails/a.html}", f"{{id: {base}}}"))
    (unit,) = changing(plan_of(world))
    assert any(isinstance(stage, PatchAction) for stage in unit.stages)
    settle(world)
    assert changing(plan_of(world)) == []


def test_the_copy_that_a_message_of_another_flow_has_is_none_of_another_account(world: World):
    settle(world)
    client, _ = world.client()
    with client:
        listed = client.read(calls.GET_FLOWS, params={"include": "flow-actions"})
    copies = [
        row["attributes"]["definition"]["data"]["message"]["template_id"]
        for row in listed["included"]
        if row["attributes"]["definition"]["type"] == "send-email"
    ]
    text = flow("Copy", "Ordered", "draft", "A a").replace("{file: emails/a.html}", f"{{id: {copies[0]}}}")
    write(world, copy=text)
    settle(world)
    assert changing(plan_of(world)) == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("metric", "trigger: {metric: {id: Xnone1}}"),
        ("list", "trigger: {list: {id: Xnone1}}"),
        ("segment", "trigger: {segment: {id: Xnone1}}"),
    ],
)
def test_another_id_that_the_account_lacks_is_diagnosed_where_it_is_said(world: World, kind: str, said: str):
    write(world, lost=flow("Lost", "Ordered", "draft", "A a").replace("trigger: {metric: Ordered}", said))
    (problem,) = planned(world)[1]
    assert problem.startswith("flows/lost.yaml:4:")
    assert f'F315 the account has no {kind} with the id "Xnone1"' in problem


# Names in a circle


def naming(name: str, other: str) -> str:
    filters = f"metric_filters: [{{property: $flow, equals: {{flow: {other}}}}}]"
    seen = f"  - profile-metric: {{metric: Opened, count: 0, timeframe: alltime, {filters}}}\n"
    return flow(name, "Ordered", "draft", "A a").replace("steps:\n", f"profile_filter:\n{seen}steps:\n")


def test_new_flows_that_name_each_other_in_a_circle_are_diagnosed_once(world: World):
    write(world, a=naming("A", "B"), b=naming("B", "C"), c=naming("C", "A"), d=naming("D", "A"))
    assert planned(world)[1] == [
        (
            'flows/a.yaml:6:118 F323 "A" names the flow "B", which names the flow "C", which names the flow "A", and the'
            " account has none of them, so none can be made first: no call puts the name in once the flow is made, so leave one"
            " of these names out"
        )
    ]


def test_new_segments_that_name_each_other_are_diagnosed(world: World):
    text = "kind: segment\nname: {}\ndefinition:\n  - profile-group-membership: {{is_member: true, groups: [{}]}}\n"
    write(world, x=text.format("X", "Y"), y=text.format("Y", "{segment: X}"))
    (problem,) = planned(world)[1]
    assert problem.startswith('flows/x.yaml:4:58 F323 "X" names the segment "Y", which names the segment "X"')
    assert problem.endswith(
        'write another condition in place of the name "Y" in "X", apply, and put the name in then'
    )


# What a person must make


def test_a_list_that_is_missing_wants_its_consent_settings_chosen_however_it_is_named(world: World):
    text = ASKING.replace("[Fresh]", "[Regulars]")
    write(world, asking=text)
    (missing,) = planned(world)[0].missing
    assert missing.kind == "list or segment"
    assert "chooses its consent settings" in missing.remedy
